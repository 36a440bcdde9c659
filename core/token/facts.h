/* SPDX-License-Identifier: MIT */
/*
 * facts - what this stage reads from a certificate and its path, once per
 * judged badge: names, policies and what they claim together.  The facts hang
 * on the badge, which the cache of verdicts keeps; connections and requests
 * only look at them.
 */
#ifndef CORE_TOKEN_FACTS_H
#define CORE_TOKEN_FACTS_H

#include "core/token/names.h"
#include "core/token/policy.h"

struct fact_policy {		/* one policy of the leaf, or what it is mapped from */
	char *oid;			/* heap */
	const struct policy *known;	/* row of oids.def, NULL = none */
	enum policy_says valid;		/* for the whole path */
	char *source;			/* heap; of the row, and the policy it was mapped to */
};

struct claims {		/* what the policies say together */
	bool hardware;		/* one asserts hardware */
	bool hardware_on_path;	/* and holds for the whole path */
	bool pin;		/* one asserts a PIN */
	bool pinless_card;	/* one asserts hardware without a PIN */
	bool no_pin;		/* one promises no PIN */
};

struct facts {
	struct badge_notes notes;	/* first member: how the badge frees it */
	struct names names;
	struct fact_policy *policies;
	size_t policy_count;
	bool policies_unreadable;	/* there may be more */
	struct claims claims;
};

/* The facts of a badge with a readable leaf, made at the first call; NULL = no memory.
 * They live as long as the badge.  Thread-safe. */
const struct facts *facts_of(const struct badge *b);

#endif
