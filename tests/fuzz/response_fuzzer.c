/* SPDX-License-Identifier: MIT */
/*
 * response_fuzzer - everything a server may send for one request: interim
 * heads, the final head, and the body, as relay_response.c takes them.
 *
 * The first byte: bit 0 the request was HEAD, the rest the size of the pieces.
 * However the bytes are cut, the same comes out; a refusal has a rule and a
 * place within what was read; and nothing behind the end is taken.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/http/chunk.h"
#include "tests/fuzz/fuzz.h"
#include "trace/buf.h"

#define INTERIM_MAX 16u

enum phase { HEAD, BODY, DONE, REFUSED };

struct answer {
	enum phase phase;
	struct buf head;	/* of a head that is not whole yet */
	size_t searched;	/* of head */
	struct http_response response;
	struct chunk chunk;
	uint64_t left;		/* of a body with a length */
	struct buf body;
	unsigned int interim;
	size_t taken;		/* bytes of the input, to the end of the answer */
	struct head_error error;
};

static struct answer whole, cut;	/* a head is large: off the stack */
static const struct head_limits limits = HEAD_LIMITS_DEFAULT;

static void
refuse(struct answer *a, enum head_rule rule, size_t offset)
{
	CHECK(rule != HEAD_OK);
	a->error = (struct head_error){ rule, offset };
	a->phase = REFUSED;
}

static void
take_head(struct answer *a, size_t len, enum http_method method)
{
	const struct http_response *r = &a->response;
	struct head_error err = { HEAD_OK, 0 };

	if (head_parse_response(&a->response, a->head.data, len, method, &limits, &err) < 0) {
		CHECK(err.offset <= len);
		refuse(a, err.rule, err.offset);
		return;
	}
	CHECK(r->status >= 100 && r->status <= 999 && r->headers.count <= HEADERS_MAX);
	CHECK(r->status >= 200 || r->body == BODY_NONE);
	CHECK(method != METHOD_HEAD || r->body == BODY_NONE);
	CHECK(r->body != BODY_CLOSE || !r->keep_alive);
	if (r->status < 200) {
		if (++a->interim > INTERIM_MAX)
			refuse(a, HEAD_STATUS_CODE, len);
		return;
	}
	a->left = r->content_length;
	a->phase = r->body == BODY_NONE || (r->body == BODY_LENGTH && !a->left) ? DONE : BODY;
}

/* Returns how much of data belongs to heads. */
static size_t
take_heads(struct answer *a, const char *data, size_t len, enum http_method method)
{
	size_t before = a->head.len, end;

	buf_put(&a->head, data, len);
	end = head_find_end(a->head.data, a->head.len, &a->searched);
	if (!end)
		return len;
	CHECK(end > before && end <= a->head.len);
	take_head(a, end, method);
	buf_reset(&a->head);
	a->searched = 0;
	return end - before;
}

static size_t
take_body(struct answer *a, const char *data, size_t len)
{
	struct slice piece = { data, len };

	if (a->response.body == BODY_CHUNKED) {
		ssize_t n = chunk_feed(&a->chunk, data, len, &piece);

		if (n < 0) {
			refuse(a, a->chunk.rule, (size_t)a->chunk.eaten);
			return 0;
		}
		buf_put(&a->body, piece.at, piece.len);
		if (a->chunk.done)
			a->phase = DONE;
		return (size_t)n;
	}
	if (a->response.body == BODY_LENGTH && piece.len > a->left)
		piece.len = (size_t)a->left;
	buf_put(&a->body, piece.at, piece.len);
	a->left -= a->response.body == BODY_LENGTH ? piece.len : 0;
	if (a->response.body == BODY_LENGTH && a->left == 0)
		a->phase = DONE;
	return piece.len;
}

static void
read_answer(struct answer *a, const char *data, size_t len, size_t piece, enum http_method method)
{
	*a = (struct answer){ .chunk = CHUNK_INIT };
	while (a->taken < len && a->phase < DONE) {
		size_t have = len - a->taken < piece ? len - a->taken : piece, n;

		n = a->phase == HEAD ? take_heads(a, data + a->taken, have, method) :
				       take_body(a, data + a->taken, have);
		CHECK(n <= have && (n > 0 || a->phase == REFUSED));
		a->taken += n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const char *data = (const char *)input + 1;
	size_t len = size ? size - 1 : 0;
	enum http_method method = size && input[0] & 1 ? METHOD_HEAD : METHOD_GET;

	if (size == 0 || len > limits.head)
		return 0;
	read_answer(&whole, data, len, len, method);
	read_answer(&cut, data, len, 1u + (input[0] >> 1), method);
	CHECK(whole.phase == cut.phase && whole.interim == cut.interim);
	CHECK(whole.error.rule == cut.error.rule && whole.error.offset == cut.error.offset);
	if (whole.phase != REFUSED)
		CHECK(whole.taken == cut.taken);
	if (whole.phase == BODY || whole.phase == DONE)
		CHECK(whole.response.status == cut.response.status &&
		      whole.response.body == cut.response.body);
	CHECK(whole.body.len == cut.body.len && (!whole.body.len ||
	      !memcmp(whole.body.data, cut.body.data, whole.body.len)));
	buf_done(&whole.head);
	buf_done(&whole.body);
	buf_done(&cut.head);
	buf_done(&cut.body);
	return 0;
}
