/* SPDX-License-Identifier: MIT */
/* accept - see accept.h. */
#include <config.h>

#include "core/accept.h"

#include "core/base/log.h"
#include "core/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define ACCEPTS_AT_ONCE 32
#define ACCEPT_PAUSE 0.2
#define OWN_FILES 32u /* traces, tokens, fetches, the loop of main */
#define OWN_FILES_OF_WORKER 4u /* the loop */
#define OWN_FILES_OF_DOOR 33u /* where the operator comes in: control/client.h */

/* Accepting stops for a moment: without descriptors a listener would be ready for ever. */
static void
pause_accept(struct worker *w)
{
	for (struct listener *l = w->listeners; l; l = l->next)
		ev_io_stop(w->loop, &l->io);
	ev_timer_stop(w->loop, &w->accept_again);
	ev_timer_set(&w->accept_again, ACCEPT_PAUSE, 0.);
	ev_timer_start(w->loop, &w->accept_again);
}

static void
on_accept_again(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = (struct worker *)((char *)t - offsetof(struct worker, accept_again));

	(void)events;
	for (struct listener *l = w->listeners; l; l = l->next)
		ev_io_start(loop, &l->io);
}

/* This worker's part of process/@maxConnections, by default of half the descriptors that
 * are not the process's own: a request needs one more for its server. */
void
accept_limit(struct worker *w)
{
	const struct config *c = w->runtime->config;
	struct rlimit files;
	size_t all = c->max_connections, workers = w->runtime->worker_count;
	size_t own = OWN_FILES + workers * (OWN_FILES_OF_WORKER + c->binding_count);

	own += OWN_FILES_OF_DOOR * (size_t)((c->control.socket != NULL) + c->control.has_status);
	if (!all && getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
		all = files.rlim_cur > own ? ((size_t)files.rlim_cur - own) / 2 : 1;
	w->conn_max = !all ? SIZE_MAX : all > workers ? all / workers : 1;
}

static bool
is_crowded(struct worker *w)
{
	static struct log_gate gate;

	if (w->conn_count < w->conn_max)
		return false;
	log_limited(&gate, LOG_LEVEL_WARNING,
		    "worker %u has %zu client connections, its part of process/@maxConnections: "
		    "new ones wait",
		    w->index, w->conn_count);
	pause_accept(w);
	return true;
}

static void
on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct listener *l = (struct listener *)((char *)io - offsetof(struct listener, io));
	static struct log_gate gate;

	(void)loop;
	(void)events;
	/* Failed handshakes leave traces too: a flood of them waits at the door. */
	if (trace_writer_is_full(l->worker->runtime->writer)) {
		pause_accept(l->worker);
		return;
	}
	for (int i = 0; i < ACCEPTS_AT_ONCE && !is_crowded(l->worker); i++) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof(sa);
		int one = 1;
		int fd = accept4(l->fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct conn *c;

		if (fd < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
				return;
			log_limited(&gate, LOG_LEVEL_ERROR, "accept on %s: %s", l->bound.text,
				    strerror(errno));
			pause_accept(l->worker);
			return;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c = conn_new(l, fd, &sa);
		if (c)
			conn_run(c);
	}
}

void
accept_init(struct worker *w)
{
	ev_timer_init(&w->accept_again, on_accept_again, ACCEPT_PAUSE, 0.);
	accept_limit(w);
}

void
worker_adopt(struct worker *w, struct listener *added)
{
	while (added) {
		struct listener *l = added;

		added = l->next;
		l->next = w->listeners;
		w->listeners = l;
		ev_io_init(&l->io, on_accept, l->fd, EV_READ);
		ev_io_start(w->loop, &l->io);
	}
}
