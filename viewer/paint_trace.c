/* SPDX-License-Identifier: MIT */
/*
 * The views of a trace: head, events, detail pane; and the pages of text.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <string.h>

#include "viewer/cell.h"
#include "viewer/rows.h"

static const struct {
	enum action_place place;
	const char *name;
} views[] = {
	{ IN_SUMMARY, "Summary" }, { IN_COMPACT, "Compact" }, { IN_DETAILS, "Details" },
	{ IN_TIMING, "Timing" }, { IN_ERRORS, "Errors" }, { IN_IDENTITY, "Identity" },
	{ IN_RAW, "Raw" },
};

/* ---- head ---- */

static void
put_safe(struct buf *b, const char *text)
{
	cell_puts(b, text ? text : "-", CELL_ROW);
}

static void
put_counts(const struct opened *o, struct buf *b)
{
	struct row_counts c;

	if (o->facts.known)
		c = o->facts.counts;
	else
		row_count(o->file, &c);
	buf_putf(b, "%zuC %zuE %zuW", c.critical, c.errors, c.warnings);
}

static void
title_line(struct tui *t, const struct layout *l)
{
	const struct dir_entry *h = &t->trace->head;
	struct buf left = BUF_INIT, right = BUF_INIT;

	buf_puts(&left, h->damaged ? "!" : " ");
	put_safe(&left, h->file);
	buf_puts(&left, "  ");
	put_safe(&left, h->verb);
	buf_putc(&left, ' ');
	put_safe(&left, l->columns >= 100 ? h->url : url_path(h->url));
	put_safe(&right, h->status);
	if (h->taken_ms >= 0)
		buf_putf(&right, "  %lld ms", (long long)h->taken_ms);
	if (h->reason && l->columns >= 100) {
		buf_puts(&right, "  ");
		put_safe(&right, h->reason);
	}
	if (!t->single && l->columns >= 80)
		buf_putf(&right, "  %zu of %zu", t->list.row + 1, t->list.count);
	paint_both(0, l->columns, STYLE_TITLE, &left, &right);
	buf_done(&left);
	buf_done(&right);
}

/* One line for all: " fr000070 GET 502.3 8078ms        2W". */
static void
short_title(struct tui *t, const struct layout *l)
{
	const struct dir_entry *h = &t->trace->head;
	struct buf left = BUF_INIT, right = BUF_INIT;
	size_t stem = strlen(h->file);

	if (stem > 4 && strcmp(h->file + stem - 4, ".xml") == 0)
		stem -= 4;
	buf_puts(&left, h->damaged ? "!" : " ");
	cell_put(&left, h->file, stem, CELL_ROW);
	buf_putc(&left, ' ');
	put_safe(&left, h->verb);
	buf_putc(&left, ' ');
	put_safe(&left, h->status);
	if (h->taken_ms >= 0)
		buf_putf(&left, " %lldms", (long long)h->taken_ms);
	put_counts(t->trace, &right);
	paint_both(0, l->columns, STYLE_TITLE, &left, &right);
	buf_done(&left);
	buf_done(&right);
}

static void
facts_line(struct tui *t, int row, const struct layout *l)
{
	const struct opened *o = t->trace;
	const char *client = facts_client(&o->facts, &o->head);
	const char *server = facts_server(&o->facts, &o->head);
	struct buf left = BUF_INIT, right = BUF_INIT;

	buf_puts(&left, " Client ");
	put_safe(&left, client);
	buf_puts(&left, "   Server ");
	put_safe(&left, server);
	if (o->head.site >= 0)
		buf_putf(&left, "   Site %lld", (long long)o->head.site);
	if (o->head.pid >= 0)
		buf_putf(&left, "   PID %lld", (long long)o->head.pid);
	put_counts(o, &right);
	paint_both(row, l->columns, STYLE_NORMAL, &left, &right);
	buf_done(&left);
	buf_done(&right);
}

static void
put_tabs(struct tui *t, bool names, struct buf *b)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		bool here = views[i].place == t->place;

		buf_puts(b, here ? " [" : " ");
		buf_putf(b, "%zu%s", i + 1, names || here ? views[i].name : "");
		buf_puts(b, here ? "]" : "");
	}
}

