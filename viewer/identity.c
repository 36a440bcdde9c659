/* SPDX-License-Identifier: MIT */
/*
 * View 6: who the client was, as the trace tells it: TLS session, chain,
 * token, and the certificate that was injected for the farm.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "viewer/cell.h"
#include "viewer/certificate.h"
#include "viewer/rows.h"

static const struct {
	const char *part;	/* heading, NULL = an event of the part above */
	const char *event;	/* its name */
} table[] = {
#define PART(heading) { heading, NULL },
#define IDENTITY(name) { NULL, #name },
#include "viewer/identity.def"
#undef IDENTITY
#undef PART
};

#define TABLE (sizeof(table) / sizeof(table[0]))

static void
add_heading(struct lines *out, const char *text)
{
	struct buf b = BUF_INIT;

	if (out->count)
		lines_puts(out, "", STYLE_NORMAL);
	buf_putf(&b, " %s", text);
	lines_add(out, &b, 0, STYLE_HEADING);
}

static void
add_event(struct tui *t, size_t event, struct lines *out)
{
	const struct freb_entry *entry = freb_entry(t->trace->file, event);
	const struct freb_event *e = freb_event(t->trace->file, event);
	struct row_lines rows = { 0 };
	struct buf b = BUF_INIT;

	if (!e)
		return;
	buf_putf(&b, "   #%zu ", event + 1);
	cell_puts(&b, freb_opcode_name(t->trace->file, entry->opcode), CELL_ROW);
	lines_add(out, &b, 0, row_is_problem(entry->level) ? STYLE_WARNING : STYLE_TITLE);
	row_details(e, ROW_NO_SYSTEM | (t->raw ? ROW_RAW : 0), ROW_VALUE_MAX, &rows);
	for (size_t i = 0; i < rows.count; i++) {
		const struct row_line *r = &rows.at[i];

		if (!r->empty && strcmp(r->label, "ContextId") != 0)
			lines_value(out, 5, 22, r->label, r->text, STYLE_NORMAL);
	}
	row_lines_done(&rows);
}

/* The header by which the farm learns of the certificate, NULL = this event sets another. */
static const char *
injected(const struct freb_event *e)
{
	const struct freb_data *name = freb_data_get(e, "HeaderName");
	const struct freb_data *value = freb_data_get(e, "HeaderValue");

	if (!name || !name->value || !value || !value->value || !*value->value)
		return NULL;
	return strcasecmp(name->value, "X-ARR-ClientCert") == 0 ? value->value : NULL;
}

/* Lines of a certificate; the tabs that indent them become blanks. */
static void
add_text(struct lines *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), tabs = strspn(text, "\t");
		struct buf b = BUF_INIT;

		buf_putf(&b, "     %*s", (int)(tabs < 20 ? 2 * tabs : 40), "");
		for (size_t i = tabs; i < n; i++) {
			size_t word = strcspn(text + i, "\t\n");

			cell_put(&b, text + i, word, CELL_DETAIL);
			buf_putc(&b, ' ');
			i += word;
		}
		lines_add(out, &b, 0, STYLE_NORMAL);
		text += text[n] ? n + 1 : n;
	}
}

static void
add_certificate(struct tui *t, size_t event, const char *value, struct lines *out)
{
	struct buf b = BUF_INIT, text = BUF_INIT;
	int64_t at = freb_entry(t->trace->file, event)->time_ms;
	int rc = t->pem ? certificate_pem(value, &text) : certificate_text(value, at, &text);

	add_heading(out, t->pem ? "Injected as X-ARR-ClientCert (PEM; p decodes)"
				: "Injected as X-ARR-ClientCert (decoded; p shows PEM)");
	buf_putf(&b, "   #%zu GENERAL_SET_REQUEST_HEADER", event + 1);
	lines_add(out, &b, 0, STYLE_TITLE);
	if (rc != 0) {
		buf_putf(&b, "     not decoded: %s", buf_text(&text));
		lines_add(out, &b, 0, STYLE_WARNING);
		lines_value(out, 5, 22, "HeaderValue", value, STYLE_NORMAL);
	} else {
		add_text(out, buf_text(&text));
	}
	buf_done(&text);
}

/* Events of one row of the table; the heading of its part comes before the first. */
static bool
add_part(struct tui *t, size_t part, struct lines *out)
{
	bool any = false;

	for (size_t row = part + 1; row < TABLE && table[row].event; row++) {
		for (size_t e = 0; e < freb_count(t->trace->file); e++) {
			const struct freb_entry *entry = freb_entry(t->trace->file, e);

			if (strcmp(freb_opcode_name(t->trace->file, entry->opcode),
				   table[row].event) != 0)
				continue;
			if (!any)
				add_heading(out, table[part].part);
			any = true;
			add_event(t, e, out);
		}
	}
	return any;
}

void
page_identity(struct tui *t, struct lines *out)
{
	struct freb_file *f = t->trace->file;
	bool any = false;

	for (size_t i = 0; i < TABLE; i++) {
		if (table[i].part)
			any |= add_part(t, i, out);
	}
	for (size_t e = 0; e < freb_count(f); e++) {
		const char *name = freb_opcode_name(f, freb_entry(f, e)->opcode);
		const struct freb_event *event;
		const char *value;

		if (strcmp(name, "GENERAL_SET_REQUEST_HEADER") != 0)
			continue;
		event = freb_event(f, e);
		value = event ? injected(event) : NULL;
		if (value) {
			add_certificate(t, e, value, out);
			any = true;
		}
	}
	if (!any)
		lines_puts(out, !t->trace->complete ? " (still reading)"
			   : " This trace says nothing about TLS, certificates or users.",
			   STYLE_NORMAL);
}
