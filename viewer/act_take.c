/* SPDX-License-Identifier: MIT */
/*
 * Yank: to the terminal's clipboard (OSC 52), or to the file of --yank-to.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/certificate.h"
#include "viewer/event_text.h"
#include "viewer/output.h"
#include "viewer/rows.h"

enum { YANK_MAX = 100 * 1000 };		/* bytes; terminals refuse more */

/* ---- yank ---- */

/* The value in whose line the cursor stands; else all Data as the table shows them. */
static void
put_value(struct tui *t, size_t event, struct buf *out)
{
	const struct freb_event *e = freb_event(t->trace->file, event);
	struct lines l = { 0 };
	size_t line = t->trace->view.line;

	event_lines(t, t->trace, event, &l);
	if (e && t->place == IN_DETAILS && line < l.count && l.at[line].data < e->data_count) {
		const char *value = e->data[l.at[line].data].value;

		buf_puts(out, value ? value : "");
	} else {
		struct row r = { 0 };

		if (row_read(t->trace->file, event, ROW_TIME_UTC, 0, &r) == 0)
			buf_put(out, buf_text(&r.details), r.details.len);
		row_done(&r);
	}
	lines_done(&l);
}

/* The certificate of this event, else the one injected somewhere in the trace. */
static bool
put_certificate(struct tui *t, size_t event, struct buf *out)
{
	struct freb_file *f = t->trace->file;

	for (size_t n = 0; n <= freb_count(f); n++) {
		size_t i = n == 0 ? event : n - 1;
		const char *name = freb_opcode_name(f, freb_entry(f, i)->opcode);

		if (strcmp(name, "GENERAL_SET_REQUEST_HEADER") != 0)
			continue;
		const struct freb_event *e = freb_event(f, i);
		const struct freb_data *header = e ? freb_data_get(e, "HeaderName") : NULL;
		const struct freb_data *value = e ? freb_data_get(e, "HeaderValue") : NULL;

		if (header && value && header->value && value->value &&
		    strcmp(header->value, "X-ARR-ClientCert") == 0)
			return certificate_pem(value->value, out) == 0;
	}
	return false;
}

/* --yank-to: for terminals that know no OSC 52; the file always holds the last yank. */
static void
copy_to_file(struct tui *t, const char *path, const struct buf *b)
{
	struct output out;
	char *why = NULL;

	if (output_open(&out, path, &why) != 0) {
		tui_fail(t, "%s: %s", path, why ? why : "no memory");
		free(why);
		return;
	}
	fwrite(b->data, 1, b->len, out.file);
	int rc = output_end(&out);

	if (rc)
		tui_fail(t, "%s: %s", path, strerror(-rc));
	else
		tui_say(t, "copied %zu bytes to %s", b->len, path);
}

static void
copy(struct tui *t, const struct buf *b)
{
	if (t->options->yank_to) {
		copy_to_file(t, t->options->yank_to, b);
	} else if (b->len > YANK_MAX) {
		tui_fail(t, "%zu bytes are more than the %d a terminal takes; x exports", b->len,
			 (int)YANK_MAX);
	} else {
		screen_clipboard(b->data, b->len);
		tui_say(t, "copied %zu bytes to the terminal's clipboard", b->len);
	}
}

static void
yank_chosen(struct tui *t, char key)
{
	size_t event = view_event(&t->trace->view);
	struct buf b = BUF_INIT;
	bool fine = event != VIEW_NONE;

	if (fine && key == 'l')
		event_put_line(t->trace->file, event, &b);
	else if (fine && key == 'v')
		put_value(t, event, &b);
	else if (fine && key == 'e')
		event_put_text(t->trace->file, event, &b);
	else if (fine && key == 'j')
		event_put_json(t->trace->file, event, &b);
	else if (fine && key == 'x')
		event_put_xml(t->trace->file, event, &b);
	else if (fine)
		fine = put_certificate(t, event, &b);
	if (!fine || b.error || b.len == 0) {
		tui_fail(t, key == 'c' ? "no certificate that decodes in this trace"
				       : "nothing to copy here");
	} else {
		copy(t, &b);
	}
	buf_done(&b);
}

void
act_yank(struct tui *t)
{
	static const struct menu_item items[] = {
		{ 'l', "line" }, { 'v', "value" }, { 'e', "event" }, { 'j', "JSON" },
		{ 'x', "XML" }, { 'c', "certificate" }, { 0, NULL },
	};

	tui_menu(t, "copy", items, yank_chosen);
}