static void
put_filter(struct tui *t, struct buf *b)
{
	buf_puts(b, "filter: ");
	if (t->filter_text.len == 0)
		buf_puts(b, "none");
	else if (t->filter_off)
		buf_puts(b, "off");
	else
		put_safe(b, buf_text(&t->filter_text));
	if (t->trace->view.only_marked)
		buf_puts(b, " marked");
}

static void
tabs_line(struct tui *t, int row, const struct layout *l)
{
	static const char *const times[] = { "UTC", "+start", "+step" };
	bool local = t->options->time == ROW_TIME_LOCAL && t->time == TIME_CLOCK;
	struct buf left = BUF_INIT, right = BUF_INIT, filter = BUF_INIT;

	put_tabs(t, true, &left);
	put_filter(t, &filter);
	cell_fit(&right, buf_text(&filter), filter.len, (size_t)l->columns / 3, false);
	buf_putf(&right, "  time: %s", local ? "local" : times[t->time]);
	/* Without room only the view that is shown has its name. */
	if (left.len + cell_width(right.data, right.len) + 2 > (size_t)l->columns) {
		buf_reset(&left);
		put_tabs(t, false, &left);
	}
	paint_both(row, l->columns, STYLE_NORMAL, &left, &right);
	buf_done(&left);
	buf_done(&right);
	buf_done(&filter);
}

static void
banner_line(struct tui *t, int row, const struct layout *l)
{
	struct freb_file *f = t->trace->file;
	struct buf b = BUF_INIT;

	if (freb_damage_count(f) > 0) {
		const struct freb_damage *d = freb_damage(f, 0);

		buf_putf(&b, "!damaged at line %llu", (unsigned long long)d->line);
		if (d->event)
			buf_putf(&b, ", event %zu", d->event);
		buf_puts(&b, ": ");
		put_safe(&b, d->message);
		if (freb_damage_count(f) > 1)
			buf_putf(&b, " (and %zu more)", freb_damage_count(f) - 1);
	} else {
		buf_puts(&b, " cut by the writer: the trace reached its size limit");
	}
	paint_text(row, 0, l->columns, STYLE_WARNING, buf_text(&b), b.len);
	buf_done(&b);
}

static void
paint_head(struct tui *t, const struct layout *l)
{
	int row = 1, banner = l->head - (l->rows >= 20 ? 3 : l->rows >= 13 ? 2 : 1);

	if (l->rows < 13) {
		short_title(t, l);
		return;
	}
	title_line(t, l);
	if (l->rows >= 20)
		facts_line(t, row++, l);
	if (banner > 0)
		banner_line(t, row++, l);
	tabs_line(t, row, l);
}

/* ---- events ---- */

static void
paint_event(struct tui *t, size_t row, int y, const struct lines *lines, size_t i, int columns)
{
	struct view *v = &t->trace->view;
	size_t event = v->rows[row];
	bool cursor = row == v->row && i == v->line;
	bool marked = i == 0 && bits_has(&v->marked, event);
	/* The first line names the event: it stays when values are scrolled sideways. */
	size_t skip = t->place & (IN_DETAILS | IN_RAW) && !t->wrap && i > 0 ? v->column : 0;
	int flag = cursor ? STYLE_CURSOR : 0;

	paint_line(t, y, 0, columns, &lines->at[i], skip, cursor);
	if (cursor)
		t->cursor_row = y;
	if (cursor)
		screen_put(y, 0, STYLE_NORMAL | flag, ">", 1);
	if (marked)
		screen_put(y, cursor ? 1 : 0, STYLE_TITLE | flag, "*", 1);
}

static void
paint_nothing(struct tui *t, const struct layout *l)
{
	const char *text = opened_is_busy(t->trace) ? " reading ..."
			 : freb_count(t->trace->file) == 0 ? " this trace has no events"
			 : t->place == IN_ERRORS ? " no event of level 1 to 3"
			 : t->place == IN_TIMING ? " no spans (START and END)"
			 : " the filter lets no event through; Esc clears it";

	paint_text(l->body_row, 0, l->body_columns, STYLE_NORMAL, text, strlen(text));
}

