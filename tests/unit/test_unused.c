/* SPDX-License-Identifier: MIT */
/* test_unused - connections without a request are told once a minute for each address. */
#include <config.h>

#include "core/handshake/unused.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
an_address_is_told_of_once_a_minute_with_the_number_left_out(void **state)
{
	unsigned int others = 7;

	(void)state;
	assert_true(unused_is_due("10.0.0.1", 100, &others));
	assert_int_equal(others, 0);
	assert_false(unused_is_due("10.0.0.1", 100, &others));
	assert_false(unused_is_due("10.0.0.1", 100 + UNUSED_SECONDS - 1, &others));
	assert_true(unused_is_due("10.0.0.1", 100 + UNUSED_SECONDS, &others));
	assert_int_equal(others, 2);
	assert_true(unused_is_due("10.0.0.1", 100 + 2 * UNUSED_SECONDS, &others));
	assert_int_equal(others, 0);
}

static void
each_address_is_counted_by_itself(void **state)
{
	unsigned int others;

	(void)state;
	assert_true(unused_is_due("2001:db8::1", 1000, &others));
	assert_true(unused_is_due("2001:db8::2", 1000, &others));
	assert_false(unused_is_due("2001:db8::1", 1001, &others));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_told_of_once_a_minute_with_the_number_left_out),
		cmocka_unit_test(each_address_is_counted_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
