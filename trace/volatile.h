/* SPDX-License-Identifier: MIT */
/*
 * volatile - which values of a trace differ from run to run, and how.
 *
 * volatile.def says where such values stand and of which class they are.  Here
 * a value is cut into pieces: literal text, and the parts that belong to a
 * class.  Two values are alike when their pieces are: literals equal, classes
 * equal.  Normalised traces hold {CLASS-1} in place of such a part; it is read
 * back as a part of that class.  Knows nothing of files or of comparing.
 */
#ifndef TRACE_VOLATILE_H
#define TRACE_VOLATILE_H

#include <stdbool.h>
#include <stddef.h>

enum volatile_class {
	VOLATILE_NONE,		/* literal text */
#define CLASS(symbol, binding, text) VOLATILE_##symbol,
#include "trace/volatile.def"
	VOLATILE_CLASSES
};

enum volatile_place {
	VOLATILE_IN_ATTR,	/* attribute of the root */
	VOLATILE_IN_SYSTEM,	/* Event/System */
	VOLATILE_IN_DATA,	/* Data */
	VOLATILE_IN_HEADER,	/* field of a header block, or HeaderValue of such a field */
	VOLATILE_IN_VALUE,	/* any of them */
};

struct volatile_where {		/* where a value stands; all borrowed */
	enum volatile_place place;
	const char *event;	/* opcode name, "" = none */
	const char *name;	/* of the attribute, element, Data or header field */
};

struct volatile_piece {
	enum volatile_class class;
	const char *at;		/* borrowed from the value */
	size_t len;
	bool bare;		/* a GUID without braces */
	size_t row;		/* which row made it; rows of volatile.def come first */
};

struct volatile_pieces {
	struct volatile_piece *piece;	/* heap, reused from value to value */
	size_t count;
	size_t room;
	bool failed;		/* no memory */
};

#define VOLATILE_PIECES_INIT { 0 }

/* "ACTIVITY"; "" for VOLATILE_NONE. */
const char *volatile_name(enum volatile_class class);
const char *volatile_text(enum volatile_class class);	/* one line for the manual */
bool volatile_is_bound(enum volatile_class class);
/* By name, any case; VOLATILE_NONE = there is none. */
enum volatile_class volatile_class_from_name(const char *name, size_t len);

size_t volatile_rows(void);	/* of volatile.def */
/* "DURATION data *Ms" for a row; borrowed, static. */
const char *volatile_row_text(size_t row);

/*
 * Cutting a value takes three steps: reset; marks (of rules first, they win;
 * then volatile_scan for the default rows); finish, which sorts and puts the
 * literal text in between.
 */
void volatile_reset(struct volatile_pieces *p);
/* Does nothing when the part overlaps an earlier mark or is empty. */
void volatile_mark(struct volatile_pieces *p, struct volatile_piece part);
void volatile_scan(struct volatile_pieces *p, const struct volatile_where *where,
		   const char *value, size_t len);
/* Only what a normalised trace holds: {CLASS-1}, {TIME}. */
void volatile_scan_placeholders(struct volatile_pieces *p, const char *value, size_t len);
void volatile_finish(struct volatile_pieces *p, const char *value, size_t len);
void volatile_done(struct volatile_pieces *p);

/*
 * volatile_placeholder - length of {CLASS-1}, {class-1} or {CLASS} at the
 * start of @at, 0 = there is none.
 * @class  of it.  @bare  lower case: stands for a GUID without braces.
 */
size_t volatile_placeholder(const char *at, size_t len, enum volatile_class *class, bool *bare);

/* Same literals, same classes; what the classes' parts hold is not looked at. */
bool volatile_alike(const struct volatile_pieces *a, const struct volatile_pieces *b);

#endif
