/* SPDX-License-Identifier: MIT */
/*
 * The frame: how the screen is divided, the last two lines, and the pieces
 * that list, views and pages are drawn with.  Sizes: from 20 rows with a
 * detail pane, from 13 with a line of views, below with one line of each;
 * under 40x10 one sentence.  Facts: VIEWER 3 (sample screens).
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <string.h>

#include "viewer/cell.h"

enum { ROWS_MIN = 10, COLUMNS_MIN = 40, ROWS_MEDIUM = 13, ROWS_TALL = 20, BESIDE_MIN = 100 };

/* ---- layout ---- */

static bool
has_banner(const struct tui *t)
{
	return t->trace && t->place & IN_TRACE &&
	       (freb_damage_count(t->trace->file) > 0 || freb_is_truncated(t->trace->file));
}

static int
head_lines(const struct tui *t, int rows)
{
	if (!(t->place & IN_TRACE))
		return t->place == IN_LIST;
	int n = rows >= ROWS_TALL ? 3 : rows >= ROWS_MEDIUM ? 2 : 1;

	return n + (has_banner(t) && rows >= ROWS_MEDIUM);
}

static void
put_pane_beside(struct layout *l)
{
	l->pane_columns = l->columns * 2 / 5;
	l->pane_column = l->columns - l->pane_columns;
	l->pane_row = l->body_row;
	l->pane_rows = l->body_rows;
	l->body_columns = l->pane_column - 1;
}

static void
put_pane_below(struct layout *l, int lines)
{
	l->pane_rule = l->rows >= ROWS_TALL;
	l->pane_rows = lines;
	l->pane_row = l->rows - 2 - lines;
	l->pane_columns = l->columns;
	l->body_rows = l->pane_row - l->pane_rule - l->body_row;
}

/* The pane alone: it takes the place of the events. */
static void
put_pane_only(struct layout *l)
{
	l->pane_row = l->body_row;
	l->pane_rows = l->body_rows;
	l->pane_columns = l->columns;
	l->body_rows = 0;
}

static void
add_pane(const struct tui *t, struct layout *l)
{
	bool tall = l->rows >= ROWS_TALL;

	if (t->place == IN_LIST && tall)
		put_pane_below(l, 4);
	else if (t->place == IN_TIMING && tall)
		put_pane_below(l, 5);
	if (!(t->place & IN_TABLE) || t->split == SPLIT_OFF)
		return;
	if (t->pane_max && t->pane_focus)
		put_pane_only(l);
	else if (t->pane_max)
		return;
	else if (t->split == SPLIT_BESIDE && l->columns >= BESIDE_MIN)
		put_pane_beside(l);
	else
		put_pane_below(l, tall ? l->body_rows * 2 / 5 : 1);
}

void
paint_layout(const struct tui *t, struct layout *l)
{
	*l = (struct layout){ .rows = screen_rows(), .columns = screen_columns() };
	l->head = head_lines(t, l->rows);
	l->body_row = l->head + !tui_in_page(t);
	l->body_rows = l->rows - 2 - l->body_row;
	l->body_columns = l->columns;
	add_pane(t, l);
}

/* ---- pieces ---- */

void
paint_text(int row, int column, int columns, int style, const char *safe, size_t len)
{
	struct buf b = BUF_INIT;

	if (columns <= 0)
		return;
	cell_fit(&b, safe, len, (size_t)columns, style & STYLE_CURSOR);
	screen_put(row, column, style, buf_text(&b), b.len);
	buf_done(&b);
}

static void
mark_hits(struct tui *t, int row, int column, int columns, const struct line *line, size_t skip,
	  int cursor)
{
	size_t at = 0, start, end;

	for (int n = 0; n < 20 && at < line->len; n++) {
		if (!search_find(t->search, line->text + at, line->len - at, &start, &end) ||
		    end <= start)
			return;
		size_t from = cell_width(line->text, at + start);
		size_t wide = cell_width(line->text + at + start, end - start);
		size_t hidden = at + start >= line->label ? skip : 0;

		if (from >= hidden && from - hidden + wide < (size_t)columns)
			screen_put(row, column + (int)(from - hidden), STYLE_HIT | cursor,
				   line->text + at + start, end - start);
		at += end;
	}
}

