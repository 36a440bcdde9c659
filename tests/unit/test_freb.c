/* SPDX-License-Identifier: MIT */
/*
 * test_freb - reading traces: the index, single events, spans, other
 * encodings, pipes, limits.  Damage has its own file, test_damage.c.
 */
#include <config.h>

#include "tests/unit/made.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the root ---- */

static void
root_attributes_are_decoded_and_found_by_name(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"http://a:80/?b=1&amp;c=&quot;2&quot;\" verb='GET' fx:client=\"CN=A\"\r\n"
		 " xmlns:fx=\"urn:frebproxy:trace:1\"");
	made_end();
	f = made_trace();
	assert_int_equal(freb_root(f)->attr_count, 3);
	assert_string_equal(freb_root_get(f, "url"), "http://a:80/?b=1&c=\"2\"");
	assert_string_equal(freb_root_get(f, "verb"), "GET");
	assert_string_equal(freb_root_get(f, "fp:client"), "CN=A");
	assert_null(freb_root_get(f, "statusCode"));
	assert_int_equal(freb_damage_count(f), 0);
	freb_close(f);
}

static void
expect_no_trace(const char *bytes, const char *why)
{
	struct freb_file *f = (struct freb_file *)1;
	char *error = NULL;

	made_save(bytes, strlen(bytes));
	assert_int_equal(freb_open(made_path, &f, &error), -EBADMSG);
	assert_null(f);
	assert_non_null(error);
	assert_non_null(strstr(error, why));
	free(error);
}

static void
what_is_no_trace_is_refused_with_a_reason(void **state)
{
	struct freb_file *f;
	char *error;

	(void)state;
	expect_no_trace("", "empty");
	expect_no_trace("<html><body/></html>", "root element");
	expect_no_trace("no xml at all", "");
	expect_no_trace(
		"<!DOCTYPE failedRequest [<!ENTITY a \"b\">]><failedRequest>&a;</failedRequest>",
		"DOCTYPE");
	assert_int_equal(freb_open(made_folder, &f, &error), -EISDIR);
	assert_null(error);
	assert_int_equal(freb_open("/nonexistent/x", &f, &error), -ENOENT);
}

/* ---- events ---- */

static void
an_event_has_all_its_fields(void **state)
{
	const struct freb_event *e;
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_event("THE_NAME", 3, "2030-01-02T03:04:05.678Z",
		   "  <Data Name=\"ContextId\">{A}</Data>\r\n  <Data Name=\"N\">128</Data>\r\n"
		   "  <Data Name=\"Headers\">A: 1\r\nB: &lt;2&gt;\r\n</Data>\r\n  <Data "
		   "Name=\"None\"></Data>\r\n",
		   "  <Keywords>\r\n   <Keyword>Word</Keyword>\r\n  </Keywords>\r\n"
		   "  <freb:Description Data=\"N\">EXECUTE</freb:Description>\r\n"
		   "  <freb:Description Data=\"None\"></freb:Description>\r\n");
	made_end();
	f = made_trace();
	e = freb_event(f, 0);
	assert_non_null(e);
	assert_int_equal(e->no, 1);
	assert_string_equal(e->name, "THE_NAME");
	assert_string_equal(e->provider, "Test");
	assert_string_equal(e->provider_guid, "{G}");
	assert_string_equal(e->event_id, "0");
	assert_string_equal(e->version, "1");
	assert_string_equal(e->level, "3");
	assert_string_equal(e->opcode, "5");
	assert_string_equal(e->keywords, "0x100");
	assert_string_equal(e->time, "2030-01-02T03:04:05.678Z");
	assert_string_equal(e->activity, "{A}");
	assert_null(e->related);
	assert_string_equal(e->process, "11");
	assert_string_equal(e->thread, "12");
	assert_string_equal(e->computer, "HOST");
	assert_string_equal(e->culture, "en-US");
	assert_string_equal(e->keyword, "Word");
	assert_string_equal(e->event_guid, "{E}");
	assert_int_equal(e->data_count, 4);
	assert_true(freb_data_is_hidden(&e->data[0]));
	assert_false(freb_data_is_hidden(&e->data[1]));
	assert_string_equal(freb_data_shown(&e->data[1]), "EXECUTE");
	assert_string_equal(e->data[1].value, "128");
	assert_string_equal(freb_data_get(e, "Headers")->value, "A: 1\nB: <2>\n");
	assert_null(freb_data_get(e, "Headers")->text);
	assert_string_equal(freb_data_shown(&e->data[3]), "");
	assert_null(freb_data_get(e, "Absent"));
	assert_false(e->damaged);
	freb_close(f);
}

