/* SPDX-License-Identifier: MIT */
/*
 * condition - the small language that says which events or traces are meant.
 *
 *   expr = and { ("||" | "or") and }      and = not { ("&&" | "and") not }
 *   not  = ("!" | "not") not | "(" expr ")" | field op value
 *   op   = = == != ~ !~ < <= > >=         value = "quoted" or a word, 5s, 250ms
 * Fields of an event: op provider level module data.NAME; of a trace: url verb
 * status attr.NAME.  ~ is a regular expression (PCRE2).  A field that is not
 * there makes every comparison false, except != and !~.  Source: VIEWER 6, 9.4.
 */
#ifndef TRACE_CONDITION_H
#define TRACE_CONDITION_H

#include "trace/freb.h"

#include <stdbool.h>

struct condition;

struct condition_subject {	/* borrowed */
	const struct freb_file *file;
	const struct freb_event *event;	/* NULL: only the trace is asked for */
};

/*
 * condition_parse - reads one condition.
 * @at     where it starts; moved behind it, or to where it goes wrong.
 * @error  on failure: what is wrong there; free().
 * Returns NULL on failure.
 */
struct condition *condition_parse(const char **at, const char *end, char **error);
void condition_free(struct condition *c);	/* NULL is fine */
/* Not thread-safe per condition (regular expressions keep their scratch). */
bool condition_holds(const struct condition *c, const struct condition_subject *s);
/* Whether it asks about the event, not only about the trace. */
bool condition_is_about_events(const struct condition *c);

/* The next word: "quoted" (quotes removed, \" and \\ read) or up to a blank or
 * one of @stop.  NULL without memory, or when a quote is not closed. */
char *condition_word(const char **at, const char *end, const char *stop);
void condition_blanks(const char **at, const char *end);	/* skips blanks and tabs */
/* A number with a unit (ms, s, us, m, k, %): *value in ms for times.  false = no number. */
bool condition_number(const char *text, double *value);

#endif
