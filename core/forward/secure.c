/* SPDX-License-Identifier: MIT */
/*
 * secure - see secure.h.  A token that signs for the proxy blocks, so then the
 * handshake's work is an errand in its lane.
 */
#include <config.h>

#include "core/forward/secure.h"

#include "core/errand.h"
#include "core/forward/upstream.h"
#include "core/handshake/backend.h"

#include <errno.h>
#include <stdlib.h>

struct signing {
	struct errand errand;
	struct backend_link *link; /* this thread's alone meanwhile */
	int result;
};

static bool
run(struct errand *e)
{
	struct signing *s = (struct signing *)e;

	s->result = backend_work(s->link);
	return true;
}

static void
back(struct errand *e)
{
	struct signing *s = (struct signing *)e;
	struct upstream *u = e->conn->exchange->upstream;

	u->worked = true;
	u->work_result = s->result;
	free(s);
}

static void
drop(struct errand *e)
{
	free(e);
}

static int
send_errand(struct exchange *x, struct pool *signers)
{
	struct signing *s = calloc(1, sizeof(*s));

	if (!s)
		return -EPROTO;
	s->link = x->upstream->tls;
	s->errand.run = run;
	s->errand.back = back;
	s->errand.drop = drop;
	if (errand_send_by(signers, x->conn, &s->errand) == 0)
		return -EAGAIN;
	free(s);
	return -EPROTO;
}

static int
go_on(struct exchange *x)
{
	struct upstream *u = x->upstream;
	struct pool *signers = backend_signers(u->tls);

	if (u->worked) {
		u->worked = false;
		return backend_worked(u->tls, u->work_result);
	}
	if (!signers)
		return backend_handshake(u->tls);
	backend_flush(u->tls);
	return u->readable ? send_errand(x, signers) : -EAGAIN;
}

int
secure_run(struct exchange *x)
{
	struct upstream *u = x->upstream;
	int r;

	if (!x->farm->backend)
		return 0;
	if (!u->tls)
		u->tls = backend_open(x->farm->backend, u->server, u->fd);
	if (!u->tls)
		return -EPROTO;
	r = go_on(x);
	if (r == -EAGAIN) {
		u->readable = false;
		x->want = WANT_SERVER_READ;
		return r;
	}
	u->readable = true; /* bytes behind the handshake may be here already */
	backend_tell(u->tls, r == 0 ? x->trace : NULL, x->server->host);
	return r < 0 ? -EPROTO : 0;
}

void
secure_timed_out(struct exchange *x)
{
	if (x->upstream->tls)
		backend_timed_out(x->upstream->tls, x->farm->config->connect_timeout);
}

enum fault
secure_failed(struct exchange *x, const char **why)
{
	struct upstream *u = x->upstream;
	enum fault f = u && u->tls ? backend_fault(u->tls, why) : FAULT_NONE;
	char byte;

	/* Sending may have failed because the server had said no already. */
	if (u && u->tls && !f && backend_read(u->tls, &byte, 1) < 0)
		f = backend_fault(u->tls, why);
	if (f)
		backend_tell(u->tls, x->trace, x->server->host);
	return f;
}
