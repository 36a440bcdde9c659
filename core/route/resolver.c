/* SPDX-License-Identifier: MIT */
/* resolver - see resolver.h.  Source: getaddrinfo(3), RFC 6724 for the order of addresses. */
#include <config.h>

#include "core/route/resolver.h"

#include "core/base/clock.h"
#include "core/base/lane.h"
#include "core/base/log.h"
#include "core/route/addresses.h"
#include "core/worker.h"

#include <ev.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 4u
#define FIRST_SECONDS 5u /* that the start, or a reload, waits at most */
#define LOOKUP_SECONDS 30u /* then the lane counts as hanging */

/* Who waits for a first look; goes with its last look-up. */
struct round {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t done;
	unsigned int left; /* look-ups that are not over */
	unsigned int refs;
};

struct lookup {
	struct lane_job job;
	struct runtime *runtime; /* reference */
	struct farm_server *server;
	struct round *round; /* reference; NULL = nobody waits */
};

struct turn { /* of a farm */
	struct resolver *resolver;
	struct farm *farm;
	ev_timer timer;
};

struct resolver {
	struct ev_loop *loop;
	struct runtime *runtime; /* reference */
	struct turn *turns;
	size_t count;
};

/* ---- one name ---- */

static int
look_up(const char *name, struct config_address list[static ADDRESSES_MAX], size_t *count)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC }, *found;
	int r = getaddrinfo(name, NULL, &hints, &found);

	*count = 0;
	if (r)
		return r;
	for (struct addrinfo *a = found; a && *count < ADDRESSES_MAX; a = a->ai_next) {
		if ((a->ai_family != AF_INET && a->ai_family != AF_INET6) ||
		    a->ai_addrlen > sizeof(list->sa))
			continue;
		memset(&list[*count], 0, sizeof(*list));
		memcpy(&list[*count].sa, a->ai_addr, a->ai_addrlen);
		list[(*count)++].len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	return *count ? 0 : EAI_NONAME;
}

static void
not_found(struct farm_server *s, int code)
{
	struct config_address a;

	if (!addresses_get(s, 0, &a))
		farm_server_set_health(s, CAUSE_NO_NAME, (unsigned int)-code);
	else if (!atomic_exchange(&s->live->name_lost, true))
		log_warning("web farm %s: server %s: the name is not found any more (%s); it stays "
			    "at its last addresses", s->farm->config->name, s->host,
			    gai_strerror(code));
}

static void
found(struct farm_server *s, const struct config_address *list, size_t count)
{
	unsigned int detail;
	uint32_t when;

	addresses_set(s, list, count);
	if (atomic_exchange(&s->live->name_lost, false))
		log_info("web farm %s: server %s: the name is found again", s->farm->config->name,
			 s->host);
	if (farm_server_cause(s, &detail, &when) == CAUSE_NO_NAME)
		farm_server_set_health(s, CAUSE_NAME, 0);
}

static void
run(struct lane_job *j)
{
	struct farm_server *s = ((struct lookup *)j)->server;
	struct config_address list[ADDRESSES_MAX];
	size_t count;
	int r = look_up(s->config->name, list, &count);

	if (r)
		not_found(s, r);
	else
		found(s, list, count);
}

