/* SPDX-License-Identifier: MIT */
/* upstream - see upstream.h. */
#include <config.h>

#include "core/forward/upstream.h"

#include "core/base/clock.h"
#include "core/handshake/backend.h"
#include "core/counters.h"
#include "core/route/addresses.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_MAX 1024u /* kept per worker, over all servers */

static void
upstream_free(struct upstream *u)
{
	ev_io_stop(u->worker->loop, &u->io);
	backend_close(u->tls);
	close(u->fd);
	counter_add(&u->worker->counters->upstream_closes, 1);
	free(u->in);
	free(u->out);
	u->magic = 0;
	free(u);
}

static void
leave_pool(struct upstream *u)
{
	struct upstream **p = &u->worker->idle;

	while (*p && *p != u)
		p = &(*p)->next;
	if (*p) {
		*p = u->next;
		u->worker->idle_count--;
	}
	u->next = NULL;
}

/* A kept connection that was closed, or says what nobody asked, is of no use.  In TLS tickets
 * come at any time. */
static bool
is_quiet(const struct upstream *u)
{
	char byte;

	if (u->tls)
		return backend_read(u->tls, &byte, 1) == -EAGAIN;
	return recv(u->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void
on_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct upstream *u = (struct upstream *)((char *)io - offsetof(struct upstream, io));

	(void)loop;
	assert(u->magic == UPSTREAM_MAGIC);
	if ((events & EV_READ) || (u->tls && backend_has_input(u->tls)))
		u->readable = true;
	if (!u->exchange) { /* kept: only a close (or bytes nobody asked for) can come */
		u->readable = false;
		if (u->tls && is_quiet(u))
			return;
		leave_pool(u);
		upstream_free(u);
		return;
	}
	conn_run(u->exchange->conn);
}

struct upstream *
upstream_reuse(struct exchange *x, const struct farm_server *s)
{
	struct worker *w = x->conn->worker;
	struct upstream *u, *next;

	for (u = w->idle; u; u = next) {
		next = u->next;
		if (u->runtime != x->conn->runtime || u->server != s->config)
			continue;
		leave_pool(u);
		/* A name may have moved on meanwhile. */
		if (is_quiet(u) && addresses_have(s, &u->address))
			break;
		upstream_free(u);
	}
	if (!u)
		return NULL;
	u->exchange = x;
	u->reused = true;
	u->received = 0;
	counter_add(&u->worker->counters->upstream_reuses, 1);
	return u;
}

struct upstream *
upstream_connect(struct exchange *x, const struct farm_server *s, const struct config_address *a,
		 int *error)
{
	struct upstream *u = calloc(1, sizeof(*u));
	int one = 1;

	*error = ENOMEM;
	if (!u)
		return NULL;
	u->magic = UPSTREAM_MAGIC;
	u->worker = x->conn->worker;
	u->server = s->config;
	u->runtime = x->conn->runtime;
	u->exchange = x;
	u->address = *a;
	u->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	*error = errno;
	if (u->fd < 0) {
		free(u);
		return NULL;
	}
	counter_add(&u->worker->counters->upstream_connects, 1);
	ev_io_init(&u->io, on_io, u->fd, EV_READ);
	if (a->sa.ss_family != AF_UNIX)
		setsockopt(u->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(u->fd, (const struct sockaddr *)&a->sa, a->len) < 0 && errno != EINPROGRESS) {
		*error = errno;
		upstream_free(u);
		return NULL;
	}
	u->connecting = true;
	return u;
}

int
upstream_check(struct upstream *u)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(u->error);

	if (!u->connecting)
		return 0;
	if (getsockopt(u->fd, SOL_SOCKET, SO_ERROR, &u->error, &len) < 0)
		u->error = errno;
	if (u->error)
		return -u->error;
	len = sizeof(sa);
	if (getpeername(u->fd, (struct sockaddr *)&sa, &len) < 0)
		return errno == ENOTCONN ? -EAGAIN : -errno;
	u->connecting = false;
	return 0;
}

bool
upstream_is_blocked(const struct upstream *u)
{
	return u->tls ? backend_is_blocked(u->tls) : u->out_pos < u->out_len;
}

static int
queue(struct upstream *u, const char *data, size_t len)
{
	if (u->out_pos == u->out_len)
		u->out_pos = u->out_len = 0;
	if (len > u->out_cap - u->out_len) {
		size_t cap = u->out_len + len + 4096;
		char *out = realloc(u->out, cap);

		if (!out)
			return -ENOMEM;
		u->out = out;
		u->out_cap = cap;
	}
	memcpy(u->out + u->out_len, data, len);
	u->out_len += len;
	return 0;
}