static void
the_index_knows_offset_level_time_and_name(void **state)
{
	struct freb_file *f;
	char *bytes;
	size_t len;

	(void)state;
	made_root("url=\"x\"");
	made_event("A", 0, "1970-01-01T00:00:01.250Z", "", "");
	made_event("B", 5, "2000-03-01T00:00:00.000Z", "", "");
	made_event("A", 1, "soon", "", "");
	made_end();
	f = made_trace();
	assert_int_equal(freb_count(f), 3);
	assert_int_equal(freb_entry(f, 0)->time_ms, 1250);
	assert_int_equal(freb_entry(f, 1)->time_ms, 951868800000);
	assert_true(freb_entry(f, 2)->time_ms == INT64_MIN);
	assert_int_equal(freb_entry(f, 1)->level, 5);
	assert_int_equal(freb_entry(f, 0)->opcode, freb_entry(f, 2)->opcode);
	for (size_t i = 0; i < 3; i++) {
		assert_memory_equal(made.data + freb_entry(f, i)->offset, "<Event ", 7);
		assert_int_equal(freb_event_raw(f, i, &bytes, &len), 0);
		assert_memory_equal(bytes, made.data + freb_entry(f, i)->offset, len);
		assert_memory_equal(bytes + len - 8, "</Event>", 8);
		free(bytes);
	}
	assert_null(freb_entry(f, 3));
	assert_null(freb_event(f, 3));
	assert_int_equal(freb_event_raw(f, 3, &bytes, &len), -EINVAL);
	freb_close(f);
}

static void
equal_events_have_equal_hashes(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_module("A", "One");
	made_module("A", "One");
	made_module("A", "Two");
	made_module("B", "One");
	made_end();
	f = made_trace();
	assert_true(freb_entry(f, 0)->hash == freb_entry(f, 1)->hash);
	assert_true(freb_entry(f, 0)->hash != freb_entry(f, 2)->hash);
	assert_true(freb_entry(f, 0)->hash != freb_entry(f, 3)->hash);
	freb_close(f);
}

static void
an_event_without_name_shows_its_numbers(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	buf_puts(&made, "<Event><System><EventID>7</EventID><Opcode>3</Opcode></System></Event>");
	made_end();
	f = made_trace();
	assert_string_equal(made_name(f, 0), "EventID:7 Opcode:3");
	assert_null(freb_event(f, 0)->name);
	assert_int_equal(freb_entry(f, 0)->level, 255);
	freb_close(f);
}

static void
a_borrowed_event_survives_255_others(void **state)
{
	const struct freb_event *first;
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	for (int i = 0; i < 300; i++)
		made_plain(i ? "OTHER" : "FIRST");
	made_end();
	f = made_trace();
	first = freb_event(f, 0);
	for (size_t i = 1; i <= 255; i++)
		assert_string_equal(freb_event(f, i)->name, "OTHER");
	assert_string_equal(first->name, "FIRST");
	assert_ptr_equal(freb_event(f, 0), first);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(freb_event(f, i)->no, i + 1);
	freb_close(f);
}

static void
indexing_goes_in_slices(void **state)
{
	struct freb_file *f;
	char *error;
	size_t slices = 0;
	int result;

	(void)state;
	made_root("url=\"x\"");
	for (int i = 0; i < 2000; i++)
		made_plain("A");
	made_end();
	made_save(made.data, made.len);
	assert_int_equal(freb_open(made_path, &f, &error), 0);
	assert_int_equal(freb_count(f), 0);
	while ((result = freb_index(f, 10000)) > 0) {
		slices++;
		assert_true(freb_indexed(f) <= freb_size(f));
	}
	assert_int_equal(result, 0);
	assert_true(slices > 3);
	assert_int_equal(freb_count(f), 2000);
	assert_int_equal(freb_indexed(f), made.len);
	freb_close(f);
}

static void
a_trace_at_its_size_limit_is_not_damaged(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_plain("A");
	made_plain("LOG_FILE_MAX_SIZE_TRUNCATE");
	made_end();
	f = made_trace();
	assert_true(freb_is_truncated(f));
	assert_int_equal(freb_damage_count(f), 0);
	freb_close(f);
}

