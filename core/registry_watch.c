/* SPDX-License-Identifier: MIT */
/* registry_watch - see registry_watch.h. */
#include <config.h>

#include "core/registry_watch.h"

#include "core/base/lane.h"
#include "core/base/log.h"
#include "core/token/slots.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LANE "tokens in view"
#define LOOK_SECONDS 30.
#define AGAIN_SECONDS 2. /* after an event: a card may need a moment to answer */

struct finding { /* what looks leave behind; owned by the watch and by each look */
	_Atomic unsigned int refs;
	pthread_mutex_t lock; /* guards all below */
	struct ev_loop *loop; /* NULL = the watch has gone */
	ev_async *done;
	struct registry *registry; /* the newest, not yet taken; NULL */
	bool busy; /* a look is under way */
};

struct registry_watch {
	struct ev_loop *loop;
	struct lane *lane;
	struct finding *finding; /* reference */
	struct runtime *runtime; /* reference */
	void (*changed)(void *arg, struct registry *r);
	void *arg;
	ev_timer timer, again, limit;
	ev_async done, event;
	struct slots *slots;
	struct registry *present; /* reference: what the workers have; NULL */
	bool told; /* that the tokens do not answer */
};

struct look {
	struct lane_job job; /* first member */
	struct finding *finding; /* reference */
	struct runtime *runtime; /* reference: a reload may come while it runs */
	struct buf messages;
};

static void
finding_unref(struct finding *f)
{
	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	registry_unref(f->registry);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static void
look_run(struct lane_job *j)
{
	struct look *l = (struct look *)j;
	const struct config *c = l->runtime->config;
	struct registry *r = registry_scan(c->pkcs11_modules, c->pkcs11_module_count,
					   l->runtime->token_pins, c->token_pin_count,
					   &l->messages);

	pthread_mutex_lock(&l->finding->lock);
	registry_unref(l->finding->registry);
	l->finding->registry = r;
	l->finding->busy = false;
	if (l->finding->loop)
		ev_async_send(l->finding->loop, l->finding->done);
	pthread_mutex_unlock(&l->finding->lock);
}

static void
look_free(struct lane_job *j)
{
	struct look *l = (struct look *)j;

	runtime_unref(l->runtime);
	finding_unref(l->finding);
	buf_done(&l->messages);
	free(l);
}

/* A look that never ran leaves room for the next one. */
static void
never_ran(struct finding *f)
{
	pthread_mutex_lock(&f->lock);
	f->busy = false;
	pthread_mutex_unlock(&f->lock);
}

/* true: a look may begin, and counts as under way. */
static bool
begin(struct finding *f)
{
	bool busy;

	pthread_mutex_lock(&f->lock);
	busy = f->busy;
	f->busy = true;
	pthread_mutex_unlock(&f->lock);
	return !busy;
}

static struct look *
look_new(struct registry_watch *w)
{
	struct look *l = calloc(1, sizeof(*l));

	if (!l || !begin(w->finding)) {
		free(l);
		return NULL;
	}
	l->job = (struct lane_job){ .run = look_run, .free = look_free,
				    .seconds = w->runtime->config->token_timeout };
	l->finding = w->finding;
	atomic_fetch_add_explicit(&w->finding->refs, 1, memory_order_relaxed);
	l->runtime = runtime_ref(w->runtime);
	buf_init(&l->messages, 0);
	return l;
}

static void
set_timer(struct registry_watch *w, ev_timer *t, double seconds)
{
	ev_timer_stop(w->loop, t);
	ev_timer_set(t, seconds, 0.);
	ev_timer_start(w->loop, t);
}

/* What is known may be old: the traces say so. */
static bool
tell_silence(struct registry_watch *w)
{
	unsigned int busy = lane_busy_seconds(w->lane);

	registry_set_silent(w->present, busy);
	if (busy && !w->told)
		log_warning("the tokens in view do not answer (busy since %u s): what was known "
			    "of them stays", busy);
	w->told = busy;
	return busy;
}

/* Problems were told at the start; the trace tells each look-up's error. */
static void
look_again(struct registry_watch *w)
{
	struct look *l = tell_silence(w) ? NULL : look_new(w);
	double seconds;

	if (!l)
		return;
	seconds = l->job.seconds + 1.;
	lane_send(w->lane, &l->job); /* it may be over, and gone, at once */
	set_timer(w, &w->limit, seconds);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	look_again(t->data);
}

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	tell_silence(t->data);
}

/* A token was put in or pulled out. */
static void
on_event(struct ev_loop *loop, ev_async *a, int events)
{
	struct registry_watch *w = a->data;

	(void)loop;
	(void)events;
	look_again(w);
	set_timer(w, &w->again, AGAIN_SECONDS);
}

