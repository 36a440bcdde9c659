/* SPDX-License-Identifier: MIT */
/*
 * verdict - what verify.c, path.c, judge.c, hints.c and verify_trace.c share:
 * a badge with all that is needed to judge it again without parsing anything.
 *
 * Immutable after judging (but for .online), so it may be read by any thread.  What depends on
 * the clock (dates, freshness of CRLs) is in struct verdict, made per call.
 */
#ifndef CORE_CHAIN_VERDICT_H
#define CORE_CHAIN_VERDICT_H

#include "core/chain/online.h"
#include "core/chain/revoke.h"
#include "core/chain/verify.h"

#define PATH_MAX_CERTS 16	/* also what GnuTLS takes */
#define HINTS_MAX 8

struct hint {
	unsigned int depth;	/* of the element it speaks of */
	char *text;		/* owned */
};

struct judged {
	struct badge badge;		/* first member: the public part */
	struct trust *trust;		/* reference: owns the certificates of store and anchors */
	unsigned int sent;		/* certificates the client sent, unread ones included */
	time_t at;			/* when it was judged */
	bool complete;			/* the path ends at an anchor */
	struct cert *spare[PATH_MAX_CERTS];	/* sent, but not in the path; freed soon */
	size_t spare_count;
	struct revoke_answer *answers;	/* one per element below the anchor; NULL = not asked */
	struct online *online;		/* what addresses said; the worker of the cache changes it;
					 * NULL = not asked */
	struct hint hints[HINTS_MAX];
	size_t hint_count;
};

struct verdict {	/* of a judged badge at a moment under a policy */
	enum fault fault;	/* FAULT_NONE = trusted */
	unsigned int depth;	/* of the element that decides */
	enum fault element[PATH_MAX_CERTS];	/* of each element */
	enum revoke_result revocation[PATH_MAX_CERTS];
	unsigned int not_yet;	/* so many different leaves of late; 0 = this one is valid */
	const struct revoke_source *decisive[PATH_MAX_CERTS];	/* list that decided; NULL = none */
};

/* path.c: puts the sent certificates (readable or not, leaf first; taken) in order, up to an
 * anchor where there is a way.  Fills badge.path, complete, spare.  false = no memory. */
bool path_build(struct judged *j, struct cert **sent, size_t n, time_t now);
/* Does the name and, where both have one, the key id say that parent issued child? */
bool path_is_issuer(const struct cert *parent, const struct cert *child);

/* The CA certificates below element i that count against its path length (RFC 5280 6.1.4). */
unsigned int path_cas_below(const struct badge *b, size_t i);

/* judge.c: everything but dates and revocation; NULL = no memory. */
struct judged *judge(struct trust *trust, const gnutls_datum_t *raw, unsigned int n, time_t now);
void judged_free(struct judged *j);
/* .online if it was asked under such a policy, else NULL: sites may differ in whom they ask. */
const struct online *judged_online(const struct judged *j, const struct config_trust *policy);
void judge_now(const struct judged *j, const struct config_trust *policy, time_t now,
	       struct verdict *v);

/* hints.c: what would help, for a reader who has nothing but the trace. */
void hints_make(struct judged *j);
/* The hint that depends on the clock, "" = none. */
void hint_of_dates(const struct cert *c, enum fault f, time_t now, char out[static 160]);

/* verify_trace.c: all events of a verdict; t is not NULL. */
void verify_trace(const struct judged *j, const struct verdict *v,
		  const struct config_trust *policy, time_t now, uint64_t start_ns,
		  struct trace *t);

#endif
