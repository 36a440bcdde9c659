/* SPDX-License-Identifier: MIT */
/*
 * opened - a trace that is open in a view: file, cursor, facts, running jobs.
 *
 * Reading goes in slices (opened_work), so the first screen is there before
 * the trace is read.  Knows no screen and no keys.
 */
#ifndef VIEWER_OPENED_H
#define VIEWER_OPENED_H

#include "viewer/dir.h"
#include "viewer/facts.h"
#include "viewer/filter.h"
#include "viewer/search.h"
#include "viewer/view.h"

#include <stdbool.h>
#include <stddef.h>

struct opened {
	struct freb_file *file;		/* open while this exists */
	char *path;			/* as given to freb_open */
	struct dir_entry head;		/* root attributes, borrowed from file */
	struct view view;		/* cursor, folds, marks, rows */
	struct facts facts;		/* known when the trace is read to the end */
	bool complete;			/* read to the end */
	bool stopped;			/* reading was stopped by the user; spans stay unknown */
	int error;			/* -errno of reading, 0 = fine */
	bool fresh;			/* e was not pressed yet: it goes to the culprit first */
	int64_t *child_ms;		/* per event: time in the spans inside; NULL = unknown */
	struct filter *filter;		/* NULL = all; borrowed */
	struct search *search;		/* NULL = none; borrowed */
	size_t search_at;		/* next event the search looks at */
	size_t search_left;		/* events still to look at */
	bool search_jump;		/* go to the first hit that is found */
	size_t go_to;			/* event to go to when it is there; SIZE_MAX = none */
};

/*
 * opened_new - opens a trace and reads its root.
 * @height  lines an event fills now (see view_source), with its data.
 * @error   why not, for the user (free()); NULL on success.
 * Returns NULL on failure; opened_free otherwise.
 */
struct opened *opened_new(const char *path, size_t (*height)(void *data, size_t event), void *data,
			  char **error);
void opened_free(struct opened *o);

/* Some milliseconds of reading, filtering or searching; whether there is more to do. */
bool opened_work(struct opened *o);
/* Stops a running search, else the reading. */
void opened_stop(struct opened *o);
void opened_read_on(struct opened *o);
bool opened_is_busy(const struct opened *o);	/* reading, filtering or searching */

void opened_set_filter(struct opened *o, struct filter *filter);
/* Looks for hits from the selected event on; jump = go to the first one. */
void opened_set_search(struct opened *o, struct search *search, bool jump);

/* What times count from, in ms since 1970; INT64_MIN = unknown. */
int64_t opened_start_ms(const struct opened *o);
/* Length of the span an event opens; its end is that of the parent when it has none of its own. */
int64_t opened_span_ms(struct opened *o, size_t event);
int64_t opened_self_ms(struct opened *o, size_t event);	/* without the spans inside */

#endif
