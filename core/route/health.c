/* SPDX-License-Identifier: MIT */
/* health - see health.h.  A test never blocks, and its answer has limits in size and time. */
#include <config.h>

#include "core/route/health.h"

#include "core/http/chunk.h"
#include "core/http/head.h"
#include "core/route/addresses.h"
#include "core/handshake/backend.h"
#include "core/route/farm.h"
#include "core/worker.h"
#include "trace/buf.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)128 << 10) /* head and body that are looked at */
#define READ_SIZE ((size_t)16 << 10)

struct probe { /* of one server */
	struct health *health;
	struct farm_server *server;
	ev_timer timer; /* the next test, or the limit of the present one or of its address */
	double end; /* loop time: of the present test */
	ev_io io;
	int fd; /* -1 = no test runs */
	unsigned int address_next; /* that is tried, if this one cannot be connected */
	struct config_address address;
	bool connecting;
	struct backend_link *tls; /* owned; NULL = plain HTTP, or not connected */
	bool secured; /* its handshake is over */
	struct buf request;
	size_t sent;
	struct buf answer;
};

struct health {
	struct ev_loop *loop;
	struct runtime *runtime; /* reference */
	struct probe *probes;
	size_t count;
};

static const struct config_health *
settings(const struct probe *p)
{
	return &p->server->farm->config->health;
}

static void
set_timer(struct probe *p, double seconds)
{
	ev_timer_stop(p->health->loop, &p->timer);
	ev_timer_set(&p->timer, seconds, 0.);
	ev_timer_start(p->health->loop, &p->timer);
}

static void
close_probe(struct probe *p)
{
	if (p->fd < 0)
		return;
	ev_io_stop(p->health->loop, &p->io);
	if (p->tls)
		backend_keep(p->tls);
	backend_close(p->tls);
	p->tls = NULL;
	close(p->fd);
	p->fd = -1;
}

static void
finish(struct probe *p, enum health_cause cause, unsigned int detail)
{
	close_probe(p);
	farm_server_set_health(p->server, cause, detail);
	set_timer(p, settings(p)->interval);
}

/* ---- the answer ---- */

static bool
is_accepted(const struct config_health *h, unsigned int status)
{
	for (size_t i = 0; i < h->status_count; i++)
		if (status >= h->statuses[i].from && status <= h->statuses[i].to)
			return true;
	return false;
}

static bool
contains(const struct slice *part, const char *text)
{
	return memmem(part->at, part->len, text, strlen(text)) != NULL;
}

/* Is the text in the chunked body so far?  Pieces are put together first: it may span them. */
static bool
chunked_contains(struct chunk *c, const char *data, size_t len, const char *text)
{
	struct buf body;
	struct slice all;
	size_t eaten = 0;
	bool found;

	buf_init(&body, ANSWER_MAX);
	while (eaten < len && !c->done) {
		struct slice piece = { "", 0 };
		ssize_t n = chunk_feed(c, data + eaten, len - eaten, &piece);

		if (n <= 0)
			break;
		eaten += (size_t)n;
		buf_put(&body, piece.at, piece.len);
	}
	all = (struct slice){ body.len ? body.data : "", body.len };
	found = contains(&all, text);
	buf_done(&body);
	return found;
}

/* The final head is whole: is the answer good, or is more of the body needed? */
static void
judge_body(struct probe *p, const struct http_response *r, const char *body, size_t len, bool end)
{
	const struct config_health *h = settings(p);
	struct chunk chunks = CHUNK_INIT;
	struct slice part = { body, len };
	bool whole, found;

	if (!is_accepted(h, r->status)) {
		finish(p, CAUSE_TEST_STATUS, r->status);
		return;
	}
	if (r->body == BODY_CHUNKED) {
		found = *h->match && chunked_contains(&chunks, body, len, h->match);
		whole = chunks.done;
	} else {
		if (r->body == BODY_LENGTH && part.len > r->content_length)
			part.len = (size_t)r->content_length;
		found = *h->match && contains(&part, h->match);
		whole = r->body == BODY_NONE ||
			(r->body == BODY_LENGTH && len >= r->content_length);
	}
	if (!*h->match || found)
		finish(p, CAUSE_TEST_OK, r->status);
	else if (chunks.rule != HEAD_OK)
		finish(p, CAUSE_TEST_CHUNKS, (unsigned int)chunks.rule);
	else if (whole || end)
		finish(p, CAUSE_TEST_MATCH, 0);
}

