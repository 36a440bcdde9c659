/* SPDX-License-Identifier: MIT */
/*
 * test_rows - the rows of the Compact View, the lines of the details, times;
 * the list of a directory; points in time on the command line.
 */
#include <config.h>

#include "tests/unit/made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "viewer/dir.h"
#include "viewer/options.h"
#include "viewer/rows.h"

/* ---- rows ---- */

static struct freb_file *
problem_trace(void)
{
	made_root("url=\"x\"");
	made_event("FIRST", 0, "2030-01-02T03:04:05.000Z", "", "");
	made_event("PROBLEM", 3, "2030-01-02T03:04:13.063Z",
		   "  <Data Name=\"ContextId\">{A}</Data>\r\n"
		   "  <Data Name=\"Notification\">128</Data>\r\n"
		   "  <Data Name=\"ErrorCode\">2147954429</Data>\r\n"
		   "  <Data Name=\"ConnId\">7</Data>\r\n  <Data Name=\"Empty\"></Data>\r\n"
		   "  <Data Name=\"Headers\">Host: a\r\nAccept: b\r\n</Data>\r\n"
		   "  <Data Name=\"ConnID\">8</Data>\r\n",
		   "  <freb:Description Data=\"Notification\">EXECUTE</freb:Description>\r\n"
		   "  <freb:Description Data=\"Empty\"></freb:Description>\r\n");
	made_end();
	return made_trace();
}

static void
a_row_shows_what_the_compact_view_shows(void **state)
{
	struct freb_file *f = problem_trace();
	struct row row = { 0 };

	(void)state;
	assert_int_equal(row_read(f, 1, ROW_TIME_UTC, 0, &row), 0);
	assert_int_equal(row.no, 2);
	assert_int_equal(row.letter, 'W');
	assert_string_equal(row.severity, "Warning");
	assert_string_equal(buf_text(&row.event), "PROBLEM");
	assert_string_equal(buf_text(&row.details),
			    "Notification=\"EXECUTE\", ErrorCode=\"2147954429\", ConnId=\"7\", "
			    "Empty=\"\", Headers=\"Host: a\nAccept: b\n\"");
	assert_string_equal(row.time, "03:04:13.063");
	assert_int_equal(row.gap_ms, 8063);
	assert_false(row.damaged);
	assert_int_equal(row_read(f, 0, ROW_TIME_UTC, 0, &row), 0);
	assert_int_equal(row.gap_ms, 0);
	assert_string_equal(buf_text(&row.details), "");
	row_done(&row);
	freb_close(f);
}

static void
times_are_utc_local_or_relative(void **state)
{
	struct freb_file *f = problem_trace();
	struct row row = { 0 };
	char text[ROW_TIME_LEN];

	(void)state;
	assert_int_equal(row_read(f, 1, ROW_TIME_RELATIVE, row_zero_ms(f), &row), 0);
	assert_string_equal(row.time, "+8.063");
	row_time_text(1000, ROW_TIME_RELATIVE, 2500, text);
	assert_string_equal(text, "-1.500");
	setenv("TZ", "ZZZ-2", 1);
	tzset();
	assert_int_equal(row_read(f, 1, ROW_TIME_LOCAL, 0, &row), 0);
	assert_string_equal(row.time, "05:04:13.063");
	row_date_text(-1, ROW_TIME_UTC, text);
	assert_string_equal(text, "1969-12-31 23:59:59.999");
	row_date_text(INT64_MIN, ROW_TIME_UTC, text);
	assert_string_equal(text, "");
	row_done(&row);
	freb_close(f);
}

static void
levels_have_letters_and_words(void **state)
{
	(void)state;
	assert_int_equal(row_letter(1), 'C');
	assert_int_equal(row_letter(2), 'E');
	assert_int_equal(row_letter(4), 'i');
	assert_int_equal(row_letter(0), '.');
	assert_int_equal(row_letter(255), '.');
	assert_string_equal(row_severity(1), "Critical Error");
	assert_string_equal(row_severity(4), "");
	assert_string_equal(row_level_word(4), "Informational");
	assert_true(row_is_problem(3));
	assert_false(row_is_problem(0));
	assert_false(row_is_problem(4));
}

static const struct row_line *
line_of(const struct row_lines *l, const char *label)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].label, label) == 0)
			return &l->at[i];
	fail_msg("no line %s", label);
	return NULL;
}

