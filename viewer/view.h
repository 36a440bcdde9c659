/* SPDX-License-Identifier: MIT */
/*
 * view - where the reader of a trace stands: cursor, folds, marks, filter.
 *
 * Pure: asks a source about events (how many, level, time, pairs), never
 * draws, never reads a file.  The views 2 to 7 show the same struct view with
 * another choice of rows, so the selected event, filter, folds and marks carry
 * over.  An event is its index from 0; a row is an event that is shown now;
 * an event fills one line or more, and the cursor stands on one of its lines.
 * Work over all events goes in slices (view_scan).  Not thread-safe.
 */
#ifndef VIEWER_VIEW_H
#define VIEWER_VIEW_H

#include "trace/freb.h"
#include "viewer/bits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_NONE SIZE_MAX

struct view_source {
	void *data;			/* first argument of each function */
	size_t (*count)(void *data);	/* events known so far; only grows */
	const struct freb_entry *(*entry)(void *data, size_t event);
	size_t (*partner)(void *data, size_t event);	/* END of a START, VIEW_NONE = none (yet) */
	size_t (*parent)(void *data, size_t event);	/* enclosing START, VIEW_NONE = none */
	size_t (*height)(void *data, size_t event);	/* lines now, at least 1 */
};

enum view_kind {		/* which events are rows */
	VIEW_ALL,		/* all that the filter keeps */
	VIEW_SPANS,		/* only STARTs */
	VIEW_PROBLEMS,		/* only levels 1 to 3 */
};

enum view_stop {		/* what n, e, w, s, u jump to */
	VIEW_PROBLEM,		/* level 1 to 3 */
	VIEW_WARNING,		/* level 3 */
	VIEW_GAP,		/* gap of .gap_ms or more */
	VIEW_MARK,		/* marked */
	VIEW_HIT,		/* found by the search */
};

struct view {
	struct view_source source;	/* as given */
	enum view_kind kind;		/* choice of rows */
	uint32_t *rows;			/* events shown, ascending */
	size_t row_count;		/* of rows */
	size_t row_cap;			/* allocated */
	size_t seen;			/* events looked at so far */
	size_t placed;			/* of these, events already turned into rows */
	size_t hidden_to;		/* end of the closed stage being placed; VIEW_NONE = none */
	struct bits kept;		/* events that pass filter and only_marked */
	struct bits closed;		/* STARTs whose stage is closed */
	struct bits marked;		/* by the user */
	struct bits hits;		/* of the search */
	bool only_marked;		/* show only marked events */
	bool (*keep)(void *data, size_t event);	/* the filter; NULL = all */
	void *keep_data;		/* for keep */
	size_t selected;		/* event of the cursor; shown or not */
	size_t row;			/* row of the cursor, 0 when there is none */
	size_t line;			/* line of that row */
	size_t top_row, top_line;	/* first line on the screen */
	size_t column;			/* scrolled sideways by this many columns */
	int64_t gap_ms;			/* threshold of VIEW_GAP */
	size_t zero;			/* event that times count from; VIEW_NONE = the first */
};

void view_init(struct view *v, const struct view_source *source);
void view_done(struct view *v);

/*
 * view_scan - looks at up to @budget events not seen yet (after view_init,
 * after new events arrived, after the filter changed).
 * Returns whether there is more to do.
 */
bool view_scan(struct view *v, size_t budget);

/* Another filter (NULL = none): all events are looked at again, in slices. */
void view_set_filter(struct view *v, bool (*keep)(void *data, size_t event), void *data);
void view_set_only_marked(struct view *v, bool on);
void view_set_kind(struct view *v, enum view_kind kind);
/* Heights changed (another width, wrap, view): keeps the selected event on the screen. */
void view_reflow(struct view *v);

/* Event of the cursor's row, VIEW_NONE when nothing is shown. */
size_t view_event(const struct view *v);

void view_move(struct view *v, long lines);		/* the cursor, by lines */
void view_page(struct view *v, long lines);		/* cursor and screen together */
void view_first(struct view *v);
void view_last(struct view *v);
/* Puts the cursor on an event, opens closed stages around it.  False when the filter hides it. */
bool view_goto(struct view *v, size_t event);

/*
 * view_next - the next event (of those the filter keeps) to stop at.
 * @forward  or backward, from the selected one, wrapping around once.
 * @wrapped  whether it went over the end.
 * Returns the event or VIEW_NONE.
 */
size_t view_next(const struct view *v, enum view_stop stop, bool forward, bool *wrapped);
/* Number of stops, and the place (from 1) of @event among them, 0 = it is none. */
size_t view_count(const struct view *v, enum view_stop stop, size_t event, size_t *place);
/* Event with the longest gap before it, VIEW_NONE without any gap. */
size_t view_largest_gap(const struct view *v);
/* Gap to the event before, 0 when a time is unreadable. */
int64_t view_gap(const struct view *v, size_t event);

bool view_is_closed(const struct view *v, size_t event);
/* The stage an event opens, or the innermost one around it; VIEW_NONE = none. */
size_t view_stage(const struct view *v, size_t event);
void view_fold(struct view *v, size_t stage, bool closed);
void view_fold_all(struct view *v, bool closed);	/* only stages in no other stage */

/*
 * view_show - decides which lines are on a screen of @page lines, so that the
 * cursor is among them; call before drawing.  Result in top_row, top_line.
 */
void view_show(struct view *v, size_t page);

#endif
