/* SPDX-License-Identifier: MIT */
/* online - see online.h: who is asked, and what the answers mean. */
#include <config.h>

#include "core/chain/online.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/chain/cert_text.h"
#include "core/chain/files.h"
#include "core/chain/online_store.h"
#include "core/http/fetch.h"
#include "trace/event.h"

#define LIST_MAX ((size_t)16 << 20)
#define OCSP_MAX ((size_t)64 << 10)
#define KEPT_MIN 60		/* seconds: no answer is asked for more often */
#define KEPT_MAX 86400
#define KEPT_UNSAID 300		/* an answer without nextUpdate */

struct asking {		/* one call of online_fetch */
	const struct config_trust *policy;
	const char *state_dir;
	time_t now;
	struct online *online;
};

bool
online_is_wanted(const struct config_trust *policy)
{
	return policy->revocation != REVOCATION_OFF && (policy->fetch_crl || policy->ocsp);
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

/* Before its end, so that nobody meets a stale one: after nine tenths of its life. */
static time_t
ask_again(time_t now, time_t next_update)
{
	time_t left;

	if (next_update == (time_t)-1)
		return now + KEPT_UNSAID;
	left = (next_update - now) / 10 * 9;
	if (left < KEPT_MIN)
		left = KEPT_MIN;
	return now + (left > KEPT_MAX ? KEPT_MAX : left);
}

/* ---- lists ---- */

static struct log_gate cannot_keep;

static char *
cache_path(const struct asking *a, const char *key)
{
	unsigned char hash[32];
	struct buf path = BUF_INIT;

	if (!a->state_dir[0] ||
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, key, strlen(key), hash) < 0)
		return NULL;
	buf_putf(&path, "%s/crl-cache", a->state_dir);
	if ((mkdir(a->state_dir, 0750) < 0 && errno != EEXIST) ||
	    (mkdir(buf_text(&path), 0750) < 0 && errno != EEXIST)) {
		log_limited(&cannot_keep, LOG_LEVEL_WARNING, "%s: %s; fetched lists are kept in "
			    "memory only", buf_text(&path), strerror(errno));
		buf_done(&path);
		return NULL;
	}
	buf_putc(&path, '/');
	for (size_t i = 0; i < sizeof(hash); i++)
		buf_putf(&path, "%02x", hash[i]);
	buf_puts(&path, ".crl");
	return buf_take(&path);
}

/* Takes t.  What the issuer has not signed is not kept: it would stand in the way of the list. */
static struct held *
list_from(struct crl_table *t, const struct cert *issuer)
{
	if (t && crl_table_count(t) == 1 && crl_is_signed_by(crl_table_at(t, 0), issuer))
		return held_new(t);
	crl_table_free(t);
	return NULL;
}

static struct held *
list_from_file(const char *path, const struct cert *issuer)
{
	struct buf unread = BUF_INIT;
	char *files[] = { (char *)(uintptr_t)path };
	bool failed = false;
	struct crl_table *t;

	if (access(path, R_OK) < 0)
		return NULL;
	t = crl_table_load(files, 1, NULL, &unread, &failed);
	buf_done(&unread);
	return list_from(t, issuer);
}

static time_t
next_of(const struct held *h)
{
	return crl_table_at(h->table, 0)->next_update;
}

