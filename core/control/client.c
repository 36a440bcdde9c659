/* SPDX-License-Identifier: MIT */
/* client - see client.h. */
#include <config.h>

#include "core/control/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX ((size_t)8192)
#define READ_SECONDS 10.
#define WRITE_SECONDS 30.
#define LINGER_SECONDS 2.
#define LINGER_MAX ((size_t)64 << 10)

struct client {
	struct clients *all; /* owner */
	struct client *next; /* older ones */
	struct asker who;
	ev_io io;
	ev_timer limit;
	int fd;
	char in[HEAD_MAX]; /* the request so far */
	size_t in_len, in_seen;
	struct buf out; /* the answer */
	size_t sent; /* of .out */
	bool answered; /* .out is made */
	size_t dropped; /* bytes that came after the request; lingering */
	bool lingers; /* all is sent: waits for the client to close */
};

static void
client_free(struct client *c)
{
	struct client **p = &c->all->newest;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	c->all->count--;
	ev_io_stop(c->all->loop, &c->io);
	ev_timer_stop(c->all->loop, &c->limit);
	close(c->fd);
	buf_done(&c->out);
	free(c);
}

static void
set_limit(struct client *c, double seconds)
{
	ev_timer_stop(c->all->loop, &c->limit);
	ev_timer_set(&c->limit, seconds, 0.);
	ev_timer_start(c->all->loop, &c->limit);
}

/* All is sent.  To close with bytes unread would reset the connection. */
static void
linger(struct client *c)
{
	c->lingers = true;
	shutdown(c->fd, SHUT_WR);
	set_limit(c, LINGER_SECONDS);
	watch(c->all->loop, &c->io, c->fd, EV_READ);
}

/* false: c is gone. */
static bool
send_more(struct client *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			watch(c->all->loop, &c->io, c->fd, EV_WRITE);
			return true;
		}
		if (n < 0 && errno != EINTR) {
			client_free(c);
			return false;
		}
		c->sent += n > 0 ? (size_t)n : 0;
	}
	linger(c);
	return true;
}

static bool
answer(struct client *c, struct answer *a)
{
	c->answered = true;
	answer_put(a, &c->out);
	if (c->out.error) {
		client_free(c);
		return false;
	}
	set_limit(c, WRITE_SECONDS);
	return send_more(c);
}

static bool
answer_head(struct client *c, size_t len)
{
	static const struct head_limits limits = { .line = 4096, .field = 4096, .head = HEAD_MAX,
						   .fields = 50 };
	struct answer a = { .body = BUF_INIT };
	struct http_request q;
	struct head_error err;

	if (head_parse_request(&q, c->in, len, &limits, &err) < 0)
		answer_refuse(&a, head_rule_status(err.rule), head_rule_text(err.rule));
	else
		answer_make(c->all->view, &q, &c->who, &a);
	return answer(c, &a);
}

static void
read_request(struct client *c)
{
	struct answer a = { .body = BUF_INIT };
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(c);
		return;
	}
	c->in_len += (size_t)n;
	len = head_find_end(c->in, c->in_len, &c->in_seen);
	if (len) {
		answer_head(c, len);
	} else if (c->in_len == sizeof(c->in)) {
		answer_refuse(&a, 431, "the request head is too large");
		answer(c, &a);
	}
}

static void
drop_input(struct client *c)
{
	char part[4096];
	ssize_t n = recv(c->fd, part, sizeof(part), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->dropped += (size_t)n;
	if (n <= 0 || c->dropped > LINGER_MAX)
		client_free(c);
}

static void
on_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *c = (struct client *)((char *)io - offsetof(struct client, io));

	(void)loop;
	(void)events;
	if (c->lingers)
		drop_input(c);
	else if (c->answered)
		send_more(c);
	else
		read_request(c);
}

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	struct client *c = (struct client *)((char *)t - offsetof(struct client, limit));
	struct answer a = { .body = BUF_INIT };

	(void)loop;
	(void)events;
	if (c->answered) {
		client_free(c);
		return;
	}
	answer_refuse(&a, 408, "the request did not arrive in time");
	answer(c, &a);
}

/* The oldest that has no answer yet, else the oldest. */
static void
make_room(struct clients *all)
{
	struct client *oldest = NULL, *silent = NULL;

	if (all->count < CLIENTS_MAX)
		return;
	for (struct client *c = all->newest; c; c = c->next) {
		oldest = c;
		if (!c->answered)
			silent = c;
	}
	client_free(silent ? silent : oldest);
}

void
client_new(struct clients *all, int fd, const struct asker *who)
{
	struct client *c;

	make_room(all);
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	c->all = all;
	c->fd = fd;
	c->who = *who;
	c->next = all->newest;
	all->newest = c;
	all->count++;
	ev_io_init(&c->io, on_io, fd, EV_READ);
	ev_io_start(all->loop, &c->io);
	ev_timer_init(&c->limit, on_limit, READ_SECONDS, 0.);
	ev_timer_start(all->loop, &c->limit);
}

void
client_refuse(int fd, const char *text)
{
	struct answer a = { .body = BUF_INIT };
	struct buf out = BUF_INIT;

	answer_refuse(&a, 403, text);
	answer_put(&a, &out);
	if (out.len)
		(void)!send(fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(fd, SHUT_WR);
	buf_done(&out);
	close(fd);
}

void
clients_free(struct clients *all)
{
	while (all->newest)
		client_free(all->newest);
}
