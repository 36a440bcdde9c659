/* SPDX-License-Identifier: MIT */
/*
 * conn - see conn.h.  The driver of the connection steps, the socket's watcher
 * and the way of clear text into TLS records.  Knows no HTTP.
 */
#include <config.h>

#include "core/conn.h"

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/exchange.h"
#include "core/forward/cert_headers.h"
#include "core/handshake/credentials.h"
#include "core/handshake/proxied.h"
#include "core/handshake/story.h"
#include "core/handshake/tls.h"
#include "core/handshake/unused.h"
#include "core/http/h1.h"
#include "core/token/seen.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DISCARD_SIZE ((size_t)16384)
#define BURST_MAX 32u /* requests of one connection before others get a turn */
#define LINGER_BYTES_MAX ((uint64_t)4 << 20)

const struct step_info steps[STEP_COUNT] = {
#define STEP(symbol, owner, seconds, text) [STEP_##symbol] = { #symbol, seconds, text },
#include "core/steps.def"
#undef STEP
};

static void
on_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct conn *c = (struct conn *)((char *)io - offsetof(struct conn, io));

	(void)loop;
	assert(c->magic == CONN_MAGIC);
	if (events & EV_READ)
		c->readable = true;
	conn_run(c);
}

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, limit.timer));

	(void)events;
	assert(c->magic == CONN_MAGIC);
	if (!limit_is_over(loop, &c->limit))
		return;
	if (c->step == STEP_LINGER) {
		conn_free(c);
		return;
	}
	if (c->step == STEP_PROXY) {
		c->limit_over = true;
		conn_run(c);
		return;
	}
	if (c->step == STEP_HANDSHAKE) {
		story_timeout(c);
		conn_run(c);
		return;
	}
	if (!c->exchange) {
		if (conn_is_blocked(c) && transport_taken(c) != c->taken) {
			c->taken = transport_taken(c); /* it reads slowly, but it reads */
			limit_set(loop, &c->limit, c->binding->site->limits.body_timeout);
			return;
		}
		c->abort = conn_is_blocked(c); /* the client stopped reading a response */
		conn_close(c, c->abort ? CONN_END_TIMEOUT : CONN_END_IDLE);
		conn_run(c);
	}
}

void
peer_address_set(struct peer_address *out, const struct sockaddr_storage *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	memset(out, 0, sizeof(*out));
	if (sa->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], out->text, sizeof(out->text));
		out->port = ntohs(in6->sin6_port);
	} else if (sa->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, out->text, sizeof(out->text));
		out->port = ntohs(in6->sin6_port);
		out->v6 = true;
	} else if (sa->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, out->text, sizeof(out->text));
		out->port = ntohs(in->sin_port);
	}
	snprintf(out->port_text, sizeof(out->port_text), "%u", out->port & 0xffffu);
}

/* The binding a connection begins with: the one without a host name, else the first. */
static const struct config_binding *
default_binding(const struct config *config, const struct listener *l)
{
	const struct config_binding *first = NULL;

	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_binding *b = &config->bindings[i];

		if (b->tls != l->tls || strcmp(b->address.text, l->address.text) != 0)
			continue;
		if (!b->host || b->host[0] == '\0')
			return b;
		if (!first)
			first = b;
	}
	return first;
}

struct trace *
conn_trace_new(const struct conn *c)
{
	const struct config_site *site = c->binding->site;
	struct trace_options options = { .verbosity = 0, .own_areas = 0, .iis_areas = 0 };

	if (!site->trace_enabled || site->rule_count == 0)
		return NULL;
	for (size_t i = 0; i < site->rule_count; i++) {
		if (site->rules[i].verbosity > options.verbosity)
			options.verbosity = (uint8_t)site->rules[i].verbosity;
		options.own_areas |= site->rules[i].own_areas;
		options.iis_areas |= site->rules[i].iis_areas;
	}
	options.max_bytes = conn_trace_limit(site);
	return trace_new(&options);
}

void
conn_start_story(struct conn *c)
{
	c->trace = conn_trace_new(c);
	if (!c->trace)
		return;
	TRACE(c->trace, CONNECTION_START, .ModuleName = "Connection", .ConnId = c->id,
	      .RemoteAddress = c->peer.text, .RemotePort = c->peer.port_text,
	      .LocalAddress = c->self.text, .LocalPort = c->self.port_text,
	      .ProxyProtocol = proxied_version(c), .Worker = c->worker->index);
	c->trace_start_ns = trace_start_ns(c->trace);
	proxied_tell(c);
}

void
conn_seal_story(struct conn *c)
{
	if (!c->trace)
		return;
	c->preamble = trace_seal(c->trace);
	trace_free(c->trace);
	c->trace = NULL;
}

