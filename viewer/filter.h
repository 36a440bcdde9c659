/* SPDX-License-Identifier: MIT */
/*
 * filter - the small language behind '&': which traces, which events.
 *
 *   expr = and { ("||" | "or") and }     and = not { ["&&" | "and"] not }
 *   not  = ["!" | "not"] prim            prim = "(" expr ")" | word | field op value
 *   op   = = == != ~ !~ < <= > >=        word = text that stands anywhere
 *
 * Parsed once, then asked per trace or event.  Fields are in filter.def.
 * Facts: VIEWER 6.
 */
#ifndef VIEWER_FILTER_H
#define VIEWER_FILTER_H

#include "viewer/dir.h"
#include "viewer/facts.h"

#include <stdbool.h>
#include <stddef.h>

struct filter;

/*
 * filter_new - parses an expression.
 * @error  "character 7: what is wrong" (free()); NULL on success.
 * Returns the filter (filter_free) or NULL.
 */
struct filter *filter_new(const char *text, char **error);
void filter_free(struct filter *f);

bool filter_asks_events(const struct filter *f);	/* has an event field */
/* Has a field that for that trace only facts.h knows. */
bool filter_asks_facts(const struct filter *f, const struct dir_entry *e);

/* A word that every trace has in which an event passes; NULL = none is known. Borrowed. */
const char *filter_word(const struct filter *f);

struct filter_subject {
	const struct dir_entry *trace;	/* head of the trace; NULL = trace fields have no value */
	const struct facts *facts;	/* NULL or not known: those fields have no value */
	struct freb_file *file;		/* for event fields; NULL = they have no value */
	size_t event;			/* index in file */
	int64_t now_ms;			/* what ages count from */
};

/* Does the event pass?  A word is looked for in the event. */
bool filter_event(const struct filter *f, const struct filter_subject *s);
/* Does the trace pass?  A word is looked for in what the list shows; event fields have no value. */
bool filter_trace(const struct filter *f, const struct filter_subject *s);

/* Name number i (from 0) of a field that begins with these bytes; NULL = no more. */
const char *filter_field(const char *start, size_t len, size_t i);

/* Name of a data.NAME field that no event of the file had when asked, NULL = all were met. */
const char *filter_unmet(const struct filter *f);

#endif
