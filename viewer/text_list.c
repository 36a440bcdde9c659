/* SPDX-License-Identifier: MIT */
/*
 * text_list - the list of traces as text; see text.h.
 *
 * Fixed columns first, the URL last.  The columns File and Client are as wide
 * as what stands in them.
 */
#include <config.h>

#include "viewer/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "viewer/cell.h"

/* The folder counts too when the traces are of more than one. */
static bool
is_one_folder(const struct dir *d)
{
	for (size_t i = 1; i < d->count; i++) {
		const struct dir_entry *a = &d->entries[0];
		const struct dir_entry *b = &d->entries[i];
		size_t n = (size_t)(a->file - a->path);

		if (n != (size_t)(b->file - b->path) || memcmp(a->path, b->path, n) != 0)
			return false;
	}
	return true;
}

/* Errors/warnings; ? where the trace was not opened. */
static void
put_problems(const struct facts *f, struct buf *line)
{
	char text[48] = "?";

	if (f->known)
		snprintf(text, sizeof(text), "%zu/%zu", f->counts.critical + f->counts.errors,
			 f->counts.warnings);
	buf_putf(line, "%-6s", text);
}

static const char *
client_of(const struct dir_entry *e, const struct look *look)
{
	const char *client = facts_client(&look->facts, e);

	return client && *client ? client : "-";
}

static void
put_entry(const struct text_style *s, const struct dir_entry *e, const struct look *look,
	  const char *name, size_t columns, size_t client_columns, struct buf *line)
{
	char date[ROW_TIME_LEN];
	char taken[32] = "-";

	row_date_text(e->time_ms, s->time == ROW_TIME_LOCAL ? ROW_TIME_LOCAL : ROW_TIME_UTC, date);
	if (e->taken_ms >= 0)
		snprintf(taken, sizeof(taken), "%" PRId64 "ms", e->taken_ms);
	buf_puts(line, e->damaged ? "! " : "  ");
	text_cell(line, name, columns);
	buf_putf(line, " %-23s ", date);
	text_cell(line, e->verb ? e->verb : "-", 7);
	buf_putc(line, ' ');
	text_cell(line, e->status ? e->status : "-", 6);
	buf_putf(line, " %9s %c   ", taken, e->why);
	put_problems(&look->facts, line);
	text_cell(line, client_of(e, look), client_columns);
	buf_putc(line, ' ');
	text_cell(line, e->url, 0);
	if (e->message) {
		buf_puts(line, e->url ? " (damaged: " : "(damaged: ");
		text_cell(line, e->message, 0);
		buf_putc(line, ')');
	}
}

static size_t
widest(size_t widest_yet, const char *text, size_t most)
{
	struct buf safe = BUF_INIT;
	size_t width;

	text_cell(&safe, text, 0);
	width = cell_width(buf_text(&safe), safe.len);
	buf_done(&safe);
	width = width < most ? width : most;
	return width > widest_yet ? width : widest_yet;
}

static void
print_cut(const struct text_style *s, const struct buf *line, enum text_color color)
{
	struct buf cut = BUF_INIT;

	cell_fit(&cut, buf_text(line), line->len, s->width ? s->width : SIZE_MAX, false);
	text_print(s, &cut, color);
	buf_done(&cut);
}

int
text_list(const struct text_style *s, const struct dir *d, const struct look *looks)
{
	bool one = is_one_folder(d);
	size_t file = 4, client = 6;
	struct buf line = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < d->count; i++) {
		if (looks[i].hidden)
			continue;
		file = widest(file, one ? d->entries[i].file : d->entries[i].path, 60);
		client = widest(client, client_of(&d->entries[i], &looks[i]), 40);
	}
	buf_putf(&line, "  %-*s %-23s %-7s %-6s %9s %-3s %-5s %-*s URL", (int)file, "File", "Time",
		 "Verb", "Status", "Taken", "Why", "E/W", (int)client, "Client");
	print_cut(s, &line, TEXT_BOLD);
	for (size_t i = 0; i < d->count && result == 0; i++) {
		const struct dir_entry *e = &d->entries[i];

		if (looks[i].hidden)
			continue;
		buf_reset(&line);
		put_entry(s, e, &looks[i], one ? e->file : e->path, file, client, &line);
		print_cut(s, &line, e->damaged ? TEXT_ERROR : TEXT_PLAIN);
		result = line.error;
	}
	buf_done(&line);
	return result;
}
