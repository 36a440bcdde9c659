/* SPDX-License-Identifier: MIT */
/*
 * diff_text - the differences of two traces as text: unified, side by side,
 * counts.
 *
 * Rows come from compare_run in order; equal events are kept back until it is
 * known whether a difference follows.  Everything from a trace goes through
 * cell_put.  Source: VIEWER 9.6.
 */
#ifndef VIEWER_DIFF_TEXT_H
#define VIEWER_DIFF_TEXT_H

#include "trace/compare.h"
#include "trace/names.h"
#include "viewer/diff_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * With .marked, before the first line of each difference: of each item that is not
 * masked, of each event that only one side has.  It occurs nowhere else.
 */
#define DIFF_TEXT_MARK '\001'

struct diff_pair {		/* an equal pair kept back */
	size_t a;
	size_t b;
};

struct diff_count {		/* --stat: per event name */
	size_t changed, removed, added, bindings;
};

struct diff_text {
	const struct diff_options *options;
	struct compare *compare;
	struct freb_file *file[2];
	const char *name[2];		/* as given, for the heading */
	FILE *out;
	bool color;
	size_t width;			/* of a line */
	bool marked;			/* DIFF_TEXT_MARK stands before what tells a difference */

	bool headed;			/* the heading was printed */
	bool open;			/* a hunk is being put together */
	struct buf hunk;		/* its lines */
	size_t first[2];		/* first event of the hunk, COMPARE_NONE = none yet */
	size_t events[2];		/* events in it */
	size_t focus[2];		/* its first difference */
	struct diff_pair *kept;		/* ring of the last equal pairs, options->context of them */
	size_t kept_count, kept_at;
	size_t skipped;			/* equal pairs left out since the last one shown */
	size_t after;			/* equal pairs still to be shown */

	struct names names;		/* --stat */
	struct diff_count *counts;	/* by name - 1 */
	size_t counts_room;
	int error;
};

/* 0 or -ENOMEM.  Everything is borrowed until diff_text_done. */
int diff_text_init(struct diff_text *t, const struct diff_options *options, struct compare *c,
		   struct freb_file *const file[2], const char *const name[2], FILE *out,
		   bool color);
/* For compare_run; @arg is the struct diff_text. */
compare_see diff_text_see;
void diff_text_end(struct diff_text *t);	/* prints what is kept back */
void diff_text_done(struct diff_text *t);

/* "differ: 2 attributes, 1 changed; 431 values masked by 9 rules" without a line end. */
void diff_text_summary(struct buf *out, const struct compare_totals *totals,
		       const struct rules *rules);
/* "1 trace", "2 traces". */
void diff_text_count(struct buf *out, size_t n, const char *one, const char *many);

/* ---- between the text forms ---- */
/* Side by side: @row, or NULL at the end. */
void diff_text_side(struct diff_text *t, const struct compare_row *row);
/* --stat: counts a row; prints the table. */
void diff_text_tally(struct diff_text *t, const struct compare_row *row);
void diff_text_table(const struct diff_text *t);
/* A value in quotes; of a long one the part around its first difference from @other. */
void diff_text_value(struct buf *out, const char *value, const char *other);
/* " (TEXT)" behind a value; nothing for NULL. */
void diff_text_friendly(struct buf *out, const char *text);
/* The difference in one line, made safe. */
void diff_text_item(const struct compare_item *item, struct buf *out);
/* DIFF_TEXT_MARK, if it is wanted. */
void diff_text_mark(const struct diff_text *t, struct buf *out);
void diff_text_color(const struct diff_text *t, struct buf *out, char mark, bool on);

#endif
