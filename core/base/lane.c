/* SPDX-License-Identifier: MIT */
/* lane - see lane.h. */
#include <config.h>

#include "core/base/lane.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/pool.h"

#define THREADS_MAX 4u
#define WAITERS 8u
#define END_GRACE_NS (2 * CLOCK_NS_PER_S) /* for the last jobs, which only give back */

struct lane {
	struct lane *next; /* all of the process */
	char *name;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work, told; /* a job came, or the end; a job ended */
	struct lane_job *first, **last; /* waiting */
	struct lane_job *running[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	unsigned int max, count, idle, queued;
	unsigned int releasing; /* jobs that have ended, and may send another one as they go */
	bool ending;
	enum lanes_left left; /* at the end */
	struct pool *waiters;
};

struct seat { /* what a new thread is told */
	struct lane *lane;
	unsigned int number;
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list */
static struct lane *all;
static _Thread_local struct lane_job *mine;

static struct lane *
make(const char *name, unsigned int threads)
{
	struct lane *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;

	if (l)
		l->name = strdup(name);
	if (!l || !l->name) {
		free(l);
		return NULL;
	}
	l->last = &l->first;
	l->max = threads < THREADS_MAX ? threads : THREADS_MAX;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->work, NULL);
	pthread_cond_init(&l->told, &attr);
	pthread_condattr_destroy(&attr);
	l->next = all;
	all = l;
	return l;
}

struct lane *
lane_named(const char *name, unsigned int threads)
{
	struct lane *l;

	pthread_mutex_lock(&all_lock);
	for (l = all; l && strcmp(l->name, name) != 0; l = l->next)
		;
	if (!l)
		l = make(name, threads);
	pthread_mutex_unlock(&all_lock);
	return l;
}

void
lane_release(struct lane_job *j)
{
	if (atomic_fetch_sub_explicit(&j->refs, 1, memory_order_acq_rel) == 1)
		j->free(j);
}

/* ---- the threads ---- */

static struct lane_job *
take_first(struct lane *l)
{
	struct lane_job *j = l->first;

	l->first = j->next;
	if (!l->first)
		l->last = &l->first;
	l->queued--;
	return j;
}

static void *
work(void *arg)
{
	struct seat *seat = arg;
	struct lane *l = seat->lane;
	unsigned int me = seat->number;

	free(seat);
	pthread_mutex_lock(&l->lock);
	while (l->first || !l->ending) {
		struct lane_job *j;

		if (!l->first) {
			l->idle++;
			pthread_cond_wait(&l->work, &l->lock);
			l->idle--;
			continue;
		}
		j = take_first(l);
		j->started = true;
		j->began_ns = clock_mono_ns();
		l->running[me] = j;
		pthread_mutex_unlock(&l->lock);
		mine = j;
		j->run(j);
		mine = NULL;
		pthread_mutex_lock(&l->lock);
		l->running[me] = NULL;
		j->finished = true;
		l->releasing++;
		pthread_cond_broadcast(&l->told);
		pthread_mutex_unlock(&l->lock);
		lane_release(j);
		pthread_mutex_lock(&l->lock);
		l->releasing--;
		pthread_cond_broadcast(&l->told);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* With the lock: a thread more, if more jobs wait than threads. */
static void
hire(struct lane *l)
{
	struct seat *seat;
	sigset_t none, old;

	if (l->queued <= l->idle || l->count == l->max)
		return;
	seat = malloc(sizeof(*seat));
	if (!seat)
		return;
	*seat = (struct seat){ l, l->count };
	sigfillset(&none); /* signals are main's */
	pthread_sigmask(SIG_SETMASK, &none, &old);
	if (pthread_create(&l->threads[l->count], NULL, work, seat) == 0)
		l->count++;
	else
		free(seat);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
append(struct lane *l, struct lane_job *j, unsigned int refs)
{
	j->lane = l;
	j->next = NULL;
	j->began_ns = 0;
	j->started = j->finished = j->idle = false;
	atomic_init(&j->refs, refs);
	*l->last = j;
	l->last = &j->next;
	l->queued++;
	hire(l);
	pthread_cond_signal(&l->work);
}

/* ---- the limits ---- */

static uint64_t
limit_ns(const struct lane_job *j)
{
	return j->began_ns + j->seconds * CLOCK_NS_PER_S;
}

/* With the lock: when the longest overdue job began; 0 = none is overdue. */
static uint64_t
overdue_since(const struct lane *l, uint64_t now)
{
	uint64_t since = 0;

	for (unsigned int i = 0; i < l->count; i++) {
		const struct lane_job *j = l->running[i];

		if (j && j->began_ns && now >= limit_ns(j) && (!since || j->began_ns < since))
			since = j->began_ns;
	}
	return since;
}

/* With the lock: the next moment at which a job is over its limit; a second from now if none is
 * known, because a clock may begin to run. */
static uint64_t
next_limit(const struct lane *l, uint64_t now)
{
	uint64_t next = now + CLOCK_NS_PER_S;

	for (unsigned int i = 0; i < l->count; i++) {
		const struct lane_job *j = l->running[i];

		if (j && j->began_ns && limit_ns(j) > now && limit_ns(j) < next)
			next = limit_ns(j);
	}
	return next;
}

static void
wait_until(struct lane *l, uint64_t at_ns)
{
	struct timespec t = { .tv_sec = (time_t)(at_ns / CLOCK_NS_PER_S),
			      .tv_nsec = (long)(at_ns % CLOCK_NS_PER_S) };

	pthread_cond_timedwait(&l->told, &l->lock, &t);
}

/* With the lock: j, which no thread has taken, is taken out of the line. */
static void
remove_waiting(struct lane *l, struct lane_job *j)
{
	struct lane_job **p = &l->first;

	while (*p != j)
		p = &(*p)->next;
	*p = j->next;
	if (!*p)
		l->last = p;
	l->queued--;
}

/* With the lock: 0 when j is finished, else why nobody waits any longer. */
static int
wait_for(struct lane *l, struct lane_job *j)
{
	while (!j->finished) {
		uint64_t now = clock_mono_ns();
		bool over = j->began_ns && now >= limit_ns(j);

		if (over)
			return -ETIMEDOUT;
		if (!j->started && (overdue_since(l, now) || l->count == 0)) {
			remove_waiting(l, j);
			return l->count ? -EBUSY : -EAGAIN;
		}
		wait_until(l, next_limit(l, now));
	}
	return 0;
}

int
lane_call(struct lane *l, struct lane_job *j)
{
	int r;

	pthread_mutex_lock(&l->lock);
	if (overdue_since(l, clock_mono_ns())) {
		atomic_init(&j->refs, 1);
		pthread_mutex_unlock(&l->lock);
		return -EBUSY;
	}
	append(l, j, 2);
	r = wait_for(l, j);
	pthread_mutex_unlock(&l->lock);
	if (r == -EBUSY || r == -EAGAIN)
		lane_release(j); /* no thread ever will */
	return r;
}

void
lane_send(struct lane *l, struct lane_job *j)
{
	pthread_mutex_lock(&l->lock);
	append(l, j, 1);
	pthread_mutex_unlock(&l->lock);
}

unsigned int
lane_busy_seconds(struct lane *l)
{
	uint64_t now = clock_mono_ns(), since;

	pthread_mutex_lock(&l->lock);
	since = overdue_since(l, now);
	pthread_mutex_unlock(&l->lock);
	return since ? (unsigned int)((now - since) / CLOCK_NS_PER_S) : 0;
}

void
lanes_look(unsigned int *waiting, unsigned int *longest)
{
	*waiting = *longest = 0;
	pthread_mutex_lock(&all_lock);
	for (struct lane *l = all; l; l = l->next) {
		unsigned int busy = lane_busy_seconds(l);

		*longest = busy > *longest ? busy : *longest;
		pthread_mutex_lock(&l->lock);
		*waiting += l->queued + pool_waiting(l->waiters);
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_unlock(&all_lock);
}

void
lane_clock(bool on)
{
	struct lane_job *j = mine;

	if (!j)
		return;
	pthread_mutex_lock(&j->lane->lock);
	j->began_ns = on ? clock_mono_ns() : 0;
	pthread_mutex_unlock(&j->lane->lock);
}

void
lane_idle(bool on)
{
	struct lane_job *j = mine;

	if (!j)
		return;
	pthread_mutex_lock(&j->lane->lock);
	j->idle = on;
	pthread_cond_broadcast(&j->lane->told);
	pthread_mutex_unlock(&j->lane->lock);
}

struct pool *
lane_waiters(struct lane *l)
{
	struct pool *p;

	pthread_mutex_lock(&l->lock);
	if (!l->waiters && !l->ending)
		l->waiters = pool_new(WAITERS);
	p = l->waiters;
	pthread_mutex_unlock(&l->lock);
	return p;
}

/* ---- the end ---- */

void
lanes_end_waiters(void)
{
	for (struct lane *l = all; l; l = l->next) {
		struct pool *p;

		pthread_mutex_lock(&l->lock);
		p = l->waiters;
		l->waiters = NULL;
		pthread_mutex_unlock(&l->lock);
		pool_free(p);
	}
}

/* With the lock: is anything under way? */
static enum lanes_left
at_work(const struct lane *l)
{
	enum lanes_left left = LANES_ENDED;

	if (l->releasing)
		return LANES_HANG;
	for (unsigned int i = 0; i < l->count; i++) {
		if (l->running[i] && !l->running[i]->idle)
			return LANES_HANG;
		if (l->running[i])
			left = LANES_IDLE;
	}
	return left == LANES_ENDED && l->first && l->count > 0 ? LANES_HANG : left;
}

/*
 * A last job may send another one to any lane, also to one that has nothing to do: only when
 * all rest at one moment does each of them end.  false: the moment has not come, look again.
 */
static bool
end_if_all_rest(uint64_t until)
{
	uint64_t now = clock_mono_ns();
	struct lane *at = NULL;

	for (struct lane *l = all; l; l = l->next) {
		pthread_mutex_lock(&l->lock);
		l->left = at_work(l);
		if (!at && l->left == LANES_HANG && now < until && !overdue_since(l, now))
			at = l;
	}
	for (struct lane *l = all; l; l = l->next) {
		if (!at) {
			l->ending = true;
			pthread_cond_broadcast(&l->work);
		}
		if (l != at)
			pthread_mutex_unlock(&l->lock);
	}
	if (!at)
		return true;
	wait_until(at, until);
	pthread_mutex_unlock(&at->lock);
	return false;
}

/* After the last of its threads has gone. */
static void
destroy(struct lane *l)
{
	for (unsigned int i = 0; i < l->count; i++)
		pthread_join(l->threads[i], NULL);
	pthread_cond_destroy(&l->work);
	pthread_cond_destroy(&l->told);
	pthread_mutex_destroy(&l->lock);
	free(l->name);
	free(l);
}

/* A thread that is left behind may still send to any lane: then they all stay. */
enum lanes_left
lanes_end(void)
{
	uint64_t until = clock_mono_ns() + END_GRACE_NS;
	enum lanes_left worst = LANES_ENDED;

	while (!end_if_all_rest(until))
		;
	for (struct lane *l = all; l; l = l->next)
		worst = l->left > worst ? l->left : worst;
	while (all && worst == LANES_ENDED) {
		struct lane *l = all;

		all = l->next;
		destroy(l);
	}
	return worst;
}
