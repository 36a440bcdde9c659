/* SPDX-License-Identifier: MIT */
/*
 * One event as it is taken along: by y to the clipboard, by x into a file.
 */
#include <config.h>
#include "viewer/event_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "viewer/cell.h"
#include "viewer/json.h"
#include "viewer/rows.h"

void
event_put_line(struct freb_file *f, size_t event, struct buf *out)
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

void
event_put_tsv(struct freb_file *f, size_t event, struct buf *out)
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

void
event_put_text(struct freb_file *f, size_t event, struct buf *out)
{
	const struct freb_event *e = freb_event(f, event);
	struct row_lines rows = { 0 };

	event_put_line(f, event, out);
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

void
event_put_xml(struct freb_file *f, size_t event, struct buf *out)
{
	char *bytes = NULL;
	size_t len = 0;

	if (freb_event_raw(f, event, &bytes, &len) == 0)
		buf_put(out, bytes, len);
	free(bytes);
	buf_puts(out, "\r\n");
}

void
event_put_json(struct freb_file *f, size_t event, struct buf *out)
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