/* By rename: a crash leaves the old one or the new one.  Losing it costs one fetch. */
static void
keep_list(const char *path, const struct buf *data)
{
	struct buf name = BUF_INIT;
	int fd;
	bool ok;

	buf_putf(&name, "%s.%ld", path, (long)getpid());
	fd = open(buf_text(&name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd >= 0) {
		ok = write(fd, data->data, data->len) == (ssize_t)data->len;
		ok = close(fd) == 0 && ok;
		if (!ok || rename(name.data, path) < 0) {
			log_limited(&cannot_keep, LOG_LEVEL_WARNING, "%s: cannot be written; the "
				    "list is kept in memory only", path);
			unlink(name.data);
		}
	}
	buf_done(&name);
}

static void
fetch_list(const struct asking *a, const char *key, const char *url, const struct cert *issuer,
	   struct finding *f)
{
	struct fetch job = { .url = url, .max = LIST_MAX, .seconds = a->policy->fetch_timeout };
	char *path = cache_path(a, key);
	struct held *list = NULL;
	struct buf data = BUF_INIT;

	if (!f->list && path) {
		list = list_from_file(path, issuer);
		if (list && a->now < next_of(list) && next_of(list) != (time_t)-1) {
			f->list = list;
			f->error = 0;
			f->again = ask_again(a->now, next_of(list));
			free(path);
			return;
		}
		held_unref(list);
	}
	f->error = code_of(fetch_run(&job, &data));
	if (!f->error) {
		struct crl_table *t = crl_table_from(data.data, data.len, url);

		f->error = t ? TE_ERROR_TRUST_CERT_SIGNATURE : TE_ERROR_INVALID_DATA;
		list = list_from(t, issuer);
		if (list) {
			f->error = 0;
			held_unref(f->list);
			f->list = list;
			if (path)
				keep_list(path, &data);
		}
	}
	f->again = f->error ? a->now + ONLINE_FAILURE_SECONDS : ask_again(a->now, next_of(list));
	free(path);
	buf_done(&data);
}

/* ---- responders ---- */

static void
fetch_answer(const struct asking *a, const char *url, const struct cert *cert,
	     const struct cert *issuer, struct finding *f)
{
	struct fetch job = { .url = url, .max = OCSP_MAX, .seconds = a->policy->fetch_timeout,
			     .type = "application/ocsp-request" };
	struct buf data = BUF_INIT;
	struct ocsp_question q;
	struct ocsp_answer answer;

	if (!ocsp_ask(&q, cert, issuer, a->policy->ocsp_nonce)) {
		f->error = TE_ERROR_OUT_OF_MEMORY;
	} else {
		job.body = q.der.data;
		job.body_len = q.der.size;
		f->error = code_of(fetch_run(&job, &data));
		if (!f->error)
			f->error = ocsp_read(data.data, data.len, &q, cert, issuer, &answer);
	}
	if (!f->error) {
		f->has_answer = true;
		f->answer = answer;
	}
	f->again = f->error ? a->now + ONLINE_FAILURE_SECONDS :
			      ask_again(a->now, answer.next_update);
	ocsp_question_done(&q);
	buf_done(&data);
}

/* ---- one certificate ---- */

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

/* The key of an entry.  A list is by its issuer, an OCSP answer also about a certificate. */
static char *
make_key(enum revoke_method method, const char *url, const struct cert *cert,
	 const struct cert *issuer)
{
	struct buf b = BUF_INIT;

	if (method == REVOKE_CRL_URL)
		buf_putf(&b, "crl %s %s", url, issuer->sha256_text);
	else
		buf_putf(&b, "ocsp %s %s %s", url, cert->sha256_text, issuer->sha256_text);
	return buf_take(&b);
}

static bool
may_ask(const struct config_trust *policy, const char *url)
{
	struct fetch_url u;

	if (policy->fetch_hosts.count == 0)
		return true;
	return fetch_url_read(&u, url) == FETCH_OK &&
	       fetch_host_is_in(&u, policy->fetch_hosts.items, policy->fetch_hosts.count);
}

static void
ask_one(struct asking *a, enum revoke_method method, const char *url, const struct cert *cert,
	const struct cert *issuer, struct revoke_answer *out)
{
	char *key = make_key(method, url, cert, issuer);
	struct finding f;

	if (!key || !may_ask(a->policy, url)) {
		add_failure(out, method, url, key ? TE_ERROR_ACCESS_DENIED :
			    TE_ERROR_OUT_OF_MEMORY, 0);
		free(key);
		return;
	}
	if (!store_claim(key, a->now, &f)) {
		uint64_t start_ns = clock_mono_ns();

		if (method == REVOKE_CRL_URL)
			fetch_list(a, key, url, issuer, &f);
		else
			fetch_answer(a, url, cert, issuer, &f);
		f.elapsed_ms = (clock_mono_ns() - start_ns) / CLOCK_NS_PER_MS;
		store_settle(key, &f);
	}
	if (f.error)
		add_failure(out, method, url, f.error, f.elapsed_ms);
	if (method == REVOKE_CRL_URL)
		add_list(a, &f, url, cert, issuer, out);
	else
		add_answer(&f, url, out);
	if (f.again < a->online->again)
		a->online->again = f.again;
	held_unref(f.list);
	free(key);
}

static struct online *
new_online(const struct badge *b, time_t again)
{
	struct online *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->count = b->path_count - 1;
	o->again = again;
	o->answers = calloc(o->count + 1, sizeof(*o->answers));
	if (o->answers)
		return o;
	free(o);
	return NULL;
}

struct online *
online_fetch(const struct badge *b, const struct config_trust *policy, const char *state_dir,
	     time_t now)
{
	struct asking a = { policy, state_dir, now, new_online(b, now + KEPT_MAX) };

	for (size_t i = 0; a.online && i < a.online->count; i++) {
		const struct cert *cert = b->path[i].cert, *issuer = b->path[i + 1].cert;
		struct revoke_answer *out = &a.online->answers[i];

		if (policy->ocsp && cert->ocsp_url[0])
			ask_one(&a, REVOKE_OCSP, cert->ocsp_url, cert, issuer, out);
		/* The responder knows sooner; the list is asked where it is silent. */
		if (policy->fetch_crl && cert->crl_url[0] &&
		    !(out->count > 0 && (out->sources[0].good || out->sources[0].listed)))
			ask_one(&a, REVOKE_CRL_URL, cert->crl_url, cert, issuer, out);
	}
	return a.online;
}

struct online *
online_none(const struct badge *b, uint32_t code, time_t now)
{
	struct online *o = new_online(b, now + 1);

	for (size_t i = 0; o && i < o->count; i++)
		add_failure(&o->answers[i], REVOKE_CRL_URL, "(nobody was asked)", code, 0);
	return o;
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
