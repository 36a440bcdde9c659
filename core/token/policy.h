/* SPDX-License-Identifier: MIT */
/*
 * policy - what certificate policies say about the home of a key, and whether
 * such a policy holds for a whole path.  The rows are oids.def.
 *
 * Thread-safe; nothing here allocates.  Source: ARR 6.1; RFC 5280 6.1.
 */
#ifndef CORE_TOKEN_POLICY_H
#define CORE_TOKEN_POLICY_H

#include "core/chain/verify.h"

#include <stddef.h>

enum policy_says { POLICY_SAYS_UNKNOWN, POLICY_SAYS_NO, POLICY_SAYS_YES };

struct policy {
	const char *oid;		/* dotted */
	const char *name;		/* for people */
	enum policy_says hardware;	/* the key is on a token, card or TPM */
	enum policy_says pin;		/* using it needs a PIN */
	const char *source;		/* who says so */
};

size_t policy_count(void);
const struct policy *policy_at(size_t i);
const struct policy *policy_find(const char *oid);	/* NULL = not in the table */
const char *policy_says_text(enum policy_says s);	/* "yes", "no", "unknown" */
/*
 * policy_on_path - is a policy of the leaf valid for the badge's whole path?
 * Yes if every CA below the anchor asserts it or anyPolicy; no if one asserts
 * neither; unknown where the path is not trusted, or a CA maps or limits
 * policies (that processing is not done here).
 */
enum policy_says policy_on_path(const struct badge *b, const char *oid);

#endif