static void
details_show_friendly_raw_and_hex(void **state)
{
	struct freb_file *f = problem_trace();
	struct row_lines lines = { 0 };
	const struct row_line *headers;

	(void)state;
	assert_int_equal(row_details(freb_event(f, 1), 0, SIZE_MAX, &lines), 0);
	assert_string_equal(line_of(&lines, "ContextId")->text, "{A}");
	assert_string_equal(line_of(&lines, "Notification")->text, "EXECUTE (128)");
	assert_string_equal(line_of(&lines, "ErrorCode")->text, "2147954429 (0x80072EFD)");
	assert_string_equal(line_of(&lines, "Empty")->text, "(empty)");
	assert_true(line_of(&lines, "Empty")->empty);
	headers = line_of(&lines, "Headers");
	assert_string_equal(headers->text, "Host: a");
	assert_int_equal(headers[1].kind, ROW_LINE_MORE);
	assert_string_equal(headers[1].text, "Accept: b");
	assert_int_equal(headers[2].kind, ROW_LINE_DATA);
	assert_non_null(strstr(line_of(&lines, "System")->text, "Level 3"));
	assert_int_equal(row_details(freb_event(f, 1), ROW_RAW | ROW_NO_SYSTEM, SIZE_MAX, &lines),
			 0);
	assert_string_equal(line_of(&lines, "Notification")->text, "128");
	assert_string_equal(lines.at[lines.count - 1].label, "ConnID");
	row_lines_done(&lines);
	freb_close(f);
}

static void
long_values_are_cut_and_say_so(void **state)
{
	struct freb_file *f = problem_trace();
	struct row_lines lines = { 0 };

	(void)state;
	assert_int_equal(row_details(freb_event(f, 1), 0, 4, &lines), 0);
	assert_string_equal(line_of(&lines, "Headers")->text, "Host");
	assert_true(line_of(&lines, "Headers")->cut);
	assert_false(line_of(&lines, "ConnId")->cut);
	row_lines_done(&lines);
	freb_close(f);
}

static void
a_pin_is_never_shown(void **state)
{
	struct row_lines lines = { 0 };
	struct row row = { 0 };
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_event("A", 4, "2030-01-02T03:04:05.000Z",
		   "<Data Name=\"UserPIN\">123456</Data><Data Name=\"PinPolicy\">once</Data>",
		   "<freb:Description Data=\"UserPIN\">123456</freb:Description>");
	made_end();
	f = made_trace();
	assert_int_equal(row_read(f, 0, ROW_TIME_UTC, 0, &row), 0);
	assert_string_equal(buf_text(&row.details), "UserPIN=\"********\", PinPolicy=\"once\"");
	assert_int_equal(row_details(freb_event(f, 0), 0, SIZE_MAX, &lines), 0);
	assert_string_equal(line_of(&lines, "UserPIN")->text, "********");
	row_lines_done(&lines);
	row_done(&row);
	freb_close(f);
}

static void
a_message_with_line_breaks_becomes_one_line(void **state)
{
	struct row_lines lines = { 0 };
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	made_event("A", 4, "2030-01-02T03:04:05.000Z", "<Data Name=\"ErrorCode\">5</Data>",
		   "<freb:Description Data=\"ErrorCode\">Access is denied.\r "
		   "(0x5)</freb:Description>");
	made_end();
	f = made_trace();
	assert_int_equal(row_details(freb_event(f, 0), 0, SIZE_MAX, &lines), 0);
	assert_string_equal(line_of(&lines, "ErrorCode")->text, "Access is denied. (0x5) (5)");
	row_lines_done(&lines);
	freb_close(f);
}

static void
problems_are_counted_by_level(void **state)
{
	struct row_counts counts;
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	for (int level = 0; level <= 5; level++)
		made_event("A", level, "2030-01-02T03:04:05.000Z", "", "");
	made_event("A", 3, "2030-01-02T03:04:05.000Z", "", "");
	made_end();
	f = made_trace();
	row_count(f, &counts);
	assert_int_equal(counts.critical, 1);
	assert_int_equal(counts.errors, 1);
	assert_int_equal(counts.warnings, 2);
	freb_close(f);
}

/* ---- directories ---- */

static char *
in_folder(const char *name)
{
	static char text[4][256];
	static int next;
	char *path = text[next++ % 4];

	snprintf(path, sizeof(text[0]), "%s/%s", made_folder, name);
	return path;
}