static void
paint_events(struct tui *t, const struct layout *l)
{
	struct view *v = &t->trace->view;
	struct lines lines = { 0 };
	int y = l->body_row, end = l->body_row + l->body_rows;

	view_show(v, l->body_rows > 0 ? (size_t)l->body_rows : 0);
	if (v->row_count == 0)
		paint_nothing(t, l);
	size_t i = v->top_line;
	for (size_t row = v->top_row; row < v->row_count && y < end; row++) {
		lines_clear(&lines);
		event_lines(t, t->trace, v->rows[row], &lines);
		for (; i < lines.count && y < end; i++)
			paint_event(t, row, y++, &lines, i, l->body_columns);
		i = 0;
	}
	lines_done(&lines);
}

static void
paint_heading(struct tui *t, const struct layout *l)
{
	struct buf b = BUF_INIT;

	if (t->place == IN_TIMING)
		timing_heading(t, t->trace, &b);
	else if (t->place & IN_TABLE)
		event_heading(t, t->trace, &b);
	else
		buf_puts(&b, t->place == IN_RAW ? "  Line  Bytes" : "  No. S Event and values");
	paint_text(l->head, 0, l->body_columns, STYLE_HEADING, buf_text(&b), b.len);
	buf_done(&b);
}

/* ---- detail pane ---- */

static void
pane_title(struct tui *t, size_t event, struct buf *b)
{
	struct freb_file *f = t->trace->file;
	const struct freb_entry *entry = freb_entry(f, event);
	const struct freb_event *e = freb_event(f, event);

	buf_putf(b, "%zu ", event + 1);
	cell_puts(b, freb_opcode_name(f, entry->opcode), CELL_ROW);
	if (*row_level_word(entry->level))
		buf_putf(b, " -- %s", row_level_word(entry->level));
	if (e && e->provider) {
		buf_puts(b, " -- ");
		cell_puts(b, e->provider, CELL_ROW);
	}
}

/* Small screens: the Details of the Compact View on one line. */
static void
paint_one_line(struct tui *t, const struct layout *l, size_t event)
{
	struct row r = { 0 };
	struct buf b = BUF_INIT;

	if (row_read(t->trace->file, event, ROW_TIME_UTC, 0, &r) == 0) {
		buf_putc(&b, ' ');
		cell_put(&b, buf_text(&r.details), r.details.len, CELL_ROW);
		paint_text(l->pane_row, 0, l->columns, STYLE_NORMAL, buf_text(&b), b.len);
	}
	buf_done(&b);
	row_done(&r);
}

static void
paint_pane(struct tui *t, const struct layout *l)
{
	size_t event = view_event(&t->trace->view);
	struct lines lines = { 0 };
	struct buf title = BUF_INIT;

	if (event == VIEW_NONE || l->pane_rows <= 0)
		return;
	if (l->pane_rows == 1 && !l->pane_rule) {
		paint_one_line(t, l, event);
		return;
	}
	event_pane(t, t->trace, event, (size_t)l->pane_columns - 1, &lines);
	size_t rows = (size_t)l->pane_rows;
	size_t most = lines.count > rows ? lines.count - rows : 0;

	t->pane_top = t->pane_top > most ? most : t->pane_top;
	pane_title(t, event, &title);
	if (lines.count > rows)
		buf_putf(&title, " -- %zu of %zu lines%s", rows, lines.count,
			 t->pane_focus ? "" : ", Tab scrolls");
	if (l->pane_rule)
		paint_rule(l->pane_row - 1, l->columns, buf_text(&title));
	for (size_t i = 0; i < rows && t->pane_top + i < lines.count; i++)
		paint_line(t, l->pane_row + (int)i, l->pane_column, l->pane_columns,
			   &lines.at[t->pane_top + i], 0, false);
	for (int y = l->body_row; l->pane_column > 0 && y < l->body_row + l->body_rows; y++)
		screen_put(y, l->pane_column - 1, STYLE_HEADING, "|", 1);
	buf_done(&title);
	lines_done(&lines);
}

