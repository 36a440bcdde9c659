/* SPDX-License-Identifier: MIT */
/*
 * html - see html.h.  Everything is written as it is read, so that a trace of
 * a hundred megabytes needs no more memory than one event.
 */
#include <config.h>

#include "viewer/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/html_page.h"
#include "viewer/story.h"

/* ---- escaping ---- */

void
html_put(struct buf *out, const char *text)
{
	struct buf safe = BUF_INIT;

	cell_puts(&safe, text, CELL_PAGE);
	for (const char *at = buf_text(&safe); *at;) {
		size_t n = strcspn(at, "<>&\"'");

		buf_put(out, at, n);
		at += n;
		if (*at)
			buf_putf(out, "&#%d;", *at++);
	}
	if (safe.error)
		out->error = safe.error;
	buf_done(&safe);
}

static void
put_cell(struct buf *out, const char *tag, const char *class, const char *text)
{
	buf_putf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "",
		 class ? "\"" : "");
	html_put(out, text);
	buf_putf(out, "</%s>", tag);
}

/* Writes and empties; returns its error. */
static int
flush(const struct text_style *s, struct buf *out)
{
	int error = out->error;

	fwrite(buf_text(out), 1, out->len, s->out);
	buf_reset(out);
	return error;
}

/* "e161", of further traces "t2e161". */
static void
put_id(struct buf *out, size_t number, size_t event)
{
	if (number > 1)
		buf_putf(out, "t%zu", number);
	buf_putf(out, "e%zu", event + 1);
}

static void
put_link(struct buf *out, size_t number, size_t event)
{
	buf_puts(out, "<a href=\"#");
	put_id(out, number, event);
	buf_putf(out, "\">%zu</a>", event + 1);
}

/* ---- the request ---- */

static void
put_head(struct buf *out, const struct freb_file *f)
{
	static const char *const names[] = { "verb", "url", "statusCode" };

	buf_puts(out, "<h1>");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = freb_root_get(f, names[i]);

		html_put(out, value && *value ? value : "-");
		buf_putc(out, ' ');
	}
	buf_puts(out, "</h1>\n");
	for (size_t i = 0; i < freb_damage_count(f) && i < 20; i++) {
		const struct freb_damage *d = freb_damage(f, i);

		buf_putf(out, "<p class=\"banner bad\">damaged at line %" PRIu64, d->line);
		buf_putf(out, ", byte %" PRIu64 ": ", d->offset);
		html_put(out, d->message);
		buf_puts(out, "</p>\n");
	}
	if (freb_is_truncated(f))
		buf_puts(out, "<p class=\"banner warn\">the trace ends here because it reached its "
			      "size limit (LOG_FILE_MAX_SIZE_TRUNCATE)</p>\n");
}

static void
put_attributes(struct buf *out, const struct freb_file *f)
{
	const struct freb_root *root = freb_root(f);

	buf_puts(out, "<div class=part><details open><summary>Request</summary><table>\n<tr>");
	put_cell(out, "th", NULL, "file");
	put_cell(out, "td", NULL, freb_path(f));
	buf_puts(out, "</tr>\n");
	for (size_t i = 0; i < root->attr_count; i++) {
		buf_puts(out, "<tr>");
		put_cell(out, "th", NULL, root->attrs[i].name);
		put_cell(out, "td", NULL, root->attrs[i].value);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table></details></div>\n");
}

/* ---- errors, identity, timing ---- */

static int
put_problems(const struct text_style *s, struct freb_file *f, size_t number, struct buf *out)
{
	struct row row = { 0 };
	int result = 0;

	buf_puts(out, "<div class=part><details open><summary>Errors &amp; Warnings</summary>"
		      "<table>\n");
	for (size_t i = 0; i < freb_count(f) && result == 0; i++) {
		uint8_t level = freb_entry(f, i)->level;

		if (!row_is_problem(level) || !text_shows(s, i))
			continue;
		result = row_read(f, i, s->time, row_zero_ms(f), &row);
		buf_putf(out, "<tr class=\"l%u\"><td class=n>", level);
		put_link(out, number, i);
		buf_puts(out, "</td>");
		put_cell(out, "td", NULL, row.severity);
		put_cell(out, "td", NULL, buf_text(&row.event));
		put_cell(out, "td", NULL, buf_text(&row.details));
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table></details></div>\n");
	row_done(&row);
	return result;
}

static void
put_story_line(const struct text_style *s, struct freb_file *f, size_t number,
	       const struct story_line *l, struct buf *out)
{
	char time[ROW_TIME_LEN] = "";

	if (l->kind == STORY_HEADING) {
		buf_puts(out, "<tr><td colspan=4><h2>");
		html_put(out, l->text);
		buf_puts(out, "</h2></td></tr>\n");
		return;
	}
	row_time_text(l->at_ms, s->time, row_zero_ms(f), time);
	buf_putf(out, "<tr%s><td class=n>", l->problem ? " class=warn" : "");
	if (l->event != SIZE_MAX)
		put_link(out, number, l->event);
	buf_puts(out, "</td>");
	put_cell(out, "td", "n", time);
	put_cell(out, "td", "dim", l->label ? l->label : "");
	buf_puts(out, "<td style=\"white-space:pre-wrap\">");
	html_put(out, l->text);
	buf_puts(out, "</td></tr>\n");
}

static int
put_identity(const struct text_style *s, struct freb_file *f, size_t number, struct buf *out)
{
	struct story story;
	int result = story_tell(f, &story);

	if (story.count > 0)
		buf_puts(out, "<div class=part><details><summary>Identity</summary><table>\n");
	for (size_t i = 0; i < story.count && result == 0; i++) {
		put_story_line(s, f, number, &story.at[i], out);
		result = flush(s, out);
	}
	if (story.count > 0)
		buf_puts(out, "</table></details></div>\n");
	story_done(&story);
	return result;
}

/* Where a time lies within the request, in percent. */
static int64_t
percent(int64_t ms, int64_t whole)
{
	return ms <= 0 || whole <= 0 ? 0 : ms >= whole ? 100 : ms * 100 / whole;
}

static int64_t
last_ms(const struct freb_file *f)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < freb_count(f); i++)
		if (freb_entry(f, i)->time_ms > last)
			last = freb_entry(f, i)->time_ms;
	return last;
}

