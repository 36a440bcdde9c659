/* SPDX-License-Identifier: MIT */
/*
 * online_store - what was fetched, for all threads: only online.c uses it.
 *
 * An entry is claimed by one thread, which fetches while others that want the
 * same wait for it.  Guarded by one lock, which nobody holds while fetching.
 */
#ifndef CORE_CHAIN_ONLINE_STORE_H
#define CORE_CHAIN_ONLINE_STORE_H

#include "core/chain/ocsp.h"
#include "core/chain/online.h"

struct held {		/* a fetched list */
	_Atomic unsigned int refs;
	struct crl_table *table;
};

struct finding {	/* what an entry says */
	struct held *list;	/* reference; NULL = none, or an OCSP answer */
	bool has_answer;	/* .answer counts */
	struct ocsp_answer answer;
	uint32_t error;		/* of the last try; 0 = fine */
	uint64_t elapsed_ms;	/* of the last try */
	time_t again;		/* when it is worth a new try */
};

struct held *held_new(struct crl_table *t);	/* takes t; NULL = no memory, t freed */
struct held *held_ref(struct held *h);		/* NULL is fine */
void held_unref(struct held *h);
/*
 * store_claim - the finding for a key, or the duty to find it.
 * Returns true with *out (its list referenced), or false: the caller fetches, then
 * calls store_settle.  Waits while another thread fetches the same.
 * @out  in both cases what was known before.
 */
bool store_claim(const char *key, time_t now, struct finding *out);
/* Keeps f (its list is referenced anew) and wakes those who wait. */
void store_settle(const char *key, const struct finding *f);
void store_clear(void);

#endif
