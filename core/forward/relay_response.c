/* SPDX-License-Identifier: MIT */
/* relay_response - see relay_response.h.  The farm is not trusted either. */
#include <config.h>

#include "core/forward/relay_response.h"

#include "core/base/clock.h"
#include "core/forward/fitness.h"
#include "core/http/hold.h"
#include "core/forward/inject.h"
#include "core/forward/respond.h"
#include "core/forward/reverse.h"
#include "core/forward/trailers.h"
#include "core/forward/upgrade.h"
#include "core/forward/upstream.h"
#include "core/forward/wants_tls.h"
#include "core/route/farm.h"

#include <errno.h>
#include <string.h>

#define TURN_MAX ((ssize_t)512 << 10) /* bytes of one response before others get a turn */
#define INTERIM_MAX 16u /* 1xx heads before the final one */

static ssize_t
invalid(struct exchange *x, enum head_rule rule, size_t offset)
{
	exchange_fail(x, FAULT_SERVER_INVALID,
		      arena_printf(&x->arena, "%s: %s, at byte %zu of its response head",
				   exchange_address(x), head_rule_text(rule), offset));
	return -EBADMSG;
}

/* A server that speaks TLS answers plain HTTP with an alert, which is no head and ends in none. */
static bool
is_alert(const struct exchange *x, const char *data, size_t len)
{
	return !x->upstream->tls && len >= 2 && data[0] == 0x15 && data[1] == 3;
}

static ssize_t
speaks_tls(struct exchange *x)
{
	exchange_fail(x, FAULT_SERVER_TLS,
		      arena_printf(&x->arena, "%s speaks TLS, and the web farm has no serverTls",
				   exchange_address(x)));
	return -EBADMSG;
}

/* Nobody asked for it: an Upgrade that is not allowed is not passed on. */
static ssize_t
unexpected_upgrade(struct exchange *x)
{
	exchange_fail(x, FAULT_SERVER_INVALID,
		      arena_printf(&x->arena,
				   "%s: 101 Switching Protocols without an upgrade request",
				   exchange_address(x)));
	return -EBADMSG;
}

/* 101 to a request that asked for it: is it the protocol, and did a WebSocket server say so? */
static int
judge_switch(struct exchange *x)
{
	const char *wrong;

	if (!x->upgrade.len)
		return (int)unexpected_upgrade(x);
	wrong = upgrade_wrong(x);
	if (!wrong)
		return 0;
	exchange_fail(x, FAULT_UPGRADE_ANSWER,
		      arena_printf(&x->arena, "%s: %s", exchange_address(x), wrong));
	return -EBADMSG;
}

static ssize_t
too_many_interim(struct exchange *x)
{
	exchange_fail(x, FAULT_SERVER_INVALID,
		      arena_printf(&x->arena, "%s: more than %u interim responses",
				   exchange_address(x), INTERIM_MAX));
	return -EBADMSG;
}

/* Hop-by-hop fields and framing are ours to write. */
static void
clean(struct headers *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (header_is_hop_by_hop(h->at[i].id) || h->at[i].id == HF_CONTENT_LENGTH ||
		    headers_is_connection_option(h, &h->at[i]))
			h->at[i].removed = true;
}

static void
tell_head(struct exchange *x, const struct response_head *r)
{
	char reason[128];
	size_t n = r->reason.len < sizeof(reason) - 1 ? r->reason.len : sizeof(reason) - 1;

	memcpy(reason, r->reason.at, n);
	reason[n] = '\0';
	exchange_close_request_spans(x);
	if (!x->headers_open)
		TRACE(x->trace, ARR_RESPONSE_HEADERS_START);
	x->headers_open = false;
	TRACE(x->trace, ARR_RESPONSE_HEADERS_END);
	exchange_trace_status(x, "ApplicationRequestRouting", 128, r->status, 0, reason, 0);
}

/* What the client gets to know of the server. */
static void
edit(struct exchange *x, struct headers *h)
{
	enum server_header s = x->farm->config->server_header;

	for (size_t i = 0; s != SERVER_HEADER_PASS && i < h->count; i++) {
		if (h->at[i].id != HF_SERVER)
			continue;
		h->at[i].removed |= s == SERVER_HEADER_REMOVE;
		h->at[i].value = (struct slice){ PACKAGE_NAME, strlen(PACKAGE_NAME) };
	}
	reverse_rewrite(x, h);
	if (x->te && x->response.body == BODY_CHUNKED) {
		static const struct slice name = { "Trailer", 7 };
		struct slice announced = trailers_announced(x, h);

		if (announced.len)
			headers_add(h, name, announced);
	}
}

