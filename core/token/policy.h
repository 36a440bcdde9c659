/* SPDX-License-Identifier: MIT */
/*
 * policy - what certificate policies say about the home of a key.  The rows are
 * oids.def; whether one holds for a path is policy_path.c's.
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

#endif
