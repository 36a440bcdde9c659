/* SPDX-License-Identifier: MIT */
/*
 * step_request - reads and parses a request head, finds its site and its
 * failure rule, and opens the trace of the exchange.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/exchange.h"
#include "core/handshake/late.h"
#include "core/handshake/tls.h"
#include "core/http/h1.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FOR_BODY ((size_t)4096)

/* scheme://host:port/target; the port is always written (FORMAT 2.1). */
static const char *
make_url(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct http_request *r = &x->request;
	const char *scheme = c->tls ? "https" : "http";
	struct slice host = r->host;
	char self[64];
	struct slice target = { "/", 1 };
	unsigned int port = c->self.port;

	if (!x->parsed || host.len == 0) {
		host.at = self;
		host.len = (size_t)snprintf(self, sizeof(self), c->self.v6 ? "[%s]" : "%s",
					    c->self.text);
	} else if (r->port) {
		port = r->port;
	} else if (r->authority.len) {
		port = c->tls ? 443 : 80;
	}
	if (x->parsed && r->path.len) {
		target.at = r->path.at;
		target.len = r->path.len + (r->query.len ? r->query.len + 1 : 0);
	}
	return arena_printf(&x->arena, "%s://%.*s:%u%s%.*s", scheme, (int)host.len, host.at, port,
			    target.at[0] == '/' ? "" : "/", (int)target.len, target.at);
}

static void
begin_trace(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct config_site *site = x->site;
	struct trace_options options = { .max_bytes = conn_trace_limit(site) };

	if (!site->trace_enabled)
		return;
	x->rule = rule_for(site, x->path, strlen(x->path));
	if (!x->rule)
		return;
	options.verbosity = (uint8_t)x->rule->verbosity;
	options.own_areas = x->rule->own_areas;
	options.iis_areas = x->rule->iis_areas;
	x->trace = trace_new(&options);
	if (x->trace && c->preamble)
		trace_set_preamble(x->trace, c->preamble);
}

/* The header block as it came; values that could let somebody in are left out. */
static struct te_bytes
header_block(struct exchange *x)
{
	const struct headers *h = &x->request.headers;
	const char *head = x->conn->in;
	const char *line = memchr(head, '\n', x->head_len);
	bool secret = false;
	struct buf *b = &x->conn->worker->head;

	for (size_t i = 0; i < h->count; i++)
		secret |= header_is_secret(h->at[i].id);
	if (!line)
		return (struct te_bytes){ NULL, 0 };
	if (!secret || x->conn->runtime->config->trace_secrets)
		return (struct te_bytes){ line + 1, x->head_len - (size_t)(line + 1 - head) - 2 };
	buf_reset(b);
	for (size_t i = 0; i < h->count; i++) {
		buf_put(b, h->at[i].name.at, h->at[i].name.len);
		if (header_is_secret(h->at[i].id))
			buf_putf(b, ": (%zu bytes, not recorded)", h->at[i].value.len);
		else
			buf_putf(b, ": %.*s", (int)h->at[i].value.len, h->at[i].value.at);
		buf_put(b, "\r\n", 2);
	}
	return (struct te_bytes){ b->data, b->len };
}

static void
tell_start(struct exchange *x)
{
	struct conn *c = x->conn;
	const char *verb = "-";

	if (x->parsed)
		verb = arena_strndup(&x->arena, x->request.method.at, x->request.method.len);
	x->verb = verb;
	if (!x->trace)
		return;
	if (x->ordinal > 1)
		TRACE(x->trace, CONNECTION_REUSED, .ConnId = c->id, .RequestOrdinal = x->ordinal,
		      .ConnectionAgeMs = (x->start_ns - c->start_ns) / CLOCK_NS_PER_MS,
		      .IdleMs = (x->start_ns - c->idle_since_ns) / CLOCK_NS_PER_MS);
	late_tell_earlier(x);
	TRACE(x->trace, GENERAL_REQUEST_START, .SiteId = x->site->id,
	      .AppPoolId = x->site->farm ? x->site->farm->name : "", .ConnId = c->id,
	      .RawConnId = c->id, .RequestURL = x->url, .RequestVerb = verb);
	TRACE(x->trace, GENERAL_ENDPOINT_INFORMATION, .RemoteAddress = c->peer.text,
	      .RemotePort = c->peer.port_text, .LocalAddress = c->self.text,
	      .LocalPort = c->self.port_text);
	if (x->parsed)
		TRACE(x->trace, GENERAL_REQUEST_HEADERS, .Headers = header_block(x));
}

