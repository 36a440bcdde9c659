/* SPDX-License-Identifier: MIT */
/*
 * watch - see watch.h.  Files are polled, not subscribed to: inotify is silent
 * on the network file systems that lists are often distributed by.
 */
#include <config.h>

#include "core/watch.h"

#include "core/base/log.h"
#include "core/base/pool.h"
#include "core/chain/crl_files.h"
#include "core/check.h"

#include <ev.h>
#include <pthread.h>
#include <stdlib.h>

struct look { /* one look at the files, on a pool thread */
	struct watch *watch;
	struct config *config; /* reference */
	struct trust *old; /* reference */
	uint64_t refused; /* stamp of files that could not be used, 0 = none */
	uint64_t stamp; /* found */
	struct trust *new; /* NULL = nothing changed, or it cannot be used */
	struct buf messages;
};

struct watch {
	struct ev_loop *loop;
	struct pool *pool; /* borrowed */
	void (*changed)(void *arg, struct trust *t);
	void *arg;
	ev_timer timer;
	ev_async done; /* a look is over */
	struct config *config; /* reference */
	struct trust *trust; /* reference: what the workers use */
	uint64_t refused; /* as in struct look */
	bool busy; /* a look is under way */
	pthread_mutex_t lock; /* guards the next one */
	struct look *found; /* the look that is over; NULL */
};

static void
free_look(void *arg)
{
	struct look *l = arg;

	trust_unref(l->old);
	trust_unref(l->new);
	config_unref(l->config);
	buf_done(&l->messages);
	free(l);
}

static void
look(void *arg)
{
	struct look *l = arg;
	struct watch *w = l->watch;

	l->stamp = crl_files_stamp(&l->config->trust);
	if (l->stamp != trust_stamp(l->old) && l->stamp != l->refused)
		l->new = trust_renew(l->old, &l->config->trust, &l->messages);
	pthread_mutex_lock(&w->lock);
	w->found = l;
	pthread_mutex_unlock(&w->lock);
	ev_async_send(w->loop, &w->done);
}

static void
on_done(struct ev_loop *loop, ev_async *a, int events)
{
	struct watch *w = a->data;
	struct look *l;

	(void)loop;
	(void)events;
	pthread_mutex_lock(&w->lock);
	l = w->found;
	w->found = NULL;
	pthread_mutex_unlock(&w->lock);
	if (!l)
		return;
	w->busy = false;
	if (l->config != w->config) { /* a reload came between */
		free_look(l);
		return;
	}
	w->refused = l->new ? 0 : l->stamp;
	messages_print(&l->messages);
	if (l->new) {
		log_info("revocation lists loaded again: %zu", trust_crl_count(l->new));
		trust_unref(w->trust);
		w->trust = trust_ref(l->new);
		w->changed(w->arg, trust_ref(l->new));
	}
	free_look(l);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct watch *w = t->data;
	struct look *l = w->busy ? NULL : calloc(1, sizeof(*l));

	(void)loop;
	(void)events;
	if (!l)
		return;
	l->watch = w;
	l->config = config_ref(w->config);
	l->old = trust_ref(w->trust);
	l->refused = w->refused;
	buf_init(&l->messages, 0);
	w->busy = w->pool && pool_submit(w->pool, look, free_look, l) == 0;
	if (!w->busy)
		free_look(l);
}

struct watch *
watch_new(struct ev_loop *loop, struct pool *pool, void (*changed)(void *arg, struct trust *t),
	  void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->pool = pool;
	w->changed = changed;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	ev_init(&w->timer, on_timer);
	w->timer.data = w;
	ev_async_init(&w->done, on_done);
	w->done.data = w;
	ev_async_start(loop, &w->done);
	return w;
}

void
watch_use(struct watch *w, struct config *config, struct trust *t)
{
	const struct config_trust *c = &config->trust;

	if (!w)
		return;
	config_unref(w->config);
	trust_unref(w->trust);
	w->config = config_ref(config);
	w->trust = trust_ref(t);
	w->refused = 0;
	ev_timer_stop(w->loop, &w->timer);
	if (!c->crl_reload || (!c->crl_count && !c->crl_directory))
		return;
	ev_timer_set(&w->timer, c->crl_reload, c->crl_reload);
	ev_timer_start(w->loop, &w->timer);
}

void
watch_free(struct watch *w)
{
	if (!w)
		return;
	ev_timer_stop(w->loop, &w->timer);
	ev_async_stop(w->loop, &w->done);
	if (w->found)
		free_look(w->found);
	config_unref(w->config);
	trust_unref(w->trust);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
