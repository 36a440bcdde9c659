/* SPDX-License-Identifier: MIT */
/*
 * The list model.  Rows are found anew from the entries whenever entries,
 * order or filter change; the cursor is kept by path.
 */
#include <config.h>
#include "viewer/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	HEADS_AT_ONCE = 200, LOOKS_AT_ONCE = 16,	/* some milliseconds each */
	BEGIN_MS = 30,		/* before the first screen */
};

int
list_open(struct list *l, char *const *paths, size_t count, char **error)
{
	*l = (struct list){ .sticky = true };
	scan_init(&l->scan);
	int rc = dir_list(&l->dir, paths, count, error);

	for (size_t i = 0; i < count; i++)
		l->following |= dir_is_directory(paths[i]);
	return rc;
}

void
list_done(struct list *l)
{
	dir_done(&l->dir);
	scan_done(&l->scan);
	filter_free(l->filter);
	free(l->shown);
	free(l->selected);
	for (size_t i = 0; i < l->mark_count; i++)
		free(l->marks[i]);
	free(l->marks);
	*l = (struct list){ 0 };
}

const struct dir_entry *
list_entry(struct list *l, size_t row)
{
	if (row >= l->count || l->shown[row] >= l->dir.count)
		return NULL;
	struct dir_entry *e = &l->dir.entries[l->shown[row]];

	dir_read(&l->dir, e);
	return e;
}

const struct dir_entry *
list_selected(struct list *l)
{
	return list_entry(l, l->row);
}

/* ---- rows ---- */

static void
remember(struct list *l)
{
	const struct dir_entry *e = list_selected(l);

	if (!e || (l->selected && strcmp(l->selected, e->path) == 0))
		return;
	free(l->selected);
	l->selected = strdup(e->path);
}

/* Row of the newest trace as the list is sorted by time, SIZE_MAX in another order. */
static size_t
newest_row(const struct list *l)
{
	if (l->dir.sort != DIR_BY_TIME || l->count == 0)
		return SIZE_MAX;
	return l->dir.reverse ? l->count - 1 : 0;
}

static void
place_cursor(struct list *l)
{
	size_t newest = newest_row(l);

	if (l->sticky && newest != SIZE_MAX) {
		l->row = newest;
		return;
	}
	for (size_t i = 0; l->selected && i < l->count; i++) {
		if (strcmp(l->dir.entries[l->shown[i]].path, l->selected) == 0) {
			l->row = i;
			return;
		}
	}
	if (l->row >= l->count)
		l->row = l->count ? l->count - 1 : 0;
}

static struct filter *
filter_in_use(const struct list *l)
{
	return l->filter_off ? NULL : l->filter;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * (int64_t)1000 + t.tv_nsec / 1000000;
}

/* Asks for one more entry; false = its scan needs another slice. */
static bool
look_at_next(struct list *l)
{
	struct dir_entry *e = &l->dir.entries[l->looked];
	bool show = !l->only_marked || list_is_marked(l, e->path);

	if (show && filter_in_use(l)) {
		dir_read(&l->dir, e);
		enum scan_answer a = scan_filter_step(&l->scan, e, l->filter, now_ms());

		if (a == SCAN_MORE)
			return false;
		show = a == SCAN_YES;
	}
	if (show)
		l->shown[l->count++] = l->looked;
	l->looked++;
	return true;
}

/* Needs no file to be opened for the next entry. */
static bool
is_cheap(const struct list *l)
{
	const struct filter *f = filter_in_use(l);

	return !f || (!filter_asks_events(f) &&
		      !filter_asks_facts(f, &l->dir.entries[l->looked]));
}

static void
start_rows(struct list *l)
{
	size_t *shown = realloc(l->shown, (l->dir.count + 1) * sizeof(*shown));

	l->count = l->looked = 0;
	if (!shown)
		return;
	l->shown = shown;
	/* What needs no file is answered at once, the rest in list_work. */
	if (filter_in_use(l))
		dir_read_all(&l->dir);
	while (l->looked < l->dir.count && is_cheap(l) && look_at_next(l))
		;
	place_cursor(l);
}

void
list_begin(struct list *l)
{
	int64_t end = now_ms() + BEGIN_MS;

	/* Some hundred traces are there at once: rows do not move under a quick hand. */
	while (now_ms() < end && dir_read_some(&l->dir, 16))
		;
	dir_sort(&l->dir, DIR_BY_TIME, false);
	l->sticky = l->following;
	start_rows(l);
}

