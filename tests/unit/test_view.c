/* SPDX-License-Identifier: MIT */
/*
 * The view model: rows, filter, stages, cursor and screen over a made-up
 * trace of which only index entries exist.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "viewer/view.h"

enum { EVENTS = 12 };

/*
 * 0 START            level 0   t   0
 * 1   START          level 4   t   5
 * 2     plain        level 4   t   5
 * 3     plain        level 3   t 305   first warning, gap 300
 * 4   END of 1       level 4   t 305
 * 5   plain          level 2   t 306   the error
 * 6   START          level 4   t 306   no end of its own
 * 7     plain        level 5   t 306
 * 8   plain          level 3   t 900   second warning, the longest gap
 * 9   plain          level 4   t 900
 * 10 END of 0        level 0   t 910
 * 11 plain           level 4   time unreadable
 */
static struct freb_entry entries[EVENTS];
static size_t partners[EVENTS], parents[EVENTS], heights[EVENTS];
static size_t known;		/* events the source admits to */

static size_t
count(void *data)
{
	(void)data;
	return known;
}

static const struct freb_entry *
entry(void *data, size_t event)
{
	(void)data;
	return event < known ? &entries[event] : NULL;
}

static size_t
partner(void *data, size_t event)
{
	(void)data;
	return partners[event];
}

static size_t
parent(void *data, size_t event)
{
	(void)data;
	return parents[event];
}

static size_t
height(void *data, size_t event)
{
	(void)data;
	return heights[event];
}

static const struct view_source source = { NULL, count, entry, partner, parent, height };

static void
make_trace(void)
{
	static const uint8_t level[EVENTS] = { 0, 4, 4, 3, 4, 2, 4, 5, 3, 4, 0, 4 };
	static const int64_t time[EVENTS] = { 0, 5, 5, 305, 305, 306, 306, 306, 900, 900, 910,
					      INT64_MIN };
	static const size_t up[EVENTS] = { VIEW_NONE, 0, 1, 1, 0, 0, 0, 6, 0, 0, VIEW_NONE,
					   VIEW_NONE };

	for (size_t i = 0; i < EVENTS; i++) {
		entries[i] = (struct freb_entry){ .level = level[i], .time_ms = time[i] };
		partners[i] = VIEW_NONE;
		parents[i] = up[i];
		heights[i] = 1;
	}
	partners[0] = 10;
	partners[10] = 0;
	partners[1] = 4;
	partners[4] = 1;
	entries[6].flags = FREB_UNCLOSED;
	known = EVENTS;
}

static int
setup(void **state)
{
	static struct view v;

	make_trace();
	view_init(&v, &source);
	while (view_scan(&v, 5))
		;
	*state = &v;
	return 0;
}

static int
teardown(void **state)
{
	view_done(*state);
	return 0;
}

static void
assert_rows(const struct view *v, size_t n, const uint32_t *rows)
{
	assert_int_equal(v->row_count, n);
	assert_memory_equal(v->rows, rows, n * sizeof(*rows));
}

static bool
is_even(void *data, size_t event)
{
	++*(size_t *)data;
	return event % 2 == 0;
}

static void
all_events_are_rows_without_a_filter(void **state)
{
	struct view *v = *state;

	assert_int_equal(v->row_count, EVENTS);
	assert_int_equal(view_event(v), 0);
}

static void
events_that_arrive_later_are_appended_and_the_cursor_stays(void **state)
{
	struct view *v = *state;

	view_done(v);
	view_init(v, &source);
	known = 4;
	while (view_scan(v, 100))
		;
	view_goto(v, 3);
	known = EVENTS;
	assert_false(view_scan(v, 100));
	assert_int_equal(v->row_count, EVENTS);
	assert_int_equal(view_event(v), 3);
}

static void
a_filter_asks_once_per_event_and_in_slices(void **state)
{
	struct view *v = *state;
	size_t asked = 0;

	view_goto(v, 6);
	view_set_filter(v, is_even, &asked);
	assert_true(view_scan(v, 4));
	assert_int_equal(asked, 4);
	while (view_scan(v, 4))
		;
	assert_int_equal(asked, EVENTS);
	assert_rows(v, 6, (const uint32_t[]){ 0, 2, 4, 6, 8, 10 });
	assert_int_equal(view_event(v), 6);
	/* Another choice of rows asks nothing again. */
	view_set_kind(v, VIEW_PROBLEMS);
	assert_int_equal(asked, EVENTS);
	assert_rows(v, 1, (const uint32_t[]){ 8 });
}

