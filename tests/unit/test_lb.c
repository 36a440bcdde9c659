/* SPDX-License-Identifier: MIT */
/* test_lb - the algorithms: shares, order, what moves when a server goes. */
#include <config.h>

#include "core/base/hash.h"
#include "tests/unit/equals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config_server servers[3] = {
	{ .name = (char *)"a", .weight = 3, .enabled = true, .index = 0 },
	{ .name = (char *)"b", .weight = 1, .enabled = true, .index = 1 },
	{ .name = (char *)"c", .weight = 5, .enabled = false, .index = 2 },
};
static const struct config_farm config = { .name = (char *)"farm",
					   .servers = servers,
					   .server_count = 3 };
static const struct lb_request any = { .tried = 0 };

static void
weights_are_shares_and_turns_are_spread(void **state)
{
	struct farm *f = farm_new(&config, 0);
	struct lb_state lb;
	char order[9] = "";

	(void)state;
	assert_int_equal(lb_state_init(&lb, 3, 2), 0);
	for (int i = 0; i < 8; i++)
		order[i] = lb_wrr_pick(f, &lb, &any)->config->name[0];
	assert_string_equal(order, "aabaaaba");
	lb_state_done(&lb);
	farm_free(f);
}

static void
tried_and_disabled_servers_are_left_out_by_all(void **state)
{
	struct farm *f = farm_new(&config, 0);
	const struct lb_request without_a = { .tried = 1 }, without_both = { .tried = 3 };
	struct lb_state lb;

	(void)state;
	assert_int_equal(lb_state_init(&lb, 3, 0), 0);
	for (size_t a = 0; a < BALANCE_COUNT; a++) {
		for (int i = 0; i < 5; i++)
			assert_string_equal(
				lb_algorithms[a].pick(f, &lb, &without_a)->config->name, "b");
		assert_null(lb_algorithms[a].pick(f, &lb, &without_both));
		assert_non_null(lb_algorithms[a].name);
		assert_non_null(lb_algorithms[a].taken);
		assert_non_null(lb_algorithms[a].passed);
	}
	lb_state_done(&lb);
	farm_free(f);
}

static void
workers_begin_at_different_servers(void **state)
{
	struct scene s;
	struct lb_state second;

	(void)state;
	scene_init(&s, 2);
	assert_int_equal(lb_state_init(&second, 2, 1), 0);
	assert_string_equal(lb_wrr_pick(s.farm, &s.lb, &any)->config->name, "s0");
	assert_string_equal(lb_wrr_pick(s.farm, &second, &any)->config->name, "s1");
	lb_state_done(&second);
	scene_done(&s);
}

static void
the_server_with_the_fewest_requests_is_taken_and_equals_take_turns(void **state)
{
	struct scene s;
	struct farm_server *t;

	(void)state;
	scene_init(&s, 3);
	farm_server_begin(&s.farm->servers[0]);
	for (int i = 0; i < 2; i++) { /* s1 and s2 have none: one each */
		t = lb_least_pick(s.farm, &s.lb, &any);
		assert_ptr_not_equal(t, &s.farm->servers[0]);
		assert_int_equal(t->live->current, 0);
		farm_server_begin(t);
	}
	for (int i = 0; i < 30; i++)
		farm_server_begin(lb_least_pick(s.farm, &s.lb, &any));
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.farm->servers[i].live->current, 11);
	farm_server_end(&s.farm->servers[1], false);
	assert_ptr_equal(lb_least_pick(s.farm, &s.lb, &any), &s.farm->servers[1]);
	scene_done(&s);
}

