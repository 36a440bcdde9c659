/* SPDX-License-Identifier: MIT */
/*
 * test_compare - what counts as a difference between two traces: the
 * properties a diff must have, bindings, Data and header blocks.
 */
#include <config.h>

#include "tests/unit/diff_traces.h"

/* ---- properties ---- */

static void
a_trace_does_not_differ_from_itself(void **state)
{
	(void)state;
	save_story("a.xml", &run_a, "200");
	struct found f = compare_traces("a.xml", "a.xml");

	assert_string_equal(f.text, "");
	assert_true(compare_is_equal(&f.totals));
	assert_int_equal(f.totals.masked, 0);
	assert_int_equal(f.totals.equal, 8);
}

static void
two_runs_of_one_story_do_not_differ(void **state)
{
	(void)state;
	save_story("a.xml", &run_a, "200");
	save_story("b.xml", &run_b, "200");
	struct found f = compare_traces("a.xml", "b.xml");

	assert_string_equal(f.text, "");
	assert_true(f.totals.masked > 40);
	assert_true(f.totals.masked_by > 10);
}

static void
a_trace_does_not_differ_from_its_normalised_form(void **state)
{
	struct rules *rules = rules_new();

	(void)state;
	save_story("a.xml", &run_a, "200");
	save_story("b.xml", &run_b, "200");
	save_normalised("a.xml", "n.xml", rules);
	assert_string_equal(compare_traces("a.xml", "n.xml").text, "");
	assert_string_equal(compare_traces("n.xml", "a.xml").text, "");
	assert_string_equal(compare_traces("n.xml", "b.xml").text, "");
	rules_free(rules);
}

static void
an_inserted_event_is_one_plus_wherever_it_stands(void **state)
{
	char wanted[32];

	(void)state;
	save_row("a.xml", &run_a, 9, 0, "");
	for (size_t at = 1; at <= 9; at++) {
		save_row("b.xml", &run_b, 9, at, "new");
		struct found f = compare_traces("a.xml", "b.xml");

		snprintf(wanted, sizeof(wanted), "+%zu\n", at);
		assert_string_equal(f.text, wanted);
		f = compare_traces("b.xml", "a.xml");
		wanted[0] = '-';
		assert_string_equal(f.text, wanted);
	}
}

static void
a_changed_value_is_one_report(void **state)
{
	struct ids changed = run_b;

	(void)state;
	save_story("a.xml", &run_a, "200");
	save_story("b.xml", &changed, "502.3");
	struct found f = compare_traces("a.xml", "b.xml");

	assert_string_equal(f.text, "0 statusCode [200] [502.3] \n");
	assert_int_equal(f.totals.attributes, 1);
}

/* ---- bindings ---- */

/* Two events whose activities are given; the root has that of @id. */
static void
save_two(const char *name, const struct ids *id, const char *first, const char *second)
{
	struct ids x = *id, y = *id;
	struct buf out = BUF_INIT;

	x.activity = first;
	y.activity = second;
	put_root(&out, id, "200");
	put_event(&out, &x, "ONE", "");
	put_event(&out, &y, "TWO", "");
	save(name, &out);
}

static void
swapping_two_ids_breaks_their_bindings(void **state)
{
	(void)state;
	save_two("a.xml", &run_a, run_a.activity, "{11111111-0000-0000-0000-000000000000}");
	save_two("b.xml", &run_b, "{22222222-0000-0000-0000-000000000000}", run_b.activity);
	struct found f = compare_traces("a.xml", "b.xml");

	assert_int_equal(f.totals.bindings, 4);
	assert_int_equal(f.totals.changed, 0);
	assert_int_equal(f.totals.attributes, 0);
}

static void
different_ids_must_stay_different(void **state)
{
	struct found f;

	(void)state;
	save_two("a.xml", &run_a, run_a.activity, "{11111111-0000-0000-0000-000000000000}");
	save_two("b.xml", &run_b, run_b.activity, run_b.activity);
	f = compare_traces("a.xml", "b.xml");
	assert_int_equal(f.totals.bindings, 2);
	f = compare_traces("b.xml", "a.xml");
	assert_int_equal(f.totals.bindings, 2);
	save_two("b.xml", &run_b, run_b.activity, "{33333333-0000-0000-0000-000000000000}");
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
}

/* The certificate in the chain and the one in the header are @sha and @cert, twice over. */
static void
save_certificates(const char *name, const struct ids *id, const char *sha[2], const char *cert[2])
{
	struct buf out = BUF_INIT;

	put_root(&out, id, "200");
	for (int i = 0; i < 2; i++) {
		struct buf d = BUF_INIT;

		put_data(&d, "Subject", "CN=a");
		put_data(&d, "Sha256", sha[i]);
		put_event(&out, id, "SECURITY_CHAIN_ELEMENT", buf_text(&d));
		put_header(&out, id, "X-ARR-ClientCert", cert[i]);
		buf_done(&d);
	}
	save(name, &out);
}

