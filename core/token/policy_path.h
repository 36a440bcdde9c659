/* SPDX-License-Identifier: MIT */
/*
 * policy_path - which policies of a leaf hold for its whole path: policies,
 * mappings, inhibitPolicyMapping, requireExplicitPolicy and inhibitAnyPolicy.
 *
 * The tree of RFC 5280 6.1 can grow without bounds; as RFC 9618 proposes, each
 * level keeps one node per policy, here with the set of anchor-side policies
 * it descends from.  Time and memory are bounded by the limits below.
 * Thread-safe; nothing is allocated.
 */
#ifndef CORE_TOKEN_POLICY_PATH_H
#define CORE_TOKEN_POLICY_PATH_H

#include "core/token/extension.h"
#include "core/token/policy.h"

#define ANY_POLICY "2.5.29.32.0"
#define POLICIES_MAX 32		/* in one certificate; more is "unknown" */
#define ORIGINS_MAX 64		/* policies in the anchor's domain */

struct path_policy {		/* one policy the leaf asserts */
	char oid[OID_TEXT_MAX];
	enum policy_says valid;	/* for the whole path */
	uint64_t origins;	/* bit i: it descends from .origins[i] */
};

struct path_policies {
	struct path_policy asserted[POLICIES_MAX];	/* in the order of the leaf */
	size_t count;
	bool unreadable;	/* the leaf may assert others, too: malformed, or more than fit */
	char origins[ORIGINS_MAX][OID_TEXT_MAX];	/* as the anchor's domain has them */
	size_t origin_count;
};

/* An untrusted path, or one that cannot be read to its end, gives "unknown". */
void policy_process(const struct badge *b, struct path_policies *out);

#endif
