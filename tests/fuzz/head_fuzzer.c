/* SPDX-License-Identifier: MIT */
/*
 * head_fuzzer - request and response heads.
 *
 * The first byte chooses: bit 0 a response instead of a request, bit 1 the
 * answer to HEAD.  What is accepted must lie inside the input, and written out
 * again, as the proxy does, it must be accepted with the same meaning.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/http/head.h"
#include "tests/fuzz/fuzz.h"
#include "trace/buf.h"

/* Parsed heads are large: kept off the stack. */
static struct http_request request, request_again;
static struct http_response response, response_again;

static const struct head_limits limits = HEAD_LIMITS_DEFAULT;
/* Written out again, fields may be longer: "a:b" becomes "a: b". */
static const struct head_limits wide = { 16384, 32768, 262144, HEADERS_MAX };

static void
check_inside(const struct slice *s, const char *data, size_t len)
{
	CHECK(s->at >= data && s->at <= data + len && s->len <= (size_t)(data + len - s->at));
}

static bool
same(const struct slice *a, const struct slice *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static void
check_fields(const struct headers *h, const char *data, size_t len)
{
	size_t lengths = 0, codings = 0;

	CHECK(h->count <= HEADERS_MAX);
	for (size_t i = 0; i < h->count; i++) {
		check_inside(&h->at[i].name, data, len);
		check_inside(&h->at[i].value, data, len);
		CHECK(h->at[i].name.len > 0);
		CHECK(h->at[i].id == header_id_of(h->at[i].name.at, h->at[i].name.len));
		for (size_t k = 0; k < h->at[i].value.len; k++)
			CHECK(h->at[i].value.at[k] != '\r' && h->at[i].value.at[k] != '\n' &&
			      h->at[i].value.at[k] != '\0');
		lengths += h->at[i].id == HF_CONTENT_LENGTH && !h->at[i].removed;
		codings += h->at[i].id == HF_TRANSFER_ENCODING;
	}
	CHECK(lengths + codings <= 1);
}

static void
put_fields(struct buf *b, const struct headers *h, bool without_host)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct header *f = &h->at[i];

		if (f->removed || (without_host && f->id == HF_HOST))
			continue;
		buf_put(b, f->name.at, f->name.len);
		buf_puts(b, ": ");
		buf_put(b, f->value.at, f->value.len);
		buf_puts(b, "\r\n");
	}
	buf_puts(b, "\r\n");
}

/* The same fields in the same order, but for those that were left out. */
static void
compare_fields(const struct headers *a, const struct headers *b, bool without_host)
{
	size_t k = without_host && b->count && b->at[0].id == HF_HOST;

	for (size_t i = 0; i < a->count; i++) {
		if (a->at[i].removed || (without_host && a->at[i].id == HF_HOST))
			continue;
		CHECK(k < b->count);
		CHECK(same(&a->at[i].name, &b->at[k].name));
		CHECK(same(&a->at[i].value, &b->at[k].value));
		k++;
	}
	CHECK(k == b->count);
}

static void
put_request(struct buf *b, const struct http_request *r)
{
	buf_put(b, r->method.at, r->method.len);
	buf_putc(b, ' ');
	buf_put(b, r->path.at, r->path.len);
	if (r->query.len) {
		buf_putc(b, '?');
		buf_put(b, r->query.at, r->query.len);
	}
	buf_putf(b, " HTTP/1.%u\r\n", r->minor);
	if (r->authority.len) {
		buf_puts(b, "Host: ");
		buf_put(b, r->authority.at, r->authority.len);
		buf_puts(b, "\r\n");
	}
	put_fields(b, &r->headers, true);
}