static void
paint_gaps(struct tui *t, const struct layout *l)
{
	struct lines lines = { 0 };

	if (l->pane_rows <= 0)
		return;
	paint_rule(l->pane_row - 1, l->columns, "Longest gaps");
	timing_gaps(t, t->trace, (size_t)l->pane_rows, &lines);
	for (size_t i = 0; i < lines.count; i++)
		paint_line(t, l->pane_row + (int)i, 0, l->columns, &lines.at[i], 0, false);
	lines_done(&lines);
}

/* ---- status ---- */

static void
put_progress(struct tui *t, struct buf *b)
{
	struct opened *o = t->trace;
	uint64_t size = freb_size(o->file);

	if (!o->complete)
		buf_putf(b, o->stopped ? "   read to %d%%; F5 reads on" : "   reading %d%%",
			 size ? (int)(freb_indexed(o->file) * 100 / size) : 0);
	else if (o->view.seen < freb_count(o->file))
		buf_putf(b, "   filtering %zu%%", o->view.seen * 100 / freb_count(o->file));
	else if (o->search_left)
		buf_puts(b, "   searching; Esc stops");
}

static void
put_hits(struct tui *t, struct buf *b)
{
	struct view *v = &t->trace->view;
	size_t place, n;

	if (!t->search || !t->trace->search)
		return;
	n = view_count(v, VIEW_HIT, v->selected, &place);
	if (place)
		buf_putf(b, "   hit %zu of %zu", place, n);
	else
		buf_putf(b, "   %zu hits", n);
}

static void
put_status(struct tui *t, const struct layout *l, struct buf *b)
{
	struct opened *o = t->trace;
	struct view *v = &o->view;
	size_t count = freb_count(o->file), event = view_event(v), place, n;

	if (event == VIEW_NONE)
		buf_putf(b, " 0/%zu", count);
	else
		buf_putf(b, " %zu/%zu %zu%%", event + 1, count, (event + 1) * 100 / count);
	n = view_count(v, VIEW_PROBLEM, v->selected, &place);
	if (place)
		buf_putf(b, "   problem %zu of %zu", place, n);
	else if (n)
		buf_putf(b, "   %zu problem%s", n, n == 1 ? "" : "s");
	if (v->row_count < count && t->place & (IN_COMPACT | IN_DETAILS | IN_RAW) &&
	    v->seen == count)
		buf_putf(b, "   %zu shown", v->row_count);
	put_hits(t, b);
	put_progress(t, b);
	if (v->row_count == 0 && o->filter && !opened_is_busy(o) && filter_unmet(o->filter)) {
		buf_puts(b, "   no event has data.");
		put_safe(b, filter_unmet(o->filter));
	}
	(void)l;
}

void
paint_trace(struct tui *t, const struct layout *l, struct buf *status)
{
	paint_head(t, l);
	if (l->body_rows > 0) {
		paint_heading(t, l);
		paint_events(t, l);
	}
	if (t->place == IN_TIMING)
		paint_gaps(t, l);
	else
		paint_pane(t, l);
	put_status(t, l, status);
}

void
paint_page(struct tui *t, const struct layout *l, struct buf *status)
{
	struct page *p = &t->page;
	size_t rows = (size_t)l->body_rows;

	if (t->place & IN_TRACE)
		paint_head(t, l);
	page_update(t);
	size_t most = p->lines.count > rows ? p->lines.count - rows : 0;

	p->top = p->top > most ? most : p->top;
	for (size_t i = 0; i < rows && p->top + i < p->lines.count; i++)
		paint_line(t, l->body_row + (int)i, 0, l->columns, &p->lines.at[p->top + i], 0,
			   p->top + i == p->hit);
	if (t->place == IN_DIFF && t->diff.now < t->diff.count)
		buf_putf(status, " difference %zu of %zu  ", t->diff.now + 1, t->diff.count);
	buf_putf(status, " line %zu to %zu of %zu", p->lines.count ? p->top + 1 : 0,
		 p->top + rows < p->lines.count ? p->top + rows : p->lines.count, p->lines.count);
}
