/* SPDX-License-Identifier: MIT */
/*
 * What an event fills in the views 2, 3, 5 and 7, and in the detail pane.
 * The columns of the table follow the width: details go first when it gets
 * narrow, then the gap, then the hours of the time.  Facts: VIEWER 3, 4.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/rows.h"
#include "viewer/text.h"

struct columns {		/* of the table; 0 = the column is not there */
	size_t no;		/* number, right-aligned behind the mark */
	size_t event;		/* name */
	size_t details;		/* the rest of the line */
	size_t time;		/* with the blank before it: time + 1 */
	size_t gap;		/* with the blank before it: gap + 1 */
};

static size_t
digits(size_t n)
{
	size_t d = 1;

	while (n >= 10) {
		n /= 10;
		d++;
	}
	return d;
}

static void
choose_columns(const struct tui *t, struct opened *o, struct columns *c)
{
	size_t all = t->columns > 20 ? (size_t)t->columns : 20;
	size_t no = digits(freb_count(o->file)) + 1;

	c->no = no < 4 ? 4 : no;
	c->time = all >= 80 ? 12 : t->time == TIME_CLOCK ? 6 : 8;
	c->gap = all >= 60 ? 5 : 0;
	c->event = all >= 90 ? 26 : all >= 60 ? 20 : 0;
	size_t used = 1 + c->no + 3 + c->time + 1 + (c->gap ? c->gap + 1 : 0);

	if (c->event)
		c->details = all > used + c->event + 1 ? all - used - c->event - 1 : 1;
	else
		c->event = all > used ? all - used : 1;
	if (all < 60)
		c->details = 0;
}

static void
put_blanks(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_putc(b, ' ');
}

static void
put_right(struct buf *b, const char *text, size_t columns)
{
	size_t n = strlen(text);

	put_blanks(b, n < columns ? columns - n : 0);
	buf_put(b, text, n < columns ? n : columns);
}

static enum row_time
clock_of(const struct tui *t)
{
	return t->options->time == ROW_TIME_LOCAL ? ROW_TIME_LOCAL : ROW_TIME_UTC;
}

/* Gap to the event of the row above, which a filter may have moved far away. */
static int64_t
step_ms(struct opened *o, size_t event)
{
	const struct view *v = &o->view;
	size_t low = 0, high = v->row_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->rows[mid] < event)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return 0;
	int64_t a = freb_entry(o->file, v->rows[low - 1])->time_ms;
	int64_t b = freb_entry(o->file, event)->time_ms;

	return a == INT64_MIN || b == INT64_MIN ? 0 : b - a;
}

static void
put_time(const struct tui *t, struct opened *o, size_t event, size_t columns, struct buf *b)
{
	char text[ROW_TIME_LEN] = "";
	int64_t at = freb_entry(o->file, event)->time_ms;

	if (t->time == TIME_STEP)
		snprintf(text, sizeof(text), "%+lld", (long long)step_ms(o, event));
	else if (t->time == TIME_START)
		row_time_text(at, ROW_TIME_RELATIVE, opened_start_ms(o), text);
	else
		row_time_text(at, clock_of(t), 0, text);
	if (t->time == TIME_CLOCK && columns < strlen(text))
		memmove(text, text + strlen(text) - columns, columns + 1);
	put_right(b, text, columns);
}

static void
put_gap(struct opened *o, size_t event, size_t columns, struct buf *b)
{
	char text[ROW_TIME_LEN];
	int64_t gap = view_gap(&o->view, event);

	if (gap > -1000 && gap < 100000)
		snprintf(text, sizeof(text), "%lld", (long long)gap);
	else
		snprintf(text, sizeof(text), "%llds", (long long)(gap / 1000));
	put_right(b, text, columns);
}

/* Name="text", ... with raw values, as the table shows them after r. */
static void
raw_details(const struct freb_event *e, struct buf *out)
{
	for (size_t i = 0; i < e->data_count; i++) {
		if (freb_data_is_hidden(&e->data[i]))
			continue;
		if (out->len)
			buf_puts(out, ", ");
		buf_putf(out, "%s=\"%s\"", e->data[i].name,
			 e->data[i].value ? e->data[i].value : "");
	}
}

/* The name in at most @columns; a closed stage says how many events it hides. */
static void
put_name(struct opened *o, size_t event, const char *name, size_t columns, struct buf *out)
{
	struct buf safe = BUF_INIT, more = BUF_INIT;

	cell_puts(&safe, name, CELL_ROW);
	if (view_is_closed(&o->view, event))
		buf_putf(&more, " [+%zu]", freb_partner(o->file, event) - event);
	cell_fit(out, buf_text(&safe), safe.len, columns > more.len ? columns - more.len : columns,
		 false);
	buf_put(out, buf_text(&more), more.len);
	buf_done(&safe);
	buf_done(&more);
}

static int
style_of(uint8_t level)
{
	return level == 1 || level == 2 ? STYLE_ERROR : level == 3 ? STYLE_WARNING : STYLE_NORMAL;
}

