/* SPDX-License-Identifier: MIT */
/*
 * text - the views without a terminal: plain lines for pipes, files, mails.
 *
 * Reads through freb.h and rows.h, writes to a FILE.  Every text of a trace
 * goes through cell.h.  Write errors are seen by the caller with ferror().
 */
#ifndef VIEWER_TEXT_H
#define VIEWER_TEXT_H

#include "viewer/choose.h"
#include "viewer/dir.h"
#include "viewer/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_style {
	FILE *out;		/* where to; borrowed */
	enum row_time time;	/* of all times */
	bool color;		/* with colours of the terminal */
	size_t width;		/* wrap lines there; 0 = never */
	size_t first;		/* event to begin with, from 0 */
	size_t most;		/* rows of Errors & Warnings in the Summary; 0 = all */
	const bool *shown;	/* one per event of the trace, NULL = all; borrowed */
};

/* Is this event (from 0) to be shown? */
bool text_shows(const struct text_style *s, size_t event);

/* Each takes a trace indexed to its end and returns 0 or -errno. */
int text_compact(const struct text_style *s, struct freb_file *f);
int text_tsv(const struct text_style *s, struct freb_file *f);
int text_summary(const struct text_style *s, struct freb_file *f);
int text_details(const struct text_style *s, struct freb_file *f);
int text_errors(const struct text_style *s, struct freb_file *f);
int text_timing(const struct text_style *s, struct freb_file *f);
int text_identity(const struct text_style *s, struct freb_file *f);
/* @looks has one per entry; hidden ones are left out. */
int text_list(const struct text_style *s, const struct dir *d, const struct look *looks);

/* ---- pieces that the views share ---- */

enum text_color { TEXT_PLAIN, TEXT_BOLD, TEXT_ERROR, TEXT_WARNING };

/* Prints one line of safe text, wrapped; lines after the first are indented. */
void text_line(const struct text_style *s, const struct buf *line, size_t indent,
	       enum text_color color);
/* Prints one line of safe text as it is. */
void text_print(const struct text_style *s, const struct buf *line, enum text_color color);
/* As text_line() for a text of ours. */
void text_words(const struct text_style *s, enum text_color color, const char *words);
enum text_color text_level_color(uint8_t level);
/* Appends safe text and blanks up to @columns. */
void text_cell(struct buf *line, const char *text, size_t columns);
/* The line that names the request, and banners for damage and truncation. */
void text_head(const struct text_style *s, const struct freb_file *f);
/* A span's name: its START without the ending, module and notification; safe text. */
int text_span_name(struct freb_file *f, size_t index, struct buf *out);

#endif