/* ---- spans ---- */

static void
spans_are_paired_by_name_and_module(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_plain("GENERAL_REQUEST_START");		/* 0 */
	made_module("NOTIFY_MODULE_START", "One");	/* 1 */
	made_plain("AspNetHttpHandlerEnter");		/* 2 */
	made_plain("INSIDE");				/* 3 */
	made_plain("AspNetHttpHandlerLeave");		/* 4 */
	made_module("NOTIFY_MODULE_END", "One");		/* 5 */
	made_plain("GENERAL_REQUEST_END");		/* 6 */
	made_end();
	f = made_trace();
	assert_int_equal(freb_partner(f, 0), 6);
	assert_int_equal(freb_partner(f, 6), 0);
	assert_int_equal(freb_partner(f, 1), 5);
	assert_int_equal(freb_partner(f, 2), 4);
	assert_true(freb_partner(f, 3) == SIZE_MAX);
	assert_int_equal(freb_parent(f, 3), 2);
	assert_int_equal(freb_parent(f, 4), 1);
	assert_int_equal(freb_parent(f, 1), 0);
	assert_true(freb_parent(f, 0) == SIZE_MAX);
	assert_int_equal(freb_entry(f, 3)->depth, 3);
	assert_int_equal(freb_entry(f, 6)->depth, 0);
	freb_close(f);
}

static void
unpaired_ends_are_plain_and_unpaired_starts_are_flagged(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_module("NOTIFY_MODULE_END", "Zero");	/* 0: no start */
	made_plain("GENERAL_REQUEST_START");		/* 1 */
	made_module("NOTIFY_MODULE_START", "One");	/* 2: never ends */
	made_module("NOTIFY_MODULE_END", "Two");		/* 3: another module's */
	made_plain("GENERAL_REQUEST_END");		/* 4 closes 2 */
	made_plain("LATE_START");			/* 5: the trace ends first */
	made_end();
	f = made_trace();
	assert_true(freb_partner(f, 0) == SIZE_MAX);
	assert_true(freb_partner(f, 3) == SIZE_MAX);
	assert_int_equal(freb_entry(f, 3)->depth, 2);
	assert_int_equal(freb_partner(f, 1), 4);
	assert_int_equal(freb_entry(f, 2)->flags, FREB_UNCLOSED);
	assert_int_equal(freb_entry(f, 5)->flags, FREB_UNCLOSED);
	assert_int_equal(freb_entry(f, 1)->flags, 0);
	freb_close(f);
}

static void
a_module_on_one_side_only_still_pairs(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_module("SECURITY_HANDSHAKE_START", "Handshake");
	made_plain("SECURITY_HANDSHAKE_END");
	made_end();
	f = made_trace();
	assert_int_equal(freb_partner(f, 0), 1);
	freb_close(f);
}

static void
endless_starts_do_no_harm(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	for (int i = 0; i < 3000; i++)
		made_plain("A_START");
	made_end();
	f = made_trace();
	assert_int_equal(freb_count(f), 3000);
	assert_int_equal(freb_entry(f, 2999)->flags, FREB_UNCLOSED);
	freb_close(f);
}

/* ---- other inputs ---- */

static void
utf16_and_a_byte_order_mark_are_understood(void **state)
{
	struct buf wide = BUF_INIT;
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	for (int i = 0; i < 9; i++)
		made_plain("A");
	made_plain("LAST");
	made_end();
	buf_put(&wide, "\xFF\xFE", 2);
	for (size_t i = 0; i < made.len; i++)
		buf_put(&wide, (char[]){ made.data[i], 0 }, 2);
	made_save(wide.data, wide.len);
	f = made_open();
	assert_int_equal(freb_count(f), 10);
	assert_int_equal(freb_damage_count(f), 0);
	assert_string_equal(freb_event(f, 9)->name, "LAST");
	freb_close(f);
	buf_reset(&wide);
	buf_puts(&wide, "\xEF\xBB\xBF");
	buf_put(&wide, made.data, made.len);
	made_save(wide.data, wide.len);
	f = made_open();
	assert_int_equal(freb_count(f), 10);
	assert_memory_equal(wide.data + freb_entry(f, 0)->offset, "<Event ", 7);
	freb_close(f);
	buf_done(&wide);
}