static ssize_t
pass_head(struct exchange *x)
{
	struct http_response *p = &x->response;
	struct response_head r = {
		.status = p->status,
		.reason = p->reason,
		.headers = &p->headers,
		.body = p->body == BODY_LENGTH ? BODY_LENGTH : BODY_CLOSE,
		.content_length = p->content_length,
		.has_length = p->has_length,
		.no_body = p->body == BODY_NONE,
	};
	uint64_t now;

	clean(&p->headers);
	if (p->status < 200 && p->status != 101)
		return x->client->send_interim(x, &r) < 0 ? -EPIPE : 0;
	now = clock_mono_ns();
	if (p->status != 400)
		atomic_store_explicit(&x->server->live->understood, true, memory_order_relaxed);
	farm_server_responded(x->server, (now - x->server_start_ns) / CLOCK_NS_PER_US, now);
	tell_head(x, &r);
	fitness_tell_refused(x, p);
	edit(x, &p->headers);
	if (x->farm->config->response_header) {
		static const struct slice name = { "X-Powered-By", 12 }, value = { "ARR/3.0", 7 };

		headers_add(&p->headers, name, value);
	}
	if (x->affinity_cookie) {
		static const struct slice name = { "Set-Cookie", 10 };

		const struct slice value = { x->affinity_cookie, strlen(x->affinity_cookie) };

		if (headers_add(&p->headers, name, value) == 0)
			x->conn->affinity_sent |= farm_bit(x->farm);
	}
	respond_trace_fields(x, &r);
	if (p->status == 101)
		return upgrade_begin(x, &r) < 0 ? -EPIPE : 0;
	if (p->body == BODY_NONE && p->has_length == false && p->status != 204 &&
	    p->status != 304 && x->request.method_id != METHOD_HEAD) {
		r.no_body = false; /* Content-Length: 0 keeps the client's connection usable */
		r.body = BODY_LENGTH;
	}
	hold_begin(x, &r);
	if (x->client->send_head(x, &r) < 0)
		return -EPIPE;
	x->phase = RESPONSE_BODY;
	x->response_left = p->content_length;
	x->response_chunk = (struct chunk)CHUNK_INIT;
	x->entity_open = true;
	TRACE(x->trace, ARR_RESPONSE_ENTITY_START);
	return 0;
}

static int
finish_body(struct exchange *x)
{
	x->phase = RESPONSE_DONE;
	x->entity_open = false;
	TRACE(x->trace, ARR_RESPONSE_ENTITY_END, .Bytes = x->response_bytes);
	return x->client->send_end(x, trailers_for_client(x)) < 0 ? -EPIPE : 0;
}

static int
pass_piece(struct exchange *x, const char *data, size_t len)
{
	x->response_bytes += len;
	return x->client->send_body(x, data, len) < 0 ? -EPIPE : 0;
}

static ssize_t
pass_chunked(struct exchange *x, const char *data, size_t len)
{
	size_t eaten = 0;

	while (eaten < len && !x->response_chunk.done) {
		struct slice body;
		size_t trailer = x->response_chunk.trailer;
		ssize_t n = chunk_feed(&x->response_chunk, data + eaten, len - eaten, &body);

		if (n < 0) {
			exchange_fail(
				x, FAULT_SERVER_INVALID,
				arena_printf(&x->arena,
					     "%s: chunked response body: %s, at byte %llu of it",
					     exchange_address(x),
					     head_rule_text(x->response_chunk.rule),
					     (unsigned long long)x->response_chunk.eaten));
			return -EBADMSG;
		}
		eaten += (size_t)n;
		if (x->trace || x->te)
			trailer_keep(&x->arena, &x->response_trailers, &x->response_chunk,
				     trailer, data + eaten);
		if (body.len && pass_piece(x, body.at, body.len) < 0)
			return -EPIPE;
	}
	return (ssize_t)eaten;
}

/* Returns bytes taken, -EPIPE or -EBADMSG. */
static ssize_t
pass_body(struct exchange *x, const char *data, size_t len)
{
	ssize_t n = (ssize_t)len;
	bool done = false;

	switch (x->response.body) {
	case BODY_NONE:
		n = 0;
		done = true;
		break;
	case BODY_LENGTH:
		if (len > x->response_left)
			n = (ssize_t)x->response_left;
		if (n && pass_piece(x, data, (size_t)n) < 0)
			return -EPIPE;
		x->response_left -= (uint64_t)n;
		done = x->response_left == 0;
		break;
	case BODY_CHUNKED:
		n = pass_chunked(x, data, len);
		done = n >= 0 && x->response_chunk.done;
		break;
	case BODY_CLOSE:
		if (len && pass_piece(x, data, len) < 0)
			return -EPIPE;
		break;
	}
	if (done && finish_body(x) < 0)
		return -EPIPE;
	return n;
}

