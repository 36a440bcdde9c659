/* SPDX-License-Identifier: MIT */
/*
 * test_damage - damaged and cut traces: one break costs one event, never more,
 * and reading comes to an end whatever the bytes.
 */
#include <config.h>

#include "tests/unit/made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
} kinds[] = {
	{ "bare &", "& ", 2 },	       { "bare <", "< ", 2 },	     { "control", "\x01", 1 },
	{ "bad UTF-8", "\xFF\xFE", 2 }, { "reference", "&#0;", 4 }, { "NUL", "\0", 1 },
	{ "entity", "&bogus;", 7 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define EVENTS 60

static void
make_numbered(void)
{
	made_root("url=\"http://a/\"");
	for (int i = 0; i < EVENTS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "EVENT_%02d", i);
		made_event(name, 4, "2030-01-02T03:04:05.678Z",
			   "  <Data Name=\"ContextId\">{A}</Data>\r\n  <Data Name=\"Text\">some "
			   "text</Data>\r\n",
			   "");
	}
	made_end();
}

/* The number of the event that holds a byte of `made`. */
static size_t
event_at(size_t offset)
{
	size_t event = 0;
	const char *at = made.data;

	while ((at = strstr(at, "<Event ")) != NULL && (size_t)(at - made.data) < offset) {
		event++;
		at++;
	}
	return event;
}

static void
check_damaged(const struct freb_file *f, size_t hit)
{
	for (size_t i = 0; i < EVENTS; i++) {
		char name[32];

		if (i + 1 == hit) {
			assert_int_equal(freb_entry(f, i)->flags & FREB_DAMAGED, FREB_DAMAGED);
			continue;
		}
		snprintf(name, sizeof(name), "EVENT_%02zu", i);
		assert_string_equal(made_name(f, i), name);
		assert_int_equal(freb_entry(f, i)->flags, 0);
	}
}

static void
each_kind_of_damage_costs_one_event_only(void **state)
{
	size_t body;

	(void)state;
	make_numbered();
	body = (size_t)(strstr(made.data, "<Event ") - made.data);
	srandom(20300102);
	for (size_t k = 0; k < KINDS * 40; k++) {
		size_t kind = k % KINDS;
		size_t at = body + 1 + (size_t)random() % (made.len - body - 18);
		size_t hit = event_at(at);
		struct buf damaged = BUF_INIT;
		struct freb_file *f;

		/* Between two events it belongs to neither. */
		if (made.data[at - 1] == '\n' || made.data[at - 1] == '\r' ||
		    made.data[at] == '\r' || strncmp(made.data + at, "<Event ", 7) == 0)
			continue;
		buf_put(&damaged, made.data, at);
		buf_put(&damaged, kinds[kind].bytes, kinds[kind].len);
		buf_put(&damaged, made.data + at, made.len - at);
		made_save(damaged.data, damaged.len);
		f = made_open();
		if (freb_count(f) != EVENTS || freb_damage_count(f) != 1)
			print_message("%s at %zu: %zu events, %zu breaks\n", kinds[kind].name, at,
				      freb_count(f), freb_damage_count(f));
		assert_int_equal(freb_count(f), EVENTS);
		assert_int_equal(freb_damage_count(f), 1);
		assert_int_equal(freb_damage(f, 0)->event, hit);
		check_damaged(f, hit);
		for (size_t i = 0; i < EVENTS; i++)
			assert_int_equal(freb_event(f, i)->damaged, i + 1 == hit);
		freb_close(f);
		buf_done(&damaged);
	}
}

static void
damage_in_a_value_leaves_the_rest_of_its_event(void **state)
{
	static const char *const shown[] = { "some& text", "some< text", "some\xEF\xBF\xBDtext",
					     "some\xEF\xBF\xBD\xEF\xBF\xBDtext", "some&#0;text",
					     "some\xEF\xBF\xBDtext", "some&bogus;text" };

	(void)state;
	make_numbered();
	for (size_t kind = 0; kind < KINDS; kind++) {
		size_t at = (size_t)(strstr(made.data, "some text") - made.data) + 4;
		struct buf damaged = BUF_INIT;
		struct freb_file *f;

		buf_put(&damaged, made.data, at);
		buf_put(&damaged, kinds[kind].bytes, kinds[kind].len);
		buf_put(&damaged, made.data + at + 1, made.len - at - 1);
		made_save(damaged.data, damaged.len);
		f = made_open();
		assert_string_equal(made_name(f, 0), "EVENT_00");
		assert_string_equal(freb_data_get(freb_event(f, 0), "Text")->value, shown[kind]);
		assert_true(freb_damage(f, 0)->line == 21 || freb_damage(f, 0)->line == 22);
		freb_close(f);
		buf_done(&damaged);
	}
}

static void
a_file_cut_anywhere_keeps_what_came_before(void **state)
{
	size_t body;

	(void)state;
	make_numbered();
	body = (size_t)(strstr(made.data, "<Event ") - made.data);
	for (size_t len = body; len < made.len; len += 97) {
		struct freb_file *f;
		size_t whole = 0;

		made_save(made.data, len);
		f = made_open();
		for (const char *at = made.data; (at = strstr(at, "</Event>")) != NULL; at++)
			whole += (size_t)(at + 8 - made.data) <= len;
		assert_int_equal(freb_damage_count(f), 1);
		assert_true(freb_damage(f, 0)->offset == len);
		assert_true(freb_count(f) == whole || freb_count(f) == whole + 1);
		for (size_t i = 0; i < whole; i++)
			assert_int_equal(freb_entry(f, i)->flags, 0);
		freb_close(f);
	}
}

static void
a_missing_end_tag_does_not_swallow_the_next_event(void **state)
{
	struct buf damaged = BUF_INIT;
	struct freb_file *f;
	size_t at;

	(void)state;
	make_numbered();
	at = (size_t)(strstr(made.data, "</Event>") - made.data);
	buf_put(&damaged, made.data, at);
	buf_put(&damaged, made.data + at + 8, made.len - at - 8);
	made_save(damaged.data, damaged.len);
	f = made_open();
	assert_int_equal(freb_count(f), EVENTS);
	check_damaged(f, 1);
	assert_int_equal(freb_damage_count(f), 1);
	freb_close(f);
	buf_done(&damaged);
}

static void
a_file_of_nothing_but_breaks_comes_to_an_end(void **state)
{
	static const char *const breaks[] = { "<Event ", "<Event></x>\n", "<Event><!-- " };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct freb_file *f;

		made_root("url=\"x\"");
		for (int k = 0; k < 12000; k++)
			buf_puts(&made, breaks[i]);
		f = made_trace();
		assert_true(freb_damage_count(f) > 100 && freb_damage_count(f) <= 10000);
		assert_non_null(
			strstr(freb_damage(f, freb_damage_count(f) - 1)->message, "left out"));
		freb_close(f);
	}
}

