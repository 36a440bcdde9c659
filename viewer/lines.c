/* SPDX-License-Identifier: MIT */
/*
 * Lines of safe text.
 */
#include <config.h>
#include "viewer/lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/screen.h"

static struct line *
add(struct lines *l, char *text, size_t len)
{
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;
		struct line *at = realloc(l->at, cap * sizeof(*at));

		if (!at) {
			free(text);
			return NULL;
		}
		l->at = at;
		l->cap = cap;
	}
	struct line *line = &l->at[l->count++];

	*line = (struct line){ .text = text, .len = len, .data = SIZE_MAX };
	return line;
}

struct line *
lines_add(struct lines *l, struct buf *b, size_t label, int style)
{
	size_t len = b->len;
	char *text = b->data ? buf_take(b) : strdup("");
	struct line *line = text ? add(l, text, len) : NULL;

	if (line) {
		line->label = label;
		line->style = style;
	}
	return line;
}

struct line *
lines_puts(struct lines *l, const char *text, int style)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, text);
	return lines_add(l, &b, 0, style);
}

static void
put_blanks(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_putc(b, ' ');
}

/* Bytes of the first line of a value, CR LF and LF both end one. */
static size_t
first_line(const char *value, size_t *skip)
{
	size_t len = strcspn(value, "\n");

	*skip = value[len] ? len + 1 : len;
	return len > 0 && value[len - 1] == '\r' ? len - 1 : len;
}

void
lines_value(struct lines *l, size_t indent, size_t width, const char *label, const char *value,
	    int style)
{
	struct buf b = BUF_INIT, name = BUF_INIT;
	bool empty = !value || !*value;
	bool first = true;

	if (empty)
		value = "(empty)";
	cell_puts(&name, label, CELL_ROW);
	while (first || *value) {
		size_t skip, len = first_line(value, &skip);

		put_blanks(&b, indent);
		if (first && name.len)
			put_blanks(&b, width - cell_fit(&b, name.data, name.len, width, false));
		else
			put_blanks(&b, width);
		put_blanks(&b, 2);
		size_t start = b.len;
		cell_put(&b, value, len, CELL_DETAIL);
		lines_add(l, &b, start, empty ? STYLE_FAINT : style);
		value += skip;
		first = false;
	}
	buf_done(&name);
}

/* One line as several of at most @columns; the pieces go to @out. */
static void
wrap_line(struct lines *out, const struct line *line, size_t columns)
{
	size_t indent = cell_width(line->text, line->label);
	size_t at = 0;

	if (indent + 8 > columns)
		indent = 0;
	while (at < line->len || at == 0) {
		struct buf b = BUF_INIT;
		size_t room = at ? columns - indent : columns;
		size_t n = at < line->len ? cell_wrap(line->text + at, line->len - at, room) : 0;

		if (at)
			put_blanks(&b, indent);
		buf_put(&b, line->text + at, n);
		size_t label = at ? indent : line->label < n ? line->label : n;
		struct line *piece = lines_add(out, &b, label, line->style);

		if (piece)
			piece->data = line->data;
		at += n;
		if (n == 0)
			break;
	}
}

void
lines_wrap(struct lines *l, size_t columns)
{
	struct lines out = { 0 };

	if (columns < 4)
		return;
	for (size_t i = 0; i < l->count; i++)
		wrap_line(&out, &l->at[i], columns);
	lines_done(l);
	*l = out;
}

void
lines_clear(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->at[i].text);
	l->count = 0;
}

void
lines_done(struct lines *l)
{
	lines_clear(l);
	free(l->at);
	*l = (struct lines){ 0 };
}