static void
another_certificate_the_second_time_is_reported(void **state)
{
	(void)state;
	save_certificates("a.xml", &run_a, (const char *[]){ "A1", "A1" },
			  (const char *[]){ "MIIA", "MIIA" });
	save_certificates("b.xml", &run_b, (const char *[]){ "B1", "B1" },
			  (const char *[]){ "MIIB", "MIIB" });
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
	save_certificates("b.xml", &run_b, (const char *[]){ "B1", "B1" },
			  (const char *[]){ "MIIB", "MIIC" });
	struct found f = compare_traces("a.xml", "b.xml");

	assert_string_equal(f.text, "3 HeaderValue [MIIA] [MIIC] {CERT-1} was MIIB\n");
	assert_int_equal(f.totals.bindings, 1);
}

/* Servers of three connects. */
static void
save_servers(const char *name, const struct ids *id, const char *const server[3])
{
	struct buf out = BUF_INIT;

	put_root(&out, id, "200");
	for (int i = 0; i < 3; i++) {
		struct buf d = BUF_INIT;

		put_data(&d, "Server", server[i]);
		put_event(&out, id, "UPSTREAM_CONNECT_START", buf_text(&d));
		buf_done(&d);
	}
	save(name, &out);
}

static void
one_port_may_become_another_but_not_two(void **state)
{
	static const char *const a[] = { "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1" };
	static const char *const b[] = { "127.0.0.1:7", "127.0.0.1:8", "127.0.0.1:7" };
	static const char *const c[] = { "127.0.0.1:7", "127.0.0.1:8", "127.0.0.1:8" };

	(void)state;
	save_servers("a.xml", &run_a, a);
	save_servers("b.xml", &run_b, b);
	save_servers("c.xml", &run_b, c);
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
	struct found f = compare_traces("a.xml", "c.xml");

	assert_int_equal(f.totals.bindings, 1);
	assert_int_equal(f.totals.changed, 0);
}

static void
a_value_that_is_empty_on_one_side_is_a_difference(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	put_root(&out, &run_a, "200");
	put_event(&out, &run_a, "X", "<Data Name=\"RevocationDate\">2026-01-01</Data>\r\n");
	save("a.xml", &out);
	put_root(&out, &run_a, "200");
	put_event(&out, &run_a, "X", "<Data Name=\"RevocationDate\"></Data>\r\n");
	save("b.xml", &out);
	assert_string_equal(compare_traces("a.xml", "b.xml").text,
			    "0 RevocationDate [2026-01-01] [] \n");
}

/* ---- Data and header blocks ---- */

static void
data_are_matched_by_name_and_ordinal(void **state)
{
	(void)state;
	save_event("a.xml", D("P", "1") D("Q", "2") D("P", "3"));
	save_event("b.xml", D("Q", "2") D("P", "1") D("P", "4"));
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "0 P [3] [4] \n");
	save_event("b.xml", D("P", "1") D("R", "2") D("P", "3"));
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "1 Q [2] [] \n2 R [] [2] \n");
}

static void
the_order_of_data_counts_only_on_request(void **state)
{
	struct rules *rules = rules_new();
	const struct compare_options strict = { .rules = rules, .strict_order = true };

	(void)state;
	save_event("a.xml", D("P", "1") D("Q", "2"));
	save_event("b.xml", D("Q", "2") D("P", "1"));
	assert_string_equal(compare_traces("a.xml", "b.xml").text, "");
	assert_int_equal(compare_with("a.xml", "b.xml", strict).totals.values, 1);
	assert_int_equal(compare_with("a.xml", "a.xml", strict).totals.values, 0);
	rules_free(rules);
}

static void
header_blocks_are_compared_line_by_line(void **state)
{
	(void)state;
	save_event("a.xml", D("Headers", "Host: a\r\nX-One: 1\r\nVia: p\r\nVia: q\r\n"));
	save_event("b.xml", D("Headers", "X-One: 2\r\nhost: a\r\nVia: p\r\nVia: r\r\n"
					      "X-Two: 3\r\n"));
	assert_string_equal(compare_traces("a.xml", "b.xml").text,
			    "0 Headers: X-One [1] [2] \n0 Headers: Via [q] [r] \n"
			    "2 Headers: X-Two [] [3] \n");
}

static void
replaced_events_of_one_opcode_are_paired(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	put_root(&out, &run_a, "200");
	put_header(&out, &run_a, "X-Old", "1");
	save("a.xml", &out);
	put_root(&out, &run_a, "200");
	put_header(&out, &run_a, "X-New", "1");
	save("b.xml", &out);
	struct found f = compare_traces("a.xml", "b.xml");

	assert_string_equal(f.text, "0 HeaderName [X-Old] [X-New] \n");
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_trace_does_not_differ_from_itself),
		IN_FOLDER(two_runs_of_one_story_do_not_differ),
		IN_FOLDER(a_trace_does_not_differ_from_its_normalised_form),
		IN_FOLDER(an_inserted_event_is_one_plus_wherever_it_stands),
		IN_FOLDER(a_changed_value_is_one_report),
		IN_FOLDER(swapping_two_ids_breaks_their_bindings),
		IN_FOLDER(different_ids_must_stay_different),
		IN_FOLDER(another_certificate_the_second_time_is_reported),
		IN_FOLDER(one_port_may_become_another_but_not_two),
		IN_FOLDER(a_value_that_is_empty_on_one_side_is_a_difference),
		IN_FOLDER(data_are_matched_by_name_and_ordinal),
		IN_FOLDER(the_order_of_data_counts_only_on_request),
		IN_FOLDER(header_blocks_are_compared_line_by_line),
		IN_FOLDER(replaced_events_of_one_opcode_are_paired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
