/* SPDX-License-Identifier: MIT */
/*
 * list - the list of traces: which are shown, where the cursor is.
 *
 * Sits on struct dir; adds filter, marks, the cursor that stays with its
 * trace through sorting and refreshing, and "follow": the cursor sticks to
 * the newest row until it is moved off.  Pure but for dir and scan, which
 * read files; draws nothing.
 */
#ifndef VIEWER_LIST_H
#define VIEWER_LIST_H

#include "viewer/dir.h"
#include "viewer/filter.h"
#include "viewer/scan.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct dir dir;		/* all entries, sorted */
	struct scan scan;	/* what is inside them */
	size_t *shown;		/* indexes of entries shown, in order */
	size_t count;		/* of shown */
	size_t row;		/* cursor, 0 when nothing is shown */
	size_t top;		/* first row on the screen */
	size_t page;		/* rows on the screen at the last list_show */
	char *selected;		/* path of the cursor's trace, NULL = none */
	char **marks;		/* paths, sorted */
	size_t mark_count;	/* of marks */
	struct filter *filter;	/* NULL = all; owned */
	bool filter_off;	/* Ctrl-F: keep it but do not use it */
	bool only_marked;	/* show only marked traces */
	size_t looked;		/* entries the filter has answered for */
	bool following;		/* new traces appear by themselves */
	bool sticky;		/* the cursor follows the newest */
	size_t arrived;		/* new traces since the cursor was on the newest */
};

/*
 * list_open - names only, so that the first screen is there whatever the number;
 * heads are read when a row is looked at, the rest by list_work().
 * Returns 0 or -errno with *error for the user (free()).
 */
int list_open(struct list *l, char *const *paths, size_t count, char **error);
void list_done(struct list *l);
/* The first rows, once the entries are chosen (dir_limit). */
void list_begin(struct list *l);

/* Entry of a row, its head read; NULL = there is none. */
const struct dir_entry *list_entry(struct list *l, size_t row);
const struct dir_entry *list_selected(struct list *l);
/* Every entry's head is read and sorted from here on. */
void list_read_all(struct list *l);

/* Reads the directories again; the cursor stays with its trace, or on the newest when sticky. */
void list_refresh(struct list *l, bool drop_gone);
void list_sort(struct list *l, enum dir_sort sort, bool reverse);
/* Takes the filter over; NULL = all. */
void list_set_filter(struct list *l, struct filter *filter);
void list_toggle_filter(struct list *l);
void list_set_only_marked(struct list *l, bool on);

void list_move(struct list *l, long rows);
void list_goto(struct list *l, size_t row);
bool list_select(struct list *l, const char *path);	/* false: not shown */
void list_show(struct list *l, size_t page);		/* puts the cursor on the screen */

bool list_is_marked(const struct list *l, const char *path);
void list_mark(struct list *l, const char *path, bool on);
/* Next marked row, the present one when there is no other. */
size_t list_next_mark(const struct list *l, bool forward);

/* A slice of background work: filter first, then the facts of the rows on the screen.
 * Returns whether there is more. */
bool list_work(struct list *l);

#endif
