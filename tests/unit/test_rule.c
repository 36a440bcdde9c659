/* SPDX-License-Identifier: MIT */
/*
 * test_rule - which requests leave a trace: paths, status ranges, levels,
 * time, and the order in which a reason is named.
 */
#include <config.h>

#include "core/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct status_range client_errors = { 400, 499, -1, -1 };

static const struct config_trace_rule *
find(const struct config_site *site, const char *path)
{
	return rule_for(site, path, strlen(path));
}

static void
the_first_rule_with_a_matching_path_counts(void **state)
{
	struct config_trace_rule rules[] = {
		{ .path = "/portal/*" }, { .path = "*.aspx" }, { .path = "login.asp" },
		{ .path = "*" },
	};
	struct config_site site = { .trace_enabled = true, .rules = rules, .rule_count = 3 };

	(void)state;
	assert_ptr_equal(find(&site, "/portal/a.aspx"), &rules[0]);
	assert_ptr_equal(find(&site, "/PORTAL/"), &rules[0]);
	assert_ptr_equal(find(&site, "/x/a.ASPX"), &rules[1]);
	assert_ptr_equal(find(&site, "/x/login.asp"), &rules[2]);
	assert_null(find(&site, "/x/nologin.asp"));
	assert_null(find(&site, "/portal"));
	site.rule_count = 4;
	assert_ptr_equal(find(&site, "/portal"), &rules[3]);
	assert_ptr_equal(find(&site, ""), &rules[3]);
}

static void
a_site_that_does_not_trace_has_no_rule(void **state)
{
	struct config_trace_rule rule = { .path = "*" };
	struct config_site site = { .rules = &rule, .rule_count = 1 };

	(void)state;
	assert_null(find(&site, "/"));
}

static void
without_a_substatus_in_the_rule_any_matches(void **state)
{
	struct config_trace_rule rule = { .statuses = &client_errors, .status_count = 1 };

	(void)state;
	assert_true(rule_matches_status(&rule, 400, 0));
	assert_true(rule_matches_status(&rule, 403, 16));
	assert_true(rule_matches_status(&rule, 499, 999));
	assert_false(rule_matches_status(&rule, 500, 0));
	assert_false(rule_matches_status(&rule, 399, 9));
}

static void
a_substatus_counts_at_the_ends_of_a_range_only(void **state)
{
	struct status_range r = { 401, 404, 3, 2 };
	struct config_trace_rule rule = { .statuses = &r, .status_count = 1 };

	(void)state;
	assert_false(rule_matches_status(&rule, 401, 2));
	assert_true(rule_matches_status(&rule, 401, 3));
	assert_true(rule_matches_status(&rule, 403, 99));
	assert_true(rule_matches_status(&rule, 404, 2));
	assert_false(rule_matches_status(&rule, 404, 3));
}

static void
a_single_status_with_a_substatus_matches_only_that(void **state)
{
	struct status_range r = { 404, 404, 2, 2 };
	struct config_trace_rule rule = { .statuses = &r, .status_count = 1 };

	(void)state;
	assert_true(rule_matches_status(&rule, 404, 2));
	assert_false(rule_matches_status(&rule, 404, 0));
	assert_false(rule_matches_status(&rule, 404, 3));
}

static void
the_first_status_that_meets_the_rule_is_the_trigger(void **state)
{
	struct config_trace_rule rule = { .statuses = &client_errors, .status_count = 1 };
	struct rule_state s = { 0 };
	enum trace_reason reason;
	unsigned int trigger, sub;

	(void)state;
	rule_see_status(&s, NULL, 404, 0);
	rule_see_status(&s, &rule, 200, 0);
	assert_int_equal(s.trigger, 0);
	rule_see_status(&s, &rule, 403, 7);
	rule_see_status(&s, &rule, 404, 0);
	assert_true(rule_decide(&s, &rule, &reason, &trigger, &sub));
	assert_int_equal(reason, TRACE_REASON_STATUS_CODE);
	assert_int_equal(trigger, 403);
	assert_int_equal(sub, 7);
}

static void
nothing_is_kept_when_no_condition_holds(void **state)
{
	struct config_trace_rule rule = { .statuses = &client_errors, .status_count = 1,
					  .time_taken_ms = 100, .fail_verbosity = 2 };
	struct rule_state s = { .time_taken_ms = 100, .worst_level = 3 };
	enum trace_reason reason;
	unsigned int trigger, sub;

	(void)state;
	rule_see_status(&s, &rule, 200, 0);
	assert_false(rule_decide(&s, &rule, &reason, &trigger, &sub));
	assert_false(rule_decide(&s, NULL, &reason, &trigger, &sub));
}

static void
the_level_is_named_before_the_time(void **state)
{
	struct config_trace_rule rule = { .time_taken_ms = 100, .fail_verbosity = 3 };
	struct rule_state s = { .time_taken_ms = 101, .worst_level = 3 };
	enum trace_reason reason;
	unsigned int trigger = 1, sub = 1;

	(void)state;
	assert_true(rule_decide(&s, &rule, &reason, &trigger, &sub));
	assert_int_equal(reason, TRACE_REASON_EVENT_VERBOSITY_LEVEL);
	assert_int_equal(trigger, 0);
	assert_int_equal(sub, 0);
	s.worst_level = 0;
	assert_true(rule_decide(&s, &rule, &reason, &trigger, &sub));
	assert_int_equal(reason, TRACE_REASON_TIME_TAKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_with_a_matching_path_counts),
		cmocka_unit_test(a_site_that_does_not_trace_has_no_rule),
		cmocka_unit_test(without_a_substatus_in_the_rule_any_matches),
		cmocka_unit_test(a_substatus_counts_at_the_ends_of_a_range_only),
		cmocka_unit_test(a_single_status_with_a_substatus_matches_only_that),
		cmocka_unit_test(the_first_status_that_meets_the_rule_is_the_trigger),
		cmocka_unit_test(nothing_is_kept_when_no_condition_holds),
		cmocka_unit_test(the_level_is_named_before_the_time),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