static void
a_damaged_root_still_gives_attributes_and_events(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"http://a/?b&c\" verb=\"GET\" timeTaken=\"7\"");
	made_plain("ONE");
	made_end();
	f = made_trace();
	assert_int_equal(freb_count(f), 1);
	assert_string_equal(freb_root_get(f, "url"), "http://a/?b&c");
	assert_string_equal(freb_root_get(f, "timeTaken"), "7");
	assert_int_equal(freb_damage_count(f), 1);
	assert_int_equal(freb_damage(f, 0)->line, 4);
	assert_int_equal(freb_damage(f, 0)->event, 0);
	freb_close(f);
}

static void
deep_nesting_and_many_data_are_limited(void **state)
{
	struct freb_file *f;

	(void)state;
	made_root("url=\"x\"");
	buf_puts(&made, "<Event><EventData>");
	for (int i = 0; i < 5000; i++)
		buf_puts(&made, "<Data Name=\"D\">1</Data>");
	buf_puts(&made, "</EventData></Event>\n<Event>");
	for (int i = 0; i < 200; i++)
		buf_puts(&made, "<a>");
	buf_puts(&made, "</Event>\n");
	made_plain("AFTER");
	made_end();
	f = made_trace();
	assert_int_equal(freb_count(f), 3);
	assert_int_equal(freb_event(f, 0)->data_count, 4096);
	assert_true(freb_event(f, 0)->damaged);
	assert_non_null(strstr(freb_damage(f, 0)->message, "deep"));
	assert_string_equal(made_name(f, 2), "AFTER");
	freb_close(f);
}

/* ---- traces of IIS, where there are some ---- */

/* Everything an event says, as one number. */
static uint64_t
content(struct freb_file *f, size_t i)
{
	const struct freb_event *e = freb_event(f, i);
	uint64_t h = 1469598103934665603u;
	struct buf b = BUF_INIT;

	assert_non_null(e);
	buf_putf(&b, "%s|%s|%s", e->name ? e->name : "", e->level ? e->level : "",
		 e->provider ? e->provider : "");
	for (size_t d = 0; d < e->data_count; d++)
		buf_putf(&b, "|%s=%s", e->data[d].name, e->data[d].value ? e->data[d].value : "");
	for (size_t c = 0; c < b.len; c++)
		h = (h ^ (unsigned char)b.data[c]) * 1099511628211u;
	buf_done(&b);
	return h;
}