static void
the_quickest_server_is_taken_until_the_slow_one_was_not_asked_for_long(void **state)
{
	struct scene s;
	struct lb_request now = { .now_ns = 100 * SECOND };

	(void)state;
	scene_init(&s, 2);
	farm_server_responded(&s.farm->servers[0], 50000, 100 * SECOND);
	assert_string_equal(lb_quick_pick(s.farm, &s.lb, &now)->config->name, "s1");
	farm_server_responded(&s.farm->servers[1], 2000, 100 * SECOND);
	for (int i = 0; i < 20; i++)
		assert_string_equal(lb_quick_pick(s.farm, &s.lb, &now)->config->name, "s1");
	/* Thirty requests that wait there make the quick one slower than the slow one. */
	for (int i = 0; i < 30; i++)
		farm_server_begin(&s.farm->servers[1]);
	assert_string_equal(lb_quick_pick(s.farm, &s.lb, &now)->config->name, "s0");
	for (int i = 0; i < 30; i++)
		farm_server_end(&s.farm->servers[1], false);
	now.now_ns = 160 * SECOND; /* six half-lives later: 781 us against 2 ms, just measured */
	farm_server_responded(&s.farm->servers[1], 2000, 160 * SECOND);
	assert_string_equal(lb_quick_pick(s.farm, &s.lb, &now)->config->name, "s0");
	scene_done(&s);
}

static void
a_server_that_hangs_or_refuses_is_not_taken_for_quick(void **state)
{
	struct scene s;
	const struct lb_request now = { .now_ns = 100 * SECOND };
	const struct lb_request later = { .now_ns = 900 * SECOND };
	struct farm_server *hangs, *serves;

	(void)state;
	scene_init(&s, 2);
	hangs = &s.farm->servers[0];
	serves = &s.farm->servers[1];
	farm_server_responded(serves, 2000, 100 * SECOND);
	assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &now), hangs); /* it never answered */
	farm_server_begin(hangs);
	assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &now), hangs); /* 1 ms, two of them */
	farm_server_begin(hangs);
	for (int i = 0; i < 100; i++)
		assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &now), serves);
	farm_server_end(hangs, true);
	farm_server_end(hangs, true);
	farm_server_silent(hangs, 12, 100 * SECOND); /* a refusal is quick, and worth a second */
	assert_int_equal(hangs->live->response_us, 1000000);
	assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &now), serves);
	farm_server_silent(hangs, 9000000, 100 * SECOND);
	assert_int_equal(hangs->live->response_us, 2000000);
	/* It had time to recover: it is asked again, once. */
	farm_server_responded(serves, 2000, 900 * SECOND);
	assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &later), hangs);
	farm_server_begin(hangs);
	farm_server_begin(hangs);
	assert_ptr_equal(lb_quick_pick(s.farm, &s.lb, &later), serves);
	scene_done(&s);
}

static void
serve(struct farm_server *s, uint64_t bytes)
{
	farm_server_begin(s);
	atomic_fetch_add(&s->live->bytes_received, bytes);
	farm_server_end(s, false);
}

static void
traffic_follows_the_weights_and_a_newcomer_is_not_flooded(void **state)
{
	struct scene s;
	const struct lb_request without_last = { .tried = 0 };
	uint64_t seed = 1, newcomer;

	(void)state;
	scene_init(&s, 3);
	atomic_store(&s.farm->servers[0].live->weight, 300);
	farm_server_set_state(&s.farm->servers[2], SERVER_DRAIN);
	for (int i = 0; i < 4000; i++) { /* sizes of 1 to 200 kB, in no order */
		seed = hash_mix(seed + 1);
		serve(lb_traffic_pick(s.farm, &s.lb, &without_last), 1000 + seed % 199000);
	}
	assert_int_equal(s.farm->servers[2].live->requests, 0);
	assert_true(s.farm->servers[0].live->bytes_received >
		    s.farm->servers[1].live->bytes_received * 29 / 10);
	assert_true(s.farm->servers[0].live->bytes_received <
		    s.farm->servers[1].live->bytes_received * 31 / 10);
	farm_server_set_state(&s.farm->servers[2], SERVER_AVAILABLE);
	for (int i = 0; i < 1000; i++)
		serve(lb_traffic_pick(s.farm, &s.lb, &without_last), 10000);
	newcomer = s.farm->servers[2].live->requests; /* weight 100 of 500: 200 of them */
	assert_in_range(newcomer, 190, 210);
	scene_done(&s);
}

