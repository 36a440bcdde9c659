/* SPDX-License-Identifier: MIT */
/*
 * text_views - summary, details, errors and timing as text; see text.h.
 *
 * The summary uses the words of Microsoft's stylesheet (FORMAT 5.1), so that
 * its readers find their way; what is ours stands below.
 */
#include <config.h>

#include "viewer/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"

#define LABEL_COLUMNS 18u
#define GAPS 10u		/* longest gaps shown */
#define BAR 20			/* cells of the bar */

/* ---- pieces ---- */

int
text_span_name(struct freb_file *f, size_t index, struct buf *out)
{
	static const char *const endings[] = { "_START", "Enter", "Begin" };
	const struct freb_event *e = freb_event(f, index);
	const char *name = freb_opcode_name(f, freb_entry(f, index)->opcode);
	size_t len = strlen(name);
	const struct freb_data *d;

	if (!e)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(name + len - n, endings[i]) == 0) {
			len -= n;
			break;
		}
	}
	cell_put(out, name, len, CELL_ROW);
	d = freb_data_get(e, "ModuleName");
	if (d) {
		buf_putc(out, ' ');
		cell_puts(out, d->value, CELL_ROW);
	}
	d = freb_data_get(e, "Notification");
	if (d) {
		buf_puts(out, " (");
		cell_puts(out, freb_data_shown(d), CELL_ROW);
		buf_putc(out, ')');
	}
	return out->error;
}

static void
print_pair(const struct text_style *s, size_t indent, const char *label, const char *text,
	   const char *unit)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < indent; i++)
		buf_putc(&line, ' ');
	text_cell(&line, label, LABEL_COLUMNS);
	buf_puts(&line, "  ");
	cell_puts(&line, text, CELL_DETAIL);
	buf_puts(&line, unit);
	text_line(s, &line, indent + LABEL_COLUMNS + 2, TEXT_PLAIN);
	buf_done(&line);
}

static int
print_data(const struct text_style *s, const struct freb_event *e, size_t indent,
	   unsigned int flags)
{
	struct row_lines lines = { 0 };
	int result = row_details(e, flags, SIZE_MAX, &lines);

	for (size_t i = 0; i < lines.count && result == 0; i++)
		print_pair(s, indent, lines.at[i].label, lines.at[i].text, "");
	row_lines_done(&lines);
	return result;
}

static int
print_event(const struct text_style *s, struct freb_file *f, size_t index, size_t indent)
{
	struct row row = { 0 };
	struct buf line = BUF_INIT;
	int result = row_read(f, index, s->time, row_zero_ms(f), &row);

	if (result == 0) {
		buf_putf(&line, "%6zu%c%c %*s", row.no, row.damaged ? '!' : ' ', row.letter,
			 (int)indent, "");
		cell_put(&line, buf_text(&row.event), row.event.len, CELL_ROW);
		buf_putf(&line, "  %s  +%" PRId64 " ms", row.time, row.gap_ms);
		if (*row.severity)
			buf_putf(&line, "  %s", row.severity);
		text_line(s, &line, 8, text_level_color(row.level));
		result = line.error;
	}
	row_done(&row);
	buf_done(&line);
	return result;
}

/* ---- details ---- */

int
text_details(const struct text_style *s, struct freb_file *f)
{
	int result = 0;

	text_head(s, f);
	for (size_t i = s->first; i < freb_count(f) && result == 0 && !ferror(s->out); i++) {
		if (!text_shows(s, i))
			continue;
		size_t indent =
			2 * (size_t)(freb_entry(f, i)->depth < 20 ? freb_entry(f, i)->depth : 20);
		const struct freb_event *e = freb_event(f, i);

		result = e ? print_event(s, f, i, indent) : -ENOMEM;
		if (result == 0)
			result = print_data(s, e, indent + 10, 0);
	}
	return result;
}

/* ---- summary and errors ---- */

