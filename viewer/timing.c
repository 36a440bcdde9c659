/* SPDX-License-Identifier: MIT */
/*
 * View 4: spans as a waterfall, and the longest gaps.  Two clocks on purpose:
 * "took" is START to END, a gap is the time to the event before; the
 * stylesheets of Microsoft call both Duration.  Facts: VIEWER 3.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <string.h>

#include "viewer/cell.h"
#include "viewer/rows.h"
#include "viewer/text.h"

struct columns {
	size_t no, name, number;	/* number, span, each of the numbers */
	bool self;			/* the third number is there */
	size_t bar;			/* 0 = no waterfall */
};

static void
choose_columns(const struct tui *t, struct opened *o, struct columns *c)
{
	size_t all = t->columns > 24 ? (size_t)t->columns : 24;

	c->no = freb_count(o->file) >= 10000 ? 7 : 4;
	c->number = 8;
	c->self = all >= 60;
	c->bar = all >= 80 ? all / 4 : 0;
	size_t used = 1 + c->no + 1 + 2 * c->number + (c->self ? c->number : 0) +
		      (c->bar ? c->bar + 2 : 0);
	c->name = all > used + 4 ? all - used : 4;
}

static void
put_bar(struct buf *b, int64_t from, int64_t took, int64_t all, size_t width, bool open_end)
{
	size_t start = all > 0 ? (size_t)(from * (int64_t)width / all) : 0;
	size_t len = all > 0 ? (size_t)(took * (int64_t)width / all) : 0;

	if (start >= width)
		start = width - 1;
	if (len > width - start)
		len = width - start;
	for (size_t i = 0; i < start; i++)
		buf_putc(b, ' ');
	if (len < 2) {
		buf_putc(b, open_end ? '!' : '|');
		return;
	}
	buf_putc(b, '[');
	for (size_t i = 2; i < len; i++)
		buf_putc(b, '=');
	buf_putc(b, open_end ? '!' : ']');
}

/* First and last readable time of the trace so far. */
static int64_t
whole_ms(struct opened *o, int64_t *zero)
{
	size_t n = freb_count(o->file);

	*zero = row_zero_ms(o->file);
	while (n > 0 && freb_entry(o->file, n - 1)->time_ms == INT64_MIN)
		n--;
	return n == 0 || *zero == INT64_MIN ? 0 : freb_entry(o->file, n - 1)->time_ms - *zero;
}

static size_t
span_depth(struct opened *o, size_t event)
{
	size_t depth = 0;

	for (size_t p = freb_parent(o->file, event); p != SIZE_MAX && depth < 12;
	     p = freb_parent(o->file, p))
		depth++;
	return depth;
}

static void
put_number(struct buf *b, int64_t v, size_t columns)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)v);

	for (size_t i = (size_t)n; i < columns; i++)
		buf_putc(b, ' ');
	buf_puts(b, text);
}

void
timing_line(struct tui *t, struct opened *o, size_t event, struct buf *b)
{
	const struct freb_entry *e = freb_entry(o->file, event);
	bool open_end = e->flags & FREB_UNCLOSED;
	struct columns c;
	struct buf name = BUF_INIT, more = BUF_INIT, both = BUF_INIT;
	int64_t zero, all = whole_ms(o, &zero), took = opened_span_ms(o, event);
	int64_t from = e->time_ms == INT64_MIN || zero == INT64_MIN ? 0 : e->time_ms - zero;

	choose_columns(t, o, &c);
	for (size_t d = span_depth(o, event); d > 0; d--)
		buf_puts(&name, "  ");
	text_span_name(o->file, event, &name);
	if (open_end)
		buf_puts(&more, " (no end)");
	if (view_is_closed(&o->view, event))
		buf_putf(&more, " [+%zu]", freb_partner(o->file, event) - event);
	buf_putc(b, ' ');
	put_number(b, (int64_t)event + 1, c.no);
	buf_putc(b, ' ');
	cell_fit(&both, buf_text(&name), name.len, c.name > more.len ? c.name - more.len : c.name,
		 false);
	buf_put(&both, buf_text(&more), more.len);
	cell_fit(b, buf_text(&both), both.len, c.name, true);
	put_number(b, from, c.number);
	put_number(b, took, c.number);
	if (c.self)
		put_number(b, opened_self_ms(o, event), c.number);
	if (c.bar) {
		buf_puts(b, "  ");
		put_bar(b, from, took, all, c.bar, open_end);
	}
	buf_done(&name);
	buf_done(&more);
	buf_done(&both);
}

void
timing_heading(struct tui *t, struct opened *o, struct buf *b)
{
	struct columns c;
	char end[24];
	int64_t zero;

	choose_columns(t, o, &c);
	snprintf(end, sizeof(end), "%lldms", (long long)whole_ms(o, &zero));
	buf_putf(b, " %*s ", (int)c.no, "No.");
	cell_fit(b, "Span", 4, c.name, true);
	buf_putf(b, "%*s%*s", (int)c.number, "+start", (int)c.number, "took");
	if (c.self)
		buf_putf(b, "%*s", (int)c.number, "self");
	if (c.bar)
		buf_putf(b, "  0%*s", (int)c.bar - 1, end);
}

void
timing_gaps(struct tui *t, struct opened *o, size_t most, struct lines *out)
{
	size_t best[8] = { 0 };
	size_t n = 0;

	(void)t;
	if (most > 8)
		most = 8;
	for (size_t e = 1; e < freb_count(o->file); e++) {
		size_t at = n;

		if (view_gap(&o->view, e) <= 0)
			continue;
		while (at > 0 && view_gap(&o->view, best[at - 1]) < view_gap(&o->view, e))
			at--;
		if (at >= most)
			continue;
		n = n < most ? n + 1 : n;
		memmove(best + at + 1, best + at, (n - at - 1) * sizeof(best[0]));
		best[at] = e;
	}
	for (size_t i = 0; i < n; i++) {
		const struct freb_entry *entry = freb_entry(o->file, best[i]);
		struct buf b = BUF_INIT;

		put_number(&b, view_gap(&o->view, best[i]), 8);
		buf_putf(&b, " ms before #%zu ", best[i] + 1);
		cell_puts(&b, freb_opcode_name(o->file, entry->opcode), CELL_ROW);
		if (row_is_problem(entry->level))
			buf_putf(&b, "  (%s)", row_severity(entry->level));
		lines_add(out, &b, 0, STYLE_NORMAL);
	}
}
