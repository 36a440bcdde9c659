/* SPDX-License-Identifier: MIT */
/*
 * lines - safe text in lines, ready to be drawn: what one event fills in a
 * view, what the detail pane and the text pages (Summary, Identity, Help) show.
 *
 * Each line has a label part and a rest, and may say which event or Data it
 * is about.  Everything added here has passed cell.h.  Knows no screen.
 */
#ifndef VIEWER_LINES_H
#define VIEWER_LINES_H

#include "trace/buf.h"

#include <stddef.h>

struct line {
	char *text;		/* one line, safe, never NULL */
	size_t len;		/* bytes */
	size_t label;		/* the first so many bytes are a name */
	int style;		/* enum style of the rest */
	size_t data;		/* number of the Data it shows, SIZE_MAX = none */
};

struct lines {
	struct line *at;	/* heap */
	size_t count;
	size_t cap;		/* allocated */
};

/*
 * lines_add - appends a line; takes the text out of @b and empties it.
 * Without memory nothing is appended.  Returns the line, NULL then.
 */
struct line *lines_add(struct lines *l, struct buf *b, size_t label, int style);
/* The same for a text of our own. */
struct line *lines_puts(struct lines *l, const char *text, int style);
/*
 * lines_value - "  label   value": untrusted value, each line feed opens a new
 * line; the labels are @width columns wide, the line begins with @indent blanks.
 * NULL or empty value: "(empty)".
 */
void lines_value(struct lines *l, size_t indent, size_t width, const char *label,
		 const char *value, int style);
/* Breaks lines longer than @columns; the rest goes in below the start of the value. */
void lines_wrap(struct lines *l, size_t columns);
void lines_clear(struct lines *l);	/* keeps the array */
void lines_done(struct lines *l);

#endif