static int
put_span(struct freb_file *f, size_t i, size_t number, int64_t whole, struct buf *out)
{
	int64_t zero = row_zero_ms(f), start = freb_entry(f, i)->time_ms - zero;
	int64_t took = freb_entry(f, freb_partner(f, i))->time_ms - zero - start;
	int64_t left = percent(start, whole), width = percent(took, whole);
	struct buf name = BUF_INIT;
	int result = text_span_name(f, i, &name);

	buf_puts(out, "<tr><td class=n>");
	put_link(out, number, i);
	buf_putf(out, "</td><td class=n>+%" PRId64 "</td><td class=n>%" PRId64 "</td>"
		      "<td class=bar><i style=\"margin-left:%" PRId64 "%%;width:%" PRId64
		      "%%\"></i></td>", start, took, left, width > 100 - left ? 100 - left : width);
	buf_putf(out, "<td style=\"padding-left:%uem\">", freb_entry(f, i)->depth % 40u);
	html_put(out, buf_text(&name));
	buf_puts(out, "</td></tr>\n");
	buf_done(&name);
	return result;
}

static int
put_timing(const struct text_style *s, struct freb_file *f, size_t number, struct buf *out)
{
	int64_t zero = row_zero_ms(f);
	int64_t whole = zero == INT64_MIN ? 0 : last_ms(f) - zero;
	int result = 0;

	buf_puts(out, "<div class=part><details><summary>Timing</summary><table>\n<tr><th>No.</th>"
		      "<th>start, ms</th><th>took, ms</th><th></th><th>Span</th></tr>\n");
	for (size_t i = 0; i < freb_count(f) && result == 0; i++) {
		size_t end = freb_partner(f, i);

		if (end == SIZE_MAX || end < i || !text_shows(s, i) ||
		    freb_entry(f, i)->time_ms == INT64_MIN ||
		    freb_entry(f, end)->time_ms == INT64_MIN)
			continue;
		result = put_span(f, i, number, whole, out);
		if (result == 0)
			result = flush(s, out);
	}
	buf_puts(out, "</table></details></div>\n");
	return result;
}

/* ---- events ---- */

static void
put_tools(struct buf *out)
{
	static const struct {
		const char *levels;
		const char *label;
	} boxes[] = {
		{ "1", "Critical" }, { "2", "Error" }, { "3", "Warning" },
		{ "4", "Information" }, { "5", "Verbose" }, { "0", "others" },
	};

	buf_puts(out, "<div class=tools><label>Search <input type=search></label>\n");
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		buf_putf(out, "<label><input type=checkbox checked value=%s> %s</label>\n",
			 boxes[i].levels, boxes[i].label);
	buf_puts(out, "<output></output></div>\n");
}

