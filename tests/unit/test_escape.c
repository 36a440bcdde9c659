/* SPDX-License-Identifier: MIT */
/*
 * test_escape - values as they stand in a trace: the five entities, and %XX
 * for what XML 1.0 or UTF-8 forbids.
 */
#include <config.h>

#include "trace/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *in;		/* bytes */
	size_t len;		/* of .in */
	const char *text;	/* as a wide string's text */
	const char *attribute;	/* as an attribute */
	const char *bytes;	/* as a narrow string */
} escapes[] = {
	{ "plain", 5, "plain", "plain", "plain" },
	{ "&<>\"'", 5, "&amp;&lt;&gt;&quot;&apos;", "&amp;&lt;&gt;&quot;&apos;",
	  "&amp;&lt;&gt;&quot;&apos;" },
	{ "a\tb\r\nc", 6, "a\tb\r\nc", "a%09b%0D%0Ac", "a%09b\r\nc" },
	{ "\0\x01\x1f\x7f%", 5, "%00%01%1F\x7f%", "%00%01%1F\x7f%", "%00%01%1F\x7f%" },
	{ "\xc3\xa9", 2, "\xc3\xa9", "\xc3\xa9", "%C3%A9" },
	{ "\xff\xfe", 2, "%FF%FE", "%FF%FE", "%FF%FE" },
	{ "\xc3", 1, "%C3", "%C3", "%C3" },
	{ "\xc3<", 2, "%C3&lt;", "%C3&lt;", "%C3&lt;" },
	{ "\xc0\xaf", 2, "%C0%AF", "%C0%AF", "%C0%AF" },
	{ "\xe0\x9f\xbf", 3, "%E0%9F%BF", "%E0%9F%BF", "%E0%9F%BF" },
	{ "\xed\xa0\x80", 3, "%ED%A0%80", "%ED%A0%80", "%ED%A0%80" },
	{ "\xef\xbf\xbd", 3, "\xef\xbf\xbd", "\xef\xbf\xbd", "%EF%BF%BD" },
	{ "\xef\xbf\xbe", 3, "%EF%BF%BE", "%EF%BF%BE", "%EF%BF%BE" },
	{ "\xf0\x9f\x94\x91", 4, "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91", "%F0%9F%94%91" },
	{ "\xf0\x8f\xbf\xbf", 4, "%F0%8F%BF%BF", "%F0%8F%BF%BF", "%F0%8F%BF%BF" },
	{ "\xf4\x90\x80\x80", 4, "%F4%90%80%80", "%F4%90%80%80", "%F4%90%80%80" },
	{ "\xf0\x9f\x94", 3, "%F0%9F%94", "%F0%9F%94", "%F0%9F%94" },
};

static void
check_escape(char *(*escape)(char *, const char *, size_t), size_t i, const char *expected)
{
	char out[64];

	memset(out, 0, sizeof(out));
	*escape(out, escapes[i].in, escapes[i].len) = '\0';
	assert_string_equal(out, expected);
	assert_true(strlen(out) <= ESCAPE_MAX * escapes[i].len);
}

static void
bytes_that_xml_forbids_are_written_as_percent_and_hex(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		check_escape(escape_text, i, escapes[i].text);
		check_escape(escape_attribute, i, escapes[i].attribute);
		check_escape(escape_bytes, i, escapes[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_xml_forbids_are_written_as_percent_and_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
