/* SPDX-License-Identifier: MIT */
/* test_repeat - how often a certificate's key signed within a minute. */
#include <config.h>

#include "core/token/repeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
signatures_of_a_minute_add_up_and_a_later_one_begins_anew(void **state)
{
	static const unsigned char hash[32] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(repeat_signed(hash, 100), 1);
	assert_int_equal(repeat_signed(hash, 100), 2);
	assert_int_equal(repeat_signed(hash, 100 + REPEAT_SECONDS - 1), 3);
	assert_int_equal(repeat_signed(hash, 100 + REPEAT_SECONDS), 1);
}

static void
the_count_stops_at_its_largest_number(void **state)
{
	static const unsigned char hash[32] = { 2, 2, 3 };
	unsigned int count = 0;

	(void)state;
	for (unsigned int i = 0; i < 70000; i++)
		count = repeat_signed(hash, 100);
	assert_int_equal(count, 65535);
}

static void
the_end_of_the_connection_before_is_remembered(void **state)
{
	static const unsigned char hash[32] = { 3, 2, 3 };

	(void)state;
	repeat_ended(hash, 4); /* not seen yet: not kept */
	assert_int_equal(repeat_last_end(hash), 0);
	repeat_signed(hash, 100);
	assert_int_equal(repeat_last_end(hash), 0);
	repeat_ended(hash, 4);
	assert_int_equal(repeat_last_end(hash), 4);
}

static void
a_certificate_in_the_same_slot_takes_nothing_over(void **state)
{
	static const unsigned char one[32] = { 4, 2, 3, 1 }, other[32] = { 4, 2, 3, 2 };

	(void)state;
	repeat_signed(one, 100);
	repeat_signed(one, 100);
	repeat_ended(one, 4);
	assert_int_equal(repeat_signed(other, 100), 1);
	assert_int_equal(repeat_last_end(other), 0);
	assert_int_equal(repeat_last_end(one), 0);
	assert_int_equal(repeat_signed(one, 100), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_a_minute_add_up_and_a_later_one_begins_anew),
		cmocka_unit_test(the_count_stops_at_its_largest_number),
		cmocka_unit_test(the_end_of_the_connection_before_is_remembered),
		cmocka_unit_test(a_certificate_in_the_same_slot_takes_nothing_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
