/* SPDX-License-Identifier: MIT */
/*
 * freb - reading FREB traces: ours and those IIS writes.
 *
 * freb_open() opens a file (or stdin) and reads its root; freb_index() finds
 * the events in slices, so that a viewer stays responsive; freb_event() parses
 * one event on demand.  Damage never stops it: what is readable is shown, and
 * each break is told with byte, line and message.  Values are UTF-8 as in the
 * file: untrusted bytes, clean them before they reach a terminal.
 * One struct freb_file belongs to one thread.  Sources: FORMAT 2, VIEWER 2.
 */
#ifndef TRACE_FREB_H
#define TRACE_FREB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct freb_file;

struct freb_attr {		/* one attribute of the root, in file order */
	char *name;		/* "url", "fp:client" */
	char *value;
};

/* Attributes of other namespaces keep their prefix; ours is always written fp:. */
#define FREB_OWN_NAMESPACE "urn:frebproxy:trace:1"

struct freb_root {
	struct freb_attr *attrs;	/* heap */
	size_t attr_count;
};

struct freb_entry {		/* the index: one per event, 40 bytes or less */
	uint64_t offset;	/* of "<Event " in the file */
	uint64_t hash;		/* of provider, opcode name, data: equal events are equal */
	int64_t time_ms;	/* since 1970, UTC; INT64_MIN = unreadable */
	uint32_t opcode;	/* interned: freb_opcode_name; "EventID:n Opcode:n" if absent */
	uint16_t depth;		/* nesting by START/END pairs */
	uint8_t level;		/* 0..5, 255 = none */
	uint8_t flags;		/* FREB_DAMAGED, FREB_UNCLOSED */
};

enum { FREB_DAMAGED = 1, FREB_UNCLOSED = 2 /* START without END */ };

struct freb_data {
	char *name;
	char *value;		/* Data text */
	char *text;		/* freb:Description of that name, NULL = none */
};

struct freb_event {		/* one parsed event; owned by the file, see freb_event() */
	size_t no;		/* from 1 */
	char *name;		/* RenderingInfo/Opcode; NULL = absent */
	char *provider, *provider_guid;
	char *event_id, *version, *level, *opcode, *keywords;
	char *time;		/* SystemTime as written */
	char *activity, *related;
	char *process, *thread, *computer, *culture, *keyword, *event_guid;
	struct freb_data *data;
	size_t data_count;
	bool damaged;
};

struct freb_damage {
	uint64_t offset;	/* byte */
	uint64_t line;		/* from 1 */
	size_t event;		/* number of the event it is in, 0 = before the first */
	char *message;
};

/* Open; path "-" = stdin (spooled).  Reads to the end of the root start tag.
 * 0, -errno, or -EBADMSG when it is no FREB trace (then *error says why; free()). */
int freb_open(const char *path, struct freb_file **file, char **error);
void freb_close(struct freb_file *f);
const char *freb_path(const struct freb_file *f);
const struct freb_root *freb_root(const struct freb_file *f);
/* Value of a root attribute, NULL = absent. */
const char *freb_root_get(const struct freb_file *f, const char *name);
uint64_t freb_size(const struct freb_file *f);		/* bytes (of the UTF-8 form) */

/* Index up to about `bytes` more; 0 = finished, 1 = more to do, -errno. */
int freb_index(struct freb_file *f, size_t bytes);
int freb_index_all(struct freb_file *f);		/* 0 or -errno */
bool freb_is_complete(const struct freb_file *f);
uint64_t freb_indexed(const struct freb_file *f);	/* bytes done */
size_t freb_count(const struct freb_file *f);		/* events so far */
const struct freb_entry *freb_entry(const struct freb_file *f, size_t index);	/* from 0 */
const char *freb_opcode_name(const struct freb_file *f, uint32_t opcode);
size_t freb_damage_count(const struct freb_file *f);
const struct freb_damage *freb_damage(const struct freb_file *f, size_t i);
/* LOG_FILE_MAX_SIZE_TRUNCATE stands at the end: this is no damage. */
bool freb_is_truncated(const struct freb_file *f);

/* Parse event `index` (from 0).  Borrowed: valid until 255 other events were
 * read or the file is closed.  NULL without memory. */
const struct freb_event *freb_event(struct freb_file *f, size_t index);
/*
 * freb_on_event - shows every event to @change as it is read, before anyone else
 * sees it (freb_event_raw() is not changed).  It may point texts of the event at
 * memory of its own, which must live until freb_close().  NULL = no more.
 * Forgets the events read so far: pointers to them become invalid.
 */
void freb_on_event(struct freb_file *f, void (*change)(struct freb_event *e, void *context),
		   void *context);
/* Raw bytes of an event as in the file; free(*bytes). 0 or -errno. */
int freb_event_raw(struct freb_file *f, size_t index, char **bytes, size_t *len);
/* The first Data of that name, NULL = none. */
const struct freb_data *freb_data_get(const struct freb_event *e, const char *name);
/* What the Compact View shows: the description if not empty, else the value. */
const char *freb_data_shown(const struct freb_data *d);
bool freb_data_is_hidden(const struct freb_data *d);	/* ContextId, ConnID, "Context ID" */

/* Milliseconds since 1970 of a SystemTime such as 2026-06-08T19:54:51.596Z (any
 * number of decimals, Z or nothing); INT64_MIN = unreadable. */
int64_t freb_time(const char *system_time);

struct freb_peek {		/* the head of a trace, for lists */
	struct freb_root root;	/* attributes */
	int64_t time_ms;	/* of the first event; INT64_MIN = unreadable */
	int64_t mtime_ns;	/* of the file, since 1970 */
	uint64_t size;		/* bytes */
	bool damaged;		/* cut, or the head is damaged */
	char *message;		/* what is wrong, NULL = nothing */
};

/*
 * freb_peek - reads the first 8 KiB (more only for a longer root) and the last bytes.
 * @out  filled; freb_peek_done() also after an error.
 * Returns 0, -errno, or -EBADMSG when it is no FREB trace (message says why).
 */
int freb_peek(const char *path, struct freb_peek *out);
void freb_peek_done(struct freb_peek *p);
/* Value of an attribute, NULL = absent. */
const char *freb_attr(const struct freb_root *root, const char *name);

/* Span partner: index of the END of a START (and back), SIZE_MAX = none.  After completion. */
size_t freb_partner(const struct freb_file *f, size_t index);
/* Parent span's index, SIZE_MAX = none. */
size_t freb_parent(const struct freb_file *f, size_t index);

#endif