static void
save_as(const char *name, const char *attributes, const char *time)
{
	FILE *out = fopen(in_folder(name), "wb");

	assert_non_null(out);
	made_root(attributes);
	made_event("A", 4, time, "", "");
	made_end();
	assert_int_equal(fwrite(made.data, 1, made.len, out), made.len);
	fclose(out);
}

static void
make_folder(void)
{
	mkdir(in_folder("W3SVC1"), 0700);
	mkdir(in_folder("other"), 0700);
	save_as("W3SVC1/fr000001.xml", "url=\"http://a/\" verb=\"GET\" statusCode=\"404.2\""
		" failureReason=\"STATUS_CODE\" timeTaken=\"12\"", "2030-01-01T00:00:01.000Z");
	save_as("W3SVC1/fr000002.xml", "url=\"http://b/\" statusCode=\"404.11\" xmlns:fp="
		"\"urn:frebproxy:trace:1\" fp:client=\"CN=B\" failureReason=\"TIME_TAKEN\"",
		"2030-01-01T00:00:03.000Z");
	save_as("W3SVC1/fr000003.xml", "url=\"http://c/\"", "2030-01-01T00:00:02.000Z");
	save_as("W3SVC1/fr000004.tmp", "url=\"http://d/\"", "2030-01-01T00:00:02.000Z");
	save_as("other/fr000005.xml", "url=\"http://e/\"", "2030-01-01T00:00:02.000Z");
}

static void
remove_folder(void)
{
	static const char *const names[] = { "W3SVC1/fr000001.xml", "W3SVC1/fr000002.xml",
					     "W3SVC1/fr000003.xml", "W3SVC1/fr000004.tmp",
					     "W3SVC1/fr000006.xml", "other/fr000005.xml" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_folder(names[i]));
	rmdir(in_folder("W3SVC1"));
	rmdir(in_folder("other"));
}

static void
a_directory_lists_its_sites_latest_first(void **state)
{
	char *paths[] = { made_folder };
	struct dir d;
	char *error;

	(void)state;
	make_folder();
	unlink(made_path);
	assert_int_equal(dir_open(&d, paths, 1, &error), 0);
	assert_int_equal(d.count, 3);
	assert_string_equal(d.entries[0].file, "fr000002.xml");
	assert_string_equal(d.entries[1].file, "fr000003.xml");
	assert_string_equal(d.entries[0].client, "CN=B");
	assert_int_equal(d.entries[0].why, 'T');
	assert_null(d.entries[0].verb);
	assert_int_equal(d.entries[0].taken_ms, -1);
	assert_int_equal(d.entries[2].taken_ms, 12);
	assert_int_equal(d.entries[2].why, 'S');
	assert_int_equal(d.entries[1].why, '?');
	dir_sort(&d, DIR_BY_STATUS, true);
	assert_string_equal(d.entries[0].status, "404.11");
	assert_string_equal(d.entries[1].status, "404.2");
	dir_limit(&d, 1893456002000, INT64_MAX, 1);
	assert_int_equal(d.count, 1);
	assert_string_equal(d.entries[0].file, "fr000002.xml");
	dir_done(&d);
	remove_folder();
}

static void
names_are_listed_before_heads_are_read(void **state)
{
	char *paths[] = { made_folder };
	struct dir_change change;
	struct dir d;
	char *error;

	(void)state;
	make_folder();
	unlink(made_path);
	assert_int_equal(dir_list(&d, paths, 1, &error), 0);
	dir_sort(&d, DIR_BY_TIME, false);
	assert_int_equal(d.count, 3);
	assert_int_equal(d.unread, 3);
	assert_string_equal(d.entries[0].file, "fr000003.xml");
	assert_null(d.entries[0].url);
	dir_read(&d, &d.entries[1]);
	dir_read(&d, &d.entries[1]);
	assert_string_equal(d.entries[1].client, "CN=B");
	assert_int_equal(d.unread, 2);
	assert_true(dir_read_some(&d, 1));
	assert_int_equal(d.unread, 1);
	/* One that is deleted before it was looked at is gone like any other. */
	unlink(in_folder("W3SVC1/fr000001.xml"));
	assert_int_equal(dir_refresh(&d, false, &change), 0);
	assert_int_equal(change.gone, 1);
	assert_int_equal(d.unread, 0);
	assert_string_equal(d.entries[0].file, "fr000002.xml");
	dir_done(&d);
	remove_folder();
}

