/* SPDX-License-Identifier: MIT */
/* errand - see errand.h. */
#include <config.h>

#include "core/errand.h"

#include "core/base/pool.h"
#include "core/conn.h"

#include <errno.h>

/* The worker opens the letter: the errand is back. */
static void
come_back(struct worker *w, struct mail *m)
{
	struct errand *e = (struct errand *)m;
	struct conn *c = e->conn;

	(void)w;
	c->errand = NULL;
	transport_return(c);
	if (e->limit_left > 0) /* the time it was away is not the client's */
		limit_set(c->worker->loop, &c->limit, e->limit_left);
	e->back(e);
	conn_run(c);
}

/* The worker has ended: nobody waits any more. */
static void
drop(struct mail *m)
{
	struct errand *e = (struct errand *)m;

	e->conn->errand = NULL;
	transport_return(e->conn);
	e->drop(e);
}

static void
run(void *arg)
{
	struct errand *e = arg;

	if (e->run(e))
		worker_post(e->conn->worker, &e->mail);
}

static void
never_run(void *arg)
{
	struct errand *e = arg;

	worker_post(e->conn->worker, &e->mail);
}

void
errand_resume(struct errand *e)
{
	if (pool_submit(e->pool, run, never_run, e) < 0)
		never_run(e);
}

int
errand_send_by(struct pool *pool, struct conn *c, struct errand *e)
{
	int r;

	if (!pool)
		return -EAGAIN;
	transport_leave(c); /* the worker's scratch is for those that stay */
	e->conn = c;
	e->pool = pool;
	e->limit_left = c->limit.at ? c->limit.at - ev_now(c->worker->loop) : 0;
	e->mail.open = come_back;
	e->mail.drop = drop;
	c->errand = e;
	r = pool_submit(pool, run, never_run, e);
	if (r < 0) {
		c->errand = NULL;
		transport_return(c);
	}
	return r;
}
