/* SPDX-License-Identifier: MIT */
/*
 * The list of traces.  Columns stand in order of importance and are left out
 * from the right when the screen is narrow.  Facts: VIEWER 3.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <string.h>

#include "viewer/cell.h"
#include "viewer/rows.h"

enum column { COLUMN_FILE, COLUMN_TIME, COLUMN_VERB, COLUMN_STATUS, COLUMN_TAKEN, COLUMN_WHY,
	      COLUMN_COUNTS, COLUMN_CLIENT, COLUMN_URL, COLUMN_SERVER, COLUMN_ISSUER, COLUMN_SIZE,
	      COLUMNS };

#define UNSORTED (-1)

static const struct {
	const char *name;
	size_t width;		/* at least */
	bool right;		/* numbers stand to the right */
	int sort;		/* enum dir_sort, UNSORTED = cannot be sorted by */
} columns[COLUMNS] = {
	[COLUMN_FILE] = { "File", 8, false, DIR_BY_FILE },
	[COLUMN_TIME] = { "Time", 12, false, DIR_BY_TIME },
	[COLUMN_VERB] = { "Verb", 6, false, UNSORTED },
	[COLUMN_STATUS] = { "Stat", 6, false, DIR_BY_STATUS },
	[COLUMN_TAKEN] = { "Taken", 7, true, DIR_BY_TAKEN },
	[COLUMN_WHY] = { "Why", 3, false, UNSORTED },
	[COLUMN_COUNTS] = { "E/W", 5, false, UNSORTED },
	[COLUMN_CLIENT] = { "Client", 14, false, DIR_BY_CLIENT },
	[COLUMN_URL] = { "URL", 8, false, DIR_BY_URL },
	[COLUMN_SERVER] = { "Server", 14, false, UNSORTED },
	[COLUMN_ISSUER] = { "Issuer", 16, false, UNSORTED },
	[COLUMN_SIZE] = { "Size", 7, true, DIR_BY_SIZE },
};

static size_t
stem_len(const char *file)
{
	size_t n = strlen(file);

	return n > 4 && strcmp(file + n - 4, ".xml") == 0 ? n - 4 : n;
}

/* Widths of the columns shown, 0 = left out; what is over goes to the URL, then to the client. */
static void
choose_widths(struct tui *t, size_t all, size_t width[static COLUMNS])
{
	size_t used = 1, file = columns[COLUMN_FILE].width, most = all / 4 > file ? all / 4 : file;

	for (size_t i = 0; i < t->list.page; i++) {
		const struct dir_entry *e = list_entry(&t->list, t->list.top + i);
		size_t n = e ? stem_len(e->file) : 0;

		file = n > file ? n : file;
	}
	for (int c = 0; c < COLUMNS; c++) {
		width[c] = c != COLUMN_FILE ? columns[c].width : file < most ? file : most;
		if (used + 1 + width[c] > all)
			width[c] = 0;
		used += width[c] ? width[c] + 1 : 0;
		if (!width[c])
			for (int rest = c; rest < COLUMNS; rest++)
				width[rest] = 0;
		if (!width[c])
			break;
	}
	int wide = width[COLUMN_URL] ? COLUMN_URL : width[COLUMN_CLIENT] ? COLUMN_CLIENT : COLUMNS;

	if (wide < COLUMNS && used < all)
		width[wide] += all - used;
}

static void
put_cell(struct buf *b, const struct buf *safe, size_t width, bool right)
{
	size_t wide = cell_width(buf_text(safe), safe->len);

	buf_putc(b, ' ');
	for (size_t i = wide; right && i < width; i++)
		buf_putc(b, ' ');
	cell_fit(b, buf_text(safe), safe->len, width, !right);
}

static void
put_number(struct buf *b, int64_t v, const char *unit)
{
	if (v >= 0)
		buf_putf(b, "%lld%s", (long long)v, unit);
	else
		buf_putc(b, '-');
}

static void
put_size(struct buf *b, uint64_t size)
{
	if (size < 10000)
		buf_putf(b, "%u", (unsigned int)size);
	else if (size < 10000000)
		buf_putf(b, "%uk", (unsigned int)(size >> 10));
	else
		buf_putf(b, "%uM", (unsigned int)(size >> 20));
}

static void
put_text(struct buf *b, const char *text)
{
	cell_puts(b, text && *text ? text : "-", CELL_ROW);
}

static void
put_fact(struct tui *t, const struct dir_entry *e, enum column c, struct buf *b)
{
	const struct facts *f = scan_facts(&t->list.scan, e);

	switch (c) {
	case COLUMN_COUNTS:
		if (f)
			buf_putf(b, "%zu/%zu", f->counts.critical + f->counts.errors,
				 f->counts.warnings);
		break;
	case COLUMN_CLIENT:
		put_text(b, facts_client(f, e));
		break;
	case COLUMN_SERVER:
		put_text(b, facts_server(f, e));
		break;
	default:
		put_text(b, f ? f->issuer : NULL);
		break;
	}
}

