/* SPDX-License-Identifier: MIT */
/*
 * fields - the single values of an event or of a root, each with its place.
 *
 * A header block (Data Headers) is one field per header line; the HeaderValue
 * of an event is a field of that header.  Comparing and normalising both walk
 * these fields, so that they cannot disagree about what a value is.
 */
#ifndef TRACE_FIELDS_H
#define TRACE_FIELDS_H

#include "trace/freb.h"
#include "trace/rules.h"

#include <stdbool.h>
#include <stddef.h>

struct field {			/* borrowed from the event, but for .header */
	enum volatile_place place;
	const char *name;	/* of the Data, attribute or element */
	char *header;		/* name of the header field, NULL = no header; heap */
	const char *value;	/* not NUL-terminated */
	size_t len;
	const char *line;	/* of a header block: the line it is the end of, else NULL */
	const char *text;	/* freb:Description of its Data, NULL = none */
	bool taken;		/* has found its partner */
};

struct fields {			/* reused from event to event */
	struct field *field;
	size_t count;
	size_t room;
	const char *event;	/* name of the event, "" for a root */
	struct condition_subject subject;
	bool failed;		/* no memory */
};

#define FIELDS_INIT { 0 }

/* Of the root; attributes that declare namespaces are left out. */
void fields_of_root(struct fields *f, const struct freb_file *file);
/* System elements first (empty ones left out), then Data in order. */
void fields_of_event(struct fields *f, const struct freb_file *file, const struct freb_event *e);
void fields_done(struct fields *f);

/* Where field @i stands, as rules want it; borrowed from @f. */
struct rules_at fields_at(const struct fields *f, size_t i);
/* Data that hold header lines. */
bool fields_is_block(const char *data);

#endif
