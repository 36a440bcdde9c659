/* SPDX-License-Identifier: MIT */
/*
 * cell - text from the network made safe for a terminal, and its width.
 *
 * No byte of a trace reaches a terminal except through cell_put(): control
 * characters become ^X or \x9B, bidi and zero-width controls <U+202E>, what is
 * no UTF-8 or has no width U+FFFD.  Where the locale is not UTF-8 nothing
 * outside ASCII is left.  Facts: VIEWER 7.
 */
#ifndef VIEWER_CELL_H
#define VIEWER_CELL_H

#include "trace/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * cell_setup - looks at the locale; call once after setlocale(LC_ALL, "").
 * @ascii  --ascii: as if the locale were not UTF-8.
 */
void cell_setup(bool ascii);
bool cell_is_utf8(void);	/* characters outside ASCII may be written */

enum cell_form {
	CELL_ROW,	/* one line: line feed \n, CR \r, tab \t; outside ASCII '?' if need be */
	CELL_DETAIL,	/* one line too, but outside ASCII \u{65E5} if need be */
	CELL_PAGE,	/* one line, always UTF-8; < & > " are not yet those of HTML */
	CELL_TSV,	/* one field, always UTF-8: as CELL_ROW and backslash doubled */
};

/* Appends @len bytes of untrusted text, made safe.  The result is one line of printable text. */
void cell_put(struct buf *out, const char *text, size_t len, enum cell_form form);
void cell_puts(struct buf *out, const char *text, enum cell_form form);	/* NULL = nothing */

/* Columns of safe text. */
size_t cell_width(const char *safe, size_t len);

/*
 * cell_fit - appends safe text cut to at most @columns, with ~ in the last
 * column when something was left out.
 * @pad  fill up with blanks to exactly @columns.
 * Returns the columns written.
 */
size_t cell_fit(struct buf *out, const char *safe, size_t len, size_t columns, bool pad);

/*
 * cell_skip - bytes of safe text that make up its first @columns (for
 * scrolling sideways and for wrapping): never splits a character and takes
 * combining marks along.  A wide character that does not fit is left out.
 */
size_t cell_skip(const char *safe, size_t len, size_t columns);

/*
 * cell_wrap - bytes that fit in a line of @columns, broken after a blank or a
 * comma where that wastes less than half the line.  At least one character.
 */
size_t cell_wrap(const char *safe, size_t len, size_t columns);

/*
 * cell_decode - one UTF-8 character of untrusted bytes.
 * @len   more than 0.
 * @code  the character, or U+FFFD for bytes that are no UTF-8.
 * Returns the bytes used, at least 1.
 */
size_t cell_decode(const char *text, size_t len, uint32_t *code);

#endif