static size_t
contents(struct freb_file *f, uint64_t **all)
{
	size_t n = freb_count(f);

	*all = malloc((n + 1) * sizeof(**all));
	assert_non_null(*all);
	for (size_t i = 0; i < n; i++)
		(*all)[i] = content(f, i);
	return n;
}

/* Of the events before, all but at most one are still there, in their order. */
static void
check_all_but_one(const uint64_t *whole, size_t count, const struct buf *damaged, const char *kind,
		  size_t at)
{
	uint64_t *now;
	size_t head = 0, tail = 0;

	made_save(damaged->data, damaged->len);
	struct freb_file *f = made_open();
	size_t n = contents(f, &now);

	while (head < n && head < count && now[head] == whole[head])
		head++;
	while (tail < n && head + tail < count && now[n - 1 - tail] == whole[count - 1 - tail])
		tail++;
	if (freb_damage_count(f) == 0 || head + tail + 1 < count || n > count + 1)
		fail_msg("%s at %zu: %zu of %zu events, %zu breaks", kind, at, head + tail, count,
			 freb_damage_count(f));
	free(now);
	freb_close(f);
}

static void
damage_one(const char *path, unsigned int places)
{
	struct freb_file *f;
	char *error = NULL;
	uint64_t *whole;
	struct buf bytes = BUF_INIT, damaged = BUF_INIT;
	char chunk[65536];
	size_t len;
	FILE *in = fopen(path, "rb");

	assert_non_null(in);
	while ((len = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_put(&bytes, chunk, len);
	fclose(in);
	assert_int_equal(freb_open(path, &f, &error), 0);
	assert_int_equal(freb_index_all(f), 0);
	size_t count = contents(f, &whole);
	size_t body = (size_t)(strstr(buf_text(&bytes), "<Event ") - bytes.data);

	freb_close(f);
	for (size_t k = 0; k < KINDS * places; k++) {
		size_t kind = k % KINDS, at = body + (size_t)random() % (bytes.len - body - 20);

		buf_reset(&damaged);
		buf_put(&damaged, bytes.data, at);
		buf_put(&damaged, kinds[kind].bytes, kinds[kind].len);
		buf_put(&damaged, bytes.data + at, bytes.len - at);
		check_all_but_one(whole, count, &damaged, kinds[kind].name, at);
	}
	free(whole);
	buf_done(&bytes);
	buf_done(&damaged);
}

/* FREB_DAMAGE_PLACES is 200 where somebody has the time. */
static void
damage_at_random_places_of_real_traces_costs_one_event(void **state)
{
	static const char *const names[] = {
		"fr000069.arr-proxy.xml", "fr000019.aspnet-session.xml",
		"fr000031.auth-401-anon.xml", "fr000001.static-200.xml", "fr000061.rewrite-301.xml",
	};
	const char *folder = getenv("FREB_SAMPLES"), *source = getenv("top_srcdir");
	const char *wanted = getenv("FREB_DAMAGE_PLACES");
	unsigned int places = wanted ? (unsigned int)strtoul(wanted, NULL, 10) : 8;

	(void)state;
	srandom(4711);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[4096];

		if (folder)
			snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		else
			snprintf(path, sizeof(path), "%s/../shared/freb/samples/%s",
				 source ? source : ".", names[i]);
		if (access(path, R_OK) == 0)
			damage_one(path, places);
		else
			print_message("no %s\n", path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_damage_costs_one_event_only),
		cmocka_unit_test(damage_in_a_value_leaves_the_rest_of_its_event),
		cmocka_unit_test(damage_at_random_places_of_real_traces_costs_one_event),
		cmocka_unit_test(a_file_cut_anywhere_keeps_what_came_before),
		cmocka_unit_test(a_missing_end_tag_does_not_swallow_the_next_event),
		cmocka_unit_test(a_file_of_nothing_but_breaks_comes_to_an_end),
		cmocka_unit_test(a_damaged_root_still_gives_attributes_and_events),
		cmocka_unit_test(deep_nesting_and_many_data_are_limited),
	};

	return cmocka_run_group_tests(tests, made_setup, made_teardown);
}