int
upstream_send(struct upstream *u, const void *data, size_t len)
{
	const char *p = data;

	if (u->tls) {
		u->error = -backend_write(u->tls, data, len);
		return -u->error;
	}
	while (len && !upstream_is_blocked(u)) {
		ssize_t n = send(u->fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			u->error = errno;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return len ? queue(u, p, len) : 0;
}

int
upstream_flush(struct upstream *u)
{
	if (u->tls) {
		int r = backend_flush(u->tls);

		if (r < 0 && r != -EAGAIN)
			u->error = -r;
		return r;
	}
	while (upstream_is_blocked(u)) {
		ssize_t n = send(u->fd, u->out + u->out_pos, u->out_len - u->out_pos, MSG_NOSIGNAL);

		if (n >= 0) {
			u->out_pos += (size_t)n;
		} else if (errno == EAGAIN) {
			return -EAGAIN;
		} else if (errno != EINTR) {
			u->error = errno;
			return -errno;
		}
	}
	if (u->out) {
		free(u->out);
		u->out = NULL;
		u->out_pos = u->out_len = u->out_cap = 0;
	}
	return 0;
}

int
upstream_shut(struct upstream *u)
{
	int r = u->tls ? backend_bye(u->tls) : 0;

	if (r == 0 && shutdown(u->fd, SHUT_WR) < 0)
		r = -errno;
	return r;
}

int
upstream_put_back(struct upstream *u, const char *data, size_t len)
{
	if (u->in && data >= u->in && data < u->in + u->in_cap) {
		memmove(u->in, data, len); /* the rest of what was put back before */
	} else {
		char *in = realloc(u->in, len + 4096);

		if (!in)
			return -ENOMEM;
		u->in = in;
		u->in_cap = len + 4096;
		memcpy(in, data, len);
	}
	u->in_len = len;
	return 0;
}

/* Where the next bytes go: behind those put back, else the worker's scratch. */
static char *
room(struct upstream *u, size_t *size)
{
	if (u->in_len == 0) {
		*size = UPSTREAM_READ_MAX;
		return u->worker->server_in;
	}
	if (u->in_cap - u->in_len < 4096) {
		char *in = realloc(u->in, u->in_cap * 2);

		if (!in)
			return NULL;
		u->in = in;
		u->in_cap *= 2;
	}
	*size = u->in_cap - u->in_len;
	return u->in + u->in_len;
}

/* > 0, 0 = end, -EAGAIN, -errno.  TLS gives a record at a time: only AGAIN ends the reading. */
static ssize_t
receive(struct upstream *u, char *to, size_t size)
{
	ssize_t n;

	if (u->tls) {
		n = backend_read(u->tls, to, size);
	} else {
		n = recv(u->fd, to, size, 0);
		if (n < 0)
			n = errno == EINTR ? -EAGAIN : -errno;
		else if ((size_t)n < size)
			u->readable = false;
	}
	if (n == -EAGAIN)
		u->readable = false;
	return n;
}

ssize_t
upstream_read(struct upstream *u, const char **data)
{
	size_t size, before = u->in_len;
	char *to;
	ssize_t n;

	if (u->eof)
		return 0;
	/* After a failed send there may still be an answer in the socket. */
	if (!u->readable && !u->error)
		return -EAGAIN;
	to = room(u, &size);
	if (!to)
		return -ENOMEM;
	n = receive(u, to, size);
	if (n == -EAGAIN)
		return u->error ? -u->error : -EAGAIN;
	if (n < 0) {
		u->error = (int)-n;
		return n;
	}
	if (n == 0) {
		u->eof = true;
		return 0;
	}
	u->received += (uint64_t)n;
	*data = before ? u->in : to;
	u->in_len = 0;
	return n + (ssize_t)before;
}

void
upstream_arm(struct upstream *u)
{
	int events = 0;

	if (u->exchange && u->exchange->conn->errand) { /* a pool thread has it: no looking in */
		watch(u->worker->loop, &u->io, u->fd, 0);
		return;
	}
	if (!u->readable && !u->eof && !u->connecting)
		events |= EV_READ;
	if (u->connecting || upstream_is_blocked(u))
		events |= EV_WRITE;
	/* What is decrypted already wakes nobody; a socket that can be written does. */
	if (u->tls && !u->readable && !u->eof && backend_has_input(u->tls))
		events |= EV_WRITE;
	watch(u->worker->loop, &u->io, u->fd, events);
}

void
upstream_release(struct upstream *u, bool reusable)
{
	struct worker *w = u->worker;

	u->exchange = NULL;
	if (u->tls && reusable)
		reusable = is_quiet(u);
	if (u->tls)
		backend_keep(u->tls);
	if (!reusable || u->eof || u->error || u->connecting || u->in_len ||
	    upstream_is_blocked(u) || u->runtime != w->runtime || w->idle_count >= IDLE_MAX ||
	    w->draining) {
		upstream_free(u);
		return;
	}
	free(u->in);
	u->in = NULL;
	u->in_cap = 0;
	u->idle_ns = clock_mono_ns();
	u->next = w->idle;
	w->idle = u;
	w->idle_count++;
	u->readable = false;
	upstream_arm(u);
}

void
upstream_close_idle(struct worker *w, uint64_t older_than_ns)
{
	struct upstream **p = &w->idle;

	while (*p) {
		struct upstream *u = *p;

		if (older_than_ns && u->idle_ns >= older_than_ns) {
			p = &u->next;
			continue;
		}
		*p = u->next;
		w->idle_count--;
		upstream_free(u);
	}
}