static void
a_hidden_event_stays_selected_until_the_cursor_moves(void **state)
{
	struct view *v = *state;
	size_t asked = 0;

	view_goto(v, 7);
	view_set_filter(v, is_even, &asked);
	while (view_scan(v, 100))
		;
	assert_int_equal(view_event(v), 6);	/* its stage stands for it */
	view_set_filter(v, NULL, NULL);
	while (view_scan(v, 100))
		;
	assert_int_equal(view_event(v), 7);
}

static void
the_timing_view_shows_starts_and_those_without_end(void **state)
{
	struct view *v = *state;

	view_goto(v, 3);
	view_set_kind(v, VIEW_SPANS);
	assert_rows(v, 3, (const uint32_t[]){ 0, 1, 6 });
	assert_int_equal(view_event(v), 1);
	view_set_kind(v, VIEW_ALL);
	assert_int_equal(view_event(v), 3);
}

static void
a_closed_stage_hides_what_is_inside_and_its_end(void **state)
{
	struct view *v = *state;

	view_goto(v, 3);
	assert_int_equal(view_stage(v, 3), 1);
	view_fold(v, 1, true);
	assert_rows(v, 9, (const uint32_t[]){ 0, 1, 5, 6, 7, 8, 9, 10, 11 });
	assert_int_equal(view_event(v), 1);
	assert_true(view_is_closed(v, 1));
	view_fold(v, 1, false);
	assert_int_equal(v->row_count, EVENTS);
}

static void
going_to_an_event_opens_the_stages_around_it(void **state)
{
	struct view *v = *state;

	view_fold(v, 1, true);
	view_fold(v, 0, true);
	assert_rows(v, 2, (const uint32_t[]){ 0, 11 });
	assert_true(view_goto(v, 3));
	assert_int_equal(view_event(v), 3);
	assert_int_equal(v->row_count, EVENTS);
	view_fold(v, 1, true);
	assert_true(view_goto(v, 4));
	assert_int_equal(view_event(v), 4);
}

static void
closing_all_stages_leaves_the_request_open(void **state)
{
	struct view *v = *state;

	entries[1].depth = 1;
	view_goto(v, 2);
	view_fold_all(v, true);
	assert_rows(v, 9, (const uint32_t[]){ 0, 1, 5, 6, 7, 8, 9, 10, 11 });
	assert_int_equal(view_event(v), 1);
	view_fold_all(v, false);
	assert_int_equal(v->row_count, EVENTS);
}

static void
problems_are_levels_1_to_3_and_the_search_wraps_around(void **state)
{
	struct view *v = *state;
	bool wrapped;
	size_t place;

	assert_int_equal(view_next(v, VIEW_PROBLEM, true, &wrapped), 3);
	assert_false(wrapped);
	view_goto(v, 8);
	assert_int_equal(view_next(v, VIEW_PROBLEM, true, &wrapped), 3);
	assert_true(wrapped);
	assert_int_equal(view_next(v, VIEW_PROBLEM, false, &wrapped), 5);
	assert_false(wrapped);
	assert_int_equal(view_next(v, VIEW_WARNING, false, &wrapped), 3);
	assert_int_equal(view_count(v, VIEW_PROBLEM, 5, &place), 3);
	assert_int_equal(place, 2);
	assert_int_equal(view_count(v, VIEW_WARNING, 5, &place), 2);
	assert_int_equal(place, 0);
}

static void
gaps_are_measured_to_the_event_before(void **state)
{
	struct view *v = *state;
	bool wrapped;

	assert_int_equal(view_gap(v, 0), 0);
	assert_int_equal(view_gap(v, 3), 300);
	assert_int_equal(view_gap(v, 11), 0);	/* its time is unreadable */
	assert_int_equal(view_largest_gap(v), 8);
	v->gap_ms = 100;
	assert_int_equal(view_next(v, VIEW_GAP, true, &wrapped), 3);
	v->gap_ms = 400;
	assert_int_equal(view_next(v, VIEW_GAP, true, &wrapped), 8);
	v->gap_ms = 1000;
	assert_int_equal(view_next(v, VIEW_GAP, true, &wrapped), VIEW_NONE);
}