/* On a thread that watches slots. */
static void
on_slots(void *arg)
{
	struct registry_watch *w = arg;

	ev_async_send(w->loop, &w->event);
}

/* Takes r. */
static void
use(struct registry_watch *w, struct registry *r)
{
	registry_unref(w->present);
	w->present = registry_ref(r);
	w->changed(w->arg, r);
}

static void
on_done(struct ev_loop *loop, ev_async *a, int events)
{
	struct registry_watch *w = a->data;
	struct registry *r;

	(void)loop;
	(void)events;
	pthread_mutex_lock(&w->finding->lock);
	r = w->finding->registry;
	w->finding->registry = NULL;
	pthread_mutex_unlock(&w->finding->lock);
	if (r)
		use(w, r);
}

static struct finding *
finding_new(struct ev_loop *loop, ev_async *done)
{
	struct finding *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	pthread_mutex_init(&f->lock, NULL);
	f->loop = loop;
	f->done = done;
	return f;
}

static void
first_look(struct registry_watch *w, struct buf *messages)
{
	struct look *l = look_new(w);
	int r = l ? lane_call(w->lane, &l->job) : 0;

	if (l && r == 0)
		buf_puts(messages, buf_text(&l->messages));
	if (r == -EBUSY || r == -EAGAIN)
		never_ran(w->finding);
	if (r < 0) {
		struct registry *none = registry_unknown(w->runtime->config->pkcs11_modules,
							 w->runtime->config->pkcs11_module_count);

		buf_puts(messages, "warning: the tokens in view do not answer: nothing is known of "
				   "them yet\n");
		if (none) {
			registry_set_silent(none, lane_busy_seconds(w->lane));
			use(w, none);
		}
		w->told = true;
	}
	if (l)
		lane_release(&l->job);
	on_done(w->loop, &w->done, 0);
}

struct registry_watch *
registry_watch_new(struct ev_loop *loop, struct runtime *r,
		   void (*changed)(void *arg, struct registry *r), void *arg, struct buf *messages)
{
	struct registry_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->lane = lane_named(LANE, 1);
	w->finding = finding_new(loop, &w->done);
	if (!w->lane || !w->finding) {
		finding_unref(w->finding);
		free(w);
		return NULL;
	}
	w->runtime = runtime_ref(r);
	w->changed = changed;
	w->arg = arg;
	ev_async_init(&w->done, on_done);
	ev_async_init(&w->event, on_event);
	ev_init(&w->again, on_timer);
	ev_init(&w->limit, on_limit);
	w->timer.data = w->again.data = w->limit.data = w->done.data = w->event.data = w;
	ev_async_start(loop, &w->done);
	ev_async_start(loop, &w->event);
	first_look(w, messages);
	ev_timer_init(&w->timer, on_timer, LOOK_SECONDS, LOOK_SECONDS);
	ev_timer_start(loop, &w->timer);
	w->slots = slots_watch(r->config->pkcs11_modules, r->config->pkcs11_module_count, on_slots,
			       w);
	return w;
}

static bool
same_modules(const struct config *a, const struct config *b)
{
	if (a->pkcs11_module_count != b->pkcs11_module_count)
		return false;
	for (size_t i = 0; i < a->pkcs11_module_count; i++)
		if (strcmp(a->pkcs11_modules[i], b->pkcs11_modules[i]) != 0)
			return false;
	return true;
}

void
registry_watch_use(struct registry_watch *w, struct runtime *r)
{
	const struct config *old, *new = r->config;

	if (!w)
		return;
	old = w->runtime->config;
	if (!same_modules(old, new)) {
		slots_free(w->slots);
		w->slots = slots_watch(new->pkcs11_modules, new->pkcs11_module_count, on_slots, w);
	}
	runtime_unref(w->runtime);
	w->runtime = runtime_ref(r);
	look_again(w);
}

void
registry_watch_free(struct registry_watch *w)
{
	if (!w)
		return;
	slots_free(w->slots);
	ev_timer_stop(w->loop, &w->timer);
	ev_timer_stop(w->loop, &w->again);
	ev_timer_stop(w->loop, &w->limit);
	ev_async_stop(w->loop, &w->done);
	ev_async_stop(w->loop, &w->event);
	registry_unref(w->present);
	pthread_mutex_lock(&w->finding->lock);
	w->finding->loop = NULL;
	pthread_mutex_unlock(&w->finding->lock);
	finding_unref(w->finding);
	runtime_unref(w->runtime);
	free(w);
}
