/* SPDX-License-Identifier: MIT */
/*
 * chunk_fuzzer - bodies in the chunked coding.
 *
 * The first byte is the size of the pieces.  However the input is cut, the
 * result is the same; and a body that was read, with the fields behind it, can
 * be written and read again.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/http/trailer.h"
#include "tests/fuzz/fuzz.h"
#include "trace/buf.h"

struct result {
	struct chunk c;
	struct buf body;
	struct arena arena;
	struct trailer_section trailers;
};

static void
feed(struct result *r, const char *data, size_t len, size_t piece)
{
	size_t at = 0;

	while (at < len && !r->c.done) {
		size_t have = len - at < piece ? len - at : piece;
		struct slice body;
		size_t before = r->c.trailer;
		ssize_t n = chunk_feed(&r->c, data + at, have, &body);

		if (n < 0) {
			CHECK(r->c.rule != HEAD_OK);
			break;
		}
		CHECK(n > 0 && (size_t)n <= have);
		CHECK(body.at >= data + at && body.at + body.len <= data + at + n);
		buf_put(&r->body, body.at, body.len);
		at += (size_t)n;
		CHECK(r->c.eaten == at);
		trailer_keep(&r->arena, &r->trailers, &r->c, before, data + at);
	}
	CHECK(r->c.body == r->body.len);
}

/* Fields of a whole body as lines; each lies within the section. */
static void
put_trailers(const struct trailer_section *t, struct buf *out)
{
	struct header h;
	size_t at = 0;

	while (trailer_next(t, &at, &h)) {
		CHECK(at <= t->len && h.name.len > 0);
		CHECK(h.name.at >= t->at && h.value.at + h.value.len <= t->at + at);
		CHECK(!memchr(h.value.at, '\r', h.value.len));
		CHECK(!memchr(h.name.at, ':', h.name.len));
		buf_put(out, h.name.at, h.name.len);
		buf_puts(out, ": ");
		buf_put(out, h.value.at, h.value.len);
		buf_puts(out, "\r\n");
	}
}

static void
same(const struct buf *a, const struct buf *b)
{
	CHECK(a->len == b->len);
	CHECK(a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void
compare_trailers(const struct result *a, const struct result *b)
{
	struct buf left = BUF_INIT, right = BUF_INIT;

	if (a->c.done) {
		put_trailers(&a->trailers, &left);
		put_trailers(&b->trailers, &right);
		same(&left, &right);
	}
	buf_done(&left);
	buf_done(&right);
}

static void
compare(const struct result *a, const struct result *b)
{
	CHECK(a->c.rule == b->c.rule && a->c.done == b->c.done && a->c.eaten == b->c.eaten);
	same(&a->body, &b->body);
	compare_trailers(a, b);
}

static struct result
new_result(void)
{
	struct result r = { .c = CHUNK_INIT, .body = BUF_INIT };

	arena_init(&r.arena, 0);
	return r;
}

static void
drop(struct result *r)
{
	buf_done(&r->body);
	arena_done(&r->arena);
}

static void
round_trip(const struct result *a, size_t piece)
{
	struct result b = new_result();
	struct buf out = BUF_INIT;
	char size[CHUNK_HEAD_MAX];

	for (size_t at = 0; at < a->body.len; at += piece) {
		size_t n = a->body.len - at < piece ? a->body.len - at : piece;

		buf_put(&out, size, chunk_head(size, n));
		buf_put(&out, a->body.data + at, n);
		buf_puts(&out, "\r\n");
	}
	buf_puts(&out, "0\r\n");
	if (a->c.done && a->c.trailer < CHUNK_TRAILER_MAX / 2) /* ": " may be longer than ":" */
		put_trailers(&a->trailers, &out);
	buf_puts(&out, "\r\n");
	feed(&b, out.data, out.len, out.len);
	CHECK(b.c.done && b.c.eaten == out.len);
	same(&a->body, &b.body);
	if (a->c.trailer < CHUNK_TRAILER_MAX / 2)
		compare_trailers(a, &b);
	drop(&b);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct result whole = new_result(), cut = new_result(), bytes = new_result();
	const char *data = (const char *)input + 1;
	size_t piece;

	if (size == 0)
		return 0;
	piece = (size_t)input[0] + 1;
	feed(&whole, data, size - 1, size);
	feed(&cut, data, size - 1, piece);
	feed(&bytes, data, size - 1, 1);
	compare(&whole, &cut);
	compare(&whole, &bytes);
	round_trip(&whole, piece);
	drop(&whole);
	drop(&cut);
	drop(&bytes);
	return 0;
}