int
conn_begin(struct conn *c)
{
	conn_start_story(c);
	if (c->binding->tls) {
		c->step = STEP_HANDSHAKE;
		return tls_session_new(c) < 0 ? -1 : 0;
	}
	c->step = STEP_SERVE;
	conn_seal_story(c);
	return 0;
}

struct conn *
conn_new(struct listener *l, int fd, const struct sockaddr_storage *sa)
{
	struct worker *w = l->worker;
	struct sockaddr_storage self;
	socklen_t len = sizeof(self);
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	c->magic = CONN_MAGIC;
	c->worker = w;
	c->runtime = runtime_ref(w->runtime);
	c->fd = fd;
	c->id = w->next_conn++;
	c->start_ns = clock_mono_ns();
	c->readable = true; /* a client usually speaks first, and at once */
	ev_io_init(&c->io, on_io, fd, EV_READ);
	ev_init(&c->limit.timer, on_limit);
	transport_init(&c->transport);
	peer_address_set(&c->peer, sa);
	if (getsockname(fd, (struct sockaddr *)&self, &len) == 0)
		peer_address_set(&c->self, &self);
	c->next = w->conns;
	if (w->conns)
		w->conns->prev = c;
	w->conns = c;
	w->conn_count++;
	counter_add(&w->counters->connections, 1);
	c->binding = default_binding(c->runtime->config, l);
	if (!c->binding) {
		conn_free(c);
		return NULL;
	}
	c->step = STEP_PROXY;
	if (!proxied_is_wanted(c->binding) && conn_begin(c) < 0) {
		conn_free(c);
		return NULL;
	}
	return c;
}

static void
unlink_conn(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		w->conns = c->next;
	w->conn_count--;
	for (struct conn **p = &w->stalled; c->stalled && *p; p = &(*p)->stalled_next)
		if (*p == c) {
			*p = c->stalled_next;
			break;
		}
	if (w->cork_owner == c) {
		w->cork_owner = NULL;
		w->cork_len = 0;
	}
}

static void
count_bytes(struct conn *c)
{
	struct counters *n = c->worker->counters;

	counter_add(&n->bytes_received, c->transport.bytes_in - c->counted_in);
	counter_add(&n->bytes_sent, c->transport.bytes_out - c->counted_out);
	c->counted_in = c->transport.bytes_in;
	c->counted_out = c->transport.bytes_out;
}

void
conn_free(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->exchange) {
		c->trace = NULL; /* was lent */
		exchange_abandon(c->exchange,
				 c->end == CONN_END_DRAINED ? FAULT_OVERLOADED : FAULT_CLIENT_GONE);
	}
	ev_io_stop(w->loop, &c->io);
	ev_timer_stop(w->loop, &c->limit.timer);
	unlink_conn(c);
	count_bytes(c);
	counter_add(&w->counters->connections_closed, 1);
	story_free(c);
	proxied_free(c);
	tls_session_free(c);
	transport_done(c);
	close(c->fd);
	trace_free(c->trace);
	trace_preamble_unref(c->preamble);
	cert_headers_free(c);
	badge_unref(c->badge);
	free(c->identity);
	free(c->in);
	runtime_unref(c->runtime);
	c->magic = 0;
	free(c);
	if (w->draining && w->conn_count == 0)
		ev_break(w->loop, EVBREAK_ALL);
}

void
conn_close(struct conn *c, enum conn_end why)
{
	if (c->step == STEP_LINGER)
		return;
	if (c->end == CONN_END_NONE)
		c->end = why;
	if (c->badge)
		seen_ended(c->badge->leaf->sha256, c->end);
	if (c->step > STEP_HANDSHAKE)
		conn_say_bye(c);
	if (c->step == STEP_SERVE)
		unused_tell(c);
	c->step = STEP_LINGER;
	limit_set(c->worker->loop, &c->limit, steps[STEP_LINGER].seconds);
}

/* Who did not read in time is not waited for, by us or by the kernel. */
static bool
is_late(const struct conn *c)
{
	return c->abort && c->end == CONN_END_TIMEOUT;
}

/*
 * Close without a reset: what is unread in our buffer would make the kernel
 * send one, and the client would never see the answer (STACK 1.5).
 */
