/* SPDX-License-Identifier: MIT */
/*
 * Export: the events of a view, or the traces of the list, into a new file.
 * Nothing is ever written over: an existing file is refused; what Esc stops is
 * taken away again.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/event_text.h"
#include "viewer/html.h"
#include "viewer/json.h"
#include "viewer/text.h"

enum { INDEX_STEP = 1 << 20 };

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

/* One event in the form chosen; false: it could not be written. */
static bool
write_event(struct tui *t, FILE *out, size_t e)
{
	struct freb_file *f = t->trace->file;
	struct buf b = BUF_INIT;
	bool fine = true;

	if (t->export_kind == 'x')
		event_put_xml(f, e, &b);
	else if (t->export_kind == 'j')
		event_put_json(f, e, &b);
	else if (t->export_kind == 'h')
		fine = html_event(out, f, e) == 0;
	else if (t->export_kind == 'v')
		event_put_tsv(f, e, &b);
	else
		event_put_line(f, e, &b);
	fine = flush_to(out, &b) && fine;
	buf_done(&b);
	return fine;
}

/* All rows of the view, or the marked ones when some are. */
static bool
write_events(struct tui *t, FILE *out, size_t *count)
{
	struct view *v = &t->trace->view;
	struct buf b = BUF_INIT;
	size_t place;
	bool marked = view_count(v, VIEW_MARK, 0, &place) > 0;
	bool fine = true;

	if (t->export_kind == 'x')
		put_root(t->trace->file, &b);
	else if (t->export_kind == 'h')
		fine = html_begin(out, t->trace->file) == 0;
	fine = flush_to(out, &b) && fine;
	for (size_t i = 0; i < v->row_count && fine; i++) {
		if (marked && !bits_has(&v->marked, v->rows[i]))
			continue;
		if (!tui_goes_on(t, "writing", i, v->row_count)) {
			errno = ECANCELED;
			fine = false;
			break;
		}
		fine = write_event(t, out, v->rows[i]);
		++*count;
	}
	if (t->export_kind == 'x')
		buf_puts(&b, "</failedRequest>");
	else if (t->export_kind == 'h' && fine)
		html_end(out);
	fine = flush_to(out, &b) && fine;
	buf_done(&b);
	return fine;
}

/* ---- the list ---- */

/* JSON lines: the trace, then its events, so that Esc need not wait for a large one. */
static int
write_json(struct tui *t, FILE *out, struct freb_file *f)
{
	size_t count = freb_count(f);
	bool *none = calloc(count + 1, sizeof(*none));
	int rc = none ? json_trace(out, f, 0, none) : -ENOMEM;

	free(none);
	for (size_t e = 0; e < count && rc == 0; e++)
		rc = tui_goes_on(t, "writing", e, count) ? json_event(out, f, e) : -ECANCELED;
	return rc;
}

static int
write_trace(struct tui *t, FILE *out, const char *path, size_t number)
{
	struct text_style style = { .out = out, .time = ROW_TIME_UTC };
	struct freb_file *f = NULL;
	char *error = NULL;
	int rc = freb_open(path, &f, &error);

	free(error);
	if (rc)
		return 0;	/* no trace, or gone: the list says so; the others are written */
	while (rc == 0 && (rc = freb_index(f, INDEX_STEP)) > 0)
		rc = tui_goes_on(t, "reading", freb_indexed(f), freb_size(f)) ? 0 : -ECANCELED;
	if (rc == 0)
		rc = t->export_kind == 'j' ? write_json(t, out, f) : html_trace(&style, f, number);
	freb_close(f);
	return rc;
}

/* The rows meant: the marked ones when some are, else all that are shown. */
static bool
is_meant(struct tui *t, const struct dir_entry *e)
{
	return t->list.mark_count == 0 || list_is_marked(&t->list, e->path);
}

/* As --list writes it. */
static int
write_rows(struct tui *t, FILE *out, size_t *count)
{
	struct list *l = &t->list;
	struct text_style style = { .out = out, .time = t->options->time };
	struct dir rows = l->dir;
	struct look *looks = calloc(l->count + 1, sizeof(*looks));

	rows.entries = calloc(l->count + 1, sizeof(*rows.entries));
	rows.count = 0;
	for (size_t i = 0; looks && rows.entries && i < l->count; i++) {
		const struct dir_entry *e = list_entry(l, i);
		const struct facts *f = scan_facts(&l->scan, e);

		if (!is_meant(t, e))
			continue;
		if (f)
			looks[rows.count].facts = *f;	/* borrowed */
		rows.entries[rows.count++] = *e;
	}
	int rc = looks && rows.entries ? text_list(&style, &rows, looks) : -ENOMEM;

	*count = rows.count;
	free(rows.entries);
	free(looks);
	return rc;
}

static bool
write_traces(struct tui *t, FILE *out, size_t *count)
{
	struct text_style style = { .out = out, .time = ROW_TIME_UTC };
	struct list *l = &t->list;
	int rc = 0;

	if (t->export_kind == 't') {
		rc = write_rows(t, out, count);
	} else {
		if (t->export_kind == 'h')
			html_page_begin(&style, "frebview");
		for (size_t i = 0; i < l->count && rc == 0; i++) {
			const struct dir_entry *e = list_entry(l, i);

			if (!is_meant(t, e))
				continue;
			rc = tui_goes_on(t, "writing", i, l->count)
				? write_trace(t, out, e->path, ++*count) : -ECANCELED;
		}
		if (t->export_kind == 'h' && rc == 0)
			html_page_end(&style);
	}
	if (rc)
		errno = -rc;
	return rc == 0;
}

/* ---- both ---- */

void
tui_export(struct tui *t, const char *path)
{
	const char *what = tui_in_list(t) ? "trace" : "event";
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
	bool fine = tui_in_list(t) ? write_traces(t, out, &count) : write_events(t, out, &count);
	bool stopped = !fine && errno == ECANCELED;

	fine = !ferror(out) && fine;
	fine = fclose(out) == 0 && fine;
	if (!fine)
		unlink(path);
	if (stopped)
		tui_fail(t, "stopped; %s was not written", path);
	else if (!fine)
		tui_fail(t, "%s: could not be written: %s", path, strerror(errno));
	else
		tui_say(t, "%zu %s%s written to %s", count, what, count == 1 ? "" : "s", path);
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
	static const struct menu_item events[] = {
		{ 't', "text" }, { 'v', "TSV" }, { 'j', "JSON lines" }, { 'h', "HTML" },
		{ 'x', "XML" }, { 0, NULL },
	};
	static const struct menu_item traces[] = {
		{ 't', "text" }, { 'j', "JSON lines" }, { 'h', "HTML" }, { 0, NULL },
	};

	if (tui_in_list(t))
		tui_menu(t, t->list.mark_count ? "export the marked traces as"
			 : "export the traces shown as", traces, export_chosen);
	else if (opened_is_busy(t->trace))
		tui_fail(t, "still reading; export when it is done, or Esc stops it");
	else
		tui_menu(t, "export as", events, export_chosen);
}
