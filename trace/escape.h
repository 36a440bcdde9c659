/* SPDX-License-Identifier: MIT */
/*
 * escape - values as they stand in a trace: FORMAT 2.3.
 *
 * The five entities in text and attributes alike; no numeric references.  A
 * byte that XML 1.0 forbids, or that is no UTF-8, becomes %XX, so that every
 * file parses again whatever came from the wire.
 */
#ifndef TRACE_ESCAPE_H
#define TRACE_ESCAPE_H

#include <stddef.h>

#define ESCAPE_MAX 6u	/* bytes out for one byte in, at most (&quot;) */

/*
 * All three: @out has room for ESCAPE_MAX * @len bytes; returns its new end,
 * no NUL is added.  Thread-safe.
 * escape_text       UTF-8; TAB, CR and LF stay.
 * escape_attribute  the same with TAB, CR and LF as %XX: parsers would turn
 *                   them into blanks.
 * escape_bytes      narrow text: everything above 0x7F and TAB as %XX; CR and
 *                   LF stay.  NUL too is %00: IIS ends the text there, which
 *                   would hide what a hostile client put behind it.
 */
char *escape_text(char *out, const char *s, size_t len);
char *escape_attribute(char *out, const char *s, size_t len);
char *escape_bytes(char *out, const char *s, size_t len);

#endif
