/* SPDX-License-Identifier: MIT */
/* h1 - see h1.h.  Source: RFC 9112. */
#include <config.h>

#include "core/http/h1.h"

#include "core/exchange.h"
#include "core/http/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IN_MIN ((size_t)4096)

static int
grow(struct conn *c, size_t max)
{
	size_t cap = c->in_cap ? c->in_cap * 2 : IN_MIN;
	char *in;

	if (c->in_cap >= max)
		return -ENOBUFS;
	in = realloc(c->in, cap);
	if (!in)
		return -ENOMEM;
	c->in = in;
	c->in_cap = cap;
	return 0;
}

ssize_t
h1_fill(struct conn *c, size_t max)
{
	ssize_t n;

	if (c->in_len == c->in_cap) {
		int r = grow(c, max);

		if (r < 0)
			return r;
	}
	n = conn_read(c, c->in + c->in_len, c->in_cap - c->in_len);
	if (n > 0)
		c->in_len += (size_t)n;
	return n;
}

static void
skip_empty_line(struct conn *c)
{
	size_t n = 0;

	if (c->in_len >= 2 && c->in[0] == '\r' && c->in[1] == '\n')
		n = 2;
	if (n == 0)
		return;
	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
}

ssize_t
h1_begin(struct conn *c)
{
	for (;;) {
		ssize_t n;

		skip_empty_line(c);
		if (c->in_len > 1 || (c->in_len == 1 && c->in[0] != '\r'))
			return 1;
		n = c->eof ? 0 : h1_fill(c, IN_MIN);
		if (n > 0)
			continue;
		if (c->in_len == 0) { /* an idle connection holds no buffer */
			free(c->in);
			c->in = NULL;
			c->in_cap = 0;
		}
		return n;
	}
}

void
h1_end(struct conn *c)
{
	size_t left = c->in_len - c->in_pos;

	if (left && c->in_pos)
		memmove(c->in, c->in + c->in_pos, left);
	c->in_len = left;
	c->in_pos = 0;
	c->in_seen = 0;
}

enum fault
h1_fault_of(enum head_rule rule)
{
	switch (head_rule_status(rule)) {
	case 405: return FAULT_METHOD_REFUSED;
	case 414: return FAULT_LINE_TOO_LONG;
	case 417: return FAULT_EXPECTATION;
	case 431: return FAULT_HEAD_TOO_LARGE;
	case 501: return FAULT_NOT_IMPLEMENTED;
	case 505: return FAULT_HTTP_VERSION;
	default: return FAULT_BAD_REQUEST;
	}
}

static void
put_field(struct buf *b, const struct slice *name, const struct slice *value)
{
	buf_put(b, name->at, name->len);
	buf_put(b, ": ", 2);
	buf_put(b, value->at, value->len);
	buf_put(b, "\r\n", 2);
}

static void
put_fields(struct buf *b, const struct headers *h)
{
	for (size_t i = 0; h && i < h->count; i++)
		if (!h->at[i].removed)
			put_field(b, &h->at[i].name, &h->at[i].value);
}

static void
put_status(struct buf *b, const struct response_head *r)
{
	buf_puts(b, "HTTP/1.1 ");
	buf_put_u64(b, r->status);
	buf_putc(b, ' ');
	buf_put(b, r->reason.at, r->reason.len);
	buf_put(b, "\r\n", 2);
}

static int
send_interim(struct exchange *x, const struct response_head *r)
{
	struct buf *b = &x->conn->worker->head;

	if (x->request.minor == 0) /* RFC 9110 15.2: an HTTP/1.0 client knows no 1xx */
		return 0;
	buf_reset(b);
	put_status(b, r);
	put_fields(b, r->headers);
	buf_put(b, "\r\n", 2);
	if (b->error)
		return b->error;
	return conn_write(x->conn, b->data, b->len);
}

/* Framing and persistence: decided here, nowhere else. */
static void
put_framing(struct buf *b, struct exchange *x, const struct response_head *r)
{
	struct conn *c = x->conn;

	if (r->no_body ? r->has_length : r->body == BODY_LENGTH) {
		buf_puts(b, "Content-Length: ");
		buf_put_u64(b, r->content_length);
		buf_put(b, "\r\n", 2);
	} else if (!r->no_body && x->request.minor == 1 && x->parsed) {
		x->chunked_out = true;
		buf_puts(b, "Transfer-Encoding: chunked\r\n");
	} else if (!r->no_body) {
		c->close_after = true;
	}
	/* No upgrade after all: what the client sent for the other protocol is no request. */
	if (x->parsed && x->request.upgrade_asked)
		c->close_after = true;
	if (!x->parsed || !x->request.keep_alive || !x->body_done || c->worker->draining)
		c->close_after = true;
	if (c->close_after)
		buf_puts(b, "Connection: close\r\n");
	else if (x->request.minor == 0)
		buf_puts(b, "Connection: keep-alive\r\n");
}

/* Status line and fields; returns where the fields begin. */
static size_t
begin_head(struct buf *b, const struct response_head *r)
{
	size_t fields;

	buf_reset(b);
	put_status(b, r);
	fields = b->len;
	put_fields(b, r->headers);
	return fields;
}

static int
end_head(struct exchange *x, const struct response_head *r, size_t from)
{
	struct buf *b = &x->conn->worker->head;
	size_t end = b->len;

	buf_put(b, "\r\n", 2);
	if (b->error)
		return b->error;
	return hold_head(x, r, b, (struct slice){ b->data + from, end - from });
}