void
list_refresh(struct list *l, bool drop_gone)
{
	struct dir_change change = { 0 };

	remember(l);
	if (l->sticky && l->row != newest_row(l))
		l->sticky = false;
	dir_refresh(&l->dir, drop_gone, &change);
	if (!l->sticky)
		l->arrived += change.added;
	start_rows(l);
}

void
list_sort(struct list *l, enum dir_sort sort, bool reverse)
{
	remember(l);
	l->sticky = false;
	dir_read_all(&l->dir);
	dir_sort(&l->dir, sort, reverse);
	start_rows(l);
}

void
list_set_filter(struct list *l, struct filter *filter)
{
	remember(l);
	filter_free(l->filter);
	l->filter = filter;
	l->filter_off = false;
	scan_new_filter(&l->scan);
	start_rows(l);
}

void
list_toggle_filter(struct list *l)
{
	remember(l);
	l->filter_off = !l->filter_off;
	start_rows(l);
}

void
list_set_only_marked(struct list *l, bool on)
{
	remember(l);
	l->only_marked = on;
	start_rows(l);
}

/* ---- cursor ---- */

void
list_goto(struct list *l, size_t row)
{
	if (l->count == 0)
		return;
	l->row = row < l->count ? row : l->count - 1;
	l->sticky = l->following && l->row == newest_row(l);
	if (l->sticky)
		l->arrived = 0;
	remember(l);
}

void
list_move(struct list *l, long rows)
{
	if (rows < 0)
		list_goto(l, (size_t)-rows > l->row ? 0 : l->row - (size_t)-rows);
	else
		list_goto(l, l->row + (size_t)rows);
}

bool
list_select(struct list *l, const char *path)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->dir.entries[l->shown[i]].path, path) == 0) {
			list_goto(l, i);
			return true;
		}
	}
	return false;
}

void
list_show(struct list *l, size_t page)
{
	l->page = page;
	if (l->row < l->top)
		l->top = l->row;
	if (page && l->row >= l->top + page)
		l->top = l->row + 1 - page;
	if (l->top + page > l->count)
		l->top = l->count > page ? l->count - page : 0;
}

/* ---- marks ---- */

static size_t
mark_place(const struct list *l, const char *path, bool *there)
{
	size_t low = 0, high = l->mark_count;

	*there = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(l->marks[mid], path);

		if (order == 0) {
			*there = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
list_is_marked(const struct list *l, const char *path)
{
	bool there;

	mark_place(l, path, &there);
	return there;
}

void
list_mark(struct list *l, const char *path, bool on)
{
	bool there;
	size_t at = mark_place(l, path, &there);

	if (there == on)
		return;
	if (!on) {
		free(l->marks[at]);
		l->mark_count--;
		memmove(l->marks + at, l->marks + at + 1, (l->mark_count - at) * sizeof(char *));
		return;
	}
	char **marks = realloc(l->marks, (l->mark_count + 1) * sizeof(*marks));
	char *copy = strdup(path);

	if (marks)
		l->marks = marks;
	if (!marks || !copy) {
		free(copy);
		return;
	}
	memmove(marks + at + 1, marks + at, (l->mark_count - at) * sizeof(char *));
	marks[at] = copy;
	l->mark_count++;
}

size_t
list_next_mark(const struct list *l, bool forward)
{
	size_t row = l->row;

	for (size_t n = 0; n < l->count; n++) {
		row = forward ? (row + 1) % l->count : (row + l->count - 1) % l->count;
		if (list_is_marked(l, l->dir.entries[l->shown[row]].path))
			return row;
	}
	return l->row;
}

/* ---- background ---- */

void
list_read_all(struct list *l)
{
	if (l->dir.unread == 0)
		return;
	remember(l);
	dir_read_all(&l->dir);
	start_rows(l);
}

/* Heads first; their times give the order. */
static bool
read_heads(struct list *l)
{
	if (l->dir.unread == 0)
		return false;
	if (l->dir.unread <= HEADS_AT_ONCE)
		list_read_all(l);
	else
		dir_read_some(&l->dir, HEADS_AT_ONCE);
	return true;
}

bool
list_work(struct list *l)
{
	if (read_heads(l))
		return true;
	if (l->looked < l->dir.count) {
		size_t before = l->count;

		for (int n = 0; n < LOOKS_AT_ONCE && l->looked < l->dir.count; n++) {
			if (!look_at_next(l))
				break;
		}
		if (l->count != before)
			place_cursor(l);
		return true;
	}
	for (size_t row = l->top; row < l->top + l->page && row < l->count; row++) {
		const struct dir_entry *e = list_entry(l, row);

		if (!scan_is_known(&l->scan, e)) {
			scan_facts_step(&l->scan, e);
			return true;
		}
	}
	return false;
}
