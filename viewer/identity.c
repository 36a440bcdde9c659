/* SPDX-License-Identifier: MIT */
/*
 * View 6: who the client was.  story.c tells it, as for the text mode; here it
 * gets its lines, and the certificate that was injected can be seen as PEM.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <string.h>
#include <strings.h>

#include "viewer/cell.h"
#include "viewer/certificate.h"
#include "viewer/rows.h"
#include "viewer/story.h"

static void
add_heading(struct lines *out, const char *text)
{
	struct buf b = BUF_INIT;

	if (out->count)
		lines_puts(out, "", STYLE_NORMAL);
	buf_putc(&b, ' ');
	cell_puts(&b, text, CELL_DETAIL);
	lines_add(out, &b, 0, STYLE_HEADING);
}

/* "    9 09:00:02.365 handshake: ok": what wraps goes in below the sentence. */
static void
add_said(struct tui *t, const struct story_line *l, struct lines *out)
{
	bool local = t->options->time == ROW_TIME_LOCAL;
	char time[ROW_TIME_LEN] = "";
	struct buf b = BUF_INIT;

	if (t->time == TIME_CLOCK)
		row_time_text(l->at_ms, local ? ROW_TIME_LOCAL : ROW_TIME_UTC, 0, time);
	else
		row_time_text(l->at_ms, ROW_TIME_RELATIVE, opened_start_ms(t->trace), time);
	if (l->event != SIZE_MAX)
		buf_putf(&b, " %4zu", l->event + 1);
	else
		buf_puts(&b, "     ");
	buf_putf(&b, " %12s ", time);
	size_t label = b.len;
	cell_puts(&b, l->text, CELL_DETAIL);
	lines_add(out, &b, label, l->problem ? STYLE_WARNING : STYLE_NORMAL);
}

static void
add_line(struct tui *t, const struct story_line *l, struct lines *out)
{
	bool wide = t->columns >= 80;

	switch (l->kind) {
	case STORY_HEADING:
		add_heading(out, l->text);
		break;
	case STORY_SAID:
		add_said(t, l, out);
		break;
	case STORY_VALUE:
		lines_value(out, wide ? 19 : 4, wide ? 27 : 12, l->label, l->text, STYLE_NORMAL);
		break;
	case STORY_TEXT:
		lines_value(out, wide ? 17 : 2, 0, "", l->text, STYLE_NORMAL);
		break;
	}
}

/* ---- PEM ---- */

static bool
names_certificate(const struct freb_event *e)
{
	const struct freb_data *name = freb_data_get(e, "HeaderName");

	return name && name->value && strcasecmp(name->value, "X-ARR-ClientCert") == 0;
}

static void
add_pem(struct tui *t, size_t event, struct lines *out)
{
	const struct freb_event *e = freb_event(t->trace->file, event);
	const struct freb_data *value;
	struct buf pem = BUF_INIT, title = BUF_INIT;

	if (!e || !names_certificate(e))
		return;
	value = freb_data_get(e, "HeaderValue");
	if (!value || !value->value || !*value->value)
		return;
	buf_putf(&title, "Injected as X-ARR-ClientCert by #%zu (p tells it in words)", event + 1);
	add_heading(out, buf_text(&title));
	if (certificate_pem(value->value, &pem) == 0)
		lines_value(out, 2, 0, "", buf_text(&pem), STYLE_NORMAL);
	else
		lines_value(out, 2, 12, "not decoded", buf_text(&pem), STYLE_WARNING);
	buf_done(&pem);
	buf_done(&title);
}

static void
all_pem(struct tui *t, struct lines *out)
{
	struct freb_file *f = t->trace->file;

	for (size_t i = 0; i < freb_count(f); i++) {
		if (strcmp(freb_opcode_name(f, freb_entry(f, i)->opcode),
			   "GENERAL_SET_REQUEST_HEADER") == 0)
			add_pem(t, i, out);
	}
	if (!out->count)
		lines_puts(out, " No certificate was injected; p tells the rest.", STYLE_NORMAL);
}

void
page_identity(struct tui *t, struct lines *out)
{
	struct story s = { 0 };

	if (!t->trace->complete) {
		lines_puts(out, t->trace->stopped ? " (reading was stopped; F5 reads on)"
			   : " (still reading)", STYLE_MESSAGE);
		return;
	}
	if (t->pem) {
		all_pem(t, out);
		return;
	}
	story_tell(t->trace->file, &s);
	for (size_t i = 0; i < s.count; i++)
		add_line(t, &s.at[i], out);
	if (!out->count)
		lines_puts(out, " This trace says nothing about TLS, certificates or users.",
			   STYLE_NORMAL);
	story_done(&s);
}