static void
check_request(const struct http_request *r, const char *data, size_t len)
{
	check_inside(&r->method, data, len);
	check_inside(&r->target, data, len);
	check_inside(&r->query, data, len);
	check_inside(&r->authority, data, len);
	check_inside(&r->host, data, len);
	check_fields(&r->headers, data, len);
	CHECK(r->method.len > 0 && r->method_id != METHOD_CONNECT);
	CHECK(r->minor <= 1 && r->port <= 65535);
	CHECK(r->path.len > 0 && (r->path.at[0] == '/' || slice_is(&r->path, "*")));
	CHECK(r->minor == 0 || r->host.len > 0);
	CHECK(r->body != BODY_CLOSE && (r->body != BODY_CHUNKED || r->minor == 1));
	CHECK(!r->upgrade || r->body == BODY_NONE || r->content_length == 0);
}

static void
request_round_trip(void)
{
	const struct http_request *a = &request, *b = &request_again;
	struct head_error err;
	struct buf out = BUF_INIT;

	put_request(&out, a);
	/* A Host that the input did not have is one field more. */
	if (a->headers.count == HEADERS_MAX && a->authority.len && a->minor == 0) {
		buf_done(&out);
		return;
	}
	CHECK(head_parse_request(&request_again, out.data, out.len, &wide, &err) == 0);
	CHECK(same(&a->method, &b->method) && a->method_id == b->method_id);
	CHECK(same(&a->path, &b->path) && same(&a->query, &b->query));
	CHECK(same(&a->authority, &b->authority) && same(&a->host, &b->host) && a->port == b->port);
	CHECK(a->minor == b->minor && a->body == b->body && a->content_length == b->content_length);
	CHECK(a->keep_alive == b->keep_alive && a->expect_continue == b->expect_continue);
	CHECK(a->upgrade == b->upgrade);
	compare_fields(&a->headers, &b->headers, true);
	buf_done(&out);
}

static void
response_round_trip(enum http_method method)
{
	const struct http_response *a = &response, *b = &response_again;
	struct head_error err;
	struct buf out = BUF_INIT;

	buf_putf(&out, "HTTP/1.%u %u ", a->minor, a->status);
	buf_put(&out, a->reason.at, a->reason.len);
	buf_puts(&out, "\r\n");
	put_fields(&out, &a->headers, false);
	CHECK(head_parse_response(&response_again, out.data, out.len, method, &wide, &err) == 0);
	CHECK(a->status == b->status && same(&a->reason, &b->reason) && a->minor == b->minor);
	CHECK(a->body == b->body && a->content_length == b->content_length);
	CHECK(a->has_length == b->has_length && a->keep_alive == b->keep_alive);
	compare_fields(&a->headers, &b->headers, false);
	buf_done(&out);
}

static void
check_response(const struct http_response *r, const char *data, size_t len)
{
	check_inside(&r->reason, data, len);
	check_fields(&r->headers, data, len);
	CHECK(r->status >= 100 && r->status <= 999 && r->minor <= 1);
	CHECK(r->body != BODY_CLOSE || !r->keep_alive);
}

/* The end found at once and byte by byte is the same. */
static size_t
find_end(const char *data, size_t len)
{
	size_t from = 0, n = head_find_end(data, len, &from), step = 0, found = 0;

	CHECK(n <= len);
	for (size_t have = 0; have <= len && !found; have += 1 + have / 8)
		found = head_find_end(data, have, &step);
	if (!found)
		found = head_find_end(data, len, &step);
	CHECK(found == n);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct head_error err = { HEAD_OK, 0 };
	const char *data = (const char *)input + 1;
	bool answer = size && input[0] & 1;
	enum http_method method = size && input[0] & 2 ? METHOD_HEAD : METHOD_GET;
	size_t len = size ? size - 1 : 0, n = len ? find_end(data, len) : 0;
	size_t given = n ? n : len;
	int r;

	if (size == 0)
		return 0;
	r = answer ? head_parse_response(&response, data, given, method, &limits, &err) :
		     head_parse_request(&request, data, given, &limits, &err);
	if (r < 0) {
		CHECK(err.rule != HEAD_OK && err.offset <= given);
		return 0;
	}
	CHECK(n > 0 && err.rule == HEAD_OK);
	if (answer) {
		check_response(&response, data, given);
		response_round_trip(method);
	} else {
		check_request(&request, data, given);
		request_round_trip();
	}
	return 0;
}
