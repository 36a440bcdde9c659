/* SPDX-License-Identifier: MIT */
/*
 * test_rules - the rules file of a comparison: what each rule does, and that a
 * wrong line is told with its number.
 */
#include <config.h>

#include "tests/unit/diff_traces.h"

static void
a_mask_may_cover_a_part_of_a_header_line(void **state)
{
	(void)state;
	save_event("a.xml", D("Headers", "X-Id: a-1-z\r\n"));
	save_event("b.xml", D("Headers", "X-Id: a-22-z\r\n"));
	assert_int_equal(compare_traces("a.xml", "b.xml").totals.changed, 1);
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"mask data.Headers re:\"^X-Id:.*\" as OPAQUE\n").text, "");
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"mask header.x-id re:\"[0-9]+\" as COUNT\n").text, "");
	assert_int_equal(compare_by_rules("a.xml", "b.xml",
		"mask header.X-Other as OPAQUE\n").totals.changed, 1);
}

static void
ignored_fields_and_events_are_not_compared(void **state)
{
	(void)state;
	save_row("a.xml", &run_a, 3, 0, "");
	save_row("b.xml", &run_b, 3, 2, "noise");
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"ignore event data.Message=noise\n").text, "");
	save_event("a.xml", D("P", "1"));
	save_event("b.xml", D("Q", "2"));
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"ignore data.P\nignore data.Q\n").text, "");
}

static void
a_tolerance_allows_a_share_and_a_least_amount(void **state)
{
	struct found f;

	(void)state;
	save_event("a.xml", D("ElapsedMs", "100") D("Count", "8"));
	save_event("b.xml", D("ElapsedMs", "124") D("Count", "9"));
	f = compare_by_rules("a.xml", "b.xml", "tolerance data.ElapsedMs 25% min 16ms\n"
					       "tolerance data.Count 2\n");
	assert_string_equal(f.text, "");
	f = compare_by_rules("a.xml", "b.xml", "tolerance data.ElapsedMs 20%\nignore data.Count\n");
	assert_string_equal(f.text, "4 ElapsedMs [100] [124] tolerance 20%\n");
}

static void
a_span_has_a_tolerance_of_its_own(void **state)
{
	static const char *const end[] = { "10:00:00.100", "10:00:00.500" };
	static const char *const name[] = { "a.xml", "b.xml" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf out = BUF_INIT;
		struct ids late = run_a;

		late.time = end[i];
		put_root(&out, &run_a, "200");
		put_event(&out, &run_a, "SECURITY_HANDSHAKE_START", "");
		put_event(&out, &late, "SECURITY_HANDSHAKE_END", "");
		save(name[i], &out);
	}
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"tolerance span.SECURITY_HANDSHAKE 50% min 10ms\n").text,
		"4 span.SECURITY_HANDSHAKE [100] [500] tolerance 50%, min 10 ms\n");
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"limit span.SECURITY_HANDSHAKE 300ms\n").text,
		"4 span.SECURITY_HANDSHAKE [] [500 ms] limit 300 ms\n");
	struct found f = compare_by_rules("a.xml", "b.xml", "tolerance gap 10%\n");

	assert_int_equal(f.totals.values, 1);
}

static void
an_unordered_run_is_compared_as_a_set(void **state)
{
	static const char *const order[2][3] = { { "A", "B", "C" }, { "C", "A", "B" } };
	static const char *const name[] = { "a.xml", "b.xml" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf out = BUF_INIT;

		put_root(&out, &run_a, "200");
		for (int k = 0; k < 3; k++)
			put_header(&out, &run_a, order[i][k], order[i][k]);
		put_event(&out, &run_a, "LAST", "");
		save(name[i], &out);
	}
	struct found f = compare_traces("a.xml", "b.xml");

	assert_false(compare_is_equal(&f.totals));
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"unordered op=GENERAL_SET_REQUEST_HEADER\n").text, "");
}

static void
a_required_event_must_be_in_b(void **state)
{
	(void)state;
	save_row("a.xml", &run_a, 2, 0, "");
	assert_string_equal(compare_by_rules("a.xml", "a.xml",
		"require op=SECURITY_HANDSHAKE_MESSAGE && data.Message~\"2$\"\n").text, "");
	struct found f = compare_by_rules("a.xml", "a.xml", "require op=OTHER\n");

	assert_int_equal(f.totals.required, 1);
	assert_false(compare_is_equal(&f.totals));
}

