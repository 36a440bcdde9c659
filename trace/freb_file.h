/* SPDX-License-Identifier: MIT */
/*
 * freb_file - what the parts of libfreb's reader know of each other: an open
 * trace, the push parser (a "feed"), what is collected of one event.
 *
 * Only freb_file.c, spool.c, index.c, span.c, read*.c, collect.c and cache.c
 * include it; everyone else uses freb.h.  libxml2 is behind read*.c alone.
 */
#ifndef TRACE_FREB_FILE_H
#define TRACE_FREB_FILE_H

#include "trace/buf.h"
#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FREB_CHUNK ((size_t)256 << 10)		/* most bytes of one read */
#define FREB_CHUNK_MIN ((size_t)4 << 10)	/* first read after a restart */
#define FREB_HEAD ((size_t)8 << 10)		/* where a root start tag ends in practice */
#define FREB_HEAD_MAX ((size_t)1 << 20)		/* a root start tag must end before */
#define FREB_VALUE_MAX ((size_t)10 << 20)	/* a longer value is cut */
#define FREB_EVENT_MAX ((size_t)64 << 20)	/* bytes of one event that are read */
#define FREB_DATA_MAX ((size_t)4096)		/* Data of one event that are kept */
#define FREB_DAMAGE_MAX ((size_t)10000)		/* breaks told; then reading stops */
#define FREB_LRU ((size_t)256)			/* decoded events kept */
#define FREB_NONE UINT32_MAX			/* no partner, no parent */

/* ---- collect.c: one event as it is parsed ---- */

enum freb_field {	/* the texts of struct freb_event, in its order */
	FIELD_NAME, FIELD_PROVIDER, FIELD_PROVIDER_GUID, FIELD_EVENT_ID, FIELD_VERSION,
	FIELD_LEVEL, FIELD_OPCODE, FIELD_KEYWORDS, FIELD_TIME, FIELD_ACTIVITY, FIELD_RELATED,
	FIELD_PROCESS, FIELD_THREAD, FIELD_COMPUTER, FIELD_CULTURE, FIELD_KEYWORD,
	FIELD_EVENT_GUID, FIELD_COUNT,
};

struct freb_pair {	/* a Data or a Description: offsets into collect.text */
	size_t name;
	size_t value;
};

struct freb_pairs {
	struct freb_pair *at;	/* heap */
	size_t count;
	size_t cap;		/* allocated */
};

struct freb_collect {
	struct buf text;		/* all strings, each with its NUL */
	size_t field[FIELD_COUNT];	/* offset + 1 in text, 0 = absent */
	struct freb_pairs data;		/* EventData/Data */
	struct freb_pairs described;	/* RenderingInfo/freb:Description */
	bool cut;			/* a limit was met: not everything is here */
};

void freb_collect_reset(struct freb_collect *c);
void freb_collect_done(struct freb_collect *c);
/* Adds a pair whose name is @name and whose value begins at the end of c->text;
 * false when there are too many. */
bool freb_collect_pair(struct freb_collect *c, struct freb_pairs *pairs, const char *name,
		       size_t len);
/* Value of the first Data of that name, NULL = none. */
const char *freb_collect_data(const struct freb_collect *c, const char *name);
/* Repairs bytes for a forgiving parser: what XML forbids becomes U+FFFD, & and <
 * that are no markup are escaped. */
void freb_mend(const char *in, size_t len, struct buf *out);
/* Text of a field, NULL = absent.  Borrowed. */
const char *freb_collect_get(const struct freb_collect *c, enum freb_field field);
/* Hash of provider, name and data; never 0. */
uint64_t freb_collect_hash(const struct freb_collect *c);
/* A free-standing event in one block of memory (free()); NULL without memory. */
struct freb_event *freb_collect_event(const struct freb_collect *c);

/* ---- read.c and read_root.c: the push parser ---- */

struct freb_feed {
	void *parser;			/* xmlParserCtxt */
	struct freb_collect *collect;	/* borrowed; holds the event being read */
	void (*on_start)(void *arg, uint64_t offset);	/* "<Event" is there; NULL = no call */
	void (*on_event)(void *arg, uint64_t end);	/* whole in collect; NULL = stop there */
	void *arg;			/* of the two */
	uint64_t start;			/* offset in the file of the first byte pushed */
	uint64_t lead;			/* bytes of our own root ahead of them */
	uint64_t pushed;		/* bytes pushed so far */
	unsigned int depth;		/* of elements; the root is 1 */
	unsigned int target_depth;	/* depth of the element whose text is collected */
	int target;			/* what is collected there, 0 = nothing */
	int section;			/* part of the event at depth 3 */
	size_t text_start;		/* where the text collected now began */
	bool in_event;			/* between <Event> and </Event> */
	bool root_closed;		/* </failedRequest> was met */
	bool whole;			/* an event was read to its end */
	bool failed;			/* error and error_offset are set; nothing more comes */
	bool at_end;			/* the error came up when the input ended */
	char *error;			/* heap */
	uint64_t error_offset;		/* in the file */
};

/* Begins in the content of a root; @collect borrowed.  0 or -ENOMEM. */
int freb_feed_open(struct freb_feed *feed, struct freb_collect *collect, uint64_t start,
		   bool recover);
void freb_feed_push(struct freb_feed *feed, const char *data, size_t len);
void freb_feed_end(struct freb_feed *feed);	/* the input ends here */
void freb_feed_done(struct freb_feed *feed);

/*
 * freb_parse_event - parses the event at the start of @bytes.
 * @mend   the bytes are damaged: repair what can be, go as far as possible.
 * @c      emptied and filled.
 * Returns 0, -EBADMSG when the event has no end, or -ENOMEM.
 */