static const struct {
	const char *attribute;	/* of the root */
	const char *label;	/* as the stylesheet says it, then ours */
	const char *unit;
	bool always;		/* shown when absent too */
} facts[] = {
	{ "url", "Url", "", true },
	{ "verb", "Verb", "", true },
	{ "appPoolId", "App Pool", "", true },
	{ "authenticationType", "Authentication", "", true },
	{ "tokenUserName", "User from token", "", true },
	{ "activityId", "Activity ID", "", true },
	{ "siteId", "Site", "", true },
	{ "processId", "Process", "", true },
	{ "failureReason", "Failure Reason", "", true },
	{ "triggerStatusCode", "Trigger Status", "", true },
	{ "statusCode", "Final Status", "", true },
	{ "timeTaken", "Time Taken", " msec", true },
	{ "remoteUserName", "Remote user", "", false },
	{ "userName", "User", "", false },
	{ "fp:client", "Client", "", false },
	{ "fp:grade", "Grade", "", false },
	{ "fp:farm", "Farm", "", false },
	{ "fp:server", "Server", "", false },
	{ "fp:logId", "Log ID", "", false },
};

static void
print_facts(const struct text_style *s, const struct freb_file *f)
{
	struct row_counts counts;
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const char *value = freb_root_get(f, facts[i].attribute);

		if (value ? *value || facts[i].always : facts[i].always)
			print_pair(s, 0, facts[i].label, value ? value : "-",
				   value && *value ? facts[i].unit : "");
	}
	row_count(f, &counts);
	buf_putf(&line, "%zu (%zu critical, %zu errors, %zu warnings)", freb_count(f),
		 counts.critical, counts.errors, counts.warnings);
	print_pair(s, 0, "Events", buf_text(&line), "");
	buf_done(&line);
}

/* Nobody proved anything on a resumed session: that is no warning, but a fact to begin with. */
static void
print_session(const struct text_style *s, struct freb_file *f)
{
	const struct freb_data *resumed = NULL, *age;
	const struct freb_event *e;
	struct buf line = BUF_INIT;
	size_t i = 0;

	while (i < freb_count(f) &&
	       strcmp(freb_opcode_name(f, freb_entry(f, i)->opcode), "SECURITY_SESSION") != 0)
		i++;
	e = i < freb_count(f) ? freb_event(f, i) : NULL;
	if (e)
		resumed = freb_data_get(e, "Resumed");
	if (!resumed || !resumed->value || strcmp(resumed->value, "yes") != 0)
		return;
	age = freb_data_get(e, "SecondsSinceSignature");
	buf_puts(&line, "resumed, without a signature; ");
	if (age && age->value && *age->value)
		buf_putf(&line, "the key last signed %s s before", age->value);
	else
		buf_puts(&line, "when the key last signed is not known");
	print_pair(s, 0, "Session", buf_text(&line), "");
	buf_done(&line);
}

static int
print_problem(const struct text_style *s, struct freb_file *f, size_t index)
{
	const struct freb_event *e = freb_event(f, index);
	const struct freb_data *module = e ? freb_data_get(e, "ModuleName") : NULL;
	struct buf line = BUF_INIT;
	int result;

	if (!e)
		return -ENOMEM;
	buf_putf(&line, "%6zu. ", index + 1);
	text_cell(&line, row_severity(freb_entry(f, index)->level), 14);
	buf_putc(&line, ' ');
	text_cell(&line, freb_opcode_name(f, freb_entry(f, index)->opcode), 34);
	buf_putc(&line, ' ');
	text_cell(&line, module ? module->value : "", 0);
	text_line(s, &line, 8, text_level_color(freb_entry(f, index)->level));
	result = line.error;
	buf_done(&line);
	return result ? result : print_data(s, e, 8, ROW_NO_SYSTEM);
}

