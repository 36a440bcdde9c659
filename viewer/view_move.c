/* SPDX-License-Identifier: MIT */
/*
 * The cursor and the screen's first line.  Positions are pairs (row, line of
 * that row); heights are asked one row at a time and only near the cursor, so
 * that a million events cost no more than a hundred.
 */
#include <config.h>
#include "viewer/view.h"

#include "viewer/view_move.h"

static size_t
height(const struct view *v, size_t row)
{
	size_t h = v->source.height(v->source.data, v->rows[row]);

	return h ? h : 1;
}

size_t
view_event(const struct view *v)
{
	return v->row < v->row_count ? v->rows[v->row] : VIEW_NONE;
}

/* First row whose event is not before @event; row_count when there is none. */
static size_t
row_at_least(const struct view *v, size_t event)
{
	size_t low = 0, high = v->row_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->rows[mid] < event)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
view_place(struct view *v)
{
	size_t row = row_at_least(v, v->selected);

	if (row < v->row_count && v->rows[row] == v->selected) {
		v->row = row;
		return;
	}
	v->line = 0;
	/* Hidden by a closed stage or by the kind: the innermost stage shown stands for it. */
	for (size_t p = v->source.parent(v->source.data, v->selected); p != VIEW_NONE;
	     p = v->source.parent(v->source.data, p)) {
		size_t r = row_at_least(v, p);

		if (r < v->row_count && v->rows[r] == p) {
			v->row = r;
			return;
		}
	}
	v->row = row < v->row_count ? row : v->row_count ? v->row_count - 1 : 0;
}

static void
select_row(struct view *v)
{
	if (v->row < v->row_count)
		v->selected = v->rows[v->row];
}

/* Moves a position by up to @n lines; returns the lines it moved. */
static size_t
go_down(const struct view *v, size_t *row, size_t *line, size_t n)
{
	size_t done = 0;

	while (done < n && *row < v->row_count) {
		size_t rest = height(v, *row) - 1;

		rest = rest > *line ? rest - *line : 0;
		if (rest >= n - done) {
			*line += n - done;
			return n;
		}
		if (*row + 1 >= v->row_count) {
			*line += rest;
			return done + rest;
		}
		done += rest + 1;
		*row += 1;
		*line = 0;
	}
	return done;
}

static size_t
go_up(const struct view *v, size_t *row, size_t *line, size_t n)
{
	size_t done = 0;

	while (done < n) {
		if (*line >= n - done) {
			*line -= n - done;
			return n;
		}
		done += *line;
		*line = 0;
		if (*row == 0)
			return done;
		*row -= 1;
		*line = height(v, *row) - 1;
		done++;
	}
	return done;
}

void
view_move(struct view *v, long lines)
{
	if (v->row >= v->row_count)
		return;
	if (lines > 0)
		go_down(v, &v->row, &v->line, (size_t)lines);
	else
		go_up(v, &v->row, &v->line, (size_t)-lines);
	select_row(v);
}

void
view_page(struct view *v, long lines)
{
	if (v->row >= v->row_count)
		return;
	if (v->top_row >= v->row_count)
		v->top_row = v->top_line = 0;
	if (lines > 0)
		go_down(v, &v->top_row, &v->top_line, (size_t)lines);
	else
		go_up(v, &v->top_row, &v->top_line, (size_t)-lines);
	view_move(v, lines);
}

void
view_first(struct view *v)
{
	v->row = v->line = 0;
	select_row(v);
}

void
view_last(struct view *v)
{
	if (v->row_count == 0)
		return;
	v->row = v->row_count - 1;
	v->line = height(v, v->row) - 1;
	select_row(v);
}

void
view_reflow(struct view *v)
{
	if (v->row >= v->row_count)
		return;
	size_t h = height(v, v->row);

	if (v->line >= h)
		v->line = h - 1;
	v->top_line = 0;
}

void
view_center(struct view *v)
{
	v->top_row = VIEW_NONE;
}

/* Lines from a to b when they are fewer than limit, else limit; b is not before a. */
static size_t
distance(const struct view *v, size_t row, size_t line, size_t to_row, size_t to_line, size_t limit)
{
	size_t n = 0;

	while (row < to_row && n < limit) {
		n += height(v, row) - line;
		line = 0;
		row++;
	}
	if (row == to_row)
		n += to_line - line;
	return n < limit ? n : limit;
}

static bool
is_before(size_t row, size_t line, size_t other_row, size_t other_line)
{
	return row < other_row || (row == other_row && line < other_line);
}

/* The last screen is full: no blank lines below the end while there are lines above. */
static void
fill_page(struct view *v, size_t page)
{
	size_t row = v->top_row, line = v->top_line;
	size_t below = go_down(v, &row, &line, page - 1);

	if (below < page - 1)
		go_up(v, &v->top_row, &v->top_line, page - 1 - below);
}

static void
put_cursor(struct view *v, size_t above)
{
	v->top_row = v->row;
	v->top_line = v->line;
	go_up(v, &v->top_row, &v->top_line, above);
}

void
view_show(struct view *v, size_t page)
{
	if (v->row_count == 0 || page == 0) {
		v->top_row = v->top_line = 0;
		return;
	}
	if (v->row >= v->row_count)
		view_place(v);
	size_t h = height(v, v->row);

	if (v->line >= h)
		v->line = h - 1;
	if (v->top_row >= v->row_count)
		put_cursor(v, page / 3);
	else if (v->top_line >= height(v, v->top_row))
		v->top_line = 0;
	if (is_before(v->row, v->line, v->top_row, v->top_line)) {
		size_t up = distance(v, v->row, v->line, v->top_row, v->top_line, page);

		put_cursor(v, up < page / 2 ? 0 : page / 3);
	} else {
		size_t down = distance(v, v->top_row, v->top_line, v->row, v->line, 2 * page);

		if (down >= page)
			put_cursor(v, down < page + page / 2 ? page - 1 : page / 3);
	}
	fill_page(v, page);
}
