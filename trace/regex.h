/* SPDX-License-Identifier: MIT */
/*
 * regex - regular expressions with limits, so that no pattern of a rules file
 * can hang on a hostile trace.
 *
 * The door to PCRE2 in libfreb.  UTF-8 with invalid bytes tolerated; ^ and $
 * match at line ends.  Not thread-safe per object.
 */
#ifndef TRACE_REGEX_H
#define TRACE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

struct regex;

/* NULL on failure, *error says why (free()). */
struct regex *regex_new(const char *pattern, char **error);
void regex_free(struct regex *r);	/* NULL is fine */
/*
 * regex_find - the first match at or behind @from.
 * Returns false when there is none, or the limits were hit.
 */
bool regex_find(const struct regex *r, const char *text, size_t len, size_t from, size_t *start,
		size_t *end);

#endif