static void
put_value(struct tui *t, const struct dir_entry *e, enum column c, struct buf *b)
{
	bool local = t->options->time == ROW_TIME_LOCAL;
	char time[ROW_TIME_LEN];

	switch (c) {
	case COLUMN_FILE:
		cell_put(b, e->file, stem_len(e->file), CELL_ROW);
		break;
	case COLUMN_TIME:
		row_time_text(e->time_ms, local ? ROW_TIME_LOCAL : ROW_TIME_UTC, 0, time);
		buf_puts(b, time);
		break;
	case COLUMN_VERB:
		put_text(b, e->verb);
		break;
	case COLUMN_STATUS:
		put_text(b, e->status);
		break;
	case COLUMN_TAKEN:
		put_number(b, e->taken_ms, "ms");
		break;
	case COLUMN_WHY:
		buf_putf(b, " %c", e->why);
		break;
	case COLUMN_URL:
		cell_puts(b, e->damaged && e->message ? e->message : url_path(e->url), CELL_ROW);
		break;
	case COLUMN_SIZE:
		put_size(b, e->size);
		break;
	default:
		put_fact(t, e, c, b);
		break;
	}
}

static int
style_of(const struct dir_entry *e)
{
	if (e->gone)
		return STYLE_FAINT;
	if (e->damaged)
		return STYLE_WARNING;
	return e->status && e->status[0] == '5' ? STYLE_ERROR : STYLE_NORMAL;
}

static void
paint_row(struct tui *t, size_t row, int y, const size_t width[static COLUMNS])
{
	const struct dir_entry *e = list_entry(&t->list, row);
	bool cursor = row == t->list.row;
	struct buf b = BUF_INIT, cell = BUF_INIT;

	buf_putc(&b, e->gone ? 'x' : e->damaged ? '!' : ' ');
	for (int c = 0; c < COLUMNS && width[c]; c++) {
		buf_reset(&cell);
		put_value(t, e, c, &cell);
		put_cell(&b, &cell, width[c], columns[c].right);
	}
	struct line line = { .text = b.data, .len = b.len, .style = style_of(e) };

	paint_line(t, y, 0, t->columns, &line, 0, cursor);
	if (cursor)
		screen_put(y, 0, STYLE_NORMAL | STYLE_CURSOR, ">", 1);
	if (list_is_marked(&t->list, e->path))
		screen_put(y, cursor ? 1 : 0, STYLE_TITLE | (cursor ? STYLE_CURSOR : 0), "*", 1);
	buf_done(&b);
	buf_done(&cell);
}

void
paint_list_click(struct tui *t, int column)
{
	struct list *l = &t->list;
	size_t width[COLUMNS];
	int at = 1;

	choose_widths(t, (size_t)t->columns, width);
	for (int c = 0; c < COLUMNS && width[c]; c++) {
		at += 1 + (int)width[c];
		if (column > at - 1)
			continue;
		if (columns[c].sort == UNSORTED)
			tui_fail(t, "the list cannot be sorted by %s", columns[c].name);
		else
			list_sort(l, (enum dir_sort)columns[c].sort,
				  (int)l->dir.sort == columns[c].sort && !l->dir.reverse);
		return;
	}
}

/* ---- head, preview, status ---- */

/* The folder, cut at its beginning: its end tells it from others. */
static void
put_place(const struct list *list, size_t room, struct buf *out)
{
	struct buf b = BUF_INIT;

	put_text(&b, list->dir.path_count ? list->dir.paths[0] : NULL);
	if (list->dir.path_count > 1)
		buf_putf(&b, " and %zu more", list->dir.path_count - 1);
	room = room < 12 ? 12 : room;

	size_t wide = cell_width(buf_text(&b), b.len);
	size_t skip = wide > room ? cell_skip(b.data, b.len, wide - room + 1) : 0;

	if (skip)
		buf_putc(out, '~');
	buf_put(out, buf_text(&b) + skip, b.len - skip);
	buf_done(&b);
}

static void
paint_title(struct tui *t, const struct layout *l)
{
	struct list *list = &t->list;
	struct buf left = BUF_INIT, right = BUF_INIT, rest = BUF_INIT;

	buf_puts(&left, " frebview  ");
	buf_putf(&rest, "  %zu of %zu", list->count, list->dir.count);
	if (t->list_filter_text.len) {
		buf_puts(&rest, list->filter_off ? "  filter off: " : "  &");
		put_text(&rest, buf_text(&t->list_filter_text));
	}
	if (list->only_marked)
		buf_puts(&rest, "  marked");
	if (list->following)
		buf_puts(&right, "FOLLOW ");
	if (list->arrived)
		buf_putf(&right, "+%zu new ", list->arrived);
	buf_puts(&right, t->options->time == ROW_TIME_LOCAL ? "local" : "UTC");
	int at = l->columns - (int)right.len - 1;
	size_t used = left.len + cell_width(buf_text(&rest), rest.len) + 1;

	put_place(list, at > (int)used ? (size_t)at - used : 0, &left);
	buf_put(&left, buf_text(&rest), rest.len);
	buf_done(&rest);
	paint_text(0, 0, at - 1, STYLE_TITLE, buf_text(&left), left.len);
	paint_text(0, at, (int)right.len, STYLE_TITLE, buf_text(&right), right.len);
	buf_done(&left);
	buf_done(&right);
}

