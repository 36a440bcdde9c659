/* SPDX-License-Identifier: MIT */
/*
 * key_watch - see key_watch.h.  Polled: C_WaitForSlotEvent blocks a thread for
 * ever in one module and is not there in the next.
 */
#include <config.h>

#include "core/key_watch.h"

#include "core/base/pool.h"
#include "core/handshake/credentials.h"

#include <ev.h>
#include <stdlib.h>

#define LOOK_SECONDS 2.

struct key_watch {
	struct ev_loop *loop;
	struct pool *pool; /* borrowed */
	ev_timer timer;
	struct runtime *runtime; /* reference */
	_Atomic bool busy; /* a look is under way */
};

struct look {
	struct key_watch *watch;
	struct runtime *runtime; /* reference: a reload may come while it runs */
};

static void
end_look(void *arg)
{
	struct look *l = arg;

	runtime_unref(l->runtime);
	atomic_store(&l->watch->busy, false);
	free(l);
}

static void
look(void *arg)
{
	struct look *l = arg;
	struct runtime *r = l->runtime;

	for (size_t i = 0; i < r->config->binding_count; i++)
		if (r->credentials[i])
			credentials_check(r->credentials[i]);
	end_look(l);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct key_watch *k = t->data;
	struct look *l;

	(void)loop;
	(void)events;
	if (atomic_exchange(&k->busy, true))
		return;
	l = malloc(sizeof(*l));
	if (!l) {
		atomic_store(&k->busy, false);
		return;
	}
	l->watch = k;
	l->runtime = runtime_ref(k->runtime);
	if (!k->pool || pool_submit(k->pool, look, end_look, l) < 0)
		end_look(l);
}

struct key_watch *
key_watch_new(struct ev_loop *loop, struct pool *pool)
{
	struct key_watch *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	k->pool = pool;
	ev_timer_init(&k->timer, on_timer, LOOK_SECONDS, LOOK_SECONDS);
	k->timer.data = k;
	return k;
}

void
key_watch_use(struct key_watch *k, struct runtime *r)
{
	bool wanted = false;

	if (!k)
		return;
	runtime_unref(k->runtime);
	k->runtime = runtime_ref(r);
	for (size_t i = 0; i < r->config->binding_count; i++)
		wanted |= r->credentials[i] && r->credentials[i]->token;
	if (wanted)
		ev_timer_again(k->loop, &k->timer);
	else
		ev_timer_stop(k->loop, &k->timer);
}

void
key_watch_free(struct key_watch *k)
{
	if (!k)
		return;
	ev_timer_stop(k->loop, &k->timer);
	runtime_unref(k->runtime);
	free(k);
}
