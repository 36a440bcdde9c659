/* SPDX-License-Identifier: MIT */
/*
 * step_relay - pumps request and response at once, with bounded buffers: one
 * piece is read only when the last one is out.  An early response, a 100
 * Continue and a slow reader are ordinary cases.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/exchange.h"
#include "core/forward/inject.h"
#include "core/forward/relay_pace.h"
#include "core/forward/relay_response.h"
#include "core/forward/secure.h"
#include "core/forward/trailers.h"
#include "core/forward/upstream.h"
#include "core/http/h1.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PIECE ((size_t)16384)
#define PIPELINE_MAX ((size_t)16384)
#define TURN_MAX ((ssize_t)512 << 10) /* bytes of one request before others get a turn */

/* The server broke off before it said anything: may the request go out again? */
static bool
may_replay(const struct exchange *x)
{
	if (!x->upstream->reused || x->upstream->received || x->phase != RESPONSE_HEAD ||
	    x->body_bytes)
		return false;
	switch (x->request.method_id) {
	case METHOD_GET:
	case METHOD_HEAD:
	case METHOD_OPTIONS:
	case METHOD_PUT:
	case METHOD_DELETE: return true;
	default: return false;
	}
}

/* A kept connection may have been closed while we wrote: once more, on a new one. */
static enum next
replay(struct exchange *x)
{
	exchange_close_spans(x);
	counter_add(&x->conn->worker->counters->upstream_retries, 1);
	TRACE(x->trace, UPSTREAM_RETRY, .Server = x->server->host, .Attempt = x->attempt,
	      .Reason = "the server had closed the kept connection", .NextServer = x->server->host);
	upstream_release(x->upstream, false);
	x->upstream = NULL;
	x->fresh_only = true;
	x->forwarded = false;
	x->body_sent = false;
	if (x->body == BODY_CHUNKED)
		x->body_done = false; /* its end is sent anew */
	x->server_limited = false;
	farm_server_end(x->server, false);
	x->counted = false;
	x->step = STEP_CONNECT;
	return NEXT;
}

static enum next
server_failed(struct exchange *x, int error)
{
	enum fault f;
	const char *where = "before its response";

	if (may_replay(x))
		return replay(x);
	f = secure_failed(x, &where);
	if (f)
		return exchange_fail(x, f, arena_printf(&x->arena, "%s: %s",
							exchange_address(x), where));
	f = FAULT_SERVER_CLOSED;
	if (x->phase == RESPONSE_BODY) {
		f = FAULT_SERVER_INVALID;
		where = "in the middle of its response";
	} else if (x->upstream->received) {
		f = FAULT_SERVER_INVALID;
		where = "in the middle of its response head";
	}
	return exchange_fail(x, f,
			     arena_printf(&x->arena,
					  "%s closed the connection %s, after %llu body bytes%s%s",
					  exchange_address(x), where,
					  (unsigned long long)x->response_bytes, error ? ": " : "",
					  error ? strerror(error) : ""));
}

static enum next
client_failed(struct exchange *x, const char *what)
{
	x->conn->close_after = true;
	if (x->conn->end == CONN_END_NONE)
		x->conn->end = CONN_END_CLIENT_RESET;
	return exchange_fail(x, FAULT_CLIENT_GONE,
			     arena_printf(&x->arena,
					  "%s; %llu body bytes of the request and %llu of the "
					  "response had passed",
					  what, (unsigned long long)x->body_bytes,
					  (unsigned long long)x->response_bytes));
}

static int
send_head(struct exchange *x)
{
	struct buf *b = &x->conn->worker->head;

	x->forwarded = true;
	x->request_open = true;
	x->server_start_ns = clock_mono_ns();
	TRACE(x->trace, ARR_REQUEST_HEADERS_START);
	buf_reset(b);
	inject_write_head(x, b);
	return b->error ? b->error : upstream_send(x->upstream, b->data, b->len);
}