static void
paint_heading(const struct layout *l, const size_t width[static COLUMNS])
{
	struct buf b = BUF_INIT;

	buf_putc(&b, ' ');
	for (int c = 0; c < COLUMNS && width[c]; c++) {
		struct buf name = { 0 };

		buf_puts(&name, columns[c].name);
		put_cell(&b, &name, width[c], columns[c].right);
		buf_done(&name);
	}
	paint_text(l->head, 0, l->columns, STYLE_HEADING, buf_text(&b), b.len);
	buf_done(&b);
}

static void
preview_line(int row, int width, struct buf *b)
{
	paint_text(row, 0, width, STYLE_NORMAL, buf_text(b), b->len);
	buf_reset(b);
}

static void
request_line(int row, int width, const struct dir_entry *e)
{
	struct buf left = BUF_INIT, right = BUF_INIT;

	buf_putc(&left, ' ');
	put_text(&left, e->verb);
	buf_putc(&left, ' ');
	put_text(&left, e->url);
	put_text(&right, e->status);
	buf_puts(&right, "  ");
	put_text(&right, e->reason);
	paint_both(row, width, STYLE_NORMAL, &left, &right);
	buf_done(&left);
	buf_done(&right);
}

static void
put_pair(struct buf *b, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	buf_putf(b, "   %s ", label);
	cell_puts(b, text, CELL_ROW);
}

static void
paint_preview(struct tui *t, const struct layout *l)
{
	const struct dir_entry *e = list_selected(&t->list);
	const struct facts *f = e ? scan_facts(&t->list.scan, e) : NULL;
	struct buf b = BUF_INIT;

	if (l->pane_rows < 4 || !e)
		return;
	cell_put(&b, e->file, stem_len(e->file), CELL_ROW);
	paint_rule(l->pane_row - 1, l->columns, buf_text(&b));
	buf_reset(&b);
	request_line(l->pane_row, l->columns, e);
	buf_puts(&b, " Client  ");
	put_text(&b, facts_client(f, e));
	put_pair(&b, "serial", f ? f->serial : NULL);
	put_pair(&b, "until", f ? f->not_after : NULL);
	preview_line(l->pane_row + 1, l->columns, &b);
	buf_puts(&b, " Server  ");
	put_text(&b, facts_server(f, e));
	if (e->farm)
		put_pair(&b, "farm", e->farm);
	if (f)
		buf_putf(&b, "   events %zu", f->events);
	preview_line(l->pane_row + 2, l->columns, &b);
	if (e->damaged) {
		buf_puts(&b, " !  ");
		put_text(&b, e->message ? e->message : "damaged");
	} else if (f && f->culprit != SIZE_MAX) {
		buf_putf(&b, " Problem %c #%zu ", row_letter(f->culprit_level), f->culprit + 1);
		put_text(&b, f->culprit_name);
		buf_putf(&b, "  +%lld ms", (long long)f->culprit_ms);
	}
	preview_line(l->pane_row + 3, l->columns, &b);
	buf_done(&b);
}

static void
put_status(struct tui *t, struct buf *b)
{
	static const char *const sorts[] = {
		[DIR_BY_TIME] = "time", [DIR_BY_FILE] = "file", [DIR_BY_STATUS] = "status",
		[DIR_BY_TAKEN] = "duration", [DIR_BY_URL] = "url", [DIR_BY_CLIENT] = "client",
		[DIR_BY_SIZE] = "size",
	};
	struct list *l = &t->list;

	buf_putf(b, " %zu/%zu   sort: %s %c", l->count ? l->row + 1 : 0, l->count,
		 sorts[l->dir.sort],
		 (l->dir.sort == DIR_BY_TIME) != l->dir.reverse ? 'v' : '^');
	if (l->mark_count)
		buf_putf(b, "   %zu marked", l->mark_count);
	if (l->dir.unread)
		buf_putf(b, "   reading %zu of %zu", l->dir.count - l->dir.unread, l->dir.count);
	else if (l->looked < l->dir.count)
		buf_putf(b, "   filtering %zu of %zu", l->looked, l->dir.count);
}

void
paint_list(struct tui *t, const struct layout *l, struct buf *status)
{
	size_t width[COLUMNS];
	const char *none = t->list.dir.count ? " the filter lets no trace through; Esc clears it"
					     : " no traces (fr*.xml) here yet";

	list_show(&t->list, l->body_rows > 0 ? (size_t)l->body_rows : 0);
	choose_widths(t, (size_t)l->columns, width);
	paint_title(t, l);
	paint_heading(l, width);
	if (t->list.count == 0)
		paint_text(l->body_row, 0, l->columns, STYLE_NORMAL, none, strlen(none));
	for (int i = 0; i < l->body_rows && t->list.top + (size_t)i < t->list.count; i++)
		paint_row(t, t->list.top + (size_t)i, l->body_row + i, width);
	paint_preview(t, l);
	put_status(t, status);
}
