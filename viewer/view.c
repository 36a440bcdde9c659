/* SPDX-License-Identifier: MIT */
/*
 * Which events are rows: filter, kind, folds, marks, and the jumps over them.
 * The cursor and the screen's first line live in view_move.c.
 */
#include <config.h>
#include "viewer/view.h"

#include "viewer/view_move.h"

void
view_init(struct view *v, const struct view_source *source)
{
	*v = (struct view){ .source = *source, .gap_ms = 100, .zero = VIEW_NONE,
			    .hidden_to = VIEW_NONE };
}

void
view_done(struct view *v)
{
	free(v->rows);
	bits_done(&v->kept);
	bits_done(&v->closed);
	bits_done(&v->marked);
	bits_done(&v->hits);
	v->rows = NULL;
	v->row_count = v->row_cap = 0;
}

static const struct freb_entry *
entry(const struct view *v, size_t event)
{
	return v->source.entry(v->source.data, event);
}

/* ---- rows ---- */

static bool
is_span(const struct view *v, size_t event)
{
	size_t end = v->source.partner(v->source.data, event);

	return (end != VIEW_NONE && end > event) || entry(v, event)->flags & FREB_UNCLOSED;
}

static bool
is_problem(const struct view *v, size_t event)
{
	uint8_t level = entry(v, event)->level;

	return level >= 1 && level <= 3;
}

static bool
is_kind(const struct view *v, size_t event)
{
	return v->kind == VIEW_ALL || (v->kind == VIEW_SPANS ? is_span(v, event)
							     : is_problem(v, event));
}

static bool
add_row(struct view *v, size_t event)
{
	if (v->row_count == v->row_cap) {
		size_t cap = v->row_cap ? v->row_cap * 2 : 256;
		uint32_t *rows = realloc(v->rows, cap * sizeof(*rows));

		if (!rows)
			return false;
		v->rows = rows;
		v->row_cap = cap;
	}
	v->rows[v->row_count++] = (uint32_t)event;
	return true;
}

static void
place_event(struct view *v, size_t event)
{
	if (v->hidden_to != VIEW_NONE && event > v->hidden_to)
		v->hidden_to = VIEW_NONE;
	if (!bits_has(&v->kept, event) || v->hidden_to != VIEW_NONE || !is_kind(v, event))
		return;
	add_row(v, event);
	if (v->kind != VIEW_PROBLEMS && bits_has(&v->closed, event)) {
		size_t end = v->source.partner(v->source.data, event);

		if (end != VIEW_NONE && end > event)
			v->hidden_to = end;
	}
}

static void
place_rows(struct view *v)
{
	size_t row = v->row;

	for (; v->placed < v->seen; v->placed++)
		place_event(v, v->placed);
	if (row >= v->row_count || v->rows[row] != v->selected)
		view_place(v);
}

static void
rebuild_rows(struct view *v)
{
	v->row_count = v->placed = 0;
	v->hidden_to = VIEW_NONE;
	place_rows(v);
}

bool
view_scan(struct view *v, size_t budget)
{
	size_t count = v->source.count(v->source.data);

	while (v->seen < count && budget-- > 0) {
		size_t e = v->seen++;
		bool keep = (!v->only_marked || bits_has(&v->marked, e)) &&
			    (!v->keep || v->keep(v->keep_data, e));

		bits_put(&v->kept, e, keep);
	}
	place_rows(v);
	return v->seen < count;
}

static void
look_again(struct view *v)
{
	v->seen = 0;
	rebuild_rows(v);
}

void
view_set_filter(struct view *v, bool (*keep)(void *data, size_t event), void *data)
{
	v->keep = keep;
	v->keep_data = data;
	look_again(v);
}

void
view_set_only_marked(struct view *v, bool on)
{
	v->only_marked = on;
	look_again(v);
}

void
view_set_kind(struct view *v, enum view_kind kind)
{
	v->kind = kind;
	v->line = 0;
	rebuild_rows(v);
	view_center(v);
}

/* ---- stages ---- */

bool
view_is_closed(const struct view *v, size_t event)
{
	size_t end = v->source.partner(v->source.data, event);

	return bits_has(&v->closed, event) && end != VIEW_NONE && end > event;
}

