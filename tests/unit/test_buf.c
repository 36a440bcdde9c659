/* SPDX-License-Identifier: MIT */
/* test_buf - the growing buffer: appending, the sticky error, taking and dropping. */
#include <config.h>

#include "trace/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
an_empty_buffer_has_an_empty_text(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_text(&b), "");
	assert_null(b.data);
	buf_done(&b);
}

static void
appending_keeps_a_nul_behind_the_bytes(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_put(&b, "de\0f", 4);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "abcde\0f", 8);
	buf_done(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void
it_grows_over_many_small_appends(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.error, 0);
	assert_int_equal(b.len, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_done(&b);
}

static void
the_limit_is_a_sticky_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	assert_int_equal(b.error, 0);
	buf_putc(&b, 'e');
	assert_int_equal(b.error, -EMSGSIZE);
	assert_string_equal(buf_text(&b), "abcd");
	buf_reset(&b);
	assert_int_equal(b.error, 0);
	buf_puts(&b, "xyz");
	assert_string_equal(buf_text(&b), "xyz");
	buf_puts(&b, "more");
	buf_putc(&b, '!');
	assert_string_equal(buf_text(&b), "xyz");
	assert_int_equal(b.error, -EMSGSIZE);
	assert_null(buf_take(&b));
	assert_int_equal(b.max, 4);
	buf_done(&b);
}

static void
formatted_text_of_any_length_is_appended_whole(void **state)
{
	struct buf b = BUF_INIT;
	char long_text[1000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	buf_putf(&b, "%d-%s", -7, "y");
	assert_string_equal(buf_text(&b), "-7-y");
	buf_reset(&b);
	buf_putf(&b, "[%s]", long_text);
	assert_int_equal(b.len, 1001);
	assert_int_equal(b.data[0], '[');
	assert_int_equal(b.data[1000], ']');
	buf_done(&b);
}

static void
numbers_are_decimal_up_to_their_limits(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_put_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_u64(&b, UINT64_MAX);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MIN);
	buf_putc(&b, ' ');
	buf_put_i64(&b, 42);
	assert_string_equal(buf_text(&b), "0 18446744073709551615 -9223372036854775808 42");
	buf_done(&b);
}

static void
hex_and_base64_follow_their_standards(void **state)
{
	static const struct {
		const char *in, *out;
	} rfc4648[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	struct buf b = BUF_INIT;

	(void)state;
	buf_put_hex(&b, "\x01\xab\xff", 3, false);
	buf_put_hex(&b, "\xab", 1, true);
	assert_string_equal(buf_text(&b), "01abffAB");
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		buf_reset(&b);
		buf_put_base64(&b, rfc4648[i].in, strlen(rfc4648[i].in));
		assert_string_equal(buf_text(&b), rfc4648[i].out);
	}
	buf_done(&b);
}

static void
dropping_removes_from_the_front(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "abcdef");
	buf_drop(&b, 0);
	assert_string_equal(buf_text(&b), "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(buf_text(&b), "cdef");
	buf_drop(&b, 99);
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

static void
taking_hands_the_memory_over(void **state)
{
	struct buf b = BUF_INIT;
	char *text;

	(void)state;
	text = buf_take(&b);
	assert_string_equal(text, "");
	free(text);
	buf_puts(&b, "mine now");
	text = buf_take(&b);
	assert_string_equal(text, "mine now");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	free(text);
}

static void
shrinking_frees_only_what_is_empty_and_large(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_true(buf_reserve(&b, 100000));
	buf_puts(&b, "kept");
	buf_shrink(&b, 1000);
	assert_string_equal(buf_text(&b), "kept");
	buf_reset(&b);
	buf_shrink(&b, 1000000);
	assert_true(b.cap >= 100000);
	buf_shrink(&b, 1000);
	assert_int_equal(b.cap, 0);
	buf_puts(&b, "again");
	assert_string_equal(buf_text(&b), "again");
	buf_done(&b);
}

static void
a_size_near_the_end_of_memory_is_refused(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "x");
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_int_equal(b.error, -EMSGSIZE);
	buf_done(&b);
}

static void
writing_is_whole_or_tells_why_not(void **state)
{
	static const char data[] = "four";
	static char much[1 << 20], read_back[sizeof(data)];
	int ends[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(buf_write(ends[1], data, 4), 0);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), 4);
	assert_memory_equal(read_back, data, 4);
	assert_int_equal(buf_write(ends[1], NULL, 0), 0);
	assert_int_equal(buf_write(ends[1], much, sizeof(much)), -EAGAIN);
	assert_int_equal(buf_write(full, data, 4), -ENOSPC);
	close(ends[0]);
	close(ends[1]);
	close(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_has_an_empty_text),
		cmocka_unit_test(appending_keeps_a_nul_behind_the_bytes),
		cmocka_unit_test(it_grows_over_many_small_appends),
		cmocka_unit_test(the_limit_is_a_sticky_error),
		cmocka_unit_test(formatted_text_of_any_length_is_appended_whole),
		cmocka_unit_test(numbers_are_decimal_up_to_their_limits),
		cmocka_unit_test(hex_and_base64_follow_their_standards),
		cmocka_unit_test(dropping_removes_from_the_front),
		cmocka_unit_test(taking_hands_the_memory_over),
		cmocka_unit_test(shrinking_frees_only_what_is_empty_and_large),
		cmocka_unit_test(a_size_near_the_end_of_memory_is_refused),
		cmocka_unit_test(writing_is_whole_or_tells_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
