/* SPDX-License-Identifier: MIT */
/* pool - see pool.h. */
#include <config.h>

#include "core/base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define JOBS_MAX 1024u

struct job {
	void (*run)(void *arg);
	void (*drop)(void *arg);
	void *arg;
};

struct pool {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work; /* a job came, or the end */
	struct job jobs[JOBS_MAX]; /* a ring */
	unsigned int first, count;
	bool ending;
	unsigned int threads;
	pthread_t thread[];
};

static void *
work(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		struct job j;

		if (p->count == 0) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		j = p->jobs[p->first];
		p->first = (p->first + 1) % JOBS_MAX;
		p->count--;
		pthread_mutex_unlock(&p->lock);
		j.run(j.arg);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *
pool_new(unsigned int threads)
{
	struct pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->thread[0]));

	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	while (p->threads < threads && pthread_create(&p->thread[p->threads], NULL, work, p) == 0)
		p->threads++;
	if (p->threads == 0) {
		pool_free(p);
		return NULL;
	}
	return p;
}

int
pool_submit(struct pool *p, void (*run)(void *arg), void (*drop)(void *arg), void *arg)
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	if (p->count == JOBS_MAX)
		r = -EAGAIN;
	else
		p->jobs[(p->first + p->count++) % JOBS_MAX] = (struct job){ run, drop, arg };
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return r;
}

unsigned int
pool_waiting(struct pool *p)
{
	unsigned int n;

	if (!p)
		return 0;
	pthread_mutex_lock(&p->lock);
	n = p->count;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned int i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	for (; p->count; p->count--) {
		struct job *j = &p->jobs[p->first];

		if (j->drop)
			j->drop(j->arg);
		p->first = (p->first + 1) % JOBS_MAX;
	}
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
