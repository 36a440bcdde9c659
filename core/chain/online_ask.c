/* SPDX-License-Identifier: MIT */
/* online_ask - see online_ask.h. */
#include <config.h>

#include "core/chain/online_ask.h"

#include "core/base/clock.h"
#include "core/chain/online_cache.h"
#include "core/http/fetch.h"
#include "trace/event.h"

#define OCSP_MAX ((size_t)64 << 10)
#define KEPT_MIN 2		/* seconds: no answer is asked for more often */
#define KEPT_MAX 86400
#define KEPT_UNSAID 300		/* an answer without nextUpdate */

bool
ask_is_allowed(const struct config_trust *policy, enum revoke_method method, const char *url)
{
	struct fetch_url u;

	if (policy->revocation == REVOCATION_OFF ||
	    !(method == REVOKE_OCSP ? policy->ocsp : policy->fetch_crl))
		return false;
	if (policy->fetch_hosts.count == 0)
		return true;
	return fetch_url_read(&u, url) == FETCH_OK &&
	       fetch_host_is_in(&u, policy->fetch_hosts.items, policy->fetch_hosts.count);
}

static uint32_t
code_of(enum fetch_result r)
{
	switch (r) {
	case FETCH_OK: return 0;
	case FETCH_URL: return TE_ERROR_INVALID_PARAMETER;
	case FETCH_NAME: return TE_ERROR_WINHTTP_NAME_NOT_RESOLVED;
	case FETCH_CONNECT: return TE_ERROR_WINHTTP_CANNOT_CONNECT;
	case FETCH_TIMEOUT: return TE_ERROR_WINHTTP_TIMEOUT;
	case FETCH_CLOSED: return TE_ERROR_WINHTTP_CONNECTION_ERROR;
	case FETCH_MEMORY: return TE_ERROR_OUT_OF_MEMORY;
	default: return TE_ERROR_WINHTTP_INVALID_RESPONSE;
	}
}

static void
fail(struct finding *f, uint32_t error, const char *why)
{
	f->error = error;
	f->why = why;
}

/* Before its end, so that nobody meets a stale one: after nine tenths of its life.  What is
 * past its end already is asked for as seldom as what fails. */
static time_t
ask_again(time_t now, time_t until)
{
	time_t left = until - now;

	if (left <= 0)
		return now + ONLINE_FAILURE_SECONDS;
	left = left * 9 / 10;
	if (left < KEPT_MIN)
		left = KEPT_MIN;
	return now + (left > KEPT_MAX ? KEPT_MAX : left);
}

/* ---- lists ---- */

static const struct crl *
list_of(const struct held *h)
{
	return crl_table_at(h->table, 0);
}

/* Takes list. */
static void
use_list(struct finding *f, struct held *list, time_t now)
{
	time_t next = list_of(list)->next_update;

	held_unref(f->list);
	f->list = list;
	f->until = next == (time_t)-1 ? now + KEPT_MAX : next;
}

/* What was fetched: a newer list than the one that is known. */
static void
take_list(const struct subject *s, const char *state_dir, const struct buf *data, time_t now,
	  struct finding *f)
{
	struct crl_table *t = crl_table_from(data->data, data->len, s->url);
	struct held *list;

	if (!t) {
		fail(f, TE_ERROR_INVALID_DATA, "what came is no list");
		return;
	}
	list = cache_check(t, s->issuer);
	if (!list) {
		fail(f, TE_ERROR_TRUST_CERT_SIGNATURE, "the issuer has not signed the list");
	} else if (f->list && list_of(list)->this_update < list_of(f->list)->this_update) {
		held_unref(list);	/* somebody repeats an old one, to hide a revocation */
		fail(f, TE_ERROR_INVALID_DATA, "an older list than the one that is known");
	} else {
		use_list(f, list, now);
		cache_keep(state_dir, s->key, data);
	}
}