/* Counters go on over a reload; what the workers knew of them, and who was new, does not. */
static void
after_a_reload_traffic_does_not_flood_who_has_had_less(void **state)
{
	struct scene s;
	struct farm *next;
	struct lb_state lb;
	uint64_t before;

	(void)state;
	scene_init(&s, 2);
	farm_server_set_state(&s.farm->servers[1], SERVER_LEAVING);
	for (int i = 0; i < 1000; i++)
		serve(lb_traffic_pick(s.farm, &s.lb, &any), 10000);
	farm_server_set_state(&s.farm->servers[1], SERVER_AVAILABLE);
	for (int i = 0; i < 100; i++)
		serve(lb_traffic_pick(s.farm, &s.lb, &any), 10000);
	before = s.farm->servers[1].live->requests;
	assert_in_range(before, 45, 55);
	s.servers[2] = s.servers[1]; /* a third one comes with the reload */
	s.servers[2].name = (char *)"new";
	s.servers[2].index = 2;
	s.config.server_count = 3;
	next = farm_new(&s.config, 0);
	assert_non_null(next);
	farm_take_effect(next);
	assert_int_equal(lb_state_init(&lb, 3, 0), 0);
	for (int i = 0; i < 300; i++)
		serve(lb_traffic_pick(next, &lb, &any), 10000);
	assert_in_range(next->servers[1].live->requests - before, 95, 105);
	assert_in_range(next->servers[2].live->requests, 95, 105);
	lb_state_done(&lb);
	farm_free(next);
	scene_done(&s);
}

#define KEYS 100000

static uint64_t
key_number(int i)
{
	char text[32];

	snprintf(text, sizeof(text), "/item/%d", i);
	return hash_text(HASH_START, text);
}

static void
a_hash_moves_only_the_keys_of_the_server_that_went(void **state)
{
	static unsigned char before[KEYS];
	struct scene s;
	size_t count[10] = { 0 }, moved = 0;

	(void)state;
	scene_init(&s, 10);
	for (int i = 0; i < KEYS; i++) {
		struct lb_request q = { .key = key_number(i) };

		before[i] = (unsigned char)lb_hash_pick(s.farm, &s.lb, &q)->config->index;
		count[before[i]]++;
	}
	for (int i = 0; i < 10; i++) /* 10 % each, half a point at most beside it */
		assert_in_range(count[i], KEYS / 10 - KEYS / 200, KEYS / 10 + KEYS / 200);
	farm_server_set_state(&s.farm->servers[4], SERVER_LEAVING);
	for (int i = 0; i < KEYS; i++) {
		struct lb_request q = { .key = key_number(i) };
		unsigned int now = lb_hash_pick(s.farm, &s.lb, &q)->config->index;

		moved += now != before[i];
		assert_true(now != 4);
		assert_true(now == before[i] || before[i] == 4);
	}
	assert_int_equal(moved, count[4]);
	print_message("# one of 10 servers went: %zu of %d keys moved (%.2f %%)\n", moved, KEYS,
		      100. * (double)moved / KEYS);
	scene_done(&s);
}

static void
a_hash_gives_keys_by_weight(void **state)
{
	struct scene s;
	size_t heavy = 0;

	(void)state;
	scene_init(&s, 2);
	atomic_store(&s.farm->servers[1].live->weight, 300);
	for (int i = 0; i < KEYS; i++) {
		struct lb_request q = { .key = key_number(i) };

		heavy += lb_hash_pick(s.farm, &s.lb, &q)->config->index;
	}
	assert_in_range(heavy, KEYS * 74 / 100, KEYS * 76 / 100);
	scene_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_are_shares_and_turns_are_spread),
		cmocka_unit_test(tried_and_disabled_servers_are_left_out_by_all),
		cmocka_unit_test(workers_begin_at_different_servers),
		cmocka_unit_test(
			the_server_with_the_fewest_requests_is_taken_and_equals_take_turns),
		cmocka_unit_test(
			the_quickest_server_is_taken_until_the_slow_one_was_not_asked_for_long),
		cmocka_unit_test(a_server_that_hangs_or_refuses_is_not_taken_for_quick),
		cmocka_unit_test(traffic_follows_the_weights_and_a_newcomer_is_not_flooded),
		cmocka_unit_test(after_a_reload_traffic_does_not_flood_who_has_had_less),
		cmocka_unit_test(a_hash_moves_only_the_keys_of_the_server_that_went),
		cmocka_unit_test(a_hash_gives_keys_by_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
