/* SPDX-License-Identifier: MIT */
/*
 * diff_side - frebdiff --side-by-side: A left, B right, what differs last.
 *
 * = equal (or hidden by a mask), ~ changed, - only in A, + only in B, ! a
 * binding that broke.  Equal events away from differences become a count.
 */
#include <config.h>

#include "viewer/diff_text.h"
#include "viewer/cell.h"

#include <string.h>

enum { NUMBER = 5, GAP = 2 };

/* Columns of one event's name. */
static size_t
name_width(const struct diff_text *t)
{
	size_t third = t->width > 3 * (NUMBER + GAP) ? (t->width - 2 * (NUMBER + GAP)) / 3 : 8;

	return third < 34 ? third : 34;
}

static void
put_cell(struct diff_text *t, struct buf *line, int side, size_t index, bool blank)
{
	struct buf safe = BUF_INIT;

	if (index == COMPARE_NONE || blank) {
		buf_putf(line, "%*s", NUMBER + 1, "");
	} else {
		buf_putf(line, "%*zu ", NUMBER, index + 1);
		cell_puts(&safe, compare_event_name(t->compare, side, index), CELL_ROW);
	}
	cell_fit(line, buf_text(&safe), safe.len, name_width(t), true);
	buf_putc(line, ' ');
	buf_done(&safe);
}

static void
put_line(struct diff_text *t, char mark, size_t a, size_t b, bool blank, const char *text)
{
	struct buf line = BUF_INIT, out = BUF_INIT;

	buf_putf(&line, "%c ", mark);
	put_cell(t, &line, 0, a, blank);
	put_cell(t, &line, 1, b, blank);
	size_t used = cell_width(buf_text(&line), line.len);

	if (t->width > used)
		cell_fit(&line, text, strlen(text), t->width - used, false);
	while (line.len && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	if (mark != '=') {
		diff_text_mark(t, &out);
		diff_text_color(t, &out, mark, true);
	}
	buf_puts(&out, buf_text(&line));
	if (mark != '=')
		diff_text_color(t, &out, mark, false);
	fprintf(t->out, "%s\n", buf_text(&out));
	t->error = t->error ? t->error : out.error;
	buf_done(&line);
	buf_done(&out);
}

static void
print_skipped(struct diff_text *t)
{
	if (t->skipped)
		fprintf(t->out, "   .. %zu equal event%s ..\n", t->skipped,
			t->skipped == 1 ? "" : "s");
	t->skipped = 0;
}

static void
see_equal(struct diff_text *t, const struct compare_row *row)
{
	size_t room = t->options->context;

	if (t->after) {
		t->after--;
		put_line(t, '=', row->a, row->b, false, "");
		return;
	}
	if (!room || t->kept_count == room)
		t->skipped++;
	if (!room)
		return;
	t->kept[t->kept_at] = (struct diff_pair){ row->a, row->b };
	t->kept_at = (t->kept_at + 1) % room;
	t->kept_count += t->kept_count < room;
}

static void
print_kept(struct diff_text *t)
{
	size_t room = t->options->context;

	print_skipped(t);
	for (size_t i = 0; i < t->kept_count; i++) {
		size_t at = (t->kept_at + room - t->kept_count + i) % room;
		const struct diff_pair *p = &t->kept[at];

		put_line(t, '=', p->a, p->b, false, "");
	}
	t->kept_count = 0;
	t->after = room;
}

static void
print_items(struct diff_text *t, const struct compare_row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct compare_item *item = &row->items[i];
		struct buf text = BUF_INIT;
		char mark = item->kind == COMPARE_BINDING ? '!' :
			    item->kind == COMPARE_MASKED  ? '=' : '~';

		diff_text_item(item, &text);
		put_line(t, mark, row->a, row->b, i > 0, buf_text(&text));
		buf_done(&text);
	}
}

void
diff_text_side(struct diff_text *t, const struct compare_row *row)
{
	if (!row) {
		/* Nothing follows: what was kept back is left out, too. */
		t->skipped += t->kept_count;
		if (t->headed)
			print_skipped(t);
		return;
	}
	if (row->kind == COMPARE_EQUAL && !row->count) {
		see_equal(t, row);
		return;
	}
	if (row->kind != COMPARE_ROOT)
		print_kept(t);
	if (row->kind == COMPARE_REMOVED)
		put_line(t, '-', row->a, row->b, false, "only in A");
	else if (row->kind == COMPARE_ADDED)
		put_line(t, '+', row->a, row->b, false, "only in B");
	else
		print_items(t, row);
}
