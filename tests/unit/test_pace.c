/* SPDX-License-Identifier: MIT */
/* test_pace - whose time counts against a slow client, and how much of it. */
#include <config.h>

#include "core/forward/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S UINT64_C(1000000000)

static void
a_window_begins_with_the_first_wait(void **state)
{
	struct pace p = { .begun = false };

	(void)state;
	assert_int_equal(pace_run(&p, 10, false, 1 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, false, 100 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 101 * S), PACE_BEGINS);
	assert_int_equal(pace_run(&p, 10, true, 105 * S), PACE_GOES_ON);
}

static void
a_window_ends_after_so_much_waiting(void **state)
{
	struct pace p = { .begun = false };
	unsigned int seconds = 0;

	(void)state;
	assert_int_equal(pace_run(&p, 10, true, 1 * S), PACE_BEGINS);
	pace_begin(&p, 1000);
	assert_int_equal(pace_run(&p, 10, true, 10 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 12 * S), PACE_ENDS);
	assert_int_equal(pace_end(&p, 1500, &seconds), 500);
	assert_int_equal(seconds, 11);
	assert_int_equal(pace_run(&p, 10, true, 20 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 22 * S), PACE_ENDS);
	assert_int_equal(pace_end(&p, 1500, &seconds), 0);
	assert_int_equal(seconds, 10);
}

static void
time_in_which_others_are_waited_for_does_not_count(void **state)
{
	struct pace p = { .begun = false };

	(void)state;
	assert_int_equal(pace_run(&p, 10, true, 1 * S), PACE_BEGINS);
	assert_int_equal(pace_run(&p, 10, false, 5 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 500 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, false, 505 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 900 * S), PACE_GOES_ON);
	assert_int_equal(pace_run(&p, 10, true, 901 * S), PACE_ENDS);
}

static void
a_timer_that_is_early_by_a_little_ends_the_window(void **state)
{
	struct pace p = { .begun = false };
	unsigned int seconds = 0;

	(void)state;
	assert_int_equal(pace_run(&p, 1, true, 1 * S), PACE_BEGINS);
	assert_int_equal(pace_run(&p, 1, true, 2 * S - S / 100), PACE_ENDS);
	pace_end(&p, 0, &seconds);
	assert_int_equal(seconds, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_begins_with_the_first_wait),
		cmocka_unit_test(a_window_ends_after_so_much_waiting),
		cmocka_unit_test(time_in_which_others_are_waited_for_does_not_count),
		cmocka_unit_test(a_timer_that_is_early_by_a_little_ends_the_window),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