/* @end  no more bytes will come, or none are wanted. */
static void
judge(struct probe *p, bool end)
{
	const struct head_limits limits = HEAD_LIMITS_DEFAULT;
	const char *data = p->answer.data;
	size_t len = p->answer.len;

	while (len) {
		struct http_response r;
		struct head_error err;
		size_t from = 0, n = head_find_end(data, len, &from);

		if (n == 0)
			break;
		if (head_parse_response(&r, data, n, METHOD_GET, &limits, &err) < 0) {
			finish(p, CAUSE_TEST_INVALID, 0);
			return;
		}
		data += n;
		len -= n;
		if (r.status >= 200) {
			judge_body(p, &r, data, len, end);
			return;
		}
	}
	if (end)
		finish(p, p->answer.len < ANSWER_MAX ? CAUSE_TEST_CLOSED : CAUSE_TEST_INVALID, 0);
}

/* ---- the connection ---- */

/* TLS failed with a fault, or the connection broke off. */
static void
broken(struct probe *p, int error)
{
	const char *why;
	enum fault fault = p->tls ? backend_fault(p->tls, &why) : FAULT_NONE;

	if (fault)
		finish(p, CAUSE_TEST_TLS, (unsigned int)fault);
	else
		finish(p, CAUSE_TEST_CLOSED, (unsigned int)error);
}

/* false: no more comes now, or the test is over. */
static bool
read_piece(struct probe *p)
{
	char part[READ_SIZE];
	ssize_t n;

	if (p->tls)
		n = backend_read(p->tls, part, sizeof(part));
	else if ((n = recv(p->fd, part, sizeof(part), 0)) < 0)
		n = errno == EINTR ? -EAGAIN : -errno;
	if (n == -EAGAIN)
		return false;
	if (n < 0) {
		broken(p, (int)-n);
		return false;
	}
	if ((size_t)n > ANSWER_MAX - p->answer.len)
		n = (ssize_t)(ANSWER_MAX - p->answer.len);
	buf_put(&p->answer, part, (size_t)n);
	judge(p, n == 0 || p->answer.len >= ANSWER_MAX || p->answer.error);
	return p->fd >= 0;
}

static void
read_answer(struct probe *p)
{
	while (read_piece(p) && p->tls) /* a record more may be decrypted already */
		;
}

static void
send_request(struct probe *p)
{
	size_t left = p->request.len - p->sent;
	bool blocked;
	ssize_t n;

	if (!p->tls)
		n = send(p->fd, p->request.data + p->sent, left, MSG_NOSIGNAL);
	else if (left) /* taken as a whole */
		n = backend_write(p->tls, p->request.data, left);
	else
		n = backend_flush(p->tls);
	if (!p->tls && n < 0)
		n = -errno;
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n < 0) {
		broken(p, (int)-n);
		return;
	}
	if (p->tls && left)
		n = (ssize_t)left;
	p->sent += (size_t)n;
	blocked = p->sent < p->request.len || (p->tls && backend_is_blocked(p->tls));
	watch(p->health->loop, &p->io, p->fd, blocked ? EV_WRITE : EV_READ);
}

/* true: plain HTTP, or the handshake is over. */
static bool
is_secure(struct probe *p)
{
	struct backend *b = p->server->farm->backend;
	int r;

	if (!b || p->secured)
		return true;
	if (!p->tls)
		p->tls = backend_open(b, p->server->config, p->fd);
	r = p->tls ? backend_handshake(p->tls) : -ENOMEM;
	if (r == -EAGAIN)
		watch(p->health->loop, &p->io, p->fd,
		      backend_is_blocked(p->tls) ? EV_WRITE : EV_READ);
	else if (r < 0)
		broken(p, ENOMEM);
	p->secured = r == 0;
	return p->secured;
}

static void on_io(struct ev_loop *loop, ev_io *io, int events);

/* -1 = *error says why. */
static int
connect_probe(struct probe *p, int *error)
{
	const struct config_address *a = &p->address;

	p->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	*error = 0; /* our trouble, not the server's */
	if (p->fd < 0)
		return -1;
	p->connecting = true;
	p->secured = false;
	p->sent = 0;
	buf_reset(&p->answer);
	if (connect(p->fd, (const struct sockaddr *)&a->sa, a->len) == 0 || errno == EINPROGRESS)
		return 0;
	*error = errno;
	close(p->fd);
	p->fd = -1;
	return -1;
}

