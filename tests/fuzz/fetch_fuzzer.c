/* SPDX-License-Identifier: MIT */
/*
 * fetch_fuzzer - answers of CRL servers and OCSP responders.
 *
 * The first byte is the size of the pieces; before a NUL stands an address.
 * However the answer is cut, the result is the same and the body within its
 * limit; an address that is taken has no byte that could end a head line.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/http/fetch.h"
#include "tests/fuzz/fuzz.h"

#define BODY_LIMIT ((size_t)1000)

static enum fetch_result
feed(const char *data, size_t len, size_t piece, struct buf *body)
{
	struct fetch_answer a = { .body = body, .max = BODY_LIMIT };
	enum fetch_result r = FETCH_MORE;

	for (size_t at = 0; at < len && r == FETCH_MORE; at += piece)
		r = fetch_answer_feed(&a, data + at, len - at < piece ? len - at : piece);
	if (r == FETCH_MORE)
		r = fetch_answer_end(&a);
	fetch_answer_done(&a);
	CHECK(r != FETCH_MORE && body->len <= BODY_LIMIT);
	return r;
}

static void
try_address(const char *text)
{
	struct fetch_url u;

	if (fetch_url_read(&u, text) != FETCH_OK)
		return;
	CHECK(u.host[0] && strpbrk(u.host, " \r\n@/") == NULL);
	CHECK(atoi(u.port) > 0 && atoi(u.port) < 65536);
	CHECK((!*u.path || *u.path == '/') && strpbrk(u.path, " \r\n") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct buf whole = BUF_INIT, cut = BUF_INIT, address = BUF_INIT;
	const char *data = (const char *)input + 1, *end;
	enum fetch_result a, b;
	size_t len;

	if (size == 0)
		return 0;
	len = size - 1;
	end = memchr(data, 0, len);
	if (end) {
		buf_put(&address, data, (size_t)(end - data));
		try_address(buf_text(&address));
		len -= (size_t)(end + 1 - data);
		data = end + 1;
	}
	a = feed(data, len, len ? len : 1, &whole);
	b = feed(data, len, (size_t)input[0] + 1, &cut);
	CHECK(a == b);
	if (a == FETCH_OK) {
		CHECK(whole.len == cut.len);
		CHECK(whole.len == 0 || memcmp(whole.data, cut.data, whole.len) == 0);
	}
	buf_done(&whole);
	buf_done(&cut);
	buf_done(&address);
	return 0;
}
