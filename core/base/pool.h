/* SPDX-License-Identifier: MIT */
/*
 * pool - a few threads for what may block: token look-ups, fetches, signatures
 * by a token.  A job runs once; it tells its result by itself (a worker's
 * mailbox, an ev_async).  Thread-safe.
 */
#ifndef CORE_BASE_POOL_H
#define CORE_BASE_POOL_H

struct pool;

struct pool *pool_new(unsigned int threads); /* NULL without memory or threads */
/* 0, or -EAGAIN when 1024 jobs wait.  drop: called instead of run if the pool ends
 * before the job begins; NULL = nothing to do. */
int pool_submit(struct pool *p, void (*run)(void *arg), void (*drop)(void *arg), void *arg);
/* Jobs that wait for a thread; NULL = 0.  Takes the lock for a moment. */
unsigned int pool_waiting(struct pool *p);
/* Waits for running jobs; those not begun are dropped.  NULL is fine. */
void pool_free(struct pool *p);

#endif
