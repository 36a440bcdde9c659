/* SPDX-License-Identifier: MIT */
/*
 * test_values - the types of settings: what is read, what is refused, and how
 * a refusal is told.
 */
#include <config.h>

#include "core/config_values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
durations_are_time_spans_or_numbers_with_a_unit(void **state)
{
	static const struct { const char *text; uint64_t ms; } good[] = {
		{ "00:00:10", 10000 }, { "00:01:30", 90000 }, { "1.00:00:00", 86400000 },
		{ "00:00:00.5", 500 }, { "00:00:00.1234567", 123 }, { "1500ms", 1500 },
		{ "90s", 90000 }, { "2m", 120000 }, { "1h", 3600000 }, { "0s", 0 },
	};
	static const char *const bad[] = {
		"", "10", "s", "00:10", "00:60:00", "24:00:00", "1:2:3:4", "-1s", "1 s", "1d",
		"99999999999999999999s", "00:00:10x", "0x10s", "1.5s",
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_milliseconds(good[i].text, "", &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(value_milliseconds(bad[i], "", &ms) < 0);
}

static void
seconds_have_no_fraction_and_keep_their_limits(void **state)
{
	unsigned int s;

	(void)state;
	assert_int_equal(value_seconds("1500ms", "1..10", &s), -22);
	assert_int_equal(value_seconds("0s", "1..10", &s), -22);
	assert_int_equal(value_seconds("11s", "1..10", &s), -22);
	assert_int_equal(value_seconds("00:00:10", "1..10", &s), 0);
	assert_int_equal(s, 10);
}

static void
numbers_are_decimal_and_within_their_limits(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1e3", "101",
					   "18446744073709551616" };
	uint64_t v;

	(void)state;
	assert_int_equal(value_number("100", "0..100", &v), 0);
	assert_int_equal(v, 100);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(value_number(bad[i], "0..100", &v) < 0);
}

static void
ssl_flags_are_a_list_of_words(void **state)
{
	static const struct { const char *text; unsigned int flags; } good[] = {
		{ "None", 0 }, { "Ssl", 1 }, { "Ssl, SslNegotiateCert, SslRequireCert", 7 },
		{ "ssl,SSLNEGOTIATECERT", 3 }, { " SslNegotiateCert ", 2 }, { "Ssl, Ssl128", 1 },
	};
	static const char *const bad[] = { "", ",", "Ssl,", "Ssl SslNegotiateCert", "7", "SslAll",
					   "SslMapCert", "Ssl,,Ssl" };
	unsigned int flags;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_ssl_flags(good[i].text, &flags), 0);
		assert_int_equal(flags, good[i].flags);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(value_ssl_flags(bad[i], &flags) < 0);
}