int freb_parse_event(const char *bytes, size_t len, bool mend, struct freb_collect *c);

/*
 * freb_parse_root - finds the root's start tag at the start of a file.
 * @root   filled; freb_root_done() also after an error.
 * @end    offset after the start tag; of the error with -EBADMSG.
 * @empty  the root is <failedRequest/>.
 * @error  why not (free()).
 * Returns 0, -EAGAIN (more bytes are needed), -EBADMSG, -ENOMEM.
 */
int freb_parse_root(const char *bytes, size_t len, bool mend, struct freb_root *root,
		    size_t *end, bool *empty, char **error);
void freb_root_done(struct freb_root *root);

/* ---- the open trace ---- */

struct freb_opcode {		/* an interned name */
	char *name;		/* owned */
	uint64_t hash;		/* of name */
	uint32_t span;		/* id of what START and END share, FREB_NONE = no pair */
	int8_t kind;		/* +1 START, -1 END, 0 neither */
};

struct freb_names {
	struct freb_opcode *at;	/* heap */
	uint32_t count;
	uint32_t cap;		/* of at */
	uint32_t *slots;	/* open addressing: id + 1, 0 = free */
	uint32_t slot_count;	/* power of two */
};

struct freb_open_span {		/* a START that waits for its END */
	uint32_t index;		/* of the event */
	uint32_t span;		/* freb_opcode.span */
	uint64_t module;	/* hash of ModuleName, 0 = none */
};

struct freb_cached {
	struct freb_event *event;	/* NULL = free */
	size_t index;			/* of the event */
	uint64_t used;			/* tick of the last use */
};

struct freb_file {
	char *path;			/* as given */
	int fd;				/* the file, or its UTF-8 spool */
	uint64_t size;			/* bytes when opened */
	uint64_t body;			/* offset after the root's start tag */
	struct freb_root root;
	bool empty_root;		/* no content at all */

	struct freb_entry *entries;
	uint32_t *partner;		/* one per entry, FREB_NONE = none */
	uint32_t *parent;		/* as partner */
	size_t count;			/* of entries, partner, parent */
	size_t cap;			/* of the three */
	struct freb_names names;	/* opcode names */
	struct freb_names spans;	/* names of spans */
	struct freb_open_span *open;	/* stack of spans */
	size_t open_count;
	size_t open_cap;		/* of open */

	struct freb_damage *damage;
	size_t damage_count;
	size_t damage_cap;		/* of damage */

	struct freb_feed feed;		/* of the index; parser NULL = to be opened */
	struct freb_collect collect;	/* of the index */
	struct freb_collect one;	/* of single events */
	char *chunk;			/* FREB_CHUNK bytes of read buffer */
	size_t step;			/* bytes of the next read, grows to FREB_CHUNK */
	uint64_t pos;			/* next byte to push */
	uint64_t event_start;		/* of the event being read */
	bool event_open;		/* event_start holds */
	bool root_closed;		/* </failedRequest> was met */
	bool cut_told;			/* that it is missing was told */
	uint64_t last_end;		/* all before is dealt with */
	uint64_t reread;		/* bytes read again after restarts */
	uint64_t line;			/* number of the line at line_offset */
	uint64_t line_offset;
	bool complete;			/* nothing more to index */
	int failed;			/* -errno of reading or memory; sticky */

	struct freb_cached lru[FREB_LRU];
	uint64_t tick;			/* of lru */
	void (*change)(struct freb_event *e, void *context);	/* freb_on_event(), NULL = none */
	void *change_context;		/* of change */
};

/* ---- head.c: the first bytes ---- */

struct freb_head {
	struct freb_root root;	/* attributes */
	size_t body;		/* offset after the root's start tag */
	bool empty;		/* the root is <failedRequest/> */
	size_t error_at;	/* offset of the damage */
	char *error;		/* what is damaged, or why this is no trace; NULL = nothing */
	char *bytes;		/* what was read */
	size_t len;		/* of bytes */
};

/* pread without its surprises: bytes read (fewer only at the end) or -errno. */
ssize_t freb_pread(int fd, void *to, size_t len, uint64_t offset);
/*
 * freb_head_read - the root of a file; @h { 0 } at first, freb_head_done() always.
 * @convert  the file may be in another encoding than UTF-8.
 * Returns 0 (with h->error: damaged), -EBADMSG (no trace: h->error), -errno.
 */
int freb_head_read(int fd, bool convert, struct freb_head *h);
void freb_head_done(struct freb_head *h);

/* freb_file.c */
/* Tells a break; takes @message.  false when no more are taken. */
bool freb_add_damage(struct freb_file *f, uint64_t offset, size_t event, char *message);

/* spool.c: makes @fd a file that is UTF-8 and can be read at any place.  Takes @fd. */
int freb_spool(int fd, size_t *unconvertible, int *out);
/* The encoding of a file by its first bytes, NULL = UTF-8; @name holds the text. */
const char *freb_encoding(const char *head, size_t len, char name[static 32]);
/* UTF-8 of @in, appended; the number of characters it has no UTF-8 for, or -errno. */
long freb_convert(const char *encoding, const char *in, size_t len, struct buf *out);

/* span.c */
/* The number of a name; FREB_NONE without memory. */
uint32_t freb_intern(struct freb_names *names, const char *name);
void freb_names_done(struct freb_names *names);
uint64_t freb_hash(uint64_t hash, const void *data, size_t len);
#define FREB_HASH_START 0xcbf29ce484222325u
/* Sets depth, parent and partner of the newest entry.  0 or -ENOMEM. */
int freb_span_add(struct freb_file *f, const char *module);
void freb_span_finish(struct freb_file *f);

/* cache.c */
void freb_cache_done(struct freb_file *f);

#endif