static int
send_head(struct exchange *x, const struct response_head *r)
{
	struct buf *b = &x->conn->worker->head;
	size_t fields = begin_head(b, r);

	put_framing(b, x, r);
	return end_head(x, r, fields);
}

static int
send_switch(struct exchange *x, const struct response_head *r)
{
	struct buf *b = &x->conn->worker->head;
	size_t fields = begin_head(b, r);

	buf_puts(b, "Connection: Upgrade\r\nUpgrade: ");
	buf_put(b, x->upgrade.at, x->upgrade.len);
	buf_put(b, "\r\n", 2);
	x->conn->close_after = true; /* it never speaks HTTP again */
	return end_head(x, r, fields);
}

static int
send_body(struct exchange *x, const void *data, size_t len)
{
	char size[CHUNK_HEAD_MAX];
	int r;

	if (len == 0)
		return 0;
	if (!x->chunked_out)
		return hold_put(x, data, len);
	r = hold_put(x, size, chunk_head(size, len));
	if (r == 0)
		r = hold_put(x, data, len);
	return r < 0 ? r : hold_put(x, "\r\n", 2);
}

static int
send_end(struct exchange *x, struct slice trailers)
{
	int r = 0;

	if (x->chunked_out) {
		r = hold_put(x, "0\r\n", 3);
		if (r == 0 && trailers.len)
			r = hold_put(x, trailers.at, trailers.len);
		r = r < 0 ? r : hold_put(x, "\r\n", 2);
	}
	return r < 0 ? r : hold_end(x);
}

static void
abort_response(struct exchange *x)
{
	x->conn->close_after = true;
	x->conn->abort = true;
}

/* Raw bytes behind the head: those already there, else from the connection. */
static ssize_t
raw_body(struct exchange *x, const char **data)
{
	struct conn *c = x->conn;

	if (c->in_pos == c->in_len) {
		size_t keep = x->head_len;
		ssize_t n;

		c->in_pos = c->in_len = keep;
		n = h1_fill(c, keep + 2 * IN_MIN);
		if (n == 0)
			return -EPIPE;
		if (n < 0)
			return n;
	}
	*data = c->in + c->in_pos;
	return (ssize_t)(c->in_len - c->in_pos);
}

static ssize_t
read_length(struct exchange *x, char *buf, size_t size)
{
	struct conn *c = x->conn;
	ssize_t n;

	if (size > x->body_left)
		size = (size_t)x->body_left;
	if (c->in_pos < c->in_len) {
		if (size > c->in_len - c->in_pos)
			size = c->in_len - c->in_pos;
		memcpy(buf, c->in + c->in_pos, size);
		c->in_pos += size;
		n = (ssize_t)size;
	} else {
		n = conn_read(c, buf, size);
		if (n == 0)
			return -EPIPE;
	}
	if (n > 0)
		x->body_left -= (uint64_t)n;
	return n;
}

static ssize_t
read_chunked(struct exchange *x, char *buf, size_t size)
{
	struct conn *c = x->conn;

	while (!x->body_chunk.done) {
		const char *data;
		struct slice body;
		size_t trailer = x->body_chunk.trailer;
		ssize_t have = raw_body(x, &data), eaten;

		if (have < 0)
			return have;
		if ((size_t)have > size)
			have = (ssize_t)size;
		eaten = chunk_feed(&x->body_chunk, data, (size_t)have, &body);
		if (eaten < 0) {
			x->body_rule = x->body_chunk.rule;
			return -EBADMSG;
		}
		if (body.len)
			memcpy(buf, body.at, body.len);
		if (x->trace || x->conn->runtime->config->trailers)
			trailer_keep(&x->arena, &x->trailers, &x->body_chunk, trailer,
				     data + eaten);
		c->in_pos += (size_t)eaten;
		if (body.len)
			return (ssize_t)body.len;
	}
	return 0;
}

static ssize_t
read_body(struct exchange *x, void *buf, size_t size)
{
	ssize_t n = 0;

	if (x->body == BODY_LENGTH && x->body_left)
		n = read_length(x, buf, size);
	else if (x->body == BODY_CHUNKED)
		n = read_chunked(x, buf, size);
	if (n > 0)
		x->body_bytes += (uint64_t)n;
	if (n == 0 || (x->body == BODY_LENGTH && n > 0 && x->body_left == 0))
		x->body_done = true;
	return n;
}

/* First what came behind the head before it was known what it is. */
static ssize_t
read_raw(struct exchange *x, void *buf, size_t size)
{
	struct conn *c = x->conn;
	size_t left = c->in_len - c->in_pos;

	if (left == 0)
		return c->eof ? 0 : conn_read(c, buf, size);
	if (left > size)
		left = size;
	memcpy(buf, c->in + c->in_pos, left);
	c->in_pos += left;
	return (ssize_t)left;
}

static int
half_close(struct exchange *x)
{
	return conn_half_close(x->conn);
}

const struct client_ops h1_ops = {
	.send_interim = send_interim,
	.send_head = send_head,
	.send_body = send_body,
	.send_end = send_end,
	.send_switch = send_switch,
	.read_raw = read_raw,
	.half_close = half_close,
	.read_body = read_body,
	.abort = abort_response,
};
