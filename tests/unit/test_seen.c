/* SPDX-License-Identifier: MIT */
/* test_seen - what is remembered of a certificate from one connection to the next. */
#include <config.h>

#include "core/token/seen.h"

#include "core/base/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define AT(seconds) ((uint64_t)(seconds) * CLOCK_NS_PER_S)

static void
signatures_of_a_minute_add_up_and_a_later_one_begins_anew(void **state)
{
	static const unsigned char hash[32] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(seen_signed(hash, AT(100)), 1);
	assert_int_equal(seen_signed(hash, AT(100)), 2);
	assert_int_equal(seen_signed(hash, AT(100 + SEEN_SECONDS - 1)), 3);
	assert_int_equal(seen_signed(hash, AT(100 + SEEN_SECONDS)), 1);
}

static void
the_count_stops_at_its_largest_number(void **state)
{
	static const unsigned char hash[32] = { 2, 2, 3 };
	unsigned int count = 0;

	(void)state;
	for (unsigned int i = 0; i < 70000; i++)
		count = seen_signed(hash, AT(100));
	assert_int_equal(count, 65535);
}

static void
the_last_signature_is_told_in_seconds(void **state)
{
	static const unsigned char hash[32] = { 7, 2, 3 };
	char other[SEEN_ADDRESS];
	uint64_t ago;

	(void)state;
	assert_true(seen_age(hash, AT(100)) == UINT64_MAX);
	seen_from(hash, "10.0.0.1", AT(99), other, &ago); /* seen, but it has not signed */
	assert_true(seen_age(hash, AT(100)) == UINT64_MAX);
	seen_signed(hash, AT(100));
	assert_int_equal(seen_age(hash, AT(100)), 0);
	assert_int_equal(seen_age(hash, AT(99)), 0);
	assert_int_equal(seen_age(hash, AT(4000)), 3900);
}

static void
the_end_of_the_connection_before_is_remembered(void **state)
{
	static const unsigned char hash[32] = { 3, 2, 3 };

	(void)state;
	seen_ended(hash, 4); /* not seen yet: not kept */
	assert_int_equal(seen_last_end(hash), 0);
	seen_signed(hash, AT(100));
	assert_int_equal(seen_last_end(hash), 0);
	seen_ended(hash, 4);
	assert_int_equal(seen_last_end(hash), 4);
}

static void
another_address_is_told_while_the_first_is_fresh(void **state)
{
	static const unsigned char hash[32] = { 5, 2, 3 };
	char other[SEEN_ADDRESS];
	uint64_t ago;

	(void)state;
	assert_false(seen_from(hash, "10.0.0.1", AT(100), other, &ago));
	assert_false(seen_from(hash, "10.0.0.1", AT(101), other, &ago));
	assert_true(seen_from(hash, "2001:db8::1", AT(131), other, &ago));
	assert_string_equal(other, "10.0.0.1");
	assert_int_equal(ago, 30);
	assert_false(seen_from(hash, "2001:db8::1", AT(132), other, &ago));
	assert_false(seen_from(hash, "10.0.0.1", AT(133 + SEEN_ELSEWHERE_SECONDS), other, &ago));
}

static void
a_certificate_that_takes_the_place_of_another_begins_anew(void **state)
{
	/* The same first eight bytes fall into the same place. */
	static const unsigned char one[32] = { 9, 9, 0, 0, 0, 0, 0, 0, 1 };
	static const unsigned char two[32] = { 9, 9, 0, 0, 0, 0, 0, 0, 2 };
	char other[SEEN_ADDRESS];
	uint64_t ago;

	(void)state;
	seen_signed(one, AT(100));
	seen_signed(one, AT(100));
	seen_from(one, "10.0.0.1", AT(100), other, &ago);
	seen_ended(one, 4);
	assert_int_equal(seen_signed(two, AT(100)), 1);
	assert_int_equal(seen_last_end(two), 0);
	assert_false(seen_from(two, "10.0.0.2", AT(100), other, &ago));
	assert_true(seen_age(one, AT(100)) == UINT64_MAX);
	assert_int_equal(seen_signed(one, AT(100)), 1);
}

#define EACH 20000

static void *
signs(void *arg)
{
	for (unsigned int i = 0; i < EACH; i++)
		seen_signed(arg, AT(100));
	return NULL;
}

static void
threads_that_meet_in_one_place_lose_nothing_of_note(void **state)
{
	static unsigned char hash[32] = { 8, 2, 3 };
	pthread_t other;
	unsigned int count;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, signs, hash), 0);
	signs(hash);
	pthread_join(other, NULL);
	count = seen_signed(hash, AT(100));
	/* A thread that is stopped while it holds the place costs the other its tries. */
	assert_true(count > EACH && count <= 2 * EACH + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_a_minute_add_up_and_a_later_one_begins_anew),
		cmocka_unit_test(the_count_stops_at_its_largest_number),
		cmocka_unit_test(the_last_signature_is_told_in_seconds),
		cmocka_unit_test(the_end_of_the_connection_before_is_remembered),
		cmocka_unit_test(another_address_is_told_while_the_first_is_fresh),
		cmocka_unit_test(a_certificate_that_takes_the_place_of_another_begins_anew),
		cmocka_unit_test(threads_that_meet_in_one_place_lose_nothing_of_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
