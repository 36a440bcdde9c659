/* SPDX-License-Identifier: MIT */
/* refresh - see refresh.h. */
#include <config.h>

#include "core/refresh.h"

#include "core/base/pool.h"
#include "core/chain/online.h"

#include <ev.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LOOK_SECONDS 1.
#define THREADS 2u
#define ONCE_MAX 64u /* of one job: a reload comes between */

struct refresh {
	struct ev_loop *loop;
	struct pool *pool;
	ev_timer timer;
	struct runtime *runtime; /* reference */
	_Atomic unsigned int jobs; /* under way */
	_Atomic bool ending; /* nothing more is asked for */
};

struct job {
	struct refresh *refresh;
	struct runtime *runtime; /* reference: a reload may come while it runs */
};

static void
end_job(void *arg)
{
	struct job *j = arg;

	atomic_fetch_sub(&j->refresh->jobs, 1);
	runtime_unref(j->runtime);
	free(j);
}

static void
run_job(void *arg)
{
	struct job *j = arg;
	unsigned int n = 0;

	while (n++ < ONCE_MAX && !atomic_load(&j->refresh->ending) &&
	       online_refresh(j->runtime->config, time(NULL)))
		;
	end_job(j);
}

static void
send_job(struct refresh *f)
{
	struct job *j = malloc(sizeof(*j));

	if (!j)
		return;
	j->refresh = f;
	j->runtime = runtime_ref(f->runtime);
	atomic_fetch_add(&f->jobs, 1);
	if (pool_submit(f->pool, run_job, end_job, j) < 0)
		end_job(j);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct refresh *f = t->data;

	(void)loop;
	(void)events;
	while (atomic_load(&f->jobs) < THREADS)
		send_job(f);
}

struct refresh *
refresh_new(struct ev_loop *loop)
{
	struct refresh *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->loop = loop;
	f->pool = pool_new(THREADS);
	if (!f->pool) {
		free(f);
		return NULL;
	}
	ev_timer_init(&f->timer, on_timer, LOOK_SECONDS, LOOK_SECONDS);
	f->timer.data = f;
	return f;
}

void
refresh_use(struct refresh *f, struct runtime *r)
{
	bool wanted = false;

	if (!f)
		return;
	runtime_unref(f->runtime);
	f->runtime = runtime_ref(r);
	for (size_t i = 0; i < r->config->site_count; i++)
		wanted |= online_is_wanted(&r->config->sites[i].trust);
	if (wanted)
		ev_timer_again(f->loop, &f->timer);
	else
		ev_timer_stop(f->loop, &f->timer);
}

void
refresh_stop(struct refresh *f)
{
	if (!f)
		return;
	ev_timer_stop(f->loop, &f->timer);
	atomic_store(&f->ending, true);
	pool_free(f->pool);
	f->pool = NULL;
}

void
refresh_free(struct refresh *f)
{
	if (!f)
		return;
	runtime_unref(f->runtime);
	free(f);
}