/* The head, and for a request without a body all of it, is with the server. */
static void
note_sent(struct exchange *x)
{
	if (upstream_is_blocked(x->upstream))
		return;
	if (x->request_open) {
		x->request_open = false;
		TRACE(x->trace, ARR_REQUEST_HEADERS_END);
		if (x->body != BODY_NONE) {
			x->request_entity_open = true;
			TRACE(x->trace, ARR_REQUEST_ENTITY_START);
		}
	}
	if (x->body_done && !x->body_sent) {
		x->body_sent = true;
		if (x->request_entity_open) {
			x->request_entity_open = false;
			TRACE(x->trace, ARR_REQUEST_ENTITY_END, .Bytes = x->body_bytes);
		}
	}
	if (x->body_sent && !x->headers_open && x->phase == RESPONSE_HEAD) {
		x->headers_open = true;
		TRACE(x->trace, ARR_RESPONSE_HEADERS_START);
	}
}

static int
send_piece(struct exchange *x, char *data, size_t len)
{
	char size[CHUNK_HEAD_MAX];
	size_t head;

	if (x->body != BODY_CHUNKED)
		return upstream_send(x->upstream, data, len);
	/* The piece stands CHUNK_HEAD_MAX bytes into the buffer: frame it in place. */
	head = chunk_head(size, len);
	memcpy(data - head, size, head);
	memcpy(data + len, "\r\n", 2);
	return upstream_send(x->upstream, data - head, head + len + 2);
}

static int
send_last_chunk(struct exchange *x)
{
	struct slice trailers = trailers_for_server(x);
	struct buf *b = &x->conn->worker->head;

	buf_reset(b);
	buf_puts(b, "0\r\n");
	buf_put(b, trailers.at, trailers.len);
	buf_puts(b, "\r\n");
	return b->error ? b->error : upstream_send(x->upstream, b->data, b->len);
}

/* > 0 = bytes moved, 0 = nothing to do now, -EPIPE etc. = client, -EIO = server. */
static ssize_t
pump_request(struct exchange *x)
{
	char *piece = x->conn->worker->body + CHUNK_HEAD_MAX;
	uint64_t max = x->site->limits.max_body;
	ssize_t n;

	if (x->body_done || upstream_is_blocked(x->upstream))
		return 0;
	n = exchange_read_body(x, piece, PIECE);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return n;
	atomic_fetch_add_explicit(&x->server->live->bytes_sent, (uint64_t)n, memory_order_relaxed);
	if (max && x->body_bytes > max)
		return -EMSGSIZE;
	if (n > 0 && send_piece(x, piece, (size_t)n) < 0)
		return -EIO;
	if (x->body_done && x->body == BODY_CHUNKED && send_last_chunk(x) < 0)
		return -EIO;
	note_sent(x);
	return n > 0 ? n : 1;
}

/* The rest of a connection's input: pipelined requests, or its end. */
static int
watch_client(struct exchange *x)
{
	struct conn *c = x->conn;
	ssize_t n;

	if (!x->body_done || c->eof || c->in_len == c->in_cap ||
	    c->in_len - c->in_pos >= PIPELINE_MAX || !conn_has_input(c))
		return 0;
	n = h1_fill(c, c->in_cap);
	if (n == 0)
		c->eof = true; /* half-closed: it may still read the response */
	return n < 0 && n != -EAGAIN && n != -ENOBUFS ? -EPIPE : 0;
}

static enum next
request_failed(struct exchange *x, ssize_t r)
{
	x->conn->close_after = true;
	if (r == -EBADMSG)
		return exchange_fail(x, h1_fault_of(x->body_rule),
				     arena_printf(&x->arena,
						  "chunked request body: %s, at byte %llu of it",
						  head_rule_text(x->body_rule),
						  (unsigned long long)x->body_chunk.eaten));
	if (r == -EMSGSIZE)
		return exchange_fail(x, FAULT_BODY_TOO_LARGE, NULL);
	return client_failed(x, "the client closed the connection");
}

/* The client is expected to send more of its body. */
static bool
waits_for_body(const struct exchange *x)
{
	return !x->body_done && !upstream_is_blocked(x->upstream);
}