/* Everything later steps rely on: path, url, site, trace.  Also for a head that was refused. */
static int
open_exchange(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct http_request *r = &x->request;

	x->path = x->parsed ? arena_strndup(&x->arena, r->path.at, r->path.len) : "/";
	x->binding = x->parsed ? tls_binding_for(c, r->host.at, r->host.len) : c->binding;
	x->site = x->binding->site;
	x->url = make_url(x);
	if (!x->path || !x->url)
		return -1;
	begin_trace(x);
	tell_start(x);
	return x->verb ? 0 : -1;
}

static enum next
refuse(struct exchange *x, enum fault fault, const char *detail)
{
	x->conn->close_after = true;
	if (open_exchange(x) < 0)
		fault = FAULT_INTERNAL;
	return exchange_fail(x, fault, detail);
}

/* For the trace; NULL where no rule was broken. */
static const char *
rule_and_place(struct exchange *x, const struct head_error *err)
{
	if (err->rule == HEAD_OK)
		return NULL;
	return arena_printf(&x->arena, "%s, at byte %zu of the request head",
			    head_rule_text(err->rule), err->offset);
}

/* 1 = the head is whole, 0 = wait, or -FAULT_X; err says which limit was broken. */
static int
read_head(struct exchange *x, const struct head_limits *limits, struct head_error *err)
{
	struct conn *c = x->conn;

	for (;;) {
		ssize_t n;

		x->head_len = head_find_end(c->in, c->in_len, &c->in_seen);
		if (x->head_len)
			return 1;
		if (c->in_len > limits->line && !memchr(c->in, '\n', limits->line + 1))
			*err = (struct head_error){ HEAD_LINE_TOO_LONG, limits->line };
		else if (c->in_len > limits->head)
			*err = (struct head_error){ HEAD_TOO_LONG, limits->head };
		if (err->rule != HEAD_OK)
			return -(int)h1_fault_of(err->rule);
		if (x->timed_out)
			return -FAULT_REQUEST_TIMEOUT;
		n = h1_fill(c, 2 * limits->head);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return -FAULT_CLIENT_GONE;
	}
}

static void
body_begin(struct exchange *x)
{
	x->body = x->request.body;
	x->body_left = x->request.content_length;
	x->body_chunk = (struct chunk)CHUNK_INIT;
	x->body_done = x->body == BODY_NONE || (x->body == BODY_LENGTH && x->body_left == 0);
}

enum next
step_request(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct head_limits *limits = &c->binding->site->limits.head;
	struct head_error err = { HEAD_OK, 0 };
	int r = read_head(x, limits, &err);

	if (r == 0) {
		x->want = WANT_CLIENT_READ;
		if (x->limit.at == 0)
			limit_set(c->worker->loop, &x->limit,
				  c->binding->site->limits.header_timeout);
		return WAIT;
	}
	if (r < 0)
		return refuse(x, (enum fault) - r, rule_and_place(x, &err));
	/* Slices of the head must not move when the body is read behind it. */
	while (c->in_cap < x->head_len + ROOM_FOR_BODY) {
		char *in = realloc(c->in, c->in_cap * 2);

		if (!in)
			return refuse(x, FAULT_INTERNAL, NULL);
		c->in = in;
		c->in_cap *= 2;
	}
	c->in_pos = x->head_len;
	if (head_parse_request(&x->request, c->in, x->head_len, limits, &err) < 0)
		return refuse(x, h1_fault_of(err.rule), rule_and_place(x, &err));
	x->parsed = true;
	body_begin(x);
	if (open_exchange(x) < 0)
		return exchange_fail(x, FAULT_INTERNAL, NULL);
	x->step = STEP_ADMIT;
	return NEXT;
}
