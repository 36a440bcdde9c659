/* SPDX-License-Identifier: MIT */
/*
 * check - see check.h.
 *
 * What must be there: GENERAL_REQUEST_START and _END, except where the trace
 * itself says why not: it was cut at its size limit, written before the
 * request ended (TIME_TAKEN), or is one of a handshake that failed (verb "-").
 */
#include <config.h>

#include "viewer/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "trace/buf.h"
#include "viewer/cell.h"
#include "viewer/rows.h"

#define SHOWN 100u		/* findings printed per file; all are counted */

struct check {
	FILE *out;
	struct freb_file *f;
	size_t findings;
	size_t notes;
	bool ours;		/* frebproxy wrote it */
	int failed;		/* -ENOMEM */
};

/* One line: FILE: event N: text. */
static void __attribute__((format(printf, 4, 5)))
say(struct check *c, bool finding, size_t event, const char *fmt, ...)
{
	struct buf line = BUF_INIT;
	struct buf safe = BUF_INIT;
	va_list ap;

	if (finding)
		c->findings++;
	else
		c->notes++;
	if (c->findings + c->notes > SHOWN)
		return;
	buf_putf(&line, "%s: ", freb_path(c->f));
	if (event)
		buf_putf(&line, "event %zu: ", event);
	if (!finding)
		buf_puts(&line, "note: ");
	va_start(ap, fmt);
	buf_vputf(&line, fmt, ap);
	va_end(ap);
	cell_put(&safe, buf_text(&line), line.len, CELL_ROW);
	buf_putc(&safe, '\n');
	c->failed = c->failed ? c->failed : safe.error;
	fwrite(buf_text(&safe), 1, safe.len, c->out);
	buf_done(&line);
	buf_done(&safe);
}

static void
check_form(struct check *c)
{
	for (size_t i = 0; i < freb_damage_count(c->f); i++) {
		const struct freb_damage *d = freb_damage(c->f, i);

		say(c, true, d->event, "damaged at line %" PRIu64 ", byte %" PRIu64 ": %s", d->line,
		    d->offset, d->message);
	}
}

static void
check_root(struct check *c)
{
	static const char *const wanted[] = { "url", "verb", "statusCode", "failureReason",
					      "timeTaken", "activityId" };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!freb_root_get(c->f, wanted[i]))
			say(c, c->ours, 0, "the root has no attribute %s", wanted[i]);
}

/* The pattern of Microsoft's stylesheet: any other form it takes for "now". */
static bool
has_exact_form(const char *time)
{
	return time && strlen(time) == 24 && time[19] == '.' && time[23] == 'Z';
}

static void
check_times(struct check *c)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < freb_count(c->f); i++) {
		const struct freb_entry *entry = freb_entry(c->f, i);
		const struct freb_event *e = freb_event(c->f, i);

		if (!e) {
			c->failed = -ENOMEM;
			return;
		}
		if (entry->flags & FREB_DAMAGED)
			continue;
		if (entry->time_ms == INT64_MIN || !has_exact_form(e->time))
			say(c, true, i + 1, "SystemTime '%s' is not YYYY-MM-DDTHH:MM:SS.mmmZ",
			    e->time ? e->time : "");
		else if (entry->time_ms < last)
			say(c, true, i + 1, "is %" PRId64 " ms earlier than the event before",
			    last - entry->time_ms);
		if (entry->time_ms != INT64_MIN)
			last = entry->time_ms;
	}
}

static bool
is_end(const char *name)
{
	size_t len = strlen(name);

	return (len > 4 && strcmp(name + len - 4, "_END") == 0) ||
	       (len > 5 && strcmp(name + len - 5, "Leave") == 0);
}

static void
check_spans(struct check *c, bool may_be_open)
{
	for (size_t i = 0; i < freb_count(c->f); i++) {
		const struct freb_entry *e = freb_entry(c->f, i);
		const char *name = freb_opcode_name(c->f, e->opcode);

		if (e->flags & FREB_DAMAGED)
			continue;
		if ((e->flags & FREB_UNCLOSED) && !may_be_open)
			say(c, c->ours, i + 1, "%s has no end", name);
		else if (is_end(name) && freb_partner(c->f, i) == SIZE_MAX)
			say(c, c->ours, i + 1, "%s has no start", name);
	}
}

static bool
has_event(const struct freb_file *f, const char *name)
{
	for (size_t i = 0; i < freb_count(f); i++)
		if (strcmp(freb_opcode_name(f, freb_entry(f, i)->opcode), name) == 0)
			return true;
	return false;
}

static bool
is_value(const struct freb_file *f, const char *attribute, const char *value)
{
	const char *text = freb_root_get(f, attribute);

	return text && strcmp(text, value) == 0;
}

static void
check_required(struct check *c, bool may_be_open)
{
	bool handshake_only = c->ours && is_value(c->f, "verb", "-");
	const char *const start = handshake_only ? "CONNECTION_START" : "GENERAL_REQUEST_START";
	const char *const end = handshake_only ? "CONNECTION_END" : "GENERAL_REQUEST_END";

	if (freb_count(c->f) == 0)
		say(c, true, 0, "there are no events");
	else if (is_value(c->f, "url", "frebproxy://start")) /* of the proxy itself */
		return;
	else if (!has_event(c->f, start))
		say(c, c->ours, 0, "the event %s is missing", start);
	if (freb_count(c->f) > 0 && !may_be_open && !has_event(c->f, end))
		say(c, c->ours, 0, "the event %s is missing", end);
}

/* Ours carry attributes in our namespace, or at least one event of our provider. */
static bool
is_ours(struct freb_file *f)
{
	const struct freb_root *root = freb_root(f);

	for (size_t i = 0; i < root->attr_count; i++)
		if (strncmp(root->attrs[i].name, "fp:", 3) == 0)
			return true;
	for (size_t i = 0; i < freb_count(f); i++) {
		const struct freb_event *e = freb_event(f, i);

		if (e && e->provider && strcmp(e->provider, "frebproxy") == 0)
			return true;
	}
	return false;
}

int
check_trace(FILE *out, struct freb_file *f, size_t *findings)
{
	struct check c = { .out = out, .f = f, .ours = is_ours(f) };
	bool may_be_open = freb_is_truncated(f) || is_value(f, "failureReason", "TIME_TAKEN");
	struct buf path = BUF_INIT;

	check_form(&c);
	check_root(&c);
	check_times(&c);
	check_spans(&c, may_be_open);
	check_required(&c, may_be_open);
	cell_puts(&path, freb_path(f), CELL_ROW);
	if (c.findings == 0)
		fprintf(out, "%s: ok, %zu events", buf_text(&path), freb_count(f));
	else
		fprintf(out, "%s: %zu findings in %zu events", buf_text(&path), c.findings,
			freb_count(f));
	if (c.notes)
		fprintf(out, ", %zu notes", c.notes);
	fputs("\n", out);
	buf_done(&path);
	*findings = c.findings;
	return c.failed;
}
