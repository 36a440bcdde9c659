/* SPDX-License-Identifier: MIT */
/*
 * fetch_answer - the answer to a fetch, read as strictly as a farm server's:
 * whoever owns the address in a certificate is no friend of ours.
 */
#include <config.h>

#include "core/http/fetch.h"

#define HEAD_MAX ((size_t)16 << 10)
#define INTERIM_MAX 8u

static const struct head_limits limits = {
	.line = 4096, .field = 8192, .head = HEAD_MAX, .fields = HEADERS_MAX,
};

static enum fetch_result
take(struct fetch_answer *a, const char *data, size_t len)
{
	if (len > a->max || a->body->len > a->max - len)
		return FETCH_SIZE;
	buf_put(a->body, data, len);
	return a->body->error ? FETCH_MEMORY : FETCH_MORE;
}

static enum fetch_result
feed_chunks(struct fetch_answer *a, const char *data, size_t len)
{
	enum fetch_result r = FETCH_MORE;

	while (len > 0 && !a->chunk.done && r == FETCH_MORE) {
		struct slice part;
		ssize_t n = chunk_feed(&a->chunk, data, len, &part);

		if (n < 0)
			return FETCH_INVALID;
		r = take(a, part.at, part.len);
		data += n;
		len -= (size_t)n;
	}
	return r == FETCH_MORE && a->chunk.done ? FETCH_OK : r;
}

static enum fetch_result
feed_body(struct fetch_answer *a, const char *data, size_t len)
{
	enum fetch_result r;

	switch (a->framing) {
	case BODY_CHUNKED:
		return feed_chunks(a, data, len);
	case BODY_CLOSE:
		return take(a, data, len);
	case BODY_LENGTH:
		if (len > a->left)
			len = (size_t)a->left;
		r = take(a, data, len);
		a->left -= len;
		return r == FETCH_MORE && a->left == 0 ? FETCH_OK : r;
	default:
		return FETCH_OK;
	}
}

/* A whole head of that length lies in a->head. */
static enum fetch_result
read_head(struct fetch_answer *a, size_t len)
{
	struct http_response r;
	struct head_error err;

	if (head_parse_response(&r, a->head.data, len, METHOD_GET, &limits, &err) < 0)
		return FETCH_INVALID;
	if (r.status >= 100 && r.status < 200 && r.status != 101)
		return ++a->interim > INTERIM_MAX ? FETCH_INVALID : FETCH_MORE;
	if (r.status != 200)
		return FETCH_STATUS;
	if (r.body == BODY_LENGTH && r.content_length > a->max)
		return FETCH_SIZE;
	a->in_body = true;
	a->framing = r.body;
	a->left = r.content_length;
	return FETCH_MORE;
}

enum fetch_result
fetch_answer_feed(struct fetch_answer *a, const char *data, size_t len)
{
	enum fetch_result r = FETCH_MORE;

	if (a->in_body)
		return feed_body(a, data, len);
	buf_put(&a->head, data, len);
	while (r == FETCH_MORE && !a->in_body && a->head.len > 0) {
		size_t end = head_find_end(a->head.data, a->head.len, &a->searched);

		if (a->head.error)
			return FETCH_MEMORY;
		if (end == 0)
			return a->head.len > HEAD_MAX ? FETCH_INVALID : FETCH_MORE;
		r = read_head(a, end);
		if (r == FETCH_MORE && a->in_body)
			return feed_body(a, a->head.data + end, a->head.len - end);
		if (r == FETCH_MORE) { /* an interim head: what follows moves up */
			struct buf rest = BUF_INIT;

			buf_put(&rest, a->head.data + end, a->head.len - end);
			buf_done(&a->head);
			a->head = rest;
			a->searched = 0;
		}
	}
	return r;
}

enum fetch_result
fetch_answer_end(const struct fetch_answer *a)
{
	return a->in_body && a->framing == BODY_CLOSE ? FETCH_OK : FETCH_CLOSED;
}

void
fetch_answer_done(struct fetch_answer *a)
{
	buf_done(&a->head);
}