/* Each address gets its share of the time that is left, so that none takes it from the others. */
static void
limit_address(struct probe *p)
{
	struct config_address other;
	unsigned int count = 1; /* with this one */

	while (addresses_get(p->server, p->address_next - 1 + count, &other))
		count++;
	set_timer(p, (p->end - ev_now(p->health->loop)) / count);
}

/* Connects to the next address that can be; false = none is left. */
static bool
try_addresses(struct probe *p, int *error)
{
	while (addresses_get(p->server, p->address_next, &p->address)) {
		p->address_next++;
		if (connect_probe(p, error) < 0)
			continue;
		ev_io_init(&p->io, on_io, p->fd, EV_WRITE);
		ev_io_start(p->health->loop, &p->io);
		limit_address(p);
		return true;
	}
	return false;
}

static void
not_connected(struct probe *p, int error)
{
	close_probe(p);
	if (!try_addresses(p, &error))
		finish(p, CAUSE_TEST_CONNECT, (unsigned int)error);
}

/* Without an address, or a socket of ours, there is no verdict: the resolver tells the first. */
static void
begin(struct probe *p)
{
	int error = 0;

	p->address_next = 0;
	p->end = ev_now(p->health->loop) + settings(p)->timeout;
	if (try_addresses(p, &error))
		return;
	if (error)
		finish(p, CAUSE_TEST_CONNECT, (unsigned int)error);
	else
		set_timer(p, settings(p)->interval);
}

static void
on_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct probe *p = (struct probe *)((char *)io - offsetof(struct probe, io));
	socklen_t len = sizeof(int);
	int error = 0;

	if ((events & EV_READ) && (!p->server->farm->backend || p->secured)) {
		read_answer(p);
		return;
	}
	if (p->connecting && getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		not_connected(p, error);
		return;
	}
	if (p->connecting)
		set_timer(p, p->end - ev_now(loop));
	p->connecting = false;
	if (is_secure(p))
		send_request(p);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct probe *p = (struct probe *)((char *)t - offsetof(struct probe, timer));

	int error;

	(void)loop;
	(void)events;
	if (p->fd < 0) {
		begin(p);
		return;
	}
	close_probe(p);
	if (!p->connecting || !try_addresses(p, &error))
		finish(p, CAUSE_TEST_TIMEOUT, settings(p)->timeout); /* also of a handshake */
}

/* ---- all of them ---- */

static void
add_probe(struct health *h, struct farm_server *s)
{
	struct probe *p = &h->probes[h->count++];
	const struct config_health *settings = &s->farm->config->health;

	p->health = h;
	p->server = s;
	p->fd = -1;
	buf_init(&p->answer, ANSWER_MAX);
	buf_init(&p->request, (size_t)8192);
	buf_putf(&p->request, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: frebproxy/%s\r\n"
			      "Accept: */*\r\nConnection: close\r\n\r\n",
		 settings->path, *settings->host ? settings->host : s->host_field, PACKAGE_VERSION);
	ev_timer_init(&p->timer, on_timer, 0., 0.);
	ev_timer_start(h->loop, &p->timer);
}

struct health *
health_start(struct ev_loop *loop, struct runtime *r)
{
	struct health *h = calloc(1, sizeof(*h));
	size_t count = 0;

	if (!h)
		return NULL;
	for (size_t i = 0; i < r->config->farm_count; i++)
		count += r->farms[i]->count;
	h->probes = calloc(count + 1, sizeof(*h->probes));
	if (!h->probes) {
		free(h);
		return NULL;
	}
	h->loop = loop;
	h->runtime = runtime_ref(r);
	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t k = 0; k < r->farms[i]->count; k++)
			if (farm_server_is_tested(&r->farms[i]->servers[k]))
				add_probe(h, &r->farms[i]->servers[k]);
	return h;
}

void
health_stop(struct health *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->count; i++) {
		struct probe *p = &h->probes[i];

		close_probe(p);
		ev_timer_stop(h->loop, &p->timer);
		buf_done(&p->request);
		buf_done(&p->answer);
	}
	runtime_unref(h->runtime);
	free(h->probes);
	free(h);
}
