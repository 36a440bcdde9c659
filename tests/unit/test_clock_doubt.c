/* SPDX-License-Identifier: MIT */
/* test_clock_doubt - certificates that are not yet valid, counted within a minute. */
#include <config.h>

#include "core/chain/clock_doubt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static unsigned int
note(unsigned char who, uint64_t at)
{
	unsigned char hash[32] = { who };

	return clock_doubt_note(hash, at);
}

static void
different_certificates_add_up_the_same_one_does_not(void **state)
{
	(void)state;
	assert_int_equal(note(1, 1000), 1);
	assert_int_equal(note(1, 1001), 1);
	assert_int_equal(note(2, 1002), 2);
	assert_int_equal(note(1, 1003), 2);
	assert_int_equal(note(3, 1004), 3);
}

static void
those_of_a_minute_ago_are_forgotten(void **state)
{
	(void)state;
	assert_int_equal(note(1, 2000), 1);
	assert_int_equal(note(2, 2000 + CLOCK_DOUBT_SECONDS - 1), 2);
	assert_int_equal(note(3, 2000 + CLOCK_DOUBT_SECONDS), 2);
}

static void
of_a_crowd_the_latest_are_kept(void **state)
{
	(void)state;
	for (unsigned char i = 1; i <= 8; i++)
		assert_int_equal(note(i, 3000u + i), i);
	assert_int_equal(note(9, 3010), 8);
	assert_int_equal(note(1, 3011), 8); /* it was the oldest, and is new again */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(different_certificates_add_up_the_same_one_does_not),
		cmocka_unit_test(those_of_a_minute_ago_are_forgotten),
		cmocka_unit_test(of_a_crowd_the_latest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
