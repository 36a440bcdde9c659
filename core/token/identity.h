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
#include "core/token/attest.h"
#include "core/token/facts.h"
#include "core/token/registry.h"

enum pin_backed { PIN_UNKNOWN, PIN_NO, PIN_YES };
enum evidence { EVIDENCE_E0, EVIDENCE_E1, EVIDENCE_E2, EVIDENCE_E3 };

struct identity {
	char name[256];			/* the first of the order that was found; safe UTF-8 */
	const char *kind;		/* "UPN": a word of kinds.def */
	enum evidence grade;
	enum pin_backed pin;
	bool fresh;			/* this connection carried a CertificateVerify */
	uint64_t seconds_since_signature;	/* at its begin; UINT64_MAX = unknown */
	const struct facts *facts;	/* of the badge, which keeps them; never NULL */
};

struct identity_source {	/* what is known beside the badge; all borrowed */
	const struct registry *registry;	/* snapshot, NULL = look-up is off */
	const struct attestations *attestations;	/* NULL = none */
	const enum identity_kind *order;	/* kinds that may be used, first choice first */
	size_t order_count;			/* 0 = the order of kinds.def */
	const char *required;			/* what the site asks for, as text; NULL = "no" */
	bool resumed;				/* no signature on this connection */
	uint64_t seconds_since_signature;	/* UINT64_MAX = unknown */
};

/* Writes AUTH_TOKEN_* events and fills out; the badge's leaf is readable. */
void identity_of(const struct badge *badge, const struct identity_source *source,
		 struct trace *t, struct identity *out);

const char *evidence_text(enum evidence e);	/* "E1" */
const char *evidence_meaning(enum evidence e);	/* a short sentence */
const char *pin_backed_text(enum pin_backed p);	/* "yes", "no", "unknown" */

#endif