static void
a_declared_encoding_is_converted(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\" encoding=\"windows-1252\"?><failedRequest>"
		"<Event><EventData><Data Name=\"D\">\xE4\x80</Data></EventData>"
		"</Event></failedRequest>";
	struct freb_file *f;

	(void)state;
	made_save(text, sizeof(text) - 1);
	f = made_open();
	assert_string_equal(freb_event(f, 0)->data[0].value, "\xC3\xA4\xE2\x82\xAC");
	assert_int_equal(freb_damage_count(f), 0);
	freb_close(f);
}

static void
a_pipe_is_spooled(void **state)
{
	struct freb_file *f;
	char name[32];
	char *error;
	int ends[2];

	(void)state;
	made_root("url=\"x\"");
	for (int i = 0; i < 20; i++)
		made_plain("A");
	made_end();
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], made.data, made.len), (ssize_t)made.len);
	close(ends[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	assert_int_equal(freb_open(name, &f, &error), 0);
	assert_int_equal(freb_index_all(f), 0);
	assert_int_equal(freb_count(f), 20);
	assert_string_equal(freb_event(f, 19)->name, "A");
	freb_close(f);
	close(ends[0]);
}

static void
times_are_read_strictly(void **state)
{
	(void)state;
	assert_int_equal(freb_time("1970-01-01T00:00:00.000Z"), 0);
	assert_int_equal(freb_time("1970-01-01T00:00:00.0019Z"), 1);
	assert_int_equal(freb_time("1969-12-31T23:59:59.999Z"), -1);
	assert_int_equal(freb_time("2024-02-29T12:00:00Z"), 1709208000000);
	assert_true(freb_time("2024-13-01T00:00:00Z") == INT64_MIN);
	assert_true(freb_time("2024-01-01 00:00:00Z") == INT64_MIN);
	assert_true(freb_time("2024-01-01T00:00:00+01:00") == INT64_MIN);
	assert_true(freb_time("") == INT64_MIN);
}

static void
a_peek_reads_root_time_and_whether_it_is_whole(void **state)
{
	struct freb_peek p;

	(void)state;
	made_root("url=\"http://a/\" statusCode=\"404\"");
	made_event("A", 4, "1970-01-01T00:00:01.000Z", "", "");
	made_end();
	made_save(made.data, made.len);
	assert_int_equal(freb_peek(made_path, &p), 0);
	assert_string_equal(freb_attr(&p.root, "statusCode"), "404");
	assert_int_equal(p.time_ms, 1000);
	assert_int_equal(p.size, made.len);
	assert_false(p.damaged);
	freb_peek_done(&p);
	made_save(made.data, made.len - 30);
	assert_int_equal(freb_peek(made_path, &p), 0);
	assert_true(p.damaged);
	assert_non_null(strstr(p.message, "cut at"));
	freb_peek_done(&p);
	made_save("<html/>", 7);
	assert_int_equal(freb_peek(made_path, &p), -EBADMSG);
	assert_non_null(p.message);
	freb_peek_done(&p);
	assert_int_equal(freb_peek("/nonexistent/x", &p), -ENOENT);
	freb_peek_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_attributes_are_decoded_and_found_by_name),
		cmocka_unit_test(what_is_no_trace_is_refused_with_a_reason),
		cmocka_unit_test(an_event_has_all_its_fields),
		cmocka_unit_test(the_index_knows_offset_level_time_and_name),
		cmocka_unit_test(equal_events_have_equal_hashes),
		cmocka_unit_test(an_event_without_name_shows_its_numbers),
		cmocka_unit_test(a_borrowed_event_survives_255_others),
		cmocka_unit_test(indexing_goes_in_slices),
		cmocka_unit_test(a_trace_at_its_size_limit_is_not_damaged),
		cmocka_unit_test(spans_are_paired_by_name_and_module),
		cmocka_unit_test(unpaired_ends_are_plain_and_unpaired_starts_are_flagged),
		cmocka_unit_test(a_module_on_one_side_only_still_pairs),
		cmocka_unit_test(endless_starts_do_no_harm),
		cmocka_unit_test(utf16_and_a_byte_order_mark_are_understood),
		cmocka_unit_test(a_declared_encoding_is_converted),
		cmocka_unit_test(a_pipe_is_spooled),
		cmocka_unit_test(times_are_read_strictly),
		cmocka_unit_test(a_peek_reads_root_time_and_whether_it_is_whole),
	};

	return cmocka_run_group_tests(tests, made_setup, made_teardown);
}
