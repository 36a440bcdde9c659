/* SPDX-License-Identifier: MIT */
/* test_lb - weighted round robin: shares, order, what is left out. */
#include <config.h>

#include "core/route/lb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void
weights_are_shares_and_turns_are_spread(void **state)
{
	struct farm *f = farm_new(&config, 0);
	struct lb_state lb;
	char order[9] = "";

	(void)state;
	assert_int_equal(lb_state_init(&lb, 3, 2), 0);
	for (int i = 0; i < 8; i++)
		order[i] = lb_default()->pick(f, &lb, 0)->config->name[0];
	assert_string_equal(order, "aabaaaba");
	lb_state_done(&lb);
	farm_free(f);
}

static void
tried_and_disabled_servers_are_left_out(void **state)
{
	struct farm *f = farm_new(&config, 0);
	struct lb_state lb;

	(void)state;
	assert_int_equal(lb_state_init(&lb, 3, 0), 0);
	for (int i = 0; i < 5; i++)
		assert_string_equal(lb_wrr_pick(f, &lb, 1)->config->name, "b");
	assert_null(lb_wrr_pick(f, &lb, 3));
	lb_state_done(&lb);
	farm_free(f);
}

static void
workers_begin_at_different_servers(void **state)
{
	static struct config_server twins[2] = {
		{ .name = (char *)"a", .weight = 1, .enabled = true, .index = 0 },
		{ .name = (char *)"b", .weight = 1, .enabled = true, .index = 1 },
	};
	const struct config_farm pair = { .name = (char *)"farm",
					  .servers = twins,
					  .server_count = 2 };
	struct farm *f = farm_new(&pair, 0);
	struct lb_state first, second;

	(void)state;
	assert_int_equal(lb_state_init(&first, 2, 0), 0);
	assert_int_equal(lb_state_init(&second, 2, 1), 0);
	assert_string_equal(lb_wrr_pick(f, &first, 0)->config->name, "a");
	assert_string_equal(lb_wrr_pick(f, &second, 0)->config->name, "b");
	lb_state_done(&first);
	lb_state_done(&second);
	farm_free(f);
}

static void
counters_follow_requests(void **state)
{
	struct farm *f = farm_new(&config, 0);
	struct farm_server *s = &f->servers[0];

	(void)state;
	farm_server_begin(s);
	farm_server_begin(s);
	farm_server_end(s, true);
	farm_server_responded(s, 800);
	farm_server_responded(s, 1600);
	assert_int_equal(s->current, 1);
	assert_int_equal(s->total, 2);
	assert_int_equal(s->failed, 1);
	assert_int_equal(s->response_us, 900);
	farm_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_are_shares_and_turns_are_spread),
		cmocka_unit_test(tried_and_disabled_servers_are_left_out),
		cmocka_unit_test(workers_begin_at_different_servers),
		cmocka_unit_test(counters_follow_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