static void
ask_for_list(const struct subject *s, const struct config_trust *policy, const char *state_dir,
	     time_t now, struct finding *f)
{
	struct fetch job = { .url = s->url, .max = LIST_MAX, .seconds = policy->fetch_timeout };
	enum fetch_result r;
	struct held *list = f->list ? NULL : cache_load(state_dir, s->key, s->issuer);
	struct buf data = BUF_INIT;

	if (list) {
		use_list(f, list, now);
		if (list_of(list)->next_update != (time_t)-1 && now < f->until)
			return;
	}
	r = fetch_run(&job, &data);
	if (r == FETCH_OK)
		take_list(s, state_dir, &data, now, f);
	else
		fail(f, code_of(r), fetch_result_text(r));
	if (f->error && f->list && list_of(f->list)->next_update == (time_t)-1 && now >= f->until) {
		held_unref(f->list);	/* it never says that it is stale */
		f->list = NULL;
	}
	buf_done(&data);
}

/* ---- responders ---- */

static const char *
words_of(uint32_t code)
{
	switch (code) {
	case TE_ERROR_CRYPT_REVOCATION_OFFLINE: return "the responder does not answer that now";
	case TE_ERROR_TRUST_CERT_SIGNATURE: return "the answer is not signed by one who may";
	case TE_ERROR_CRYPT_NO_REVOCATION_CHECK: return "the answer is about something else";
	case TE_ERROR_OUT_OF_MEMORY: return "no memory";
	default: return "what came is no answer to the question";
	}
}

static void
take_answer(const struct subject *s, const struct ocsp_question *q, const struct buf *data,
	    time_t now, struct finding *f)
{
	struct ocsp_answer answer;
	uint32_t code = ocsp_read(data->data, data->len, q, s->cert, s->issuer, &answer);

	if (code) {
		fail(f, code, words_of(code));
	} else if (f->has_answer && answer.this_update < f->answer.this_update) {
		fail(f, TE_ERROR_INVALID_DATA, "an older answer than the one that is known");
	} else {
		f->has_answer = true;
		f->answer = answer;
		f->until = answer.next_update == (time_t)-1 ? now + KEPT_UNSAID :
							      answer.next_update;
	}
}

static void
ask_responder(const struct subject *s, const struct config_trust *policy, time_t now,
	      struct finding *f)
{
	struct fetch job = { .url = s->url, .max = OCSP_MAX, .seconds = policy->fetch_timeout,
			     .type = "application/ocsp-request" };
	struct buf data = BUF_INIT;
	enum fetch_result r;
	struct ocsp_question q;

	if (!ocsp_ask(&q, s->cert, s->issuer, policy->ocsp_nonce)) {
		fail(f, TE_ERROR_OUT_OF_MEMORY, "no memory");
	} else {
		job.body = q.der.data;
		job.body_len = q.der.size;
		r = fetch_run(&job, &data);
		if (r == FETCH_OK)
			take_answer(s, &q, &data, now, f);
		else
			fail(f, code_of(r), fetch_result_text(r));
	}
	/* Without nextUpdate it never says that it is stale; but a revocation stays one. */
	if (f->error && f->answer.next_update == (time_t)-1 && now >= f->until)
		f->has_answer = f->has_answer && f->answer.revoked;
	ocsp_question_done(&q);
	buf_done(&data);
}

void
ask_subject(const struct subject *s, const struct config_trust *policy, const char *state_dir,
	    time_t now, struct finding *f)
{
	uint64_t start_ns = clock_mono_ns();

	f->error = 0;
	f->why = "";
	if (s->method == REVOKE_CRL_URL)
		ask_for_list(s, policy, state_dir, now, f);
	else
		ask_responder(s, policy, now, f);
	f->elapsed_ms = (clock_mono_ns() - start_ns) / CLOCK_NS_PER_MS;
	f->again = f->error ? now + ONLINE_FAILURE_SECONDS : ask_again(now, f->until);
}
