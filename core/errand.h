/* SPDX-License-Identifier: MIT */
/*
 * errand - a piece of blocking work for a connection (a signature by a card, a
 * fetch), done on a pool thread while the worker serves the others.
 *
 * A step that has sent one returns WAIT: nothing reads, writes, times out or
 * frees the connection until the errand is back, and then the same step is
 * called again.  The work itself has a time limit of its own.
 */
#ifndef CORE_ERRAND_H
#define CORE_ERRAND_H

#include "core/worker.h"

struct errand { /* embedded as the first member of what the work needs */
	struct mail mail; /* private: the way back */
	struct conn *conn;
	struct pool *pool; /* private: where it runs */
	double limit_left; /* private: of the step, seconds when it was sent; 0 = none */
	/* On a pool thread; conn is its alone meanwhile.  false = it waits for something else, and
	 * errand_resume() has been called or will be: e is not touched any more. */
	bool (*run)(struct errand *e);
	void (*back)(struct errand *e); /* on the worker's loop: takes the result, frees e */
	void (*drop)(struct errand *e); /* it was not run, or conn ends: frees e only */
};

/*
 * errand_send_by - hands e to a pool: each thing that may be slow has threads of its own.
 * Returns 0 and owns e from then on, or -EAGAIN (too many wait already; e stays
 * the caller's).  Worker's thread only; one errand per connection at a time.
 */
int errand_send_by(struct pool *pool, struct conn *c, struct errand *e);

/* On any thread: run is called again. */
void errand_resume(struct errand *e);

#endif
