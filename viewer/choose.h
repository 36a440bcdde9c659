/* SPDX-License-Identifier: MIT */
/*
 * choose - which traces and events --filter and --fail-on mean, and what the
 * list tells of a trace that its head does not say.
 *
 * The same filter language as in the terminal interface, asked of an open
 * trace.  Pure apart from looks_take(), which opens files.  Facts: VIEWER 6, 8.
 */
#ifndef VIEWER_CHOOSE_H
#define VIEWER_CHOOSE_H

#include "viewer/dir.h"
#include "viewer/facts.h"
#include "viewer/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choice {
	bool *shown;	/* one per event of the trace; heap */
	size_t count;	/* how many of them are true */
	size_t first;	/* the first that is, SIZE_MAX = none */
	bool trace;	/* the trace matches: by itself, or by one of its events */
};

/*
 * choose - asks a filter about a trace and all its events.
 * @file  indexed to its end.
 * @c     filled; choice_done() also after an error.
 * Returns 0 or -ENOMEM.
 */
int choose(const struct filter *filter, struct freb_file *file, struct choice *c);
void choice_done(struct choice *c);

struct look {			/* one trace of the list */
	struct facts facts;	/* facts.known: it was opened */
	bool hidden;		/* the filter does not want it */
	bool fails;		/* --fail-on matches */
};

struct look_wish {		/* what to look for in each */
	const struct filter *filter;	/* NULL = all are wanted */
	const struct filter *fail_on;	/* NULL = none fails */
	uint64_t budget;		/* bytes that may still be read for mere counts */
};

/*
 * look_take - opens the trace if a filter has to know, or while the budget lasts.
 * @look  { 0 } at first; facts_done(&look->facts) in the end.
 * Returns 0 or -ENOMEM; a trace that cannot be opened has no facts.
 */
int look_take(struct look *look, const struct dir_entry *e, struct look_wish *wish);

#endif