static void
round_unref(struct round *r)
{
	bool last;

	pthread_mutex_lock(&r->lock);
	last = --r->refs == 0;
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	pthread_cond_destroy(&r->done);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void
end(struct lane_job *j)
{
	struct lookup *l = (struct lookup *)j;

	atomic_store(&l->server->live->looked_up, false);
	if (l->round) {
		pthread_mutex_lock(&l->round->lock);
		l->round->left--;
		pthread_cond_signal(&l->round->done);
		pthread_mutex_unlock(&l->round->lock);
		round_unref(l->round);
	}
	runtime_unref(l->runtime);
	free(l);
}

static bool
has_name(const struct farm_server *s)
{
	return s->config->named && s->config->enabled;
}

/* Begins to look s up, unless somebody does already. */
static void
begin(struct runtime *r, struct farm_server *s, struct round *round)
{
	struct lane *lane = lane_named("names", THREADS);
	struct lookup *l;

	if (!lane || atomic_exchange(&s->live->looked_up, true))
		return;
	l = calloc(1, sizeof(*l));
	if (!l) {
		atomic_store(&s->live->looked_up, false);
		return;
	}
	l->job = (struct lane_job){ .run = run, .free = end, .seconds = LOOKUP_SECONDS };
	l->runtime = runtime_ref(r);
	l->server = s;
	l->round = round;
	if (round) {
		pthread_mutex_lock(&round->lock);
		round->left++;
		round->refs++;
		pthread_mutex_unlock(&round->lock);
	}
	lane_send(lane, &l->job);
}

/* ---- at the start ---- */

static struct round *
round_new(void)
{
	struct round *r = calloc(1, sizeof(*r));
	pthread_condattr_t attributes;

	if (!r)
		return NULL;
	r->refs = 1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&r->done, &attributes);
	pthread_condattr_destroy(&attributes);
	return r;
}

void
resolver_first(struct runtime *r)
{
	struct round *round = round_new();
	struct timespec until;
	struct config_address a;
	int late = 0;

	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t k = 0; k < r->farms[i]->count; k++) {
			struct farm_server *s = &r->farms[i]->servers[k];

			if (has_name(s) && !addresses_get(s, 0, &a))
				begin(r, s, round);
		}
	if (!round)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FIRST_SECONDS;
	pthread_mutex_lock(&round->lock);
	while (round->left && late == 0)
		late = pthread_cond_timedwait(&round->done, &round->lock, &until);
	if (round->left)
		log_warning("%u names of farm servers are still being looked up", round->left);
	pthread_mutex_unlock(&round->lock);
	round_unref(round);
}

void
resolver_check(const struct config *config, struct buf *messages)
{
	for (size_t i = 0; i < config->farm_count; i++)
		for (size_t k = 0; k < config->farms[i].server_count; k++) {
			const struct config_server *s = &config->farms[i].servers[k];
			struct config_address list[ADDRESSES_MAX];
			size_t count;
			int r = s->named ? look_up(s->name, list, &count) : 0;

			if (r)
				buf_putf(messages, "warning: web farm %s: no address is found now "
						   "for %s: %s\n",
					 config->farms[i].name, s->name, gai_strerror(r));
		}
}

/* ---- again and again ---- */

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct turn *turn = t->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < turn->farm->count; i++)
		if (has_name(&turn->farm->servers[i]))
			begin(turn->resolver->runtime, &turn->farm->servers[i], NULL);
}

static bool
has_names(const struct farm *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (has_name(&f->servers[i]))
			return true;
	return false;
}

struct resolver *
resolver_start(struct ev_loop *loop, struct runtime *runtime)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->turns = calloc(runtime->config->farm_count + 1, sizeof(*r->turns));
	if (!r->turns) {
		free(r);
		return NULL;
	}
	r->loop = loop;
	r->runtime = runtime_ref(runtime);
	for (size_t i = 0; i < runtime->config->farm_count; i++) {
		struct farm *f = runtime->farms[i];
		struct turn *t = &r->turns[r->count];

		if (!f->config->resolve_interval || !has_names(f))
			continue;
		t->resolver = r;
		t->farm = f;
		ev_timer_init(&t->timer, on_timer, f->config->resolve_interval,
			      f->config->resolve_interval);
		t->timer.data = t;
		ev_timer_start(loop, &t->timer);
		r->count++;
	}
	return r;
}

void
resolver_stop(struct resolver *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		ev_timer_stop(r->loop, &r->turns[i].timer);
	runtime_unref(r->runtime);
	free(r->turns);
	free(r);
}