int
text_summary(const struct text_style *s, struct freb_file *f)
{
	size_t found = 0;
	int result = 0;

	text_head(s, f);
	print_facts(s, f);
	print_session(s, f);
	text_words(s, TEXT_PLAIN, "");
	text_words(s, TEXT_BOLD, "Errors & Warnings");
	for (size_t i = 0; i < freb_count(f) && result == 0; i++) {
		if (!text_shows(s, i) || !row_is_problem(freb_entry(f, i)->level))
			continue;
		if (found++ == 0)
			text_words(s, TEXT_BOLD, "   No.  Severity       Event"
				   "                              Module Name");
		if (s->most && found > s->most)
			continue;
		result = print_problem(s, f, i);
	}
	if (s->most && found > s->most)
		text_words(s, TEXT_PLAIN, "   ... and more of them; Errors has all");
	if (found == 0)
		text_words(s, TEXT_PLAIN, "No Errors or Warnings were found");
	return result;
}

/* What encloses an event, the outermost first. */
static int
print_chain(const struct text_style *s, struct freb_file *f, size_t index)
{
	size_t chain[32];
	size_t count = 0;
	struct buf line = BUF_INIT;
	int result = 0;

	for (index = freb_parent(f, index); index != SIZE_MAX && count < 32;
	     index = freb_parent(f, index))
		chain[count++] = index;
	if (count == 0)
		return 0;
	buf_puts(&line, "        in ");
	while (count > 0 && result == 0) {
		result = text_span_name(f, chain[--count], &line);
		if (count > 0)
			buf_puts(&line, " > ");
	}
	text_line(s, &line, 13, TEXT_PLAIN);
	buf_done(&line);
	return result;
}

int
text_errors(const struct text_style *s, struct freb_file *f)
{
	bool found = false;
	int result = 0;

	text_head(s, f);
	for (size_t i = s->first; i < freb_count(f) && result == 0; i++) {
		if (!text_shows(s, i) || !row_is_problem(freb_entry(f, i)->level))
			continue;
		found = true;
		result = print_event(s, f, i, 0);
		if (result == 0)
			result = print_chain(s, f, i);
		if (result == 0)
			result = freb_event(f, i)
					 ? print_data(s, freb_event(f, i), 8, ROW_NO_SYSTEM)
					 : -ENOMEM;
	}
	if (!found)
		text_words(s, TEXT_PLAIN, "No Errors or Warnings were found");
	return result;
}

/* ---- timing ---- */

struct timing {			/* per event; of STARTs only */
	int64_t *took;		/* ms; -1 = no span */
	int64_t *inside;	/* ms of the spans directly inside */
	int64_t zero;		/* of the request, ms since 1970 */
	int64_t end;		/* last readable time */
};

static bool
is_span(const struct freb_file *f, size_t i)
{
	size_t partner = freb_partner(f, i);

	return (partner != SIZE_MAX && partner > i) || (freb_entry(f, i)->flags & FREB_UNCLOSED);
}

/* A span without END lasts as long as what encloses it. */
static int64_t
end_of(const struct freb_file *f, const struct timing *t, size_t i)
{
	for (; i != SIZE_MAX; i = freb_parent(f, i)) {
		size_t partner = freb_partner(f, i);

		if (partner != SIZE_MAX && freb_entry(f, partner)->time_ms != INT64_MIN)
			return freb_entry(f, partner)->time_ms;
	}
	return t->end;
}

static int
measure(const struct freb_file *f, struct timing *t)
{
	size_t count = freb_count(f);

	t->zero = row_zero_ms(f);
	t->end = t->zero;
	t->took = malloc((count + 1) * sizeof(*t->took));
	t->inside = calloc(count + 1, sizeof(*t->inside));
	if (!t->took || !t->inside)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (freb_entry(f, i)->time_ms > t->end)
			t->end = freb_entry(f, i)->time_ms;
	for (size_t i = 0; i < count; i++) {
		int64_t time = freb_entry(f, i)->time_ms;

		t->took[i] = -1;
		if (!is_span(f, i) || time == INT64_MIN)
			continue;
		t->took[i] = end_of(f, t, i) - time;
		if (t->took[i] < 0)
			t->took[i] = 0;
		if (freb_parent(f, i) != SIZE_MAX)
			t->inside[freb_parent(f, i)] += t->took[i];
	}
	return 0;
}

