/* SPDX-License-Identifier: MIT */
/* online_store - see online_store.h. */
#include <config.h>

#include "core/chain/online_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LISTS_MAX 32u		/* kept, each of at most 16 MiB */
#define ANSWERS_MAX 4096u	/* of responders, and failures */

struct entry {
	struct entry *next;	/* most lately used first */
	char *key;
	bool busy;		/* somebody fetches */
	struct finding finding;
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

static void
free_entry(struct entry *e)
{
	held_unref(e->finding.list);
	free(e->key);
	free(e);
}

/* Moves it to the front; NULL = there is none. */
static struct entry *
find(const char *key)
{
	for (struct entry **p = &entries; *p; p = &(*p)->next) {
		struct entry *e = *p;

		if (strcmp(e->key, key) != 0)
			continue;
		*p = e->next;
		e->next = entries;
		entries = e;
		return e;
	}
	return NULL;
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

static struct entry *
add(const char *key)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e)
		e->key = strdup(key);
	if (!e || !e->key) {
		free(e);
		return NULL;
	}
	e->next = entries;
	entries = e;
	return e;
}

bool
store_claim(const char *key, time_t now, struct finding *out)
{
	struct entry *e;
	bool known;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&lock);
	while ((e = find(key)) && e->busy)
		pthread_cond_wait(&settled, &lock);
	known = e && now < e->finding.again;
	if (!e)
		e = add(key);
	if (e) {
		*out = e->finding;
		held_ref(out->list);
		e->busy = !known;
	}
	pthread_mutex_unlock(&lock);
	return known;
}

void
store_settle(const char *key, const struct finding *f)
{
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = find(key);
	if (e) {
		held_unref(e->finding.list);
		e->finding = *f;
		held_ref(e->finding.list);
		e->busy = false;
	}
	make_room();
	pthread_cond_broadcast(&settled);
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