/* Details behind the first line, when lines wrap. */
static void
more_details(const struct columns *c, const char *safe, size_t len, int style, struct lines *out)
{
	while (len > 0) {
		struct buf b = BUF_INIT;
		size_t n = cell_wrap(safe, len, c->details);

		put_blanks(&b, 1 + c->no + 3 + c->event + 1);
		buf_put(&b, safe, n);
		lines_add(out, &b, 0, style);
		safe += n;
		len -= n;
	}
}

static void
put_details(struct tui *t, struct opened *o, const struct columns *c, const struct buf *safe,
	    struct buf *b, size_t *used)
{
	size_t skip = t->wrap ? 0 : cell_skip(buf_text(safe), safe->len, o->view.column);

	*used = safe->len;
	if (!t->wrap) {
		cell_fit(b, buf_text(safe) + skip, safe->len - skip, c->details, true);
		return;
	}
	*used = safe->len ? cell_wrap(safe->data, safe->len, c->details) : 0;
	cell_fit(b, buf_text(safe), *used, c->details, true);
}

static void
table_line(struct tui *t, struct opened *o, size_t event, struct lines *out)
{
	struct columns c;
	struct row r = { 0 };
	struct buf b = BUF_INIT, name = BUF_INIT, details = BUF_INIT;
	char no[24];
	size_t used = 0;

	choose_columns(t, o, &c);
	row_read(o->file, event, ROW_TIME_UTC, 0, &r);
	const struct freb_event *e = t->raw ? freb_event(o->file, event) : NULL;
	if (e) {
		buf_reset(&r.details);
		raw_details(e, &r.details);
	}
	put_name(o, event, buf_text(&r.event), c.event, &name);
	cell_put(&details, buf_text(&r.details), r.details.len, CELL_ROW);
	snprintf(no, sizeof(no), "%zu", event + 1);
	buf_putc(&b, ' ');
	put_right(&b, no, c.no);
	buf_putf(&b, " %c ", row_letter(freb_entry(o->file, event)->level));
	cell_fit(&b, buf_text(&name), name.len, c.event, true);
	buf_putc(&b, ' ');
	if (c.details) {
		put_details(t, o, &c, &details, &b, &used);
		buf_putc(&b, ' ');
	}
	put_time(t, o, event, c.time, &b);
	if (c.gap) {
		buf_putc(&b, ' ');
		put_gap(o, event, c.gap, &b);
	}
	int style = style_of(freb_entry(o->file, event)->level);

	lines_add(out, &b, 0, style);
	if (t->wrap && c.details && used < details.len)
		more_details(&c, details.data + used, details.len - used, style, out);
	buf_done(&name);
	buf_done(&details);
	row_done(&r);
}

void
event_heading(struct tui *t, struct opened *o, struct buf *out)
{
	struct columns c;

	choose_columns(t, o, &c);
	buf_putc(out, ' ');
	put_right(out, "No.", c.no);
	buf_puts(out, " S ");
	cell_fit(out, "Event", 5, c.event, true);
	buf_putc(out, ' ');
	if (c.details) {
		cell_fit(out, "Details", 7, c.details, true);
		buf_putc(out, ' ');
	}
	cell_fit(out, t->time == TIME_STEP ? "Step" : "Time", 4, c.time, true);
	if (c.gap) {
		buf_putc(out, ' ');
		put_right(out, "+gap", c.gap);
	}
}

/* ---- Details and the pane ---- */

static void
add_rows(struct tui *t, const struct freb_event *e, size_t indent, unsigned int flags,
	 struct lines *out)
{
	struct row_lines rows = { 0 };
	size_t data = SIZE_MAX;
	size_t width = 8;

	row_details(e, flags | (t->raw ? ROW_RAW : 0), t->whole ? SIZE_MAX : ROW_VALUE_MAX, &rows);
	for (size_t i = 0; i < rows.count; i++) {
		size_t w = strlen(rows.at[i].label);

		width = w > width && w <= 24 ? w : width;
	}
	for (size_t i = 0; i < rows.count; i++) {
		const struct row_line *r = &rows.at[i];
		size_t from = out->count;

		data += r->kind == ROW_LINE_DATA;
		lines_value(out, indent, width, r->label, r->text,
			    r->empty ? STYLE_FAINT : STYLE_NORMAL);
		for (; from < out->count && r->kind != ROW_LINE_SYSTEM; from++)
			out->at[from].data = data;
		if (r->cut)
			lines_value(out, indent, width, "", "... cut at 4 KiB; v shows all",
				    STYLE_FAINT);
	}
	row_lines_done(&rows);
}

