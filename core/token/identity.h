/* SPDX-License-Identifier: MIT */
/*
 * identity - is this certificate a badge, and whose?  What a proxy can know
 * about the key's home: policies of the leaf, tokens it can see, freshness.
 *
 * Source: ARR 6 (grades E0-E3, PIN-backed), OWN-EVENTS (TokenIdentity).
 */
#ifndef CORE_TOKEN_IDENTITY_H
#define CORE_TOKEN_IDENTITY_H

#include "core/chain/verify.h"
#include "core/token/registry.h"

enum pin_backed { PIN_UNKNOWN, PIN_NO, PIN_YES };
enum evidence { EVIDENCE_E0, EVIDENCE_E1, EVIDENCE_E2, EVIDENCE_E3 };

struct identity {
	char name[256];			/* UPN, else e-mail, else subject; safe UTF-8 */
	const char *kind;		/* "UPN", "email", "DN" */
	enum evidence grade;
	enum pin_backed pin;
	bool fresh;			/* this connection carried a CertificateVerify */
	uint64_t seconds_since_signature;
};

/*
 * identity_of - writes AUTH_TOKEN_* events and fills out.
 * @registry  snapshot, NULL = look-up is off.
 * @resumed   the session was resumed: no signature on this connection.
 */
void identity_of(const struct badge *badge, const struct registry *registry, bool resumed,
		 uint64_t seconds_since_signature, struct trace *t, struct identity *out);

const char *evidence_text(enum evidence e);	/* "E1" */
const char *pin_backed_text(enum pin_backed p);	/* "yes", "no", "unknown" */

#endif