static enum next
linger(struct conn *c)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int r = transport_flush(c);
	bool late = is_late(c);

	if (r == -EAGAIN && !late) {
		c->want = WANT_CLIENT_READ | WANT_CLIENT_WRITE;
		return WAIT;
	}
	if (late || (c->abort && !c->tls)) { /* only a reset tells that the response is not whole */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		return DONE;
	}
	if (r < 0 || c->transport.eof || shutdown(c->fd, SHUT_WR) < 0)
		return DONE;
	for (;;) {
		ssize_t n = c->readable ? recv(c->fd, c->worker->body, DISCARD_SIZE, 0) : -1;

		if (n < 0 && (!c->readable || errno == EAGAIN)) {
			c->readable = false;
			c->want = WANT_CLIENT_READ;
			return WAIT;
		}
		if (n <= 0)
			return DONE;
		c->linger_bytes += (uint64_t)n;
		if (c->linger_bytes > LINGER_BYTES_MAX)
			return DONE;
	}
}

static enum next
wait_writable(struct conn *c)
{
	c->want = WANT_CLIENT_WRITE;
	c->sending = true;
	limit_set(c->worker->loop, &c->limit, c->binding->site->limits.body_timeout);
	return WAIT;
}

/* No exchange is running: is there a reason to begin one? */
static enum next
between_requests(struct conn *c)
{
	const struct config_limits *limits = &c->binding->site->limits;
	ssize_t n;

	if (conn_is_blocked(c) && !is_late(c))
		return wait_writable(c);
	if (c->close_after || (c->worker->draining && c->in_len == 0)) {
		conn_close(c, c->worker->draining ? CONN_END_DRAINED : CONN_END_PROXY_CLOSED);
		return NEXT;
	}
	if (++c->burst > BURST_MAX) { /* pipelined requests: others get a turn */
		conn_flush(c);
		return wait_writable(c);
	}
	if (c->sending) /* that limit is over, idleness has one of its own */
		limit_set(c->worker->loop, &c->limit, 0);
	c->sending = false;
	n = h1_begin(c);
	if (n == -EAGAIN) {
		c->want = WANT_CLIENT_READ;
		if (c->limit.at == 0) /* empty lines do not keep a connection */
			limit_set(c->worker->loop, &c->limit, limits->idle_timeout);
		return WAIT;
	}
	if (n <= 0) {
		conn_close(c, n == 0 ? CONN_END_CLIENT_CLOSED : CONN_END_CLIENT_RESET);
		return NEXT;
	}
	if (trace_writer_is_full(c->runtime->writer) && !c->stalled) {
		c->stalled = true;
		c->stalled_next = c->worker->stalled;
		c->worker->stalled = c;
	}
	if (c->stalled) { /* until the writer says it has room */
		c->want = 0;
		limit_set(c->worker->loop, &c->limit, 0);
		return WAIT;
	}
	c->exchange = exchange_new(c);
	if (!c->exchange)
		return DONE;
	limit_set(c->worker->loop, &c->limit, 0);
	return NEXT;
}

static enum next
serve(struct conn *c)
{
	if (!c->exchange)
		return between_requests(c);
	if (!exchange_run(c->exchange))
		return WAIT;
	c->exchange = NULL;
	c->idle_since_ns = clock_mono_ns();
	return NEXT;
}

void
conn_arm(struct conn *c)
{
	unsigned int want = c->exchange ? c->exchange->want : c->want;
	int events = 0;

	count_bytes(c);
	if (c->errand) { /* the loop leaves it alone until the errand is back */
		watch(c->worker->loop, &c->io, c->fd, 0);
		limit_set(c->worker->loop, &c->limit, 0);
		return;
	}
	if (!c->readable && !c->transport.eof)
		events |= EV_READ;
	if (conn_is_blocked(c) || (want & WANT_CLIENT_WRITE))
		events |= EV_WRITE;
	watch(c->worker->loop, &c->io, c->fd, events);
}

void
conn_run(struct conn *c)
{
	if (c->errand)
		return;
	if (c->transport.blocked)
		transport_flush(c);
	c->burst = 0;
	for (;;) {
		enum next n;

		switch (c->step) {
		case STEP_PROXY: n = step_proxy(c); break;
		case STEP_HANDSHAKE: n = step_handshake(c); break;
		case STEP_CHAIN: n = step_chain(c); break;
		case STEP_TOKEN: n = step_token(c); break;
		case STEP_SERVE: n = serve(c); break;
		default: n = linger(c); break;
		}
		if (n == DONE) {
			conn_free(c);
			return;
		}
		if (n == WAIT)
			break;
	}
	/* A blocked client is flushed only where somebody then goes on. */
	if (c->step == STEP_SERVE && !c->errand && !conn_is_blocked(c)) {
		int r = conn_flush(c);

		if (r < 0 && r != -EAGAIN) {
			c->end = CONN_END_CLIENT_RESET;
			conn_free(c);
			return;
		}
	}
	conn_arm(c);
}
