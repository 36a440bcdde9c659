/* SPDX-License-Identifier: MIT */
/*
 * online_store - what was fetched, for all threads: only online*.c use it.
 *
 * An entry is claimed by one thread, which fetches; others that want the same
 * are told when it is there.  What was used lately comes up again before its time
 * is over (store_due), so that no handshake waits for it: meanwhile, and while that
 * fails, what is known goes on counting until its own end.
 * Guarded by one lock, which nobody holds while fetching.
 */
#ifndef CORE_CHAIN_ONLINE_STORE_H
#define CORE_CHAIN_ONLINE_STORE_H

#include "core/chain/ocsp.h"
#include "core/chain/online.h"

struct held {		/* a fetched list */
	_Atomic unsigned int refs;
	struct crl_table *table;
};

struct subject {	/* whom an entry asks about what; immutable, reference counted */
	_Atomic unsigned int refs;
	enum revoke_method method;	/* REVOKE_CRL_URL or REVOKE_OCSP */
	char *url;
	char *key;			/* of the entry */
	struct cert *cert;		/* asked about; NULL = a list */
	struct cert *issuer;
};

struct finding {	/* what an entry says */
	struct held *list;	/* reference; NULL = none, or an OCSP answer */
	bool has_answer;	/* .answer counts */
	struct ocsp_answer answer;
	time_t until;		/* when list or answer are too old; 0 = there is none */
	uint32_t error;		/* of the last try; 0 = fine */
	const char *why;	/* the same in words; static; "" = fine */
	uint64_t elapsed_ms;	/* of the last try */
	time_t again;		/* when a handshake should ask anew */
};

struct store_waiter {	/* embedded in what waits for an entry that another thread fetches */
	struct store_waiter *next;
	void (*wake)(struct store_waiter *w);	/* on that thread, once */
};

enum claim { CLAIM_KNOWN, CLAIM_YOURS, CLAIM_PARKED };

struct held *held_new(struct crl_table *t);	/* takes t; NULL = no memory, t freed */
struct held *held_ref(struct held *h);		/* NULL is fine */
void held_unref(struct held *h);
/* The key of an entry: a list is by its issuer, an answer also about a certificate; free(). */
char *subject_key(enum revoke_method method, const char *url, const struct cert *cert,
		  const struct cert *issuer);
/* A subject for a url, with copies of the certificates; one reference, NULL = no memory. */
struct subject *subject_new(enum revoke_method method, const char *url, const struct cert *cert,
			    const struct cert *issuer);
struct subject *subject_ref(struct subject *s);
void subject_unref(struct subject *s);		/* NULL is fine */
/*
 * store_claim - the finding for a key, or the duty to find it.
 * @out  what is known (its list referenced); after CLAIM_YOURS what was known before.
 * @w    told when the thread that fetches is done (CLAIM_PARKED); NULL = wait here.
 * After CLAIM_YOURS the caller fetches and calls store_settle.
 */
enum claim store_claim(const char *key, time_t now, struct finding *out, struct store_waiter *w);
/*
 * store_settle - keeps f (its list is referenced anew) and wakes those who wait.
 * @s  a reference is kept, so that it can be asked again; NULL = it is not.
 */
void store_settle(const char *key, const struct finding *f, struct subject *s, time_t now);
/* One that should be asked again now, before anybody has to wait for it: a reference, and what
 * is known of it; NULL = none.  The caller asks and calls store_settle. */
struct subject *store_due(time_t now, struct finding *known);
void store_forget(const char *key);	/* instead: nobody would ask there any more */
void store_clear(void);

#endif