/* The cell of a time; times out of order stay within the bar. */
static int
cell_of(int64_t ms, int64_t whole)
{
	if (ms <= 0 || whole <= 0)
		return 0;
	return ms >= whole ? BAR - 1 : (int)(ms * BAR / whole);
}

static void
put_bar(struct buf *line, int64_t start, int64_t took, int64_t whole, bool open)
{
	int from = cell_of(start, whole);
	int to = cell_of(start + took, whole);

	for (int i = 0; i < BAR; i++)
		buf_putc(line, i < from || i > to ? ' '
			       : to == from	  ? '|'
			       : open && i == to  ? '!'
						  : '=');
}

static int
print_span(const struct text_style *s, struct freb_file *f, const struct timing *t, size_t i)
{
	const struct freb_entry *e = freb_entry(f, i);
	int64_t self = t->took[i] > t->inside[i] ? t->took[i] - t->inside[i] : 0;
	bool open = e->flags & FREB_UNCLOSED;
	struct buf line = BUF_INIT;
	int result;

	buf_putf(&line, "%6zu %9" PRId64 " %8" PRId64 " %8" PRId64 " ", i + 1, e->time_ms - t->zero,
		 t->took[i], self);
	put_bar(&line, e->time_ms - t->zero, t->took[i], t->end - t->zero, open);
	buf_putf(&line, " %*s", 2 * (e->depth < 20 ? e->depth : 20), "");
	result = text_span_name(f, i, &line);
	if (open)
		buf_puts(&line, " (no end)");
	text_line(s, &line, 16, TEXT_PLAIN);
	buf_done(&line);
	return result;
}

/* The next gap in the order of length; of equal ones the earlier first. */
static size_t
next_gap(const struct freb_file *f, size_t last)
{
	int64_t limit = last == SIZE_MAX ? INT64_MAX : row_gap_ms(f, last);
	size_t best = SIZE_MAX;

	for (size_t i = 1; i < freb_count(f); i++) {
		int64_t gap = row_gap_ms(f, i);

		if (gap <= 0 || gap > limit || (gap == limit && last != SIZE_MAX && i <= last))
			continue;
		if (best == SIZE_MAX || gap > row_gap_ms(f, best))
			best = i;
	}
	return best;
}

static void
print_gaps(const struct text_style *s, const struct freb_file *f)
{
	size_t at = next_gap(f, SIZE_MAX);

	text_words(s, TEXT_PLAIN, "");
	text_words(s, TEXT_BOLD, "Longest gaps");
	if (at == SIZE_MAX)
		text_words(s, TEXT_PLAIN, "All events have the same time");
	for (size_t i = 0; i < GAPS && at != SIZE_MAX; i++, at = next_gap(f, at)) {
		struct buf line = BUF_INIT;
		uint8_t level = freb_entry(f, at)->level;

		buf_putf(&line, "%9" PRId64 " ms before #%zu ", row_gap_ms(f, at), at + 1);
		cell_puts(&line, freb_opcode_name(f, freb_entry(f, at)->opcode), CELL_ROW);
		if (*row_severity(level))
			buf_putf(&line, "  (%s)", row_severity(level));
		text_line(s, &line, 14, text_level_color(level));
		buf_done(&line);
	}
}

int
text_timing(const struct text_style *s, struct freb_file *f)
{
	struct timing t = { 0 };
	int result = measure(f, &t);

	text_head(s, f);
	text_words(s, TEXT_BOLD, "   No.    +start     took     self span: START..END     Span");
	for (size_t i = 0; i < freb_count(f) && result == 0 && !ferror(s->out); i++)
		if (t.took[i] >= 0 && text_shows(s, i))
			result = print_span(s, f, &t, i);
	if (result == 0)
		print_gaps(s, f);
	free(t.took);
	free(t.inside);
	return result;
}
