/* SPDX-License-Identifier: MIT */
/* worker - see worker.h. */
#include <config.h>

#include "core/worker.h"

#include "core/accept.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/conn.h"
#include "core/counters.h"
#include "core/exchange.h"
#include "core/forward/upstream.h"
#include "core/handshake/story.h"
#include "core/route/farm.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDLE_SERVER_SECONDS 55u
#define VERDICTS 4096u
#define BODY_SCRATCH (CHUNK_HEAD_MAX + 16384 + 2)
#define CORK_SIZE ((size_t)16384)

static bool
is_configured(const struct config *config, const struct listener *l)
{
	for (size_t i = 0; i < config->binding_count; i++)
		if (strcmp(config->bindings[i].address.text, l->address.text) == 0 &&
		    config->bindings[i].tls == l->tls)
			return true;
	return false;
}

/* config NULL = all of them. */
static void
drop_listeners(struct worker *w, const struct config *config)
{
	struct listener **p = &w->listeners;

	while (*p) {
		struct listener *l = *p;

		if (config && is_configured(config, l)) {
			p = &l->next;
			continue;
		}
		*p = l->next;
		ev_io_stop(w->loop, &l->io);
		l->next = NULL;
		listeners_free(l);
	}
}

static void
take_runtime(struct worker *w, struct runtime *r)
{
	upstream_close_idle(w, 0); /* they belong to farms of the old one */
	runtime_unref(w->runtime);
	w->runtime = r;
	accept_limit(w);
	trust_unref(w->trust);
	w->trust = trust_ref(r->trust);
	drop_listeners(w, r->config);
}

/* Requests whose server the operator made unavailable at once end now. */
static void
cut_requests(struct worker *w)
{
	struct conn *c, *next;

	for (c = w->conns; c; c = next) {
		struct exchange *x = c->exchange;

		next = c->next;
		if (!x || !x->server || farm_server_state(x->server) != SERVER_UNAVAILABLE)
			continue;
		x->cut = true;
		conn_run(c); /* one whose errand is out ends once it is back */
	}
}

static void
wake_stalled(struct worker *w)
{
	while (w->stalled && !trace_writer_is_full(w->runtime->writer)) {
		struct conn *c = w->stalled;

		w->stalled = c->stalled_next;
		c->stalled = false;
		conn_run(c);
	}
}

static void
on_drain_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)t;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* No new connections; idle ones are closed, the others after their request. */
static void
begin_drain(struct worker *w)
{
	struct conn *c, *next;

	if (w->draining)
		return;
	w->draining = true;
	drop_listeners(w, NULL);
	ev_timer_stop(w->loop, &w->accept_again);
	upstream_close_idle(w, 0);
	ev_timer_init(&w->drain_limit, on_drain_limit, w->runtime->config->drain_timeout, 0.);
	ev_timer_start(w->loop, &w->drain_limit);
	for (c = w->conns; c; c = next) {
		next = c->next;
		if (c->exchange || c->in_len || c->step == STEP_LINGER || c->errand)
			continue;
		if (c->step == STEP_HANDSHAKE)
			story_stopped(c);
		conn_close(c, CONN_END_DRAINED);
		conn_run(c);
	}
	if (w->conn_count == 0)
		ev_break(w->loop, EVBREAK_ALL);
}

static void
on_mail(struct ev_loop *loop, ev_async *a, int events)
{
	struct worker *w = (struct worker *)((char *)a - offsetof(struct worker, wake));
	struct runtime *runtime;
	struct listener *listeners;
	struct registry *registry;
	struct trust *trust;
	struct mail *mail, *next;
	bool room, cut, drain;

	(void)loop;
	(void)events;
	pthread_mutex_lock(&w->mail_lock);
	runtime = w->mail_runtime;
	listeners = w->mail_listeners;
	registry = w->mail_registry;
	trust = w->mail_trust;
	room = w->mail_room;
	cut = w->mail_cut || runtime;
	drain = w->mail_drain;
	w->mail_runtime = NULL;
	w->mail_listeners = NULL;
	w->mail_registry = NULL;
	w->mail_trust = NULL;
	w->mail_room = false;
	w->mail_cut = false;
	mail = w->mail;
	w->mail = NULL;
	w->mail_last = NULL;
	pthread_mutex_unlock(&w->mail_lock);
	worker_adopt(w, listeners); /* first: a newer runtime may not want them any more */
	if (runtime)
		take_runtime(w, runtime);
	if (trust) {
		trust_unref(w->trust);
		w->trust = trust;
	}
	if (registry) {
		registry_unref(w->registry);
		w->registry = registry;
	}
	if (room)
		wake_stalled(w);
	for (; mail; mail = next) {
		next = mail->next;
		mail->open(w, mail);
	}
	if (cut)
		cut_requests(w);
	if (drain)
		begin_drain(w);
}

static void
on_sweep(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = (struct worker *)((char *)t - offsetof(struct worker, sweep));

	(void)loop;
	(void)events;
	upstream_close_idle(w, clock_mono_ns() - IDLE_SERVER_SECONDS * CLOCK_NS_PER_S);
	if (w->stalled)
		wake_stalled(w);
}