static int
put_data(const struct freb_event *e, struct buf *out)
{
	struct row_lines lines = { 0 };
	int result = row_details(e, 0, SIZE_MAX, &lines);

	buf_puts(out, "<table class=m>\n");
	for (size_t i = 0; i < lines.count; i++) {
		buf_puts(out, "<tr>");
		put_cell(out, "th", NULL, lines.at[i].label);
		put_cell(out, "td", NULL, lines.at[i].text);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>");
	row_lines_done(&lines);
	return result;
}

static int
put_event(const struct text_style *s, struct freb_file *f, size_t i, size_t number,
	  struct row *row, struct buf *out)
{
	int result = row_read(f, i, s->time, row_zero_ms(f), row);
	const struct freb_event *e = result == 0 ? freb_event(f, i) : NULL;
	unsigned int level = row->level <= 5 ? row->level : 0;

	if (!e)
		return result ? result : -ENOMEM;
	buf_puts(out, "<details id=\"");
	put_id(out, number, i);
	buf_putf(out, "\" class=\"e l%u\" data-l=%u style=\"--d:%u\"><summary>"
		      "<span class=n>%zu%s</span><span>%s</span>"
		      "<span class=\"n dim\">+%" PRId64 "</span><span>%c</span>",
		 level, level, row->depth < 20u ? row->depth : 20u, row->no,
		 row->damaged ? "!" : "", row->time, row->gap_ms, row->letter);
	put_cell(out, "span", NULL, buf_text(&row->event));
	put_cell(out, "span", "dim", buf_text(&row->details));
	buf_puts(out, "</summary>");
	result = put_data(e, out);
	buf_puts(out, "</details>\n");
	return result;
}

static int
put_events(const struct text_style *s, struct freb_file *f, size_t number, struct buf *out)
{
	struct row row = { 0 };
	int result = 0;

	for (size_t i = s->first; i < freb_count(f) && result == 0 && !ferror(s->out); i++) {
		if (!text_shows(s, i))
			continue;
		result = put_event(s, f, i, number, &row, out);
		if (result == 0)
			result = flush(s, out);
	}
	row_done(&row);
	return result;
}

/* ---- the page ---- */

void
html_page_begin(const struct text_style *s, const char *title)
{
	struct buf out = BUF_INIT;

	buf_puts(&out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\""
		       "default-src 'none'; style-src 'unsafe-inline'; script-src '"
		       HTML_SCRIPT_HASH "'; base-uri 'none'; form-action 'none'\">\n"
		       "<meta name=viewport content=\"width=device-width\">\n<title>");
	html_put(&out, title);
	buf_puts(&out, "</title>\n<style>\n" HTML_STYLE "</style>\n</head>\n<body>\n");
	flush(s, &out);
	buf_done(&out);
}

/* All that stands before the events. */
static int
put_trace(const struct text_style *s, struct freb_file *f, size_t number, struct buf *out)
{
	int result;

	buf_puts(out, "<section>\n");
	put_head(out, f);
	put_attributes(out, f);
	result = put_problems(s, f, number, out);
	if (result == 0)
		result = put_identity(s, f, number, out);
	if (result == 0)
		result = put_timing(s, f, number, out);
	buf_puts(out, "<div class=part><details open><summary>Events</summary>\n");
	put_tools(out);
	return result ? result : flush(s, out);
}

static const char trace_end[] = "</details></div>\n</section>\n";

int
html_trace(const struct text_style *s, struct freb_file *f, size_t number)
{
	struct buf out = BUF_INIT;
	int result = put_trace(s, f, number, &out);

	if (result == 0)
		result = put_events(s, f, number, &out);
	fputs(trace_end, s->out);
	buf_done(&out);
	return result;
}

void
html_page_end(const struct text_style *s)
{
	fputs("<script>" HTML_SCRIPT "</script>\n</body>\n</html>\n", s->out);
}

/* ---- chosen events ---- */

int
html_begin(FILE *out, struct freb_file *f)
{
	struct text_style s = { .out = out };
	struct buf b = BUF_INIT;
	int result;

	html_page_begin(&s, freb_path(f));
	result = put_trace(&s, f, 1, &b);
	buf_done(&b);
	return result;
}

int
html_event(FILE *out, struct freb_file *f, size_t index)
{
	struct text_style s = { .out = out };
	struct row row = { 0 };
	struct buf b = BUF_INIT;
	int result = put_event(&s, f, index, 1, &row, &b);

	if (result == 0)
		result = flush(&s, &b);
	row_done(&row);
	buf_done(&b);
	return result;
}

int
html_end(FILE *out)
{
	struct text_style s = { .out = out };

	fputs(trace_end, out);
	html_page_end(&s);
	return 0;
}
