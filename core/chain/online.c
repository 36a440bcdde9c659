/* SPDX-License-Identifier: MIT */
/* online - see online.h: who is asked, and what the answers mean. */
#include <config.h>

#include "core/chain/online.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/chain/cert_text.h"
#include "core/chain/online_ask.h"
#include "trace/event.h"

#define AGAIN_MAX 86400

struct asking {		/* one call of online_fetch */
	const struct config_trust *policy;
	const char *state_dir;
	time_t now;
	struct store_waiter *waiter;	/* NULL = waits itself */
	struct online *online;
};

bool
online_is_wanted(const struct config_trust *policy)
{
	return policy->revocation != REVOCATION_OFF && (policy->fetch_crl || policy->ocsp);
}

uint64_t
online_policy(const struct config_trust *policy)
{
	const unsigned char flags[] = { policy->revocation != REVOCATION_OFF, policy->fetch_crl,
					policy->ocsp, policy->ocsp_nonce };
	uint64_t h = hash_bytes(HASH_START, flags, sizeof(flags));

	for (size_t i = 0; i < policy->fetch_hosts.count; i++)
		h = hash_text(h, policy->fetch_hosts.items[i]);
	return h;
}

static struct revoke_source *
new_source(struct revoke_answer *out, enum revoke_method method, const char *url)
{
	struct revoke_source *s;

	if (out->count == REVOKE_SOURCES_MAX)
		return NULL;
	s = &out->sources[out->count++];
	*s = (struct revoke_source){ .method = method, .where = url, .reason = "" };
	return s;
}

static void
add_failure(struct revoke_answer *out, enum revoke_method method, const char *url, uint32_t error,
	    uint64_t elapsed_ms)
{
	struct revoke_source *s = new_source(out, method, url);

	if (!s)
		return;
	s->error = error;
	s->elapsed_ms = elapsed_ms;
}

static bool
keep_reference(struct online *o, struct held *h)
{
	struct held **more = realloc(o->held, (o->held_count + 1) * sizeof(*more));

	if (!more)
		return false;
	o->held = more;
	o->held[o->held_count++] = held_ref(h);
	return true;
}

/* What a list says about cert; a list that is not about it is a failure of its address. */
static void
add_list(const struct asking *a, const struct finding *f, const char *url,
	 const struct cert *cert, const struct cert *issuer, struct revoke_answer *out)
{
	struct revoke_answer said;

	if (!f->list || !keep_reference(a->online, f->list))
		return;
	revoke_ask(f->list->table, cert, issuer, &said);
	for (size_t i = 0; i < said.count && out->count < REVOKE_SOURCES_MAX; i++) {
		struct revoke_source *s = &out->sources[out->count++];

		*s = said.sources[i];
		s->method = REVOKE_CRL_URL;
		s->where = url;
		s->elapsed_ms = f->elapsed_ms;
	}
	if (said.count == 0)
		add_failure(out, REVOKE_CRL_URL, url, TE_ERROR_CRYPT_NO_REVOCATION_CHECK,
			    f->elapsed_ms);
}

static void
add_answer(const struct finding *f, const char *url, struct revoke_answer *out)
{
	struct revoke_source *s = f->has_answer ? new_source(out, REVOKE_OCSP, url) : NULL;

	if (!s)
		return;
	s->signed_by_issuer = true;
	s->good = f->answer.good;
	s->listed = f->answer.revoked;
	s->this_update = f->answer.this_update;
	s->next_update = f->answer.next_update;
	s->reason = f->answer.reason;
	memcpy(s->date, f->answer.date, sizeof(s->date));
	s->elapsed_ms = f->elapsed_ms;
}

/* The duty to ask: without memory for a subject it is not asked again by itself. */
static void
ask_now(const struct asking *a, const char *key, enum revoke_method method, const char *url,
	const struct cert *cert, const struct cert *issuer, struct finding *f)
{
	struct subject *s = subject_new(method, url, cert, issuer);

	if (s) {
		ask_subject(s, a->policy, a->state_dir, a->now, f);
	} else {
		f->error = TE_ERROR_OUT_OF_MEMORY;
		f->why = "no memory";
		f->again = a->now + ONLINE_FAILURE_SECONDS;
	}
	store_settle(key, f, s, a->now);
	subject_unref(s);
}

