/* SPDX-License-Identifier: MIT */
/*
 * online - what the addresses in a trusted chain say about revocation: CRLs
 * of distribution points, OCSP responders.
 *
 * Off unless configured, and only ever for chains that are trusted already.
 * online_fetch blocks: pool threads, and --explain.  What was fetched is kept
 * for the process (lists also in the state folder), requests for the same
 * thing are joined, failures are remembered for a short while.
 * Source: RFC 5280 4.2.1.13, 5; RFC 6960.
 */
#ifndef CORE_CHAIN_ONLINE_H
#define CORE_CHAIN_ONLINE_H

#include "core/chain/revoke.h"
#include "core/chain/verify.h"

#define ONLINE_FAILURE_SECONDS 30	/* not sooner is a failed address tried again */

struct held;	/* a fetched list, reference counted */

struct online {	/* the answers for one chain; immutable once made */
	time_t again;			/* when to ask anew */
	size_t count;			/* elements below the anchor */
	struct revoke_answer *answers;	/* one each; .count 0 = nobody was asked */
	struct held **held;		/* references: the lists answers point into */
	size_t held_count;
};

bool online_is_wanted(const struct config_trust *policy);	/* any method is configured */
/*
 * online_fetch - asks for every certificate of the badge's path below the anchor.
 * @state_dir  lists are kept below it; "" = in memory only.
 * Returns the answers (failures are answers too), NULL = no memory.
 */
struct online *online_fetch(const struct badge *b, const struct config_trust *policy,
			    const char *state_dir, time_t now);
/* Answers that say nobody could be asked (code: a Windows code), until now + 1. */
struct online *online_none(const struct badge *b, uint32_t code, time_t now);
void online_free(struct online *o);		/* NULL is fine */
void online_forget(void);	/* at the end of the process, when no thread asks any more */

#endif