int
worker_init(struct worker *w, unsigned int index, struct runtime *runtime)
{
	memset(w, 0, sizeof(*w));
	w->index = index;
	w->next_conn = ((uint64_t)index << 48) + 1;
	w->runtime = runtime_ref(runtime);
	w->trust = trust_ref(runtime->trust);
	w->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	w->verdicts = verify_cache_new(VERDICTS);
	w->counters = counters_new();
	w->in = malloc(SCRATCH_SIZE);
	w->out = malloc(SCRATCH_SIZE);
	w->server_in = malloc(UPSTREAM_READ_MAX);
	w->body = malloc(BODY_SCRATCH);
	w->cork = malloc(CORK_SIZE);
	buf_init(&w->head, (size_t)1 << 20);
	pthread_mutex_init(&w->mail_lock, NULL);
	if (!w->loop || !w->verdicts || !w->counters || !w->in || !w->out || !w->server_in ||
	    !w->body || !w->cork)
		return -ENOMEM;
	ev_async_init(&w->wake, on_mail);
	ev_set_priority(&w->wake, EV_MAXPRI); /* ahead of connections that come later */
	ev_async_start(w->loop, &w->wake);
	accept_init(w);
	ev_timer_init(&w->sweep, on_sweep, 10., 10.);
	ev_timer_start(w->loop, &w->sweep);
	return 0;
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	struct conn *c, *next;

	ev_run(w->loop, 0);
	for (c = w->conns; c; c = next) { /* only those the drain limit cut off */
		next = c->next;
		if (c->errand)
			continue; /* a pool thread still works for it: worker_drop_conns */
		c->end = CONN_END_DRAINED;
		conn_free(c);
	}
	return NULL;
}

void
worker_drop_conns(struct worker *w)
{
	while (w->mail) {
		struct mail *m = w->mail;

		w->mail = m->next;
		m->drop(m);
	}
	while (w->conns) {
		w->conns->end = CONN_END_DRAINED;
		conn_free(w->conns);
	}
}

int
worker_start(struct worker *w)
{
	sigset_t all, old;
	int r;

	sigfillset(&all); /* signals are main's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

static void
post(struct worker *w)
{
	pthread_mutex_unlock(&w->mail_lock);
	ev_async_send(w->loop, &w->wake);
}

void
worker_post_runtime(struct worker *w, struct runtime *r, struct listener *added)
{
	pthread_mutex_lock(&w->mail_lock);
	runtime_unref(w->mail_runtime);
	w->mail_runtime = r;
	trust_unref(w->mail_trust); /* of the runtime before */
	w->mail_trust = NULL;
	while (added) {
		struct listener *l = added;

		added = l->next;
		l->next = w->mail_listeners;
		w->mail_listeners = l;
	}
	post(w);
}

void
worker_post_trust(struct worker *w, struct trust *t)
{
	pthread_mutex_lock(&w->mail_lock);
	trust_unref(w->mail_trust);
	w->mail_trust = t;
	post(w);
}

void
worker_post_registry(struct worker *w, struct registry *r)
{
	pthread_mutex_lock(&w->mail_lock);
	registry_unref(w->mail_registry);
	w->mail_registry = r;
	post(w);
}

void
worker_post(struct worker *w, struct mail *m)
{
	m->next = NULL;
	pthread_mutex_lock(&w->mail_lock);
	if (w->mail)
		w->mail_last->next = m;
	else
		w->mail = m;
	w->mail_last = m;
	post(w);
}

void
worker_post_room(struct worker *w)
{
	pthread_mutex_lock(&w->mail_lock);
	w->mail_room = true;
	post(w);
}

void
worker_post_cut(struct worker *w)
{
	pthread_mutex_lock(&w->mail_lock);
	w->mail_cut = true;
	post(w);
}

void
worker_post_drain(struct worker *w)
{
	pthread_mutex_lock(&w->mail_lock);
	w->mail_drain = true;
	post(w);
}

static void
free_spares(struct worker *w)
{
	while (w->spare_exchanges) {
		struct exchange *x = w->spare_exchanges;

		w->spare_exchanges = x->next;
		arena_done(&x->arena);
		free(x);
	}
}

void
worker_join(struct worker *w)
{
	if (w->thread)
		pthread_join(w->thread, NULL);
}

void
worker_done(struct worker *w)
{
	drop_listeners(w, NULL);
	listeners_free(w->mail_listeners);
	upstream_close_idle(w, 0);
	free_spares(w);
	verify_cache_free(w->verdicts);
	registry_unref(w->registry);
	registry_unref(w->mail_registry);
	trust_unref(w->mail_trust);
	trust_unref(w->trust);
	runtime_unref(w->mail_runtime);
	runtime_unref(w->runtime);
	if (w->loop)
		ev_loop_destroy(w->loop);
	pthread_mutex_destroy(&w->mail_lock);
	buf_done(&w->head);
	free(w->counters);
	free(w->in);
	free(w->out);
	free(w->server_in);
	free(w->body);
	free(w->cork);
}