/* false: another thread asks, and tells us when it is done. */
static bool
ask_one(const struct asking *a, enum revoke_method method, const char *url,
	const struct cert *cert, const struct cert *issuer, struct revoke_answer *out)
{
	bool allowed = ask_is_allowed(a->policy, method, url);
	char *key = allowed ? subject_key(method, url, cert, issuer) : NULL;
	enum claim claim;
	struct finding f;

	if (!key) {
		add_failure(out, method, url, allowed ? TE_ERROR_OUT_OF_MEMORY :
			    TE_ERROR_ACCESS_DENIED, 0);
		return true;
	}
	claim = store_claim(key, a->now, &f, a->waiter);
	if (claim == CLAIM_YOURS)
		ask_now(a, key, method, url, cert, issuer, &f);
	free(key);
	if (claim == CLAIM_PARKED)
		return false;
	if (f.error)
		add_failure(out, method, url, f.error, f.elapsed_ms);
	if (method == REVOKE_CRL_URL)
		add_list(a, &f, url, cert, issuer, out);
	else
		add_answer(&f, url, out);
	if (f.again < a->online->again)
		a->online->again = f.again;
	held_unref(f.list);
	return true;
}

/* A revocation is for good; "good" has to be of now. */
static bool
is_answered(const struct revoke_answer *out, time_t now)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct revoke_source *s = &out->sources[i];

		if (s->listed || (s->good && revoke_source_is_fresh(s, now)))
			return true;
	}
	return false;
}

/* The responder knows sooner; the list is asked where it does not know, or only what was. */
static bool
ask_about(const struct asking *a, const struct cert *cert, const struct cert *issuer,
	  struct revoke_answer *out)
{
	const struct config_trust *policy = a->policy;

	if (policy->ocsp && cert->ocsp_url[0] &&
	    !ask_one(a, REVOKE_OCSP, cert->ocsp_url, cert, issuer, out))
		return false;
	return is_answered(out, a->now) || !policy->fetch_crl || !cert->crl_url[0] ||
	       ask_one(a, REVOKE_CRL_URL, cert->crl_url, cert, issuer, out);
}

static struct online *
new_online(const struct badge *b, const struct config_trust *policy, time_t again)
{
	struct online *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->policy = online_policy(policy);
	o->count = b->path_count - 1;
	o->again = again;
	o->answers = calloc(o->count + 1, sizeof(*o->answers));
	if (o->answers)
		return o;
	free(o);
	return NULL;
}

bool
online_fetch(const struct badge *b, const struct config_trust *policy, const char *state_dir,
	     time_t now, struct store_waiter *waiter, struct online **out)
{
	struct asking a = { policy, state_dir, now, waiter,
			    new_online(b, policy, now + AGAIN_MAX) };
	struct online *o = a.online;

	*out = NULL;
	for (size_t i = 0; o && i < o->count; i++)
		if (!ask_about(&a, b->path[i].cert, b->path[i + 1].cert, &o->answers[i])) {
			online_free(o);
			return false;
		}
	*out = o;
	return true;
}

struct online *
online_none(const struct badge *b, const struct config_trust *policy, uint32_t code, time_t now)
{
	struct online *o = new_online(b, policy, now + 1);

	for (size_t i = 0; o && i < o->count; i++)
		add_failure(&o->answers[i], REVOKE_CRL_URL, "(nobody was asked)", code, 0);
	return o;
}

/* ---- before their time ---- */

/* The first site that would ask there decides how it is asked. */
static const struct config_trust *
policy_for(const struct config *c, const struct subject *s)
{
	for (size_t i = 0; i < c->site_count; i++)
		if (ask_is_allowed(&c->sites[i].trust, s->method, s->url))
			return &c->sites[i].trust;
	return NULL;
}

static void
tell(const struct subject *s, const struct finding *before, const struct finding *f, time_t now)
{
	static struct log_gate gate;
	char until[32];

	if (!f->error && before->error)
		log_info("revocation: %s answers again", s->url);
	if (!f->error || before->error)
		return;
	cert_time_text(f->until, until);
	log_limited(&gate, LOG_LEVEL_WARNING, "revocation: %s could not be asked again: %s; %s%s",
		    s->url, f->why, f->until > now ? "what is known of it counts until " :
		    "nothing is known of it that counts", f->until > now ? until : "");
}

bool
online_refresh(const struct config *c, time_t now)
{
	struct finding before, f;
	struct subject *s = store_due(now, &before);
	const struct config_trust *policy;

	if (!s)
		return false;
	f = before;
	held_ref(f.list);
	policy = policy_for(c, s);
	if (policy) {
		ask_subject(s, policy, c->state_dir, now, &f);
		tell(s, &before, &f, now);
		store_settle(s->key, &f, s, now);
	} else {
		store_forget(s->key);
	}
	held_unref(before.list);
	held_unref(f.list);
	subject_unref(s);
	return true;
}

void
online_free(struct online *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->held_count; i++)
		held_unref(o->held[i]);
	free(o->held);
	free(o->answers);
	free(o);
}

void
online_forget(void)
{
	store_clear();
}
