/* SPDX-License-Identifier: MIT */
/* test_fetch - addresses that are fetched, hosts that may be asked, answers in any pieces. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/http/fetch.h"

static void
an_address_is_http_with_a_host(void **state)
{
	struct fetch_url u;

	(void)state;
	assert_int_equal(fetch_url_read(&u, "http://CA.Example.org:8080/a/b.crl?x=1"), FETCH_OK);
	assert_string_equal(u.host, "ca.example.org");
	assert_string_equal(u.port, "8080");
	assert_string_equal(u.path, "/a/b.crl?x=1");
	assert_int_equal(fetch_url_read(&u, "HTTP://[::1]"), FETCH_OK);
	assert_true(u.v6);
	assert_string_equal(u.host, "::1");
	assert_string_equal(u.port, "80");
	assert_string_equal(u.path, "");
}

static void
other_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "https://a/", "ldap://a/", "file:///etc/passwd", "http://", "http:///x",
		"http://user@a/", "http://a:0/", "http://a:65536/", "http://a:/", "http://a:1x/",
		"http://a/b c", "http://a/\r\nX: y", "http://a\r\nX: y/", "http://a/#f",
		"http://[::1/", "http://a?x", "http://a/\xc3\xb8", "http://a b/", "http://a\\b/",
	};
	struct fetch_url u;
	char longer[3000] = "http://a/";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fetch_url_read(&u, bad[i]) != FETCH_URL)
			fail_msg("taken: %s", bad[i]);
	memset(longer + 9, 'x', 2500);
	assert_int_equal(fetch_url_read(&u, longer), FETCH_URL);
}

static void
hosts_are_listed_by_name_or_suffix(void **state)
{
	char *items[] = { (char[]){ "crl.acme.test" }, (char[]){ "*.ca.test" } };
	static const struct {
		const char *url;
		bool in;
	} rows[] = {
		{ "http://crl.acme.test/x", true }, { "http://CRL.ACME.TEST/", true },
		{ "http://a.ca.test/", true },	    { "http://a.b.ca.test/", true },
		{ "http://ca.test/", false },	    { "http://xca.test/", false },
		{ "http://acme.test/", false },	    { "http://crl.acme.test.evil/", false },
	};
	struct fetch_url u;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fetch_url_read(&u, rows[i].url), FETCH_OK);
		if (fetch_host_is_in(&u, items, 2) != rows[i].in)
			fail_msg("wrong: %s", rows[i].url);
	}
}

/* The whole answer in pieces; then, if it is not whole, the end of the connection. */
static enum fetch_result
read_answer(const char *text, size_t piece, size_t max, struct buf *body)
{
	struct fetch_answer a = { .body = body, .max = max };
	enum fetch_result r = FETCH_MORE;
	size_t len = strlen(text);

	for (size_t at = 0; at < len && r == FETCH_MORE; at += piece)
		r = fetch_answer_feed(&a, text + at, len - at < piece ? len - at : piece);
	if (r == FETCH_MORE)
		r = fetch_answer_end(&a);
	fetch_answer_done(&a);
	return r;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
answers_are_read_in_any_pieces(void **state)
{
	static const struct {
		const char *text;
		enum fetch_result result;
		const char *body;
	} rows[] = {
		{ OK "Content-Length: 5\r\n\r\nhellorest", FETCH_OK, "hello" },
		{ OK "Content-Length: 0\r\n\r\n", FETCH_OK, "" },
		{ OK "\r\nhello", FETCH_OK, "hello" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", FETCH_OK,
		  "hello" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 5\r\n\r\nhello", FETCH_OK,
		  "hello" },
		{ OK "Content-Length: 6\r\n\r\nhello", FETCH_CLOSED, NULL },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", FETCH_CLOSED, NULL },
		{ OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", FETCH_INVALID, NULL },
		{ OK "Content-Le", FETCH_CLOSED, NULL },
		{ "", FETCH_CLOSED, NULL },
		{ "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", FETCH_STATUS, NULL },
		{ "HTTP/1.1 302 Found\r\nLocation: http://a/\r\n\r\n", FETCH_STATUS, NULL },
		{ "HTTP/1.1 101 Switching Protocols\r\n\r\n", FETCH_STATUS, NULL },
		{ "SSH-2.0-OpenSSH\r\n\r\n", FETCH_INVALID, NULL },
		{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", FETCH_INVALID, NULL },
		{ OK "Content-Length: 101\r\n\r\nhello", FETCH_SIZE, NULL },
		{ OK "Transfer-Encoding: chunked\r\n\r\n64\r\n"
		  "0123456789012345678901234567890123456789012345678901234567890123456789"
		  "012345678901234567890123456789\r\n1\r\nx\r\n0\r\n\r\n", FETCH_SIZE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t piece = 1; piece < 200; piece += 13) {
			struct buf body = BUF_INIT;
			enum fetch_result r = read_answer(rows[i].text, piece, 100, &body);

			if (r != rows[i].result)
				fail_msg("row %zu in pieces of %zu: %s", i, piece,
					 fetch_result_text(r));
			if (rows[i].body)
				assert_string_equal(buf_text(&body), rows[i].body);
			buf_done(&body);
		}
}

static void
a_head_without_end_is_refused(void **state)
{
	struct buf body = BUF_INIT, text = BUF_INIT;

	(void)state;
	buf_puts(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 3000; i++)
		buf_putf(&text, "X-%d: y\r\n", i);
	assert_int_equal(read_answer(buf_text(&text), 1000, 100, &body), FETCH_INVALID);
	buf_reset(&text);
	for (int i = 0; i < 20; i++)
		buf_puts(&text, "HTTP/1.1 103 Early Hints\r\n\r\n");
	assert_int_equal(read_answer(buf_text(&text), 1000, 100, &body), FETCH_INVALID);
	buf_done(&text);
	buf_done(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_http_with_a_host),
		cmocka_unit_test(other_addresses_are_refused),
		cmocka_unit_test(hosts_are_listed_by_name_or_suffix),
		cmocka_unit_test(answers_are_read_in_any_pieces),
		cmocka_unit_test(a_head_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
