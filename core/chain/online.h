/* SPDX-License-Identifier: MIT */
/*
 * online - what the addresses in a trusted chain say about revocation: CRLs
 * of distribution points, OCSP responders.
 *
 * Off unless configured, and only ever for chains that are trusted already.
 * online_fetch blocks: pool threads, and --explain.  What was fetched is kept
 * for the process (lists also in the state folder), requests for the same
 * thing are joined, failures are remembered for a short while.  What was used
 * lately is asked for again before its time is over, by online_refresh.
 * Source: RFC 5280 4.2.1.13, 5; RFC 6960.
 */
#ifndef CORE_CHAIN_ONLINE_H
#define CORE_CHAIN_ONLINE_H

#include "core/chain/revoke.h"
#include "core/chain/verify.h"

#define ONLINE_FAILURE_SECONDS 30	/* not sooner is a failed address tried again */

struct held;		/* a fetched list, reference counted */
struct store_waiter;	/* online_store.h: told when what another thread fetches is there */

struct online {	/* the answers for one chain; immutable once made */
	uint64_t policy;		/* online_policy of whoever had them asked */
	time_t again;			/* when to ask anew */
	size_t count;			/* elements below the anchor */
	struct revoke_answer *answers;	/* one each; .count 0 = nobody was asked */
	struct held **held;		/* references: the lists answers point into */
	size_t held_count;
};

struct online_ages {		/* what is kept, for the operator */
	size_t lists, answers;		/* fetched lists; answers of responders */
	time_t oldest_list, oldest_answer;	/* thisUpdate; (time_t)-1 = there is none */
};
void online_ages(struct online_ages *out);	/* thread-safe */

bool online_is_wanted(const struct config_trust *policy);	/* any method is configured */
/* Of two policies that would ask the same addresses the same number: what one site may not ask
 * counts for nothing there. */
uint64_t online_policy(const struct config_trust *policy);
/*
 * online_fetch - asks for every certificate of the badge's path below the anchor.
 * @state_dir  lists are kept below it; "" = in memory only.
 * @waiter     told when another thread's fetch is done; NULL = it is waited for.
 * @out        the answers (failures are answers too), NULL = no memory.
 * Returns false if the waiter will be told: then it is to be called again.
 */
bool online_fetch(const struct badge *b, const struct config_trust *policy, const char *state_dir,
		  time_t now, struct store_waiter *waiter, struct online **out);
/* Answers that say nobody could be asked (code: a Windows code), until now + 1. */
struct online *online_none(const struct badge *b, const struct config_trust *policy,
			   uint32_t code, time_t now);
void online_free(struct online *o);		/* NULL is fine */
/*
 * online_refresh - asks again for one thing that was used lately, before anybody has to wait
 * for it, if a site of c would ask there.  What fails is told in the log, and tried again
 * later and later.  Blocks; any thread.  false = nothing is due.
 */
bool online_refresh(const struct config *c, time_t now);
void online_forget(void);	/* at the end of the process, when no thread asks any more */

#endif
