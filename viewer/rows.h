/* SPDX-License-Identifier: MIT */
/*
 * rows - what the views show, as text without any terminal: the rows of the
 * Compact View and the lines of one event's details.
 *
 * Pure: reads through freb.h, writes into memory.  The texts are those of the
 * file, untrusted and with their line feeds; every one goes through cell.h
 * before it reaches a terminal.  Facts: FORMAT 5.6 and VIEWER 3, 4.
 */
#ifndef VIEWER_ROWS_H
#define VIEWER_ROWS_H

#include "trace/buf.h"
#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum row_time {
	ROW_TIME_UTC,		/* hh:mm:ss.mmm as the file says */
	ROW_TIME_LOCAL,		/* the same in the zone of TZ */
	ROW_TIME_RELATIVE,	/* +s.mmm since the zero */
};

#define ROW_TIME_LEN 24

struct row {
	size_t no;			/* from 1 */
	uint8_t level;			/* 0..5, 255 = none */
	char letter;			/* C E W i . by level */
	const char *severity;		/* Critical Error, Error, Warning, or "" */
	char time[ROW_TIME_LEN];	/* as asked; "" when unreadable */
	int64_t gap_ms;			/* to the event before; 0 for the first */
	uint16_t depth;			/* nesting */
	bool damaged;			/* shown as far as it goes */
	struct buf event;		/* opcode name, else EventID:n Opcode:n */
	struct buf details;		/* Name="text", Name="text" */
};

/*
 * row_read - fills the row of event @index (from 0).
 * @r     BUF_INIT'ed ({ 0 }) at first; the same row may be filled again and again.
 * @zero_ms  of ROW_TIME_RELATIVE: ms since 1970.
 * Returns 0 or -ENOMEM.  Reads the event: may cost a pread.
 */
int row_read(struct freb_file *f, size_t index, enum row_time time, int64_t zero_ms,
	     struct row *r);
void row_done(struct row *r);

/* Pieces of a row that need only the index: cheap, never read the file. */
char row_letter(uint8_t level);
const char *row_severity(uint8_t level);	/* "" for levels 0, 4, 5 */
const char *row_level_word(uint8_t level);	/* Critical Error .. Verbose; "" for 0 and none */
bool row_is_problem(uint8_t level);		/* levels 1 to 3 */
bool row_is_secret(const char *name);		/* a Data that could hold a PIN: stars */
int64_t row_gap_ms(const struct freb_file *f, size_t index);
void row_time_text(int64_t time_ms, enum row_time time, int64_t zero_ms,
		   char out[static ROW_TIME_LEN]);
/* "2026-06-08 19:54:51.596" (UTC or local). */
void row_date_text(int64_t time_ms, enum row_time time, char out[static ROW_TIME_LEN]);
/* First readable time of the trace so far, INT64_MIN = none. */
int64_t row_zero_ms(const struct freb_file *f);

struct row_counts {
	size_t critical;	/* level 1 */
	size_t errors;		/* level 2 */
	size_t warnings;	/* level 3 */
};
/* Over the events indexed so far. */
void row_count(const struct freb_file *f, struct row_counts *out);

enum row_line_kind {
	ROW_LINE_DATA,		/* label and text */
	ROW_LINE_MORE,		/* further line of the value above; label is "" */
	ROW_LINE_SYSTEM,	/* the event's own fields: level, provider, time ... */
};

struct row_line {
	enum row_line_kind kind;
	char *label;	/* Data name; never NULL */
	char *text;	/* one line, without line feed; never NULL */
	bool empty;	/* the value is empty: text is "(empty)" */
	bool cut;	/* value longer than @value_max: the rest is left out */
};

struct row_lines {
	struct row_line *at;	/* heap */
	size_t count;
	size_t cap;		/* allocated */
};

enum {
	ROW_RAW = 1,		/* raw values only, no friendly text */
	ROW_NO_SYSTEM = 2,	/* leave the ROW_LINE_SYSTEM lines out */
};

#define ROW_VALUE_MAX ((size_t)4 << 10)

/*
 * row_details - the lines of one event for the detail pane: every Data, also
 * those the Compact View hides; friendly and raw form when both exist
 * (`EXECUTE_REQUEST_HANDLER (128)`), ErrorCode also in hex, header blobs one
 * header per line, values of a PIN as stars.
 * @value_max  bytes of a value to show; SIZE_MAX = all.
 * @out        { 0 } at first; emptied and filled.
 * Returns 0 or -ENOMEM.
 */
int row_details(const struct freb_event *e, unsigned int flags, size_t value_max,
		struct row_lines *out);
void row_lines_done(struct row_lines *l);

/* The value as the detail pane shows it, still with line feeds (appends to @out). */
void row_value(const struct freb_data *d, unsigned int flags, struct buf *out);

#endif
