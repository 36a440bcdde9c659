/* SPDX-License-Identifier: MIT */
/* control - see control.h.  The doors, and who may come in by them. */
#include <config.h>

#include "core/control/control.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/control/client.h"
#include "core/control/door.h"
#include "core/route/farm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_AT_ONCE 16
#define ACCEPT_PAUSE 0.5
#define RATE_SECONDS 1.
#define GROUPS_MAX 256

struct entrance {
	struct door door;
	ev_io io; /* accept */
	struct clients clients;
};

struct control {
	struct ev_loop *loop;
	const struct control_view *view;
	struct entrance socket, status;
	bool has_group; /* of .socket */
	gid_t group;
	bool any_host; /* of .status */
	ev_timer rates; /* requests per second of the servers */
	ev_timer accept_again; /* after a pause: no descriptors */
};

/* ---- who comes ---- */

static bool
is_in_group(int fd, const struct ucred *peer, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static void
take_socket_client(struct control *k, int fd)
{
	static struct log_gate gate;
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);
	struct asker who = { .socket = true };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == 0 || peer.uid == geteuid() ||
	     (k->has_group && is_in_group(fd, &peer, k->group)))) {
		snprintf(who.name, sizeof(who.name), "user %u (process %d)",
			 (unsigned int)peer.uid, (int)peer.pid);
		client_new(&k->socket.clients, fd, &who);
		return;
	}
	log_limited(&gate, LOG_LEVEL_WARNING, "user %u (process %d) is refused at the control "
		    "socket", (unsigned int)peer.uid, (int)peer.pid);
	client_refuse(fd, "this user may not");
}

static void
take_status_client(struct control *k, int fd)
{
	const struct sockaddr_in6 *in6 = (const void *)&k->status.door.bound.sa;
	const struct sockaddr_in *in = (const void *)&k->status.door.bound.sa;
	struct asker who = { .any_host = k->any_host };
	char text[INET6_ADDRSTRLEN] = "";

	if (in6->sin6_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	snprintf(who.address, sizeof(who.address), strchr(text, ':') ? "[%s]" : "%s", text);
	client_new(&k->status.clients, fd, &who);
}

static void
pause_accept(struct control *k)
{
	ev_io_stop(k->loop, &k->socket.io);
	ev_io_stop(k->loop, &k->status.io);
	ev_timer_stop(k->loop, &k->accept_again);
	ev_timer_set(&k->accept_again, ACCEPT_PAUSE, 0.);
	ev_timer_start(k->loop, &k->accept_again);
}

static void
on_accept_again(struct ev_loop *loop, ev_timer *t, int events)
{
	struct control *k = t->data;

	(void)events;
	if (k->socket.door.fd >= 0)
		ev_io_start(loop, &k->socket.io);
	if (k->status.door.fd >= 0)
		ev_io_start(loop, &k->status.io);
}

static void
on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	static struct log_gate gate;
	struct control *k = io->data;

	(void)loop;
	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			return;
		if (fd < 0) {
			log_limited(&gate, LOG_LEVEL_ERROR, "accept of an operator: %s",
				    strerror(errno));
			pause_accept(k);
			return;
		}
		if (io == &k->socket.io)
			take_socket_client(k, fd);
		else
			take_status_client(k, fd);
	}
}

/* ---- doors ---- */

static void
shut(struct control *k, struct entrance *e)
{
	if (e->door.fd < 0)
		return;
	ev_io_stop(k->loop, &e->io);
	door_close(&e->door);
}

/* Takes the place of the door before. */
static void
move_in(struct control *k, struct entrance *e, const struct door *new)
{
	shut(k, e);
	e->door = *new;
	ev_io_init(&e->io, on_accept, new->fd, EV_READ);
	e->io.data = k;
	ev_io_start(k->loop, &e->io);
}

/* new: a door that was opened for c, closed = the one of before stays or none is wanted. */
static int
open_socket(struct control *k, const struct config_control *c, struct door *new,
	    struct buf *messages)
{
	if (!c->socket)
		return 0;
	if (strcmp(k->socket.door.path, c->socket) == 0 && door_is_ours(&k->socket.door))
		return door_allow(c->socket, c, messages);
	return door_open_socket(new, c, messages);
}

static int
open_status(struct control *k, const struct config_control *c, struct door *new,
	    struct buf *messages)
{
	if (!c->has_status || (k->status.door.fd >= 0 &&
			       strcmp(k->status.door.wanted.text, c->status.text) == 0))
		return 0;
	return door_open_status(new, c, messages);
}

static void
on_rates(struct ev_loop *loop, ev_timer *t, int events)
{
	const struct control *k = t->data;
	const struct runtime *r = k->view->runtime;
	uint64_t now_ns = clock_mono_ns();

	(void)loop;
	(void)events;
	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t n = 0; n < r->farms[i]->count; n++)
			farm_server_rate(&r->farms[i]->servers[n], now_ns);
}

int
control_use(struct control *k, const struct config_control *c, struct buf *messages)
{
	struct door socket = DOOR_CLOSED, status = DOOR_CLOSED;

	if (!k)
		return 0;
	if (open_socket(k, c, &socket, messages) < 0 || open_status(k, c, &status, messages) < 0) {
		door_close(&socket);
		return -1;
	}
	k->has_group = c->has_group;
	k->group = (gid_t)c->group;
	k->any_host = c->anywhere;
	if (socket.fd >= 0)
		move_in(k, &k->socket, &socket);
	else if (!c->socket)
		shut(k, &k->socket);
	if (status.fd >= 0)
		move_in(k, &k->status, &status);
	else if (!c->has_status)
		shut(k, &k->status);
	if (socket.fd >= 0)
		log_info("the control socket is %s", k->socket.door.path);
	if (status.fd >= 0)
		log_info("status is shown at http://%s/metrics", k->status.door.bound.text);
	if (c->socket || c->has_status)
		ev_timer_start(k->loop, &k->rates);
	else
		ev_timer_stop(k->loop, &k->rates);
	return 0;
}

void
control_places(const struct control *k, struct buf *out)
{
	if (k && k->socket.door.fd >= 0)
		buf_putf(out, "control %s\n", k->socket.door.path);
	if (k && k->status.door.fd >= 0)
		buf_putf(out, "status %s\n", k->status.door.bound.text);
}

struct control *
control_new(struct ev_loop *loop, const struct control_view *view)
{
	struct control *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	k->view = view;
	k->socket.door = k->status.door = (struct door)DOOR_CLOSED;
	k->socket.clients = k->status.clients = (struct clients){ .loop = loop, .view = view };
	ev_init(&k->socket.io, on_accept);
	ev_init(&k->status.io, on_accept);
	ev_timer_init(&k->rates, on_rates, RATE_SECONDS, RATE_SECONDS);
	ev_timer_init(&k->accept_again, on_accept_again, ACCEPT_PAUSE, 0.);
	k->rates.data = k->accept_again.data = k;
	return k;
}

void
control_free(struct control *k)
{
	if (!k)
		return;
	ev_timer_stop(k->loop, &k->rates);
	ev_timer_stop(k->loop, &k->accept_again);
	clients_free(&k->socket.clients);
	clients_free(&k->status.clients);
	shut(k, &k->socket);
	shut(k, &k->status);
	free(k);
}
