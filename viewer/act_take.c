/* SPDX-License-Identifier: MIT */
/*
 * Taking along: yank to the terminal's clipboard (OSC 52), export to a file.
 * Nothing is ever written over: an existing file is refused.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/cell.h"
#include "viewer/certificate.h"
#include "viewer/html.h"
#include "viewer/json.h"
#include "viewer/output.h"
#include "viewer/rows.h"

enum { YANK_MAX = 100 * 1000 };		/* bytes; terminals refuse more */

/* ---- pieces ---- */

static void
put_line(struct freb_file *f, size_t event, struct buf *out)
{
	struct row r = { 0 };

	if (row_read(f, event, ROW_TIME_UTC, 0, &r) == 0) {
		buf_putf(out, "%zu  %s  %c  ", r.no, r.time, r.letter);
		cell_put(out, buf_text(&r.event), r.event.len, CELL_TSV);
		buf_puts(out, "  ");
		cell_put(out, buf_text(&r.details), r.details.len, CELL_TSV);
		buf_putc(out, '\n');
	}
	row_done(&r);
}

static void
put_tsv(struct freb_file *f, size_t event, struct buf *out)
{
	struct row r = { 0 };

	if (row_read(f, event, ROW_TIME_UTC, 0, &r) == 0) {
		buf_putf(out, "%zu\t%s\t", r.no, r.severity);
		cell_put(out, buf_text(&r.event), r.event.len, CELL_TSV);
		buf_putc(out, '\t');
		cell_put(out, buf_text(&r.details), r.details.len, CELL_TSV);
		buf_putf(out, "\t%s\n", r.time);
	}
	row_done(&r);
}

static void
put_text(struct freb_file *f, size_t event, struct buf *out)
{
	const struct freb_event *e = freb_event(f, event);
	struct row_lines rows = { 0 };

	put_line(f, event, out);
	if (e)
		row_details(e, 0, SIZE_MAX, &rows);
	for (size_t i = 0; i < rows.count; i++) {
		buf_puts(out, "    ");
		cell_puts(out, rows.at[i].label, CELL_TSV);
		buf_puts(out, "  ");
		cell_puts(out, rows.at[i].text, CELL_TSV);
		buf_putc(out, '\n');
	}
	row_lines_done(&rows);
}

static void
put_xml(struct freb_file *f, size_t event, struct buf *out)
{
	char *bytes = NULL;
	size_t len = 0;

	if (freb_event_raw(f, event, &bytes, &len) == 0)
		buf_put(out, bytes, len);
	free(bytes);
	buf_puts(out, "\r\n");
}

static void
put_json(struct freb_file *f, size_t event, struct buf *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return;
	json_event(to, f, event);
	fclose(to);
	buf_put(out, text, size);
	free(text);
}

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
		put_line(t->trace->file, event, &b);
	else if (fine && key == 'v')
		put_value(t, event, &b);
	else if (fine && key == 'e')
		put_text(t->trace->file, event, &b);
	else if (fine && key == 'j')
		put_json(t->trace->file, event, &b);
	else if (fine && key == 'x')
		put_xml(t->trace->file, event, &b);
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

/* ---- export ---- */

static const char xml_head[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"
	"<?xml-stylesheet type='text/xsl' href='freb.xsl'?>\r\n";

static void
put_attribute(struct buf *b, const struct freb_attr *a)
{
	buf_putf(b, " %s=\"", a->name);
	for (const char *p = a->value; *p; p++) {
		if (*p == '&')
			buf_puts(b, "&amp;");
		else if (*p == '<')
			buf_puts(b, "&lt;");
		else if (*p == '"')
			buf_puts(b, "&quot;");
		else
			buf_putc(b, *p);
	}
	buf_puts(b, "\"\r\n");
}

/* The root as it was, with the namespaces its names need. */
static void
put_root(const struct freb_file *f, struct buf *b)
{
	const struct freb_root *root = freb_root(f);

	buf_puts(b, xml_head);
	buf_puts(b, "<failedRequest");
	for (size_t i = 0; i < root->attr_count; i++) {
		if (strncmp(root->attrs[i].name, "xmlns", 5) != 0)
			put_attribute(b, &root->attrs[i]);
	}
	buf_puts(b, " xmlns:fp=\"urn:frebproxy:trace:1\"\r\n"
		    " xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\">\r\n");
}

static bool
flush_to(FILE *out, struct buf *b)
{
	bool fine = !b->error && fwrite(buf_text(b), 1, b->len, out) == b->len;

	buf_reset(b);
	return fine;
}

/* All rows of the view, or the marked ones when some are. */
static bool
write_events(struct tui *t, FILE *out, size_t *count)
{
	struct view *v = &t->trace->view;
	struct freb_file *f = t->trace->file;
	struct buf b = BUF_INIT;
	size_t place;
	bool marked = view_count(v, VIEW_MARK, 0, &place) > 0;
	bool fine = true;

	*count = 0;
	if (t->export_kind == 'x')
		put_root(f, &b);
	else if (t->export_kind == 'h')
		fine = html_begin(out, f) == 0;
	for (size_t i = 0; i < v->row_count && fine; i++) {
		size_t e = v->rows[i];

		if (marked && !bits_has(&v->marked, e))
			continue;
		if (t->export_kind == 'x')
			put_xml(f, e, &b);
		else if (t->export_kind == 'j')
			put_json(f, e, &b);
		else if (t->export_kind == 'h')
			fine = html_event(out, f, e) == 0;
		else if (t->export_kind == 'v')
			put_tsv(f, e, &b);
		else
			put_line(f, e, &b);
		fine = flush_to(out, &b) && fine;
		++*count;
	}
	if (t->export_kind == 'x')
		buf_puts(&b, "</failedRequest>");
	else if (t->export_kind == 'h')
		html_end(out);
	fine = flush_to(out, &b) && fine;
	buf_done(&b);
	return fine;
}

void
tui_export(struct tui *t, const char *path)
{
	size_t count = 0;

	if (!*path)
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!out) {
		tui_fail(t, "%s: %s", path, errno != EEXIST ? strerror(errno)
			 : "exists already; nothing is written over");
		if (fd >= 0)
			close(fd);
		return;
	}
	bool fine = write_events(t, out, &count);

	if (fclose(out) != 0 || !fine)
		tui_fail(t, "%s: could not be written whole: %s", path, strerror(errno));
	else
		tui_say(t, "%zu events written to %s", count, path);
}

static void
export_chosen(struct tui *t, char key)
{
	t->export_kind = key;
	tui_ask(t, ASK_FILE, NULL);
}

void
act_export(struct tui *t)
{
	static const struct menu_item items[] = {
		{ 't', "text" }, { 'v', "TSV" }, { 'j', "JSON lines" }, { 'h', "HTML" },
		{ 'x', "XML" }, { 0, NULL },
	};

	if (!t->trace->complete || opened_is_busy(t->trace))
		tui_fail(t, "still reading; export when it is done");
	else
		tui_menu(t, "export as", items, export_chosen);
}