size_t
view_stage(const struct view *v, size_t event)
{
	size_t end = v->source.partner(v->source.data, event);

	if (end != VIEW_NONE)
		return end > event ? event : end;
	for (size_t p = v->source.parent(v->source.data, event); p != VIEW_NONE;
	     p = v->source.parent(v->source.data, p)) {
		if (v->source.partner(v->source.data, p) != VIEW_NONE)
			return p;
	}
	return VIEW_NONE;
}

void
view_fold(struct view *v, size_t stage, bool closed)
{
	size_t end = v->source.partner(v->source.data, stage);

	if (end == VIEW_NONE || end < stage || !bits_put(&v->closed, stage, closed))
		return;
	if (closed && v->selected > stage && v->selected <= end) {
		v->selected = stage;
		v->line = 0;
	}
	rebuild_rows(v);
}

void
view_fold_all(struct view *v, bool closed)
{
	size_t count = v->source.count(v->source.data);

	bits_clear(&v->closed);
	for (size_t e = 0; closed && e < count; e++) {
		size_t end = v->source.partner(v->source.data, e);

		if (end == VIEW_NONE || end <= e)
			continue;
		/* The request itself is the whole trace: closing it would say nothing. */
		if (entry(v, e)->depth > 0 || end + 1 - e < count / 2)
			bits_put(&v->closed, e, true);
	}
	rebuild_rows(v);
	if (closed && v->row < v->row_count)
		v->selected = v->rows[v->row];
}

bool
view_goto(struct view *v, size_t event)
{
	bool opened = false;

	if (event >= v->seen || !bits_has(&v->kept, event))
		return false;
	for (size_t p = v->source.parent(v->source.data, event); p != VIEW_NONE;
	     p = v->source.parent(v->source.data, p)) {
		opened |= bits_has(&v->closed, p);
		bits_put(&v->closed, p, false);
	}
	/* An END is hidden by its own START. */
	size_t start = v->source.partner(v->source.data, event);

	if (start != VIEW_NONE && start < event && bits_has(&v->closed, start)) {
		bits_put(&v->closed, start, false);
		opened = true;
	}
	v->selected = event;
	v->line = 0;
	if (opened)
		rebuild_rows(v);
	else
		view_place(v);
	return true;
}

/* ---- jumps ---- */

int64_t
view_gap(const struct view *v, size_t event)
{
	if (event == 0)
		return 0;
	int64_t now = entry(v, event)->time_ms, before = entry(v, event - 1)->time_ms;

	return now == INT64_MIN || before == INT64_MIN ? 0 : now - before;
}

static bool
is_stop(const struct view *v, enum view_stop stop, size_t event)
{
	switch (stop) {
	case VIEW_PROBLEM:
		return is_problem(v, event);
	case VIEW_WARNING:
		return entry(v, event)->level == 3;
	case VIEW_GAP:
		return view_gap(v, event) >= v->gap_ms;
	case VIEW_MARK:
		return bits_has(&v->marked, event);
	case VIEW_HIT:
		return bits_has(&v->hits, event);
	}
	return false;
}

size_t
view_next(const struct view *v, enum view_stop stop, bool forward, bool *wrapped)
{
	size_t count = v->seen;
	size_t e = v->selected;

	*wrapped = false;
	for (size_t n = 0; n < count; n++) {
		if (forward) {
			*wrapped |= e + 1 >= count;
			e = e + 1 < count ? e + 1 : 0;
		} else {
			*wrapped |= e == 0;
			e = e > 0 && e <= count ? e - 1 : count - 1;
		}
		if (bits_has(&v->kept, e) && is_stop(v, stop, e))
			return e;
	}
	return VIEW_NONE;
}

size_t
view_count(const struct view *v, enum view_stop stop, size_t event, size_t *place)
{
	size_t n = 0;

	*place = 0;
	for (size_t e = 0; e < v->seen; e++) {
		if (!bits_has(&v->kept, e) || !is_stop(v, stop, e))
			continue;
		n++;
		if (e == event)
			*place = n;
	}
	return n;
}

size_t
view_largest_gap(const struct view *v)
{
	size_t best = VIEW_NONE;
	int64_t longest = 0;

	for (size_t e = 1; e < v->seen; e++) {
		int64_t gap = bits_has(&v->kept, e) ? view_gap(v, e) : 0;

		if (gap > longest) {
			longest = gap;
			best = e;
		}
	}
	return best;
}
