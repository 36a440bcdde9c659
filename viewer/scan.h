/* SPDX-License-Identifier: MIT */
/*
 * scan - looks into whole traces for the list, in slices: the facts of a
 * trace, and whether a filter that asks about events has one.
 *
 * Results are kept per path and dropped when the file changed or the filter
 * is another one.  One trace is open at a time.  Not thread-safe.
 */
#ifndef VIEWER_SCAN_H
#define VIEWER_SCAN_H

#include "viewer/dir.h"
#include "viewer/facts.h"
#include "viewer/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan_item {
	char *path;		/* the key; NULL = free slot */
	int64_t mtime_ns;	/* of the file the facts are from */
	struct facts facts;	/* .known = looked at */
	bool failed;		/* could not be read: facts stay unknown */
	unsigned int asked;	/* filter generation of .match, 0 = not asked */
	bool match;		/* some event passes that filter */
};

struct scan {
	struct scan_item *items;	/* hash table by path */
	size_t cap;			/* slots, a power of two */
	size_t used;			/* of these */
	unsigned int generation;	/* of the filter, from 1 */
	struct freb_file *file;		/* being looked at, NULL = none */
	char *path;			/* of file */
	int64_t mtime_ns;		/* of file */
	size_t event;			/* next event to ask the filter about */
};

void scan_init(struct scan *s);
void scan_done(struct scan *s);

/* What is known of a trace; NULL = nothing yet. */
const struct facts *scan_facts(const struct scan *s, const struct dir_entry *e);

/* Nothing is left to find out: facts are known, or cannot be. */
bool scan_is_known(const struct scan *s, const struct dir_entry *e);

/* The filter is another one: matches are forgotten. */
void scan_new_filter(struct scan *s);

enum scan_answer { SCAN_MORE, SCAN_NO, SCAN_YES };

/*
 * scan_facts_step - some milliseconds of work for the facts of a trace.
 * Returns SCAN_YES when they are known (or cannot be), SCAN_MORE else.
 */
enum scan_answer scan_facts_step(struct scan *s, const struct dir_entry *e);
/* The same for: does the trace, or one of its events, pass the filter? */
enum scan_answer scan_filter_step(struct scan *s, const struct dir_entry *e,
				  const struct filter *filter, int64_t now_ms);

#endif