static void
status_codes_are_ranges_with_optional_substatus(void **state)
{
	static const char *const bad[] = { "", "99", "1000", "404-400", "404.2-404.1", "404.",
					   "404,", ",404", "404.1000", "400-x", "x", "404 405" };
	struct status_range r[STATUS_RANGES_MAX];
	size_t n;

	(void)state;
	assert_int_equal(value_status_codes("404, 404.2 ,400-599,401.3-404.2", r, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(r[0].from, 404);
	assert_int_equal(r[0].to, 404);
	assert_int_equal(r[0].from_sub, -1);
	assert_int_equal(r[1].from_sub, 2);
	assert_int_equal(r[1].to_sub, 2);
	assert_int_equal(r[2].to, 599);
	assert_int_equal(r[2].to_sub, -1);
	assert_int_equal(r[3].from_sub, 3);
	assert_int_equal(r[3].to_sub, 2);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(value_status_codes(bad[i], r, &n) < 0);
}

static void
more_status_ranges_than_there_is_room_for_are_refused(void **state)
{
	struct status_range r[STATUS_RANGES_MAX];
	char text[4 * (STATUS_RANGES_MAX + 1) + 1];
	size_t n;

	(void)state;
	for (size_t i = 0; i <= STATUS_RANGES_MAX; i++)
		memcpy(text + 4 * i, "404,", 4);
	text[4 * STATUS_RANGES_MAX - 1] = '\0';
	assert_int_equal(value_status_codes(text, r, &n), 0);
	assert_int_equal(n, STATUS_RANGES_MAX);
	text[4 * STATUS_RANGES_MAX - 1] = ',';
	text[sizeof(text) - 2] = '\0';
	assert_true(value_status_codes(text, r, &n) < 0);
}

static void
endpoints_are_address_port_and_host(void **state)
{
	static const struct {
		const char *text, *address;
		unsigned int port;
		const char *host;
	} good[] = {
		{ "*:443:", "*", 443, "" }, { ":80", "*", 80, "" },
		{ "127.0.0.1:8443:www.example.org", "127.0.0.1", 8443, "www.example.org" },
		{ "[::1]:0:*.example.org", "::1", 0, "*.example.org" },
	};
	static const char *const bad[] = {
		"", "443", "1.2.3.4", "*:", "*:x:", "*:65536:", "::1:443:", "[::1:443:",
		"host:443:", "*:443:a b", "*:443:a:b", "1.2.3:1:", "[::1]443",
	};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_endpoint(good[i].text, &e), 0);
		assert_string_equal(e.address, good[i].address);
		assert_int_equal(e.port, good[i].port);
		assert_string_equal(e.host, good[i].host);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(value_endpoint(bad[i], &e) < 0);
}

static void
addresses_print_with_their_port(void **state)
{
	struct config_address a;

	(void)state;
	assert_int_equal(value_address("[::1]", 443, &a), 0);
	assert_string_equal(a.text, "[::1]:443");
	assert_int_equal(value_address("*", 80, &a), 0);
	assert_string_equal(a.text, "0.0.0.0:80");
	assert_true(value_address("localhost", 80, &a) < 0);
	assert_true(value_address("", 80, &a) < 0);
}

static void
hosts_are_names_or_addresses(void **state)
{
	static const char *const good[] = { "", "a", "www.example.org", "*.example.org", "10.0.0.1",
					    "::1", "[::1]", "under_score" };
	static const char *const bad[] = { "a b", ".a", "a..b", "a*b", "http://a", "a:1",
		"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd.org" };
	struct buf reason = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(value_check(VALUE_HOST, "0..253", good[i], "", &reason));
	assert_int_equal(reason.len, 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(value_check(VALUE_HOST, "0..253", bad[i], "", &reason));
	buf_done(&reason);
}

static void
a_pin_in_a_uri_is_refused_and_not_repeated(void **state)
{
	struct buf reason = BUF_INIT;

	(void)state;
	assert_true(value_check(VALUE_KEY, "", "pkcs11:token=badge;object=key", "", &reason));
	assert_false(value_check(VALUE_KEY, "", "pkcs11:token=a?PIN-value=123456", "", &reason));
	assert_non_null(strstr(buf_text(&reason), "pinSource"));
	assert_null(strstr(buf_text(&reason), "123456"));
	buf_done(&reason);
}

static void
quoted_text_shows_control_characters_and_is_cut(void **state)
{
	struct buf out = BUF_INIT;
	char text[400];

	(void)state;
	value_quote("a\n\x1b[31m\"", &out);
	assert_string_equal(buf_text(&out), "\"a\\x0a\\x1b[31m\\x22\"");
	buf_reset(&out);
	memset(text, 'x', sizeof(text));
	memcpy(text + 119, "\xc3\xa9", 2);
	text[sizeof(text) - 1] = '\0';
	value_quote(text, &out);
	assert_int_equal(out.len, 1 + 119 + 3 + 1);
	buf_done(&out);
}

static void
a_windows_folder_is_told_apart(void **state)
{
	struct buf reason = BUF_INIT;

	(void)state;
	assert_false(value_check(VALUE_FOLDER, "", "%SystemDrive%\\inetpub\\logs", "", &reason));
	assert_non_null(strstr(buf_text(&reason), "Windows"));
	buf_done(&reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_time_spans_or_numbers_with_a_unit),
		cmocka_unit_test(seconds_have_no_fraction_and_keep_their_limits),
		cmocka_unit_test(numbers_are_decimal_and_within_their_limits),
		cmocka_unit_test(ssl_flags_are_a_list_of_words),
		cmocka_unit_test(status_codes_are_ranges_with_optional_substatus),
		cmocka_unit_test(more_status_ranges_than_there_is_room_for_are_refused),
		cmocka_unit_test(endpoints_are_address_port_and_host),
		cmocka_unit_test(addresses_print_with_their_port),
		cmocka_unit_test(hosts_are_names_or_addresses),
		cmocka_unit_test(a_pin_in_a_uri_is_refused_and_not_repeated),
		cmocka_unit_test(quoted_text_shows_control_characters_and_is_cut),
		cmocka_unit_test(a_windows_folder_is_told_apart),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
