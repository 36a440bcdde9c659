/* SPDX-License-Identifier: MIT */
/*
 * text - see text.h: the shared pieces, the Compact View and TSV.
 *
 * The columns of the Compact View stand so that cut, grep and sort work: one
 * event per line, fixed columns first, the details last.  TSV keeps the order
 * of Microsoft's stylesheet.
 */
#include <config.h>

#include "viewer/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "viewer/cell.h"

#define EVENT_COLUMNS 34u	/* nine of ten event names fit in 26, all of IIS in 34 */
#define WIDTH_LEAST 20u		/* narrower, wrapping helps nobody */

/* ---- shared pieces ---- */

bool
text_shows(const struct text_style *s, size_t event)
{
	return event >= s->first && (!s->shown || s->shown[event]);
}

static const char *const colors[] = {
	[TEXT_PLAIN] = "", [TEXT_BOLD] = "\033[1m", [TEXT_ERROR] = "\033[1;31m",
	[TEXT_WARNING] = "\033[35m",
};

enum text_color
text_level_color(uint8_t level)
{
	return level == 1 || level == 2 ? TEXT_ERROR : level == 3 ? TEXT_WARNING : TEXT_PLAIN;
}

static void
print_part(const struct text_style *s, const char *text, size_t len, size_t indent,
	   enum text_color color)
{
	bool colored = s->color && color != TEXT_PLAIN;

	while (len > 0 && text[len - 1] == ' ')
		len--;
	fprintf(s->out, "%*s%s", (int)indent, "", colored ? colors[color] : "");
	fwrite(text, 1, len, s->out);
	fputs(colored ? "\033[0m\n" : "\n", s->out);
}

void
text_line(const struct text_style *s, const struct buf *line, size_t indent, enum text_color color)
{
	const char *text = buf_text(line);
	size_t len = line->len;
	size_t width = s->width > WIDTH_LEAST || s->width == 0 ? s->width : WIDTH_LEAST;
	size_t n = width ? cell_wrap(text, len, width) : len;

	if (width && indent > width / 2)
		indent = width / 2;
	print_part(s, text, n, 0, color);
	for (text += n, len -= n; len > 0; text += n, len -= n) {
		n = cell_wrap(text, len, width - indent);
		print_part(s, text, n, indent, color);
	}
}

void
text_print(const struct text_style *s, const struct buf *line, enum text_color color)
{
	print_part(s, buf_text(line), line->len, 0, color);
}

void
text_words(const struct text_style *s, enum text_color color, const char *words)
{
	struct buf line = BUF_INIT;

	buf_puts(&line, words);
	text_line(s, &line, 2, color);
	buf_done(&line);
}

void
text_cell(struct buf *line, const char *text, size_t columns)
{
	size_t start = line->len;
	size_t width;

	cell_puts(line, text ? text : "", CELL_ROW);
	width = cell_width(buf_text(line) + start, line->len - start);
	for (; width < columns; width++)
		buf_putc(line, ' ');
}

static void
put_attribute(struct buf *line, const struct freb_file *f, const char *name, const char *unit)
{
	const char *value = freb_root_get(f, name);

	if (line->len)
		buf_putc(line, ' ');
	text_cell(line, value && *value ? value : "-", 0);
	if (value && *value)
		buf_puts(line, unit);
}

static void
banners(const struct text_style *s, const struct freb_file *f)
{
	struct buf line = BUF_INIT;

	if (freb_damage_count(f) > 0) {
		const struct freb_damage *d = freb_damage(f, 0);

		buf_putf(&line, "! damaged: line %" PRIu64 ", byte %" PRIu64 ": ", d->line,
			 d->offset);
		cell_puts(&line, d->message, CELL_ROW);
		if (freb_damage_count(f) > 1)
			buf_putf(&line, " (and %zu more)", freb_damage_count(f) - 1);
		text_line(s, &line, 2, TEXT_ERROR);
	}
	if (freb_is_truncated(f))
		text_words(s, TEXT_WARNING,
			   "! the trace ends here because it reached its size limit"
			   " (LOG_FILE_MAX_SIZE_TRUNCATE)");
	buf_done(&line);
}

void
text_head(const struct text_style *s, const struct freb_file *f)
{
	struct buf line = BUF_INIT;

	put_attribute(&line, f, "verb", "");
	put_attribute(&line, f, "url", "");
	put_attribute(&line, f, "statusCode", "");
	put_attribute(&line, f, "timeTaken", " ms");
	put_attribute(&line, f, "failureReason", "");
	text_line(s, &line, 2, TEXT_BOLD);
	buf_done(&line);
	banners(s, f);
}

/* ---- the Compact View ---- */

static void
put_row(const struct row *r, struct buf *line)
{
	buf_putf(line, "%6zu%c%-12s %7" PRId64 " %c ", r->no, r->damaged ? '!' : ' ', r->time,
		 r->gap_ms, r->letter);
	text_cell(line, buf_text(&r->event), EVENT_COLUMNS);
	buf_putc(line, ' ');
	cell_put(line, buf_text(&r->details), r->details.len, CELL_ROW);
}

int
text_compact(const struct text_style *s, struct freb_file *f)
{
	int64_t zero = row_zero_ms(f);
	struct row row = { 0 };
	struct buf line = BUF_INIT;
	int result = 0;

	text_head(s, f);
	text_words(s, TEXT_BOLD,
		   "   No. Time             Gap S Event                              Details");
	for (size_t i = s->first; i < freb_count(f) && result == 0 && !ferror(s->out); i++) {
		if (!text_shows(s, i))
			continue;
		buf_reset(&line);
		result = row_read(f, i, s->time, zero, &row);
		if (result < 0)
			break;
		put_row(&row, &line);
		text_line(s, &line, 8, text_level_color(row.level));
		result = line.error;
	}
	row_done(&row);
	buf_done(&line);
	return result;
}

int
text_tsv(const struct text_style *s, struct freb_file *f)
{
	int64_t zero = row_zero_ms(f);
	struct row row = { 0 };
	struct buf line = BUF_INIT;
	int result = 0;

	for (size_t i = s->first; i < freb_count(f) && result == 0 && !ferror(s->out); i++) {
		if (!text_shows(s, i))
			continue;
		buf_reset(&line);
		result = row_read(f, i, s->time, zero, &row);
		if (result < 0)
			break;
		buf_putf(&line, "%zu.\t%s\t", row.no, row.severity);
		cell_put(&line, buf_text(&row.event), row.event.len, CELL_TSV);
		buf_putc(&line, '\t');
		cell_put(&line, buf_text(&row.details), row.details.len, CELL_TSV);
		buf_putf(&line, "\t%s\n", row.time);
		result = line.error;
		fwrite(buf_text(&line), 1, line.len, s->out);
	}
	row_done(&row);
	buf_done(&line);
	return result;
}
