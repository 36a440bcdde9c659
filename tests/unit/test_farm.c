/* SPDX-License-Identifier: MIT */
/* test_farm - counters, states and health of servers, and what a reload keeps of them. */
#include <config.h>

#include "core/route/traffic.h"
#include "tests/unit/equals.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct lb_request any = { .tried = 0 };

static void
states_and_health_decide_who_can_take_requests(void **state)
{
	struct scene s;
	const struct lb_request desperate = { .any_health = true };
	struct farm_server *t;
	char text[HEALTH_TEXT_MAX];

	(void)state;
	scene_init(&s, 2);
	t = &s.farm->servers[0];
	assert_int_equal(lb_usability(t, &any), SERVER_USABLE);
	assert_true(farm_server_set_health(t, CAUSE_TEST_STATUS, 503));
	assert_false(farm_server_set_health(t, CAUSE_TEST_CONNECT, ECONNREFUSED));
	assert_int_equal(lb_usability(t, &any), SERVER_SICK);
	assert_int_equal(lb_usability(t, &desperate), SERVER_USABLE);
	farm_server_health_text(t, text);
	assert_non_null(strstr(text, "unhealthy: no connection for the URL test: Connection ref"));
	assert_true(farm_server_set_health(t, CAUSE_TEST_OK, 200));
	assert_int_equal(lb_usability(t, &any), SERVER_USABLE);
	assert_true(farm_server_set_state(t, SERVER_DRAIN));
	assert_false(farm_server_set_state(t, SERVER_DRAIN));
	assert_int_equal(lb_usability(t, &any), SERVER_DRAINED);
	farm_server_set_state(t, SERVER_UNAVAILABLE);
	assert_int_equal(lb_usability(t, &any), SERVER_GONE);
	scene_done(&s);
}

static void
a_reload_keeps_counters_state_and_health(void **state)
{
	struct scene s;
	struct farm *next;

	(void)state;
	scene_init(&s, 2);
	farm_server_begin(&s.farm->servers[0]);
	farm_server_set_state(&s.farm->servers[0], SERVER_DRAIN);
	farm_server_set_health(&s.farm->servers[1], CAUSE_TEST_TIMEOUT, 5);
	next = farm_new(&s.config, 0);
	assert_int_equal(next->servers[0].live->current, 1);
	assert_int_equal(farm_server_state(&next->servers[0]), SERVER_DRAIN);
	assert_false(farm_server_is_healthy(&next->servers[1]));
	farm_server_end(&s.farm->servers[0], true); /* a request of the old one ends */
	assert_int_equal(next->servers[0].live->current, 0);
	assert_int_equal(next->servers[0].live->failed, 1);
	farm_free(next);
	s.servers[0].state = SERVER_LEAVING; /* the file says something new: it counts */
	s.servers[1].weight = 50;
	farm_free(farm_new(&s.config, 0)); /* but not of a reload that fails */
	assert_int_equal(farm_server_state(&s.farm->servers[0]), SERVER_DRAIN);
	assert_int_equal(s.farm->servers[1].live->weight, 100);
	next = farm_new(&s.config, 0);
	assert_int_equal(farm_server_state(&next->servers[0]), SERVER_DRAIN);
	farm_take_effect(next);
	assert_int_equal(farm_server_state(&next->servers[0]), SERVER_LEAVING);
	assert_int_equal(next->servers[1].live->weight, 50);
	farm_free(next);
	scene_done(&s);
}

static void
what_is_not_tested_any_more_is_healthy_after_the_reload(void **state)
{
	const struct config_health tested = { .path = (char *)"/alive", .interval = 5,
					      .max_failures = 3 };
	struct scene s;
	struct farm_server *test, *traffic, *operator;

	(void)state;
	scene_init(&s, 3);
	test = &s.farm->servers[0];
	traffic = &s.farm->servers[1];
	operator = &s.farm->servers[2];
	s.config.health = tested;
	farm_server_set_health(test, CAUSE_TEST_MATCH, 0);
	farm_server_set_health(traffic, CAUSE_TRAFFIC, 3);
	farm_server_set_health(operator, CAUSE_OPERATOR_DOWN, 0);
	farm_take_effect(s.farm);
	assert_false(farm_server_is_healthy(test) || farm_server_is_healthy(traffic));
	s.config.health.max_failures = 0;
	farm_take_effect(s.farm);
	assert_true(farm_server_is_healthy(traffic) && !farm_server_is_healthy(test));
	farm_server_set_health(traffic, CAUSE_TRAFFIC, 3); /* seen by a connection of before */
	s.config.health = (struct config_health){ .path = (char *)"" };
	traffic_retry(traffic, 100 * SECOND);
	assert_true(farm_server_is_healthy(traffic));
	farm_take_effect(s.farm);
	assert_true(farm_server_is_healthy(traffic) && farm_server_is_healthy(test));
	assert_false(farm_server_is_healthy(operator));
	scene_done(&s);
}

static void
live_traffic_marks_a_server_and_gives_it_another_try_after_the_period(void **state)
{
	struct status_range failures = { 500, 599, -1, -1 };
	struct scene s;
	struct farm_server *t;

	(void)state;
	scene_init(&s, 2);
	s.config.health = (struct config_health){ .path = (char *)"",
						  .failures = &failures,
						  .failure_count = 1,
						  .max_failures = 3,
						  .failover = 10 };
	t = &s.farm->servers[0];
	traffic_saw(t, 503, 0, 100 * SECOND);
	traffic_saw(t, 404, 0, 100 * SECOND);
	traffic_saw(t, 503, 0, 101 * SECOND);
	traffic_saw(t, 503, 0, 111 * SECOND); /* another period: the third is its first */
	assert_true(farm_server_is_healthy(t));
	traffic_saw(t, 502, 3, 112 * SECOND);
	traffic_saw(t, 500, 0, 113 * SECOND);
	assert_false(farm_server_is_healthy(t));
	traffic_retry(t, 122 * SECOND);
	assert_false(farm_server_is_healthy(t));
	traffic_retry(t, 123 * SECOND);
	assert_true(farm_server_is_healthy(t));
	traffic_saw(t, 500, 0, 124 * SECOND); /* one more is enough now */
	assert_false(farm_server_is_healthy(t));
	s.config.health.path = (char *)"/alive"; /* with a URL test only that brings it back */
	s.config.health.interval = 5;
	traffic_retry(t, 1000 * SECOND);
	assert_false(farm_server_is_healthy(t));
	scene_done(&s);
}

static void
counters_follow_requests(void **state)
{
	struct scene scene;
	struct farm_server *s;

	(void)state;
	scene_init(&scene, 1);
	s = &scene.farm->servers[0];
	farm_server_begin(s);
	farm_server_begin(s);
	farm_server_end(s, true);
	farm_server_responded(s, 800, SECOND);
	farm_server_responded(s, 1600, 2 * SECOND);
	assert_int_equal(s->live->current, 1);
	assert_int_equal(s->live->requests, 2);
	assert_int_equal(s->live->failed, 1);
	assert_int_equal(s->live->response_us, 900);
	scene_done(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_and_health_decide_who_can_take_requests),
		cmocka_unit_test(a_reload_keeps_counters_state_and_health),
		cmocka_unit_test(what_is_not_tested_any_more_is_healthy_after_the_reload),
		cmocka_unit_test(
			live_traffic_marks_a_server_and_gives_it_another_try_after_the_period),
		cmocka_unit_test(counters_follow_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