static enum next
timed_out(struct exchange *x)
{
	x->conn->close_after = true;
	if (waits_for_body(x))
		return exchange_fail(x, FAULT_REQUEST_TIMEOUT,
				     arena_printf(&x->arena,
						  "the request body stopped after %llu bytes",
						  (unsigned long long)x->body_bytes));
	return exchange_fail(
		x, FAULT_SERVER_TIMEOUT,
		arena_printf(&x->arena, "%s %s for %u s%s", exchange_address(x),
			     upstream_is_blocked(x->upstream) ? "took none of the request"
							      : "was silent",
			     x->farm->config->timeout,
			     x->phase == RESPONSE_BODY ? " in the middle of its response" : ""));
}

/*
 * Sends what the client would not take a moment ago.  true: it takes bytes again,
 * so the pumps must run once more, since nothing else would wake them.
 */
static bool
client_unblocked(struct exchange *x)
{
	bool blocked = conn_is_blocked(x->conn);
	int r = conn_flush(x->conn);

	if (r < 0 && r != -EAGAIN)
		x->client_error = true;
	return blocked && r == 0;
}

/* The limit is over; who reads slowly, but fast enough, may go on. */
static bool
may_go_on(struct exchange *x)
{
	if (!x->awaits_reader || relay_client_is_slow(x, waits_for_body(x), true))
		return false;
	x->timed_out = false;
	return true;
}

/* How far the server is: a head that drips in, or bytes of the client's, move nothing. */
static uint64_t
progress(const struct exchange *x)
{
	return x->phase == RESPONSE_HEAD ? 0 : 1 + x->response_bytes;
}

/* turn_over: there is more to do, after others; a socket that can be written wakes us. */
static enum next
wait_more(struct exchange *x, bool turn_over)
{
	bool client = waits_for_body(x);
	bool blocked = conn_is_blocked(x->conn);

	if (x->client_error)
		return client_failed(x, "the client closed the connection");
	if (relay_client_is_slow(x, client, blocked))
		return FAIL;
	x->want = WANT_SERVER_READ | (client ? WANT_CLIENT_READ : 0) |
		  (blocked || turn_over ? WANT_CLIENT_WRITE : 0);
	x->awaits_reader = blocked;
	if (client || blocked)
		limit_set(x->conn->worker->loop, &x->limit, x->site->limits.body_timeout);
	else if (!x->server_limited || progress(x) != x->limited_at)
		limit_set(x->conn->worker->loop, &x->limit, x->farm->config->timeout);
	x->server_limited = !client && !blocked;
	x->limited_at = progress(x);
	return WAIT;
}

enum next
step_relay(struct exchange *x)
{
	ssize_t in, out, turn = 0;
	int r;

	if (x->timed_out && !may_go_on(x))
		return x->fault ? FAIL : timed_out(x);
	if (!x->forwarded && send_head(x) < 0)
		return server_failed(x, x->upstream->error);
	r = upstream_flush(x->upstream);
	note_sent(x);
	do {
		in = r < 0 && r != -EAGAIN ? -EIO : pump_request(x);
		if (in < 0 && in != -EIO)
			return request_failed(x, in);
		/* When sending failed the server may have answered already: read first. */
		out = relay_response(x);
		if (out == -EPIPE)
			return client_failed(x, "the client closed the connection");
		if (x->fault)
			return FAIL;
		if (x->phase >= RESPONSE_DONE) {
			x->step = x->phase == RESPONSE_DONE ? STEP_FINISH : STEP_TUNNEL;
			return NEXT;
		}
		if (out < 0 || (in < 0 && out == 0))
			return server_failed(x, x->upstream->error);
		turn += in > 0 ? in : 0;
	} while (turn < TURN_MAX && (in > 0 || out > 0 || client_unblocked(x)));
	if (watch_client(x) < 0)
		return client_failed(x, "the client reset the connection");
	return wait_more(x, turn >= TURN_MAX);
}