static void
a_refresh_finds_new_changed_and_deleted_traces(void **state)
{
	char *paths[] = { made_folder };
	struct dir_change change;
	struct dir d;
	char *error;
	size_t at;

	(void)state;
	make_folder();
	unlink(made_path);
	assert_int_equal(dir_open(&d, paths, 1, &error), 0);
	assert_int_equal(dir_refresh(&d, false, &change), 0);
	assert_int_equal(change.added + change.changed + change.gone, 0);
	unlink(in_folder("W3SVC1/fr000001.xml"));
	save_as("W3SVC1/fr000003.xml", "url=\"http://changed/\"", "2030-01-01T00:00:02.000Z");
	save_as("W3SVC1/fr000006.xml", "url=\"http://f/\"", "2030-01-01T00:00:09.000Z");
	assert_int_equal(dir_refresh(&d, false, &change), 0);
	assert_int_equal(change.added, 1);
	assert_int_equal(change.changed, 1);
	assert_int_equal(change.gone, 1);
	assert_int_equal(d.count, 4);
	assert_string_equal(d.entries[0].file, "fr000006.xml");
	at = dir_find(&d, in_folder("W3SVC1/fr000001.xml"));
	assert_true(d.entries[at].gone);
	assert_string_equal(d.entries[dir_find(&d, in_folder("W3SVC1/fr000003.xml"))].url,
			    "http://changed/");
	assert_int_equal(dir_refresh(&d, true, &change), 0);
	assert_int_equal(d.count, 3);
	dir_done(&d);
	remove_folder();
}

static void
a_file_that_is_no_trace_is_listed_as_damaged(void **state)
{
	char *paths[] = { made_path, in_folder("absent") };
	struct dir d;
	char *error;

	(void)state;
	made_save("<html/>", 7);
	assert_true(dir_open(&d, paths, 2, &error) < 0);
	assert_non_null(strstr(error, "absent"));
	free(error);
	assert_int_equal(d.count, 1);
	assert_true(d.entries[0].damaged);
	assert_non_null(strstr(d.entries[0].message, "root element"));
	dir_done(&d);
}

/* ---- points in time ---- */

static void
points_in_time_are_dates_clocks_and_ages(void **state)
{
	const int64_t now = 1893553445678;	/* 2030-01-02T03:04:05.678Z */
	int64_t ms;

	(void)state;
	assert_true(options_time("2030-01-02T03:04:05.678Z", false, now, &ms) && ms == now);
	assert_true(options_time("2030-01-02T03:04", false, now, &ms) && ms == now - 5678);
	assert_true(options_time("2030-01-02", false, now, &ms) && ms == 1893542400000);
	assert_true(options_time("01:00", false, now, &ms) && ms == 1893546000000);
	assert_true(options_time("90s", false, now, &ms) && ms == now - 90000);
	assert_true(options_time("7d", false, now, &ms) && ms == now - 604800000);
	assert_false(options_time("", false, now, &ms));
	assert_false(options_time("yesterday", false, now, &ms));
	assert_false(options_time("2030-13-01", false, now, &ms));
	assert_false(options_time("25:00", false, now, &ms));
	assert_false(options_time("2030-01-02T03:04x", false, now, &ms));
	assert_false(options_time("5", false, now, &ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_shows_what_the_compact_view_shows),
		cmocka_unit_test(levels_have_letters_and_words),
		cmocka_unit_test(details_show_friendly_raw_and_hex),
		cmocka_unit_test(long_values_are_cut_and_say_so),
		cmocka_unit_test(a_pin_is_never_shown),
		cmocka_unit_test(a_message_with_line_breaks_becomes_one_line),
		cmocka_unit_test(problems_are_counted_by_level),
		cmocka_unit_test(a_directory_lists_its_sites_latest_first),
		cmocka_unit_test(names_are_listed_before_heads_are_read),
		cmocka_unit_test(a_refresh_finds_new_changed_and_deleted_traces),
		cmocka_unit_test(a_file_that_is_no_trace_is_listed_as_damaged),
		cmocka_unit_test(points_in_time_are_dates_clocks_and_ages),
		/* last: it changes the zone */
		cmocka_unit_test(times_are_utc_local_or_relative),
	};

	return cmocka_run_group_tests(tests, made_setup, made_teardown);
}
