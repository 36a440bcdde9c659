/* SPDX-License-Identifier: MIT */
/*
 * batch_show - one trace as text: chosen, judged, redacted, shown; and the
 * messages about it.
 */
#include <config.h>

#include "viewer/batch_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/check.h"
#include "viewer/html.h"
#include "viewer/json.h"

#define DAMAGE_SHOWN 20u	/* messages per file */

/* Paths and parser messages may hold anything: cleaned like the rest. */
void
batch_complain(const char *path, uint64_t line, const char *text)
{
	struct buf message = BUF_INIT;

	fflush(stdout);
	buf_puts(&message, "frebview: ");
	cell_puts(&message, strcmp(path, "-") == 0 ? "(standard input)" : path, CELL_ROW);
	if (line)
		buf_putf(&message, ":%" PRIu64, line);
	buf_puts(&message, ": ");
	cell_puts(&message, text, CELL_ROW);
	fprintf(stderr, "%s\n", buf_text(&message));
	buf_done(&message);
}

static void
tell_damage(const struct freb_file *f)
{
	size_t count = freb_damage_count(f);

	for (size_t i = 0; i < count && i < DAMAGE_SHOWN; i++) {
		const struct freb_damage *d = freb_damage(f, i);
		struct buf text = BUF_INIT;

		buf_puts(&text, d->message);
		if (d->event)
			buf_putf(&text, " (byte %" PRIu64 ", event %zu)", d->offset, d->event);
		else
			buf_putf(&text, " (byte %" PRIu64 ")", d->offset);
		batch_complain(freb_path(f), d->line, buf_text(&text));
		buf_done(&text);
	}
	if (count > DAMAGE_SHOWN)
		batch_complain(freb_path(f), 0, "there is more damage");
}

/* ---- one trace ---- */

static int
show(struct run *r, enum frebview_mode mode, struct freb_file *f)
{
	size_t findings = 0;
	int result;

	switch (mode) {
	case MODE_SUMMARY:
		return text_summary(&r->style, f);
	case MODE_DETAILS:
		return text_details(&r->style, f);
	case MODE_TIMING:
		return text_timing(&r->style, f);
	case MODE_ERRORS:
		return text_errors(&r->style, f);
	case MODE_IDENTITY:
		return text_identity(&r->style, f);
	case MODE_HTML:
		return html_trace(&r->style, f, ++r->shown);
	case MODE_STATS:
		return stats_add(r->stats, &r->style, f);
	case MODE_TSV:
		return text_tsv(&r->style, f);
	case MODE_JSON:
		return json_trace(r->style.out, f, r->style.first, r->style.shown);
	case MODE_CHECK:
		result = check_trace(r->style.out, f, &findings);
		r->found = r->found || findings > 0;
		return result;
	default:
		return text_compact(&r->style, f);
	}
}

static bool
is_prose(enum frebview_mode mode)
{
	return mode != MODE_TSV && mode != MODE_JSON && mode != MODE_CHECK && mode != MODE_HTML &&
	       mode != MODE_STATS;
}

static bool
event_exists(struct run *r, const struct freb_file *f)
{
	struct buf text = BUF_INIT;

	if (r->o->event <= freb_count(f))
		return true;
	buf_putf(&text, "there is no event %zu: it has %zu", r->o->event, freb_count(f));
	batch_complain(freb_path(f), 0, buf_text(&text));
	buf_done(&text);
	r->trouble = true;
	return false;
}

/* --fail-on: says what matched. */
void
batch_tell_match(struct run *r, const char *path, size_t event)
{
	struct buf text = BUF_INIT;

	if (event != SIZE_MAX)
		buf_putf(&text, "event %zu matches --fail-on", event + 1);
	else
		buf_puts(&text, "matches --fail-on");
	batch_complain(path, 0, buf_text(&text));
	buf_done(&text);
	r->found = true;
}

static int
judge(struct run *r, struct freb_file *f)
{
	struct choice c;
	int result;

	if (!r->fail_on)
		return 0;
	result = choose(r->fail_on, f, &c);
	if (result == 0 && c.trace)
		batch_tell_match(r, freb_path(f), c.first);
	choice_done(&c);
	return result;
}

/* Filters see what the file says; what is shown may then be redacted. */
static int
show_chosen(struct run *r, enum frebview_mode mode, struct freb_file *f)
{
	struct choice c = { 0 };
	int result = r->filter ? choose(r->filter, f, &c) : 0;

	if (result == 0 && (!r->filter || c.trace)) {
		result = judge(r, f);
		if (result == 0 && r->redact)
			result = redact_file(r->redact, f);
		if (result == 0 && is_prose(mode) && r->shown++ > 0)
			fputs("\n", r->style.out);
		r->style.shown = c.shown;
		if (result == 0)
			result = show(r, mode, f);
		r->style.shown = NULL;
		if (mode != MODE_CHECK)
			tell_damage(f);
		r->damaged = r->damaged || freb_damage_count(f) > 0;
	}
	choice_done(&c);
	return result;
}

static void
tell_unopened(struct run *r, const char *path, int result, const char *error)
{
	struct buf text = BUF_INIT;

	if (result == -EBADMSG)
		buf_puts(&text, "this is not a FREB trace: ");
	buf_puts(&text, error ? error : strerror(-result));
	batch_complain(path, 0, buf_text(&text));
	buf_done(&text);
	r->trouble = true;
}

void
batch_show(struct run *r, enum frebview_mode mode, const char *path)
{
	struct freb_file *f;
	char *error = NULL;
	int result = freb_open(path, &f, &error);

	if (result < 0) {
		tell_unopened(r, path, result, error);
		free(error);
		return;
	}
	result = freb_index_all(f);
	if (result == 0 && event_exists(r, f))
		result = show_chosen(r, mode, f);
	if (result < 0) {
		batch_complain(path, 0, strerror(-result));
		r->trouble = true;
	}
	freb_close(f);
}
