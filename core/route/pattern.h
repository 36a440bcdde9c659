/* SPDX-License-Identifier: MIT */
/*
 * pattern - wildcards and regular expressions of routing rules, with captures
 * and limits, so that no path can keep a worker busy.  The door to PCRE2 in
 * core.  A pattern is immutable and may be used by all threads.
 */
#ifndef CORE_ROUTE_PATTERN_H
#define CORE_ROUTE_PATTERN_H

#include "core/http/headers.h"

#define CAPTURES_MAX 10u

struct pattern;

struct captures { /* {R:0} is the whole match, {R:1} the first group or '*' */
	struct slice part[CAPTURES_MAX]; /* into the text that matched */
	size_t count;
};

/*
 * pattern_new - compiles a pattern.
 * @wildcard  '*' is any text and captured, all else is itself, the whole text
 *            must match; else a regular expression, which may match a part.
 * @error     out, on failure: what is wrong (free()), or NULL without memory.
 */
struct pattern *pattern_new(const char *text, bool wildcard, bool ignore_case, char **error);
void pattern_free(struct pattern *p); /* NULL is fine */
/* A text that breaks the limits is neither: nobody knows whether it would have matched. */
enum pattern_answer { PATTERN_NO, PATTERN_YES, PATTERN_UNDECIDED };

/* captures may be NULL. */
enum pattern_answer pattern_match(const struct pattern *p, const char *text, size_t len,
				  struct captures *captures);

#endif