void
paint_line(struct tui *t, int row, int column, int columns, const struct line *line, size_t skip,
	   bool cursor)
{
	int flag = cursor ? STYLE_CURSOR : 0;
	int label = (int)cell_width(line->text, line->label);
	const char *rest = line->text + line->label;
	size_t rest_len = line->len - line->label;
	size_t hidden = cell_skip(rest, rest_len, skip);

	if (cursor)
		screen_fill(row, column, columns, STYLE_NORMAL | flag);
	paint_text(row, column, columns, STYLE_LABEL | flag, line->text, line->label);
	if (label < columns)
		paint_text(row, column + label, columns - label, line->style | flag, rest + hidden,
			   rest_len - hidden);
	if (t->search && t->place != IN_LIST)
		mark_hits(t, row, column, columns, line, skip, flag);
}

void
paint_both(int row, int columns, int style, const struct buf *left, const struct buf *right)
{
	int wide = (int)cell_width(buf_text(right), right->len);
	int at = columns - wide - 1;

	if (at < columns / 3)
		at = columns / 3;
	paint_text(row, 0, at - 1, style, buf_text(left), left->len);
	paint_text(row, at, columns - at, style, buf_text(right), right->len);
}

const char *
url_path(const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;
	const char *path = host ? strchr(host + 3, '/') : url;

	return path ? path : "/";
}

void
paint_rule(int row, int columns, const char *title)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "-- ");
	buf_puts(&b, title);
	buf_putc(&b, ' ');
	for (size_t i = cell_width(b.data, b.len); i < (size_t)columns; i++)
		buf_putc(&b, '-');
	paint_text(row, 0, columns, STYLE_HEADING, buf_text(&b), b.len);
	buf_done(&b);
}

/* ---- the last two lines ---- */

struct hint {
	enum action action;
	const char *word;
};

static const struct hint list_hints[] = {
	{ ACT_help, "Help" }, { ACT_open, "Open" }, { ACT_search, "Find" },
	{ ACT_filter, "Filter" }, { ACT_mark, "Mark" }, { ACT_sort, "Sort" },
	{ ACT_diff, "Diff" }, { ACT_export, "eXport" }, { ACT_reverse, "Reverse" },
	{ ACT_follow, "Follow" },
	{ ACT_NONE, NULL },
};

static const struct hint event_hints[] = {
	{ ACT_help, "Help" }, { ACT_search, "Find" }, { ACT_filter, "Filter" },
	{ ACT_next_problem, "err" }, { ACT_next_gap, "slow" }, { ACT_mark, "Mark" },
	{ ACT_fold, "Fold" }, { ACT_yank, "Yank" }, { ACT_export, "eXport" }, { ACT_NONE, NULL },
};

static const struct hint page_hints[] = {
	{ ACT_help, "Help" }, { ACT_search, "Find" }, { ACT_next_problem, "err" },
	{ ACT_pem, "PEM" }, { ACT_yank, "Yank" }, { ACT_NONE, NULL },
};

static const struct hint diff_hints[] = {
	{ ACT_help, "Help" }, { ACT_search, "Find" }, { ACT_next_difference, "next" },
	{ ACT_previous_difference, "previous" }, { ACT_open, "Data" },
	{ ACT_ignore_difference, "Ignore" }, { ACT_accept, "Accept" }, { ACT_NONE, NULL },
};

/* "?Help", "e problem": a sign stands close to its word. */
static void
put_hint(struct buf *b, const struct hint *h)
{
	const char *keys = action_keys(h->action);
	size_t n = strcspn(keys, " ");
	bool sign = n == 1 && strchr("?/&:*", keys[0]);

	buf_putc(b, ' ');
	buf_put(b, keys, n);
	if (!sign)
		buf_putc(b, ' ');
	buf_puts(b, h->word);
	buf_putc(b, ' ');
}

static void
paint_hints(struct tui *t, const struct layout *l)
{
	const struct hint *h = t->place == IN_LIST ? list_hints
			     : t->place == IN_DIFF ? diff_hints
			     : tui_in_page(t) ? page_hints : event_hints;
	bool quits = t->place == IN_LIST || (t->single && t->place & IN_TRACE);
	struct buf end = BUF_INIT;

	put_hint(&end, &(struct hint){ ACT_back, quits ? "Quit" : "Back" });
	int column = 0, last = l->columns - (int)end.len;

	for (; h->word; h++) {
		struct buf b = BUF_INIT;

		if (action_is_in(h->action, t->place)) {
			put_hint(&b, h);
			if (column + (int)b.len <= last)
				screen_put(l->rows - 1, column, STYLE_FAINT, b.data, b.len);
			column += (int)b.len;
		}
		buf_done(&b);
	}
	screen_put(l->rows - 1, last, STYLE_FAINT, buf_text(&end), end.len);
	buf_done(&end);
}

