/* SPDX-License-Identifier: MIT */
/*
 * chunk_fuzzer - bodies in the chunked coding.
 *
 * The first byte is the size of the pieces.  However the input is cut, the
 * result is the same; and a body that was read can be written and read again.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/http/chunk.h"
#include "tests/fuzz/fuzz.h"
#include "trace/buf.h"

struct result {
	struct chunk c;
	struct buf body;
};

static void
feed(struct result *r, const char *data, size_t len, size_t piece)
{
	size_t at = 0;

	while (at < len && !r->c.done) {
		size_t have = len - at < piece ? len - at : piece;
		struct slice body;
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
	}
	CHECK(r->c.body == r->body.len);
}

static void
compare(const struct result *a, const struct result *b)
{
	CHECK(a->c.rule == b->c.rule && a->c.done == b->c.done && a->c.eaten == b->c.eaten);
	CHECK(a->body.len == b->body.len);
	CHECK(a->body.len == 0 || memcmp(a->body.data, b->body.data, a->body.len) == 0);
}

static void
round_trip(const struct result *a, size_t piece)
{
	struct result b = { CHUNK_INIT, BUF_INIT };
	struct buf out = BUF_INIT;
	char size[CHUNK_HEAD_MAX];

	for (size_t at = 0; at < a->body.len; at += piece) {
		size_t n = a->body.len - at < piece ? a->body.len - at : piece;

		buf_put(&out, size, chunk_head(size, n));
		buf_put(&out, a->body.data + at, n);
		buf_puts(&out, "\r\n");
	}
	buf_puts(&out, "0\r\n\r\n");
	feed(&b, out.data, out.len, out.len);
	CHECK(b.c.done && b.c.eaten == out.len && b.body.len == a->body.len);
	CHECK(a->body.len == 0 || memcmp(a->body.data, b.body.data, a->body.len) == 0);
	buf_done(&b.body);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct result whole = { CHUNK_INIT, BUF_INIT };
	struct result cut = { CHUNK_INIT, BUF_INIT };
	struct result bytes = { CHUNK_INIT, BUF_INIT };
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
	buf_done(&whole.body);
	buf_done(&cut.body);
	buf_done(&bytes.body);
	return 0;
}
