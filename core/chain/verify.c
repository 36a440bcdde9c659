/* SPDX-License-Identifier: MIT */
/*
 * verify - see verify.h.  The cache, and the order of things: look up or
 * judge, judge for the moment, trace.
 *
 * The cache has sets of 8 places; the least recently used place of a set gives
 * way.  A place is found by SHA-256 of the chain, the lengths of its parts (so
 * that bytes cut differently are another chain) and the generation of trust,
 * which stands for anchors, intermediates and CRLs alike.
 */
#include <config.h>

#include "core/chain/verify.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/chain/clock_doubt.h"
#include "core/chain/verdict.h"

#define WAYS 8
#define ENTRIES_DEFAULT 1024
#define ENTRIES_MAX ((size_t)1 << 20)
#define JUDGE_AGAIN_S 60	/* not more often may a failed date make us look for another way */

struct key {
	unsigned char sha256[CERT_SHA256];	/* of all DERs, one after another */
	uint64_t shape;				/* of their number and lengths */
	uint64_t generation;			/* of trust */
};

struct place {
	struct key key;
	struct judged *judged;	/* reference; NULL = free */
	uint64_t used;		/* .clock of the cache at the last hit */
};

struct verify_cache {
	struct place *places;		/* sets of WAYS */
	size_t set_mask;		/* number of sets - 1 */
	uint64_t clock;			/* counts look-ups */
	uint64_t generation;		/* newest trust seen */
	gnutls_hash_hd_t hash;		/* SHA-256, reused */
};

struct verify_cache *
verify_cache_new(size_t max_entries)
{
	struct verify_cache *c = calloc(1, sizeof(*c));
	size_t sets = 1;

	if (!c)
		return NULL;
	if (max_entries == 0)
		max_entries = ENTRIES_DEFAULT;
	while (sets * WAYS < max_entries && sets * WAYS < ENTRIES_MAX)
		sets *= 2;
	c->set_mask = sets - 1;
	c->places = calloc(sets * WAYS, sizeof(*c->places));
	if (c->places && gnutls_hash_init(&c->hash, GNUTLS_DIG_SHA256) == 0)
		return c;
	free(c->places);
	free(c);
	return NULL;
}

void
verify_cache_free(struct verify_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < (c->set_mask + 1) * WAYS; i++)
		badge_unref(c->places[i].judged ? &c->places[i].judged->badge : NULL);
	gnutls_hash_deinit(c->hash, NULL);
	free(c->places);
	free(c);
}

static bool
make_key(struct verify_cache *c, const struct trust *trust, const gnutls_datum_t *raw,
	 unsigned int n, struct key *key)
{
	unsigned int read = n < PATH_MAX_CERTS ? n : PATH_MAX_CERTS;
	uint64_t shape = n;
	bool ok = true;

	memset(key, 0, sizeof(*key));
	for (unsigned int i = 0; i < read; i++) {
		shape = (shape ^ raw[i].size) * 0x100000001b3u;
		ok = gnutls_hash(c->hash, raw[i].data, raw[i].size) == 0 && ok;
	}
	gnutls_hash_output(c->hash, key->sha256);
	key->shape = shape;
	key->generation = trust_generation(trust);
	return ok;
}

/* A newer trust came: what was judged by older ones only holds memory. */
static void
forget_older(struct verify_cache *c, uint64_t generation)
{
	if (generation <= c->generation)
		return;
	for (size_t i = 0; i < (c->set_mask + 1) * WAYS; i++) {
		badge_unref(c->places[i].judged ? &c->places[i].judged->badge : NULL);
		c->places[i].judged = NULL;
	}
	c->generation = generation;
}

static struct place *
set_of(const struct verify_cache *c, const struct key *key)
{
	size_t set;

	memcpy(&set, key->sha256, sizeof(set));
	return &c->places[(set & c->set_mask) * WAYS];
}

static struct place *
find(struct verify_cache *c, const struct key *key)
{
	struct place *set = set_of(c, key);

	c->clock++;
	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].judged || memcmp(&set[i].key, key, sizeof(*key)) != 0)
			continue;
		set[i].used = c->clock;
		return &set[i];
	}
	return NULL;
}

/* Takes j: into a free place, or that of the least recently used. */
static void
store(struct verify_cache *c, const struct key *key, struct judged *j)
{
	struct place *set = set_of(c, key), *best = set;

	for (size_t i = 1; i < WAYS && best->judged; i++)
		if (!set[i].judged || set[i].used < best->used)
			best = &set[i];
	badge_unref(best->judged ? &best->judged->badge : NULL);
	*best = (struct place){ *key, j, c->clock };
}