static void
paint_menu(const struct tui *t, int row, int columns)
{
	struct buf b = BUF_INIT;

	buf_putf(&b, " %s:", t->menu.title);
	for (const struct menu_item *i = t->menu.items; i->key; i++)
		buf_putf(&b, "  %c %s", i->key, i->text);
	paint_text(row, 0, columns, STYLE_MESSAGE, buf_text(&b), b.len);
	buf_done(&b);
}

static void
paint_prompt(struct tui *t, int row, int columns)
{
	static const char *const labels[] = {
		[ASK_NOTHING] = "", [ASK_SEARCH] = "/", [ASK_FILTER] = "&", [ASK_COMMAND] = ":",
		[ASK_FILE] = "write to new file: ", [ASK_RULE] = "add rule: ",
	};
	const char *label = labels[t->asking];
	int used = (int)strlen(label);
	struct buf before = BUF_INIT, after = BUF_INIT;

	cell_put(&before, buf_text(&t->prompt.text), t->prompt.at, CELL_ROW);
	cell_put(&after, buf_text(&t->prompt.text) + t->prompt.at,
		 t->prompt.text.len - t->prompt.at, CELL_ROW);
	screen_put(row, 0, STYLE_MESSAGE, label, strlen(label));
	/* The end of what is typed stays on the screen. */
	size_t wide = cell_width(buf_text(&before), before.len);
	size_t room = columns > used + 2 ? (size_t)(columns - used - 1) : 1;
	size_t skip = wide > room ? cell_skip(before.data, before.len, wide - room + 8) : 0;

	wide = cell_width(buf_text(&before) + skip, before.len - skip);
	screen_put(row, used, STYLE_NORMAL, buf_text(&before) + skip, before.len - skip);
	screen_put(row, used + (int)wide, STYLE_NORMAL, buf_text(&after), after.len);
	screen_cursor(row, used + (int)wide);
	wide += cell_width(buf_text(&after), after.len) + (size_t)used;
	if (t->prompt_error.len && wide + 3 < (size_t)columns)
		paint_text(row, (int)wide + 2, columns - (int)wide - 2, STYLE_ERROR,
			   buf_text(&t->prompt_error), t->prompt_error.len);
	buf_done(&before);
	buf_done(&after);
}

static void
paint_footer(struct tui *t, const struct layout *l, const struct buf *status)
{
	int row = l->rows - 2;
	struct buf b = BUF_INIT;

	if (t->menu.title) {
		paint_menu(t, row, l->columns);
	} else if (t->asking != ASK_NOTHING) {
		paint_prompt(t, row, l->columns);
	} else if (t->message.len) {
		buf_putf(&b, " %s", buf_text(&t->message));
		paint_text(row, 0, l->columns, t->message_is_error ? STYLE_WARNING : STYLE_MESSAGE,
			   buf_text(&b), b.len);
	} else {
		paint_text(row, 0, l->columns, STYLE_FAINT, buf_text(status), status->len);
	}
	buf_done(&b);
	paint_hints(t, l);
}

/* ---- the frame ---- */

static void
paint_too_small(int rows, int columns)
{
	struct buf b = BUF_INIT;

	buf_putf(&b, "needs 40x10, this is %dx%d; q works", columns, rows);
	paint_text(0, 0, columns, STYLE_MESSAGE, buf_text(&b), b.len);
	buf_done(&b);
}

void
paint(struct tui *t)
{
	struct layout l;
	struct buf status = BUF_INIT;

	screen_begin();
	paint_layout(t, &l);
	if (l.rows < ROWS_MIN || l.columns < COLUMNS_MIN) {
		paint_too_small(l.rows, l.columns);
		screen_end();
		return;
	}
	if (t->columns != l.body_columns) {
		t->columns = l.body_columns;
		tui_reflow(t);
	}
	if (t->place == IN_LIST)
		paint_list(t, &l, &status);
	else if (tui_in_page(t))
		paint_page(t, &l, &status);
	else
		paint_trace(t, &l, &status);
	paint_footer(t, &l, &status);
	buf_done(&status);
	screen_end();
}