static void
a_rule_may_hold_for_some_traces_only(void **state)
{
	(void)state;
	save_event("a.xml", D("P", "1"));
	save_event("b.xml", D("P", "2"));
	assert_string_equal(compare_by_rules("a.xml", "b.xml",
		"when url~\"/portal\" && verb=GET ignore data.P\n").text, "");
	assert_int_equal(compare_by_rules("a.xml", "b.xml",
		"when url~\"/other\" ignore data.P\n").totals.changed, 1);
	assert_int_equal(compare_by_rules("a.xml", "b.xml",
		"when status=404 ignore data.P\n").totals.changed, 1);
}

static void
the_order_of_rules_means_nothing(void **state)
{
	static const char *const lines[] = {
		"mask data.P as OPAQUE\n", "mask data.P re:\"[0-9]\" as COUNT\n",
		"tolerance data.Q 10%\n", "ignore data.R\n",
	};
	struct buf first = BUF_INIT, last = BUF_INIT;

	(void)state;
	save_event("a.xml", D("P", "a1") D("Q", "10") D("R", "1") D("S", "1"));
	save_event("b.xml", D("P", "b2") D("Q", "20") D("R", "2") D("S", "2"));
	for (size_t i = 0; i < 4; i++) {
		buf_puts(&first, lines[i]);
		buf_puts(&last, lines[3 - i]);
	}
	struct found f = compare_by_rules("a.xml", "b.xml", buf_text(&first));
	struct found g = compare_by_rules("a.xml", "b.xml", buf_text(&last));

	assert_string_equal(f.text, g.text);
	assert_int_equal(f.totals.masked, g.totals.masked);
	assert_int_equal(f.totals.values, 2);
	buf_done(&first);
	buf_done(&last);
}

static void
use_none_masks_nothing(void **state)
{
	(void)state;
	save_event("a.xml", D("ElapsedMs", "1"));
	save_event("b.xml", D("ElapsedMs", "2"));
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
	assert_string_equal(compare_by_rules("a.xml", "b.xml", "use none\n").text,
			    "0 ElapsedMs [1] [2] \n");
}

static void
a_wrong_rules_file_is_told_with_its_line(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "test:1: the first line" },
		{ "frebdiff 2\n", "test:1: the first line" },
		{ "frebdiff 1\nmask data.X as NOTHING\n", "test:2: \"as CLASS\" is wanted" },
		{ "frebdiff 1\n\nhide data.X\n", "test:3: a rule is wanted" },
		{ "frebdiff 1\nignore X\n", "test:2: a field is wanted" },
		{ "frebdiff 1\nignore span.X\n", "test:2: span and gap" },
		{ "frebdiff 1\nignore event op~\"(\"\n", "test:2: regular expression" },
		{ "frebdiff 1\nignore event op\n", "test:2: an operator is wanted" },
		{ "frebdiff 1\ntolerance data.X lots\n", "test:2: a number is wanted" },
		{ "frebdiff 1\nlimit data.X 5%\n", "test:2: a limit is a value" },
		{ "frebdiff 1\nignore data.X Y\n", "test:2: \"Y\" is too much here" },
		{ "frebdiff 1\nwhen url=a\n", "test:2: a rule is wanted" },
		{ "frebdiff 1\nmask data.X re:\"a as GUID\n", "test:2: the text after re:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *error = NULL;
		struct rules *r = rules_parse("test", wrong[i][0], strlen(wrong[i][0]), &error);

		assert_null(r);
		assert_non_null(error);
		if (strncmp(error, wrong[i][1], strlen(wrong[i][1])))
			fail_msg("'%s' instead of '%s'", error, wrong[i][1]);
		free(error);
	}
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_mask_may_cover_a_part_of_a_header_line),
		IN_FOLDER(ignored_fields_and_events_are_not_compared),
		IN_FOLDER(a_tolerance_allows_a_share_and_a_least_amount),
		IN_FOLDER(a_span_has_a_tolerance_of_its_own),
		IN_FOLDER(an_unordered_run_is_compared_as_a_set),
		IN_FOLDER(a_required_event_must_be_in_b),
		IN_FOLDER(a_rule_may_hold_for_some_traces_only),
		IN_FOLDER(the_order_of_rules_means_nothing),
		IN_FOLDER(use_none_masks_nothing),
		cmocka_unit_test(a_wrong_rules_file_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