/* What a farm says of its heads; one field may be as long as all of it. */
static struct head_limits
limits_of(const struct exchange *x)
{
	struct head_limits l = HEAD_LIMITS_DEFAULT;

	l.head = x->farm->config->max_response_head;
	return l;
}

/* The bytes come again, with those behind them; returns that they were taken. */
static ssize_t
wait_for_more(struct exchange *x, const char *data, size_t len)
{
	return upstream_put_back(x->upstream, data, len) < 0 ? -ENOMEM : (ssize_t)len;
}

/* Once it was, a page of the server's may repeat a client's words, but wants no TLS. */
static bool
is_understood(const struct exchange *x)
{
	return atomic_load_explicit(&x->server->live->understood, memory_order_relaxed);
}

/* A 400 says that we should speak TLS: for the client that is no answer. */
static ssize_t
wants_tls(struct exchange *x, enum fault f)
{
	const struct header *server = headers_find(&x->response.headers, HF_SERVER);

	exchange_fail(x, f,
		      arena_printf(&x->arena, "%s says so in its answer 400; Server: %.*s",
				   exchange_address(x),
				   server ? (int)server->value.len : 0,
				   server ? server->value.at : ""));
	return -EBADMSG;
}

/* Heads at the front of data (interim ones too).  Returns bytes taken, 0 = not whole yet. */
static ssize_t
take_heads(struct exchange *x, const char *data, size_t len)
{
	const struct head_limits limits = limits_of(x);
	size_t taken = 0;

	while (x->phase == RESPONSE_HEAD && taken < len) {
		struct head_error err = { HEAD_OK, 0 };
		enum fault demand;
		size_t from = 0;
		size_t n = head_find_end(data + taken, len - taken, &from);
		ssize_t r;

		if (is_alert(x, data + taken, len - taken))
			return speaks_tls(x);
		if (n == 0 && len - taken > limits.head)
			return invalid(x, HEAD_TOO_LONG, limits.head);
		if (n == 0)
			return wait_for_more(x, data + taken, len - taken);
		if (head_parse_response(&x->response, data + taken, n, x->request.method_id,
					&limits, &err) < 0)
			return invalid(x, err.rule, err.offset);
		if (!is_understood(x)) {
			if (wants_tls_needs(&x->response, len - taken - n))
				return wait_for_more(x, data + taken, len - taken);
			demand = wants_tls_says(&x->response, x->upstream->tls != NULL,
						data + taken + n, len - taken - n);
			if (demand)
				return wants_tls(x, demand);
		}
		if (x->response.status == 101 && judge_switch(x) < 0)
			return -EBADMSG;
		if (x->response.status < 200 && ++x->interim > INTERIM_MAX)
			return too_many_interim(x);
		taken += n;
		r = pass_head(x);
		if (r < 0)
			return r;
	}
	return (ssize_t)taken;
}

static ssize_t
take(struct exchange *x, const char *data, size_t len)
{
	ssize_t n = 0, body;

	if (x->phase == RESPONSE_HEAD) {
		n = take_heads(x, data, len);
		if (n < 0 || x->phase == RESPONSE_HEAD)
			return n;
	}
	if (x->phase == RESPONSE_TUNNEL) /* the server may speak at once */
		return pass_piece(x, data + n, len - (size_t)n) < 0 ? -EPIPE : (ssize_t)len;
	body = pass_body(x, data + n, len - (size_t)n);
	if (body < 0)
		return body;
	/* Bytes behind the end were never asked for: do not use this connection again. */
	if ((size_t)(n + body) < len)
		x->upstream->eof = true;
	return (ssize_t)len;
}

ssize_t
relay_response(struct exchange *x)
{
	struct upstream *u = x->upstream;
	ssize_t moved = 0;

	while (x->phase != RESPONSE_DONE && !conn_is_blocked(x->conn)) {
		const char *data = NULL;
		ssize_t n = upstream_read(u, &data);

		if (n == -EAGAIN)
			break;
		if (n == 0 && x->phase == RESPONSE_BODY && x->response.body == BODY_CLOSE)
			return finish_body(x) < 0 ? -EPIPE : 1;
		if (n <= 0) /* -EPIPE is for the client's side only */
			return -ECONNRESET;
		atomic_fetch_add_explicit(&x->server->live->bytes_received, (uint64_t)n,
					  memory_order_relaxed);
		moved += n;
		n = take(x, data, (size_t)n);
		if (n < 0)
			return n;
		if (x->phase >= RESPONSE_DONE)
			break;
		n = conn_flush(x->conn);
		if (n < 0 && n != -EAGAIN)
			return -EPIPE;
		if (moved >= TURN_MAX) { /* others wait; the loop wakes us for the rest */
			u->readable = false;
			break;
		}
	}
	return moved;
}