/* A certificate above the leaf fell out of its dates: perhaps another way is open now. */
static bool
is_worth_judging_again(const struct judged *j, time_t now)
{
	if (!j->complete || now - j->at < JUDGE_AGAIN_S)
		return false;
	for (size_t i = 1; i < j->badge.path_count; i++)
		if (now > j->badge.path[i].cert->not_after ||
		    now < j->badge.path[i].cert->not_before)
			return true;
	return false;
}

/* A new reference, NULL = no memory. */
static struct judged *
look_up(struct verify_cache *c, const struct trust *trust, const gnutls_datum_t *raw,
	unsigned int n, time_t now)
{
	struct place *place;
	struct judged *j;
	struct key key;

	if (!make_key(c, trust, raw, n, &key))
		return NULL;
	forget_older(c, key.generation);
	place = find(c, &key);
	if (place && !is_worth_judging_again(place->judged, now)) {
		badge_ref(&place->judged->badge);
		return place->judged;
	}
	j = judge((struct trust *)(uintptr_t)trust, raw, n, now);
	if (!j)
		return NULL;
	memcpy(j->badge.chain_sha256, key.sha256, sizeof(key.sha256));
	badge_ref(&j->badge);
	if (place) {
		badge_unref(&place->judged->badge);
		place->judged = j;
	} else {
		store(c, &key, j);
	}
	return j;
}

/* Without memory nothing is known, but the frame of the story stays whole. */
static void
trace_nothing(unsigned int n, struct trace *t)
{
	const struct fault_info *info = fault_info(FAULT_INTERNAL);

	TRACE(t, SECURITY_CHAIN_START, .ModuleName = "CertificateChain", .SentCount = n);
	TRACE_AT(t, TE_WARNING, SECURITY_CHAIN_END, .Verdict = "refused", .Reason = info->reason,
		 .ErrorCode = info->code, .HttpStatus = info->status,
		 .HttpSubStatus = info->substatus);
}

enum fault
verify_chain(struct verify_cache *cache, const struct trust *trust,
	     const struct config_trust *policy, const gnutls_datum_t *raw, unsigned int n,
	     time_t now, struct trace *t, struct badge **badge)
{
	uint64_t start_ns = clock_mono_ns();
	struct judged *j = n > 0 ? look_up(cache, trust, raw, n, now) : NULL;
	struct verdict v;

	*badge = NULL;
	if (!j) {
		trace_nothing(n, t);
		return n > 0 ? FAULT_INTERNAL : FAULT_CERT_REQUIRED;
	}
	judge_now(j, policy, now, &v);
	if (v.element[0] == FAULT_CERT_NOT_YET)
		v.not_yet = clock_doubt_note(j->badge.leaf->sha256, start_ns / CLOCK_NS_PER_S);
	if (t)
		verify_trace(j, &v, policy, now, start_ns, t);
	*badge = &j->badge;
	return v.fault;
}

struct badge *
verify_wants_online(struct verify_cache *cache, const struct trust *trust,
		    const struct config_trust *policy, const gnutls_datum_t *raw, unsigned int n,
		    time_t now)
{
	struct judged *j;
	struct verdict v;
	bool wanted = false;

	if (!online_is_wanted(policy) || n == 0)
		return NULL;
	j = look_up(cache, trust, raw, n, now);
	if (!j)
		return NULL;
	judge_now(j, policy, now, &v);
	if ((v.fault == FAULT_NONE || v.fault == FAULT_CERT_REVOCATION_UNKNOWN) &&
	    (!judged_online(j, policy) || now >= j->online->again))
		for (size_t i = 0; j->answers && i + 1 < j->badge.path_count; i++)
			wanted |= !v.decisive[i] || v.decisive[i]->method != REVOKE_CRL_FILE;
	if (wanted)
		return &j->badge;
	badge_unref(&j->badge);
	return NULL;
}

void
verify_take_online(struct badge *b, struct online *o)
{
	struct judged *j = (struct judged *)(void *)b;

	if (!o)
		return;
	online_free(j->online);
	j->online = o;
}

struct badge *
badge_ref(struct badge *b)
{
	if (b)
		atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
badge_unref(struct badge *b)
{
	if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
		judged_free((struct judged *)(void *)b);
}