static void
details_lines(struct tui *t, struct opened *o, size_t event, struct lines *out)
{
	const struct freb_entry *entry = freb_entry(o->file, event);
	const struct freb_event *e = freb_event(o->file, event);
	struct buf b = BUF_INIT, name = BUF_INIT;
	size_t indent = 2 * (entry->depth < 12 ? (size_t)entry->depth : 12);
	char no[24];

	put_name(o, event, e && e->name ? e->name : freb_opcode_name(o->file, entry->opcode), 200,
		 &name);
	snprintf(no, sizeof(no), "%zu", event + 1);
	buf_putc(&b, ' ');
	put_right(&b, no, 4);
	buf_putf(&b, " %c ", row_letter(entry->level));
	put_blanks(&b, indent);
	buf_put(&b, buf_text(&name), name.len);
	buf_puts(&b, "  ");
	put_time(t, o, event, t->time == TIME_CLOCK ? 12 : 8, &b);
	buf_putf(&b, "  +%lld", (long long)view_gap(&o->view, event));
	if (e && e->damaged)
		buf_puts(&b, "  (damaged: shown as far as it goes)");
	lines_add(out, &b, 0, entry->level >= 1 && entry->level <= 3 ? style_of(entry->level)
								     : STYLE_TITLE);
	if (e && !view_is_closed(&o->view, event))
		add_rows(t, e, 8 + indent, ROW_NO_SYSTEM, out);
	buf_done(&name);
}

/* What encloses an event, from the outside in. */
static void
cause_chain(struct tui *t, struct opened *o, size_t event, struct lines *out)
{
	size_t chain[16];
	size_t n = 0;

	for (size_t p = o->complete ? freb_parent(o->file, event) : SIZE_MAX;
	     p != SIZE_MAX && n < 16; p = freb_parent(o->file, p))
		chain[n++] = p;
	for (size_t i = n; i > 0; i--) {
		struct buf b = BUF_INIT;

		buf_puts(&b, i == n ? " in " : "    ");
		put_blanks(&b, 2 * (n - i));
		text_span_name(o->file, chain[i - 1], &b);
		buf_putf(&b, "  #%zu  %lld ms", chain[i - 1] + 1,
			 (long long)opened_span_ms(o, chain[i - 1]));
		lines_add(out, &b, 0, STYLE_FAINT);
	}
	(void)t;
}

void
event_pane(struct tui *t, struct opened *o, size_t event, size_t columns, struct lines *out)
{
	const struct freb_event *e = freb_event(o->file, event);

	if (t->place == IN_ERRORS)
		cause_chain(t, o, event, out);
	if (e)
		add_rows(t, e, 1, 0, out);
	if (columns)
		lines_wrap(out, columns);
}

/* ---- Raw ---- */

static void
raw_lines(struct opened *o, size_t event, bool whole, struct lines *out)
{
	char *bytes = NULL;
	size_t len = 0, no = 1;
	struct buf b = BUF_INIT;

	buf_putf(&b, "  event %zu, byte %llu", event + 1,
		 (unsigned long long)freb_entry(o->file, event)->offset);
	if (freb_event_raw(o->file, event, &bytes, &len) != 0) {
		buf_puts(&b, ": its bytes cannot be read");
		lines_add(out, &b, 0, STYLE_ERROR);
		return;
	}
	lines_add(out, &b, 0, STYLE_HEADING);
	if (!whole && len > 16 * ROW_VALUE_MAX)
		len = 16 * ROW_VALUE_MAX;
	for (size_t at = 0; at < len; no++) {
		const char *end = memchr(bytes + at, '\n', len - at);
		size_t n = end ? (size_t)(end - (bytes + at)) : len - at;
		size_t shown = n > 0 && bytes[at + n - 1] == '\r' ? n - 1 : n;

		buf_putf(&b, " %4zu  ", no);
		size_t label = b.len;
		cell_put(&b, bytes + at, shown, CELL_DETAIL);
		lines_add(out, &b, label, STYLE_NORMAL);
		at += n + 1;
	}
	free(bytes);
}

/* ---- the door ---- */

void
event_lines(struct tui *t, struct opened *o, size_t event, struct lines *out)
{
	struct buf b = BUF_INIT;

	switch (t->place) {
	case IN_DETAILS:
		details_lines(t, o, event, out);
		break;
	case IN_RAW:
		raw_lines(o, event, t->whole, out);
		break;
	case IN_TIMING:
		timing_line(t, o, event, &b);
		lines_add(out, &b, 0, style_of(freb_entry(o->file, event)->level));
		return;
	default:
		table_line(t, o, event, out);
		return;
	}
	if (t->wrap && t->columns > 0)
		lines_wrap(out, (size_t)t->columns);
}

size_t
event_height(void *data, size_t event)
{
	struct tui *t = data;
	struct height_cache *cache = &t->heights;
	size_t slot = event % 512;

	if (t->place == IN_TIMING || (t->place & IN_TABLE && !t->wrap) || !t->trace)
		return 1;
	if (cache->lines[slot] && cache->event[slot] == (uint32_t)event)
		return cache->lines[slot];
	struct lines l = { 0 };

	event_lines(t, t->trace, event, &l);
	cache->event[slot] = (uint32_t)event;
	cache->lines[slot] = l.count > 60000 ? 60000 : l.count ? (uint16_t)l.count : 1;
	lines_done(&l);
	return cache->lines[slot];
}