static void
only_marked_events_can_be_shown(void **state)
{
	struct view *v = *state;

	assert_true(bits_put(&v->marked, 2, true));
	assert_true(bits_put(&v->marked, 9, true));
	view_set_only_marked(v, true);
	while (view_scan(v, 100))
		;
	assert_rows(v, 2, (const uint32_t[]){ 2, 9 });
	assert_false(view_goto(v, 3));
	assert_true(view_goto(v, 9));
}

static void
the_cursor_walks_through_the_lines_of_tall_events(void **state)
{
	struct view *v = *state;

	heights[1] = 3;
	view_move(v, 2);
	assert_int_equal(view_event(v), 1);
	assert_int_equal(v->line, 1);
	view_move(v, 2);
	assert_int_equal(view_event(v), 2);
	assert_int_equal(v->line, 0);
	view_move(v, -1);
	assert_int_equal(view_event(v), 1);
	assert_int_equal(v->line, 2);
	view_move(v, -100);
	assert_int_equal(view_event(v), 0);
	view_move(v, 100);
	assert_int_equal(view_event(v), EVENTS - 1);
}

static void
the_screen_follows_the_cursor_and_ends_with_the_last_line(void **state)
{
	struct view *v = *state;

	view_show(v, 5);
	assert_int_equal(v->top_row, 0);
	view_move(v, 5);
	view_show(v, 5);
	assert_int_equal(v->top_row, 1);	/* one line further, not a jump */
	view_last(v);
	view_show(v, 5);
	assert_int_equal(v->top_row, EVENTS - 5);
	view_first(v);
	view_show(v, 5);
	assert_int_equal(v->top_row, 0);
	view_page(v, 4);
	view_show(v, 5);
	assert_int_equal(v->top_row, 4);
	assert_int_equal(view_event(v), 4);
	/* A higher screen has no blank lines while there are events above. */
	view_last(v);
	view_show(v, 100);
	assert_int_equal(v->top_row, 0);
}

static void
an_event_taller_than_the_screen_can_be_read_to_its_end(void **state)
{
	struct view *v = *state;

	heights[3] = 20;
	view_goto(v, 3);
	view_show(v, 5);
	for (int i = 0; i < 19; i++) {
		view_move(v, 1);
		view_show(v, 5);
	}
	assert_int_equal(view_event(v), 3);
	assert_int_equal(v->line, 19);
	assert_int_equal(v->top_row, 3);
	assert_int_equal(v->top_line, 15);
	heights[3] = 2;
	view_reflow(v);
	view_show(v, 5);
	assert_int_equal(v->line, 1);
}

static void
a_view_without_rows_survives_every_move(void **state)
{
	struct view *v = *state;
	bool wrapped;

	known = 0;
	view_done(v);
	view_init(v, &source);
	assert_false(view_scan(v, 10));
	view_move(v, 1);
	view_page(v, -3);
	view_first(v);
	view_last(v);
	view_reflow(v);
	view_show(v, 10);
	view_fold_all(v, true);
	assert_false(view_goto(v, 0));
	assert_int_equal(view_event(v), VIEW_NONE);
	assert_int_equal(view_next(v, VIEW_PROBLEM, true, &wrapped), VIEW_NONE);
	assert_int_equal(view_largest_gap(v), VIEW_NONE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_events_are_rows_without_a_filter),
		CASE(events_that_arrive_later_are_appended_and_the_cursor_stays),
		CASE(a_filter_asks_once_per_event_and_in_slices),
		CASE(a_hidden_event_stays_selected_until_the_cursor_moves),
		CASE(the_timing_view_shows_starts_and_those_without_end),
		CASE(a_closed_stage_hides_what_is_inside_and_its_end),
		CASE(going_to_an_event_opens_the_stages_around_it),
		CASE(closing_all_stages_leaves_the_request_open),
		CASE(problems_are_levels_1_to_3_and_the_search_wraps_around),
		CASE(gaps_are_measured_to_the_event_before),
		CASE(only_marked_events_can_be_shown),
		CASE(the_cursor_walks_through_the_lines_of_tall_events),
		CASE(the_screen_follows_the_cursor_and_ends_with_the_last_line),
		CASE(an_event_taller_than_the_screen_can_be_read_to_its_end),
		CASE(a_view_without_rows_survives_every_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
