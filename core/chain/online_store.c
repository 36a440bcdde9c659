/* SPDX-License-Identifier: MIT */
/* online_store - see online_store.h. */
#include <config.h>

#include "core/chain/online_store.h"

#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LISTS_MAX 32u		/* kept, each of at most 16 MiB */
#define ANSWERS_MAX 4096u	/* of responders, and failures */
#define LIST_USED (4 * 86400)	/* seconds a list is kept up without being used: a weekend */
#define ANSWER_USED 3600	/* an answer: twice the time it counts, and this */
#define LOOK_AGAIN 5		/* while what is known is past its time to ask */
#define RETRY_FIRST 60		/* seconds, doubled with each failure */
#define RETRY_MAX 3600
#define RETRY_SOON 20
#define RETRY_NOTHING_MAX 60	/* where nothing is known that counts */

struct entry {
	struct entry *next;	/* most lately used first */
	char *key;
	bool busy;		/* somebody fetches */
	bool kept_up;		/* ... before its time: nobody has to wait */
	struct store_waiter *waiters;
	struct finding finding;
	struct subject *subject;	/* reference; NULL = cannot be asked again by itself */
	time_t used;		/* by a handshake */
	time_t used_for;	/* seconds it is kept up after that */
	time_t refresh;		/* when it is to be asked again; 0 = not by itself */
	unsigned int failures;	/* of that, one after another */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t settled = PTHREAD_COND_INITIALIZER;
static struct entry *entries;

struct held *
held_new(struct crl_table *t)
{
	struct held *h = malloc(sizeof(*h));

	if (!h) {
		crl_table_free(t);
		return NULL;
	}
	h->refs = 1;
	h->table = t;
	return h;
}

struct held *
held_ref(struct held *h)
{
	if (h)
		atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
	return h;
}

void
held_unref(struct held *h)
{
	if (!h || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1)
		return;
	crl_table_free(h->table);
	free(h);
}

/* ---- subjects ---- */

char *
subject_key(enum revoke_method method, const char *url, const struct cert *cert,
	 const struct cert *issuer)
{
	struct buf b = BUF_INIT;

	if (method == REVOKE_CRL_URL)
		buf_putf(&b, "crl %s %s", url, issuer->sha256_text);
	else
		buf_putf(&b, "ocsp %s %s %s", url, cert->sha256_text, issuer->sha256_text);
	return buf_take(&b);
}

static struct cert *
copy_of(const struct cert *c)
{
	struct cert *copy = cert_load(c->der, c->der_len);

	if (copy)
		cert_trim(copy);
	return copy;
}

struct subject *
subject_new(enum revoke_method method, const char *url, const struct cert *cert,
	    const struct cert *issuer)
{
	struct subject *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->method = method;
	s->url = strdup(url);
	s->key = subject_key(method, url, cert, issuer);
	s->issuer = copy_of(issuer);
	if (method == REVOKE_OCSP)
		s->cert = copy_of(cert);
	if (s->url && s->key && s->issuer && (method != REVOKE_OCSP || s->cert))
		return s;
	subject_unref(s);
	return NULL;
}

struct subject *
subject_ref(struct subject *s)
{
	if (s)
		atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
subject_unref(struct subject *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	cert_free(s->cert);
	cert_free(s->issuer);
	free(s->url);
	free(s->key);
	free(s);
}

/* ---- entries ---- */

static void
free_entry(struct entry *e)
{
	held_unref(e->finding.list);
	subject_unref(e->subject);
	free(e->key);
	free(e);
}

static struct entry **
place_of(const char *key)
{
	struct entry **p = &entries;

	while (*p && strcmp((*p)->key, key) != 0)
		p = &(*p)->next;
	return p;
}

/* The least lately used give way. */
static void
make_room(void)
{
	unsigned int lists = 0, answers = 0;

	for (struct entry **p = &entries; *p;) {
		struct entry *e = *p;
		unsigned int *count = e->finding.list ? &lists : &answers;

		if (++*count <= (e->finding.list ? LISTS_MAX : ANSWERS_MAX) || e->busy) {
			p = &e->next;
			continue;
		}
		*p = e->next;
		free_entry(e);
	}
}

/* The entry of a key, made if need be, to the front; NULL = no memory. */
static struct entry *
entry_for(const char *key)
{
	struct entry **p = place_of(key), *e = *p;

	if (e) {
		*p = e->next;
	} else {
		e = calloc(1, sizeof(*e));
		if (e)
			e->key = strdup(key);
		if (!e || !e->key) {
			free(e);
			return NULL;
		}
		e->finding.why = "";
	}
	e->next = entries;
	entries = e;
	return e;
}

/* What is known still counts, and somebody sees to it that it goes on so. */
static bool
counts(const struct entry *e, time_t now)
{
	return now < e->finding.again ||
	       (now < e->finding.until && (e->refresh || e->kept_up));
}

static void
take(const struct entry *e, time_t now, struct finding *out)
{
	*out = e->finding;
	held_ref(out->list);
	if (out->again <= now)
		out->again = now + LOOK_AGAIN;
}

enum claim
store_claim(const char *key, time_t now, struct finding *out, struct store_waiter *w)
{
	enum claim claim = CLAIM_YOURS;
	struct entry *e;

	*out = (struct finding){ .why = "" };
	pthread_mutex_lock(&lock);
	while ((e = entry_for(key)) && e->busy && !(e->kept_up && counts(e, now)) && !w)
		pthread_cond_wait(&settled, &lock);
	if (e) {
		e->used = now;
		if (counts(e, now)) {
			claim = CLAIM_KNOWN;
			take(e, now, out);
		} else if (e->busy) {
			claim = CLAIM_PARKED;
			w->next = e->waiters;
			e->waiters = w;
		} else {
			*out = e->finding;
			held_ref(out->list);
			e->busy = true;
		}
	}
	pthread_mutex_unlock(&lock);
	return claim;
}

/* n, more or less: not all that was fetched at once is to be fetched again at once. */
static time_t
about(time_t n)
{
	unsigned char dice = 128;

	gnutls_rnd(GNUTLS_RND_NONCE, &dice, sizeof(dice));
	return n - n / 8 + n * dice / 1024;	/* 7/8 to 9/8 */
}

static time_t
retry_after(const struct entry *e, time_t now)
{
	time_t left = e->finding.until - now, most = left / 2; /* once more before its end */
	time_t wait = left > 0 ? RETRY_FIRST : RETRY_SOON;

	for (unsigned int i = 1; i < e->failures && wait < RETRY_MAX; i++)
		wait *= 2;
	if (left <= 0)
		most = RETRY_NOTHING_MAX;
	else if (most > RETRY_MAX)
		most = RETRY_MAX;
	else if (most < RETRY_SOON)
		most = RETRY_SOON;
	return about(wait < most ? wait : most);
}

/* When it is asked again by itself: some time before its time is over. */
static void
schedule(struct entry *e, time_t now)
{
	struct finding *f = &e->finding;
	time_t left = f->again - now;

	e->failures = f->error ? e->failures + 1 : 0;
	e->used_for = f->list ? LIST_USED : 2 * left + ANSWER_USED;
	if (!e->subject) {
		e->refresh = 0;
	} else if (f->error) {
		e->refresh = now + retry_after(e, now);
		if (f->until <= now && f->again <= e->refresh)
			f->again = e->refresh + RETRY_SOON; /* the next try comes by itself */
	} else {
		e->refresh = now + about(left * 3 / 4);
	}
}

/* With the lock: nobody fetches it any more.  The caller wakes those that are returned. */
static struct store_waiter *
end_busy(struct entry *e)
{
	struct store_waiter *waiters = e->waiters;

	e->waiters = NULL;
	e->busy = e->kept_up = false;
	pthread_cond_broadcast(&settled);
	return waiters;
}

static void
wake(struct store_waiter *waiters)
{
	while (waiters) {
		struct store_waiter *w = waiters;

		waiters = w->next;
		w->wake(w);
	}
}

void
store_settle(const char *key, const struct finding *f, struct subject *s, time_t now)
{
	struct store_waiter *waiters = NULL;
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = *place_of(key);
	if (e) {
		held_unref(e->finding.list);
		e->finding = *f;
		held_ref(e->finding.list);
		if (s && !e->subject)
			e->subject = subject_ref(s);
		schedule(e, now);
		waiters = end_busy(e);
	}
	make_room();
	pthread_mutex_unlock(&lock);
	wake(waiters);
}

void
store_forget(const char *key)
{
	struct store_waiter *waiters = NULL;
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = *place_of(key);
	if (e) {
		e->refresh = 0;
		waiters = end_busy(e);
	}
	pthread_mutex_unlock(&lock);
	wake(waiters);
}

struct subject *
store_due(time_t now, struct finding *known)
{
	struct subject *s = NULL;

	*known = (struct finding){ .why = "" };
	pthread_mutex_lock(&lock);
	for (struct entry *e = entries; e && !s; e = e->next) {
		if (e->busy || !e->refresh || now < e->refresh)
			continue;
		if (now - e->used > e->used_for) { /* nobody comes any more */
			e->refresh = 0;
			continue;
		}
		e->busy = e->kept_up = true;
		s = subject_ref(e->subject);
		*known = e->finding;
		held_ref(known->list);
	}
	pthread_mutex_unlock(&lock);
	return s;
}

static void
look_at(struct online_ages *o, const struct finding *f)
{
	const struct crl *c = NULL;

	if (f->list && crl_table_count(f->list->table))
		c = crl_table_at(f->list->table, 0);
	o->lists += c != NULL;
	o->answers += f->has_answer;
	if (c && (o->oldest_list == (time_t)-1 || c->this_update < o->oldest_list))
		o->oldest_list = c->this_update;
	if (f->has_answer && (o->oldest_answer == (time_t)-1 ||
			      f->answer.this_update < o->oldest_answer))
		o->oldest_answer = f->answer.this_update;
}

void
online_ages(struct online_ages *out)
{
	*out = (struct online_ages){ .oldest_list = (time_t)-1, .oldest_answer = (time_t)-1 };
	pthread_mutex_lock(&lock);
	for (const struct entry *e = entries; e; e = e->next)
		look_at(out, &e->finding);
	pthread_mutex_unlock(&lock);
}

void
store_clear(void)
{
	while (entries) {
		struct entry *e = entries;

		entries = e->next;
		free_entry(e);
	}
}
