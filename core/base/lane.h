/* SPDX-License-Identifier: MIT */
/*
 * lane - threads for something that may hang for ever: a token, its module.
 *
 * Each such thing has a lane of its own, so one that hangs holds up nobody else.
 * A job has a time limit; who waits for it waits no longer.  While a job is over
 * its limit the lane is busy: nothing new waits for it.  A thread cannot be
 * ended from outside: it stays with its job, which therefore must own all that
 * it uses.  Lanes live as long as the process.  Thread-safe.
 */
#ifndef CORE_BASE_LANE_H
#define CORE_BASE_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lane;
struct pool;

struct lane_job { /* embedded as the first member of what the work needs */
	void (*run)(struct lane_job *j); /* on a thread of the lane */
	void (*free)(struct lane_job *j); /* when nobody needs it any more; also if it never ran */
	unsigned int seconds; /* limit of run */
	/* private: */
	struct lane_job *next;
	struct lane *lane;
	_Atomic unsigned int refs;
	uint64_t began_ns; /* 0 = it waits, or its clock stands */
	bool started, finished, idle;
};

/* The lane of that name, made if need be, with at most so many threads; NULL = no memory. */
struct lane *lane_named(const char *name, unsigned int threads);
/*
 * lane_call - runs j and waits for it.
 * Returns 0, -ETIMEDOUT (it runs on), -EBUSY (it never ran: the lane hangs), or
 * -EAGAIN (no thread).  In each case lane_release() it after a look at the result.
 */
int lane_call(struct lane *l, struct lane_job *j);
/* The same without waiting: j frees itself.  Runs also if the lane is busy, some time. */
void lane_send(struct lane *l, struct lane_job *j);
void lane_release(struct lane_job *j);
/* For how long a job runs that is over its limit; 0 = none is. */
unsigned int lane_busy_seconds(struct lane *l);
/* All lanes: jobs that wait, and the longest lane_busy_seconds. */
void lanes_look(unsigned int *waiting, unsigned int *longest);
/* On a thread of a lane: what follows is a person's time and does not count, until on. */
void lane_clock(bool on);
/* On a thread of a lane: what follows may last for ever, and nothing is wrong with that, until
 * off; at the end the thread is left there. */
void lane_idle(bool on);
/* Threads that may wait for lane_call()s of this lane; NULL = none can be had. */
struct pool *lane_waiters(struct lane *l);
/* At the end: first those who wait, then the lanes.  Unless LANES_ENDED, threads are left
 * behind, and the process must end by _exit. */
enum lanes_left { LANES_ENDED, LANES_IDLE, LANES_HANG };
void lanes_end_waiters(void);
enum lanes_left lanes_end(void);

#endif
