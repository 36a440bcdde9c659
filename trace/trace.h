/* SPDX-License-Identifier: MIT */
/*
 * trace - the per-request event buffer and the TRACE() call: the only header
 * of libtrace that core includes.
 *
 * A worker appends records to a struct trace; nothing is formatted, no lock is
 * taken, no file is touched.  trace_submit() hands the buffer to the writer
 * thread, which turns records into FREB XML through the catalogue (events.def)
 * and writes W3SVC<site>/frNNNNNN.xml.
 *
 * One struct trace belongs to one thread at a time.  Sources: DESIGN 4, 6, 7;
 * the file format is that of IIS Failed Request Tracing.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace;		/* the events of one exchange, or of one connection */
struct trace_preamble;	/* sealed events of a connection, reference counted */
struct trace_writer;	/* the writer thread and its queue */

/*
 * TRACE - append one event.
 * @t      struct trace *, NULL = not traced.
 * @event  symbol of events.def without TE_.
 * @...    designated initialisers of struct te_<event>; omitted = 0 or NULL.
 *
 * The initialisers are evaluated only if the event is wanted.  Strings are
 * copied, cut at TRACE_STRING_MAX with a mark.  Never fails: a full buffer
 * counts and drops.  TRACE_AT overrides the level of the catalogue.
 */
#define TRACE_AT(t, level_, event, ...)                                        \
	do {                                                                   \
		struct trace *trace_to_ = (t);                                 \
		if (trace_to_ && trace_is_wanted(trace_to_, TE_##event, (level_))) \
			trace_put(trace_to_, TE_##event, (level_),             \
				  &(const struct te_##event){ __VA_ARGS__ });  \
	} while (0)
#define TRACE(t, event, ...) TRACE_AT(t, TE_LEVEL_##event, event, __VA_ARGS__)

#define TRACE_STRING_MAX ((size_t)16 << 10)

struct trace_options {
	uint8_t verbosity;	/* events of a higher level are not recorded; 5 = all */
	uint32_t own_areas;	/* of provider frebproxy, bit set of OWN-EVENTS; ~0u = all */
	uint32_t iis_areas;	/* of provider WWW Server; general is always wanted */
	/* Sum of what events are charged, as maxLogFileSizeKB (FORMAT 4): the record, 40 per
	 * Data, 1100; then LOG_FILE_MAX_SIZE_TRUNCATE.  0 = 1 MiB, SIZE_MAX = no limit. */
	size_t max_bytes;
};

/* A new buffer; @options copied; NULL without memory (the request goes on untraced). */
struct trace *trace_new(const struct trace_options *options);
void trace_free(struct trace *t);		/* NULL is fine */
/* Empties t for the next request, keeps its memory (up to 64 KiB) and options;
 * drops its preamble. */
void trace_reset(struct trace *t);

bool trace_is_wanted(const struct trace *t, enum te_id id, unsigned int level);
/* @fields points to struct te_<event>.  Stamps the time. */
void trace_put(struct trace *t, enum te_id id, unsigned int level, const void *fields);

size_t trace_count(const struct trace *t);	/* events recorded */
uint64_t trace_start_ns(const struct trace *t);	/* real time of the first own event, 0 = none */
/* Lowest level > 0 recorded so far (1..5), 0 = none: for verbosity rules.  Own
 * events only: what the connection's story holds was no failure of this request.
 * LOG_FILE_MAX_SIZE_TRUNCATE does not count either. */
unsigned int trace_worst_level(const struct trace *t);

/*
 * trace_seal - turns the events recorded so far into a preamble: the story of
 * a connection, which stands ahead of each of its exchanges.
 * @t  borrowed; empty afterwards (options kept).
 * Returns a preamble with one reference, NULL without memory.
 */
struct trace_preamble *trace_seal(struct trace *t);
struct trace_preamble *trace_preamble_ref(struct trace_preamble *p);
void trace_preamble_unref(struct trace_preamble *p);	/* thread-safe; NULL is fine */
/* Puts p ahead of t's own events; takes its own reference.  What p was charged
 * counts against t's max_bytes. */
void trace_set_preamble(struct trace *t, struct trace_preamble *p);

enum trace_reason {	/* failureReason of the root, FORMAT 2.1 */
	TRACE_REASON_STATUS_CODE,
	TRACE_REASON_SERVER_VARIABLE,
	TRACE_REASON_EVENT_VERBOSITY_LEVEL,
	TRACE_REASON_TIME_TAKEN,
	TRACE_REASON_UNKNOWN,
};

/* The root element.  Strings are borrowed during trace_submit only; NULL = empty. */
struct trace_meta {
	uint8_t activity[16];		/* GUID as it is printed, left to right */
	const char *url;		/* scheme://host:port/path?query, not escaped */
	const char *verb;
	uint32_t site_id;
	const char *app_pool_id;	/* we put the farm's name */
	bool has_user;			/* false: the NOT_AVAILABLE form of the root */
	const char *remote_user_name;
	const char *user_name;
	const char *token_user_name;
	const char *authentication_type;
	enum trace_reason reason;
	unsigned int status, substatus;			/* 0 = no response */
	unsigned int trigger_status, trigger_substatus;	/* 0 = the trigger was no status */
	uint64_t time_taken_ms;
	/* fp: attributes; NULL = left out */
	const char *client, *server, *farm, *grade, *log_id;
	const char *directory;		/* traces go to directory/W3SVC<site_id>/ */
	unsigned int max_log_files;	/* 0 = 50 */
};

/*
 * trace_submit - hand a finished trace to the writer.
 * @w     the writer.
 * @t     moved: *t becomes NULL, whatever happens.
 * @meta  copied.
 * Lock-free, never blocks.  In drop mode a full queue counts the trace as
 * dropped; in wait mode it is always taken (the worker stops reading requests
 * while trace_writer_is_full()).
 */
void trace_submit(struct trace_writer *w, struct trace **t, const struct trace_meta *meta);

struct trace_writer_options {
	size_t queue_traces;	/* full above; 0 = 4096 */
	size_t queue_bytes;	/* full above; 0 = 256 MiB */
	bool drop;		/* onOverload="drop" */
	/* Writer thread: the queue was full and is under 3/4 again; NULL ok. */
	void (*on_room)(void *arg);
	void *arg;		/* of on_room */
	/* Operator log; writer thread; never NULL.  error: true = error, false = info. */
	void (*on_message)(bool error, const char *text);
};

struct trace_writer_counts {
	uint64_t written;	/* files */
	uint64_t failed;	/* could not be written */
	uint64_t dropped;	/* queue full */
	uint64_t bytes;		/* of files */
	uint64_t queued;	/* now */
	uint64_t oldest_ns;	/* monotonic: when the oldest of them came; 0 = none waits */
};

/* Returns 0 or -errno; @options copied.  One writer per process: what it keeps in
 * preambles is its own. */
int trace_writer_start(struct trace_writer **w, const struct trace_writer_options *options);
/* One relaxed atomic read; false in drop mode. */
bool trace_writer_is_full(const struct trace_writer *w);
void trace_writer_counts(const struct trace_writer *w, struct trace_writer_counts *out);
/* Writes all that is queued, ends the thread, frees. */
void trace_writer_stop(struct trace_writer *w);

/* A new GUID: unique per process run, cheap, no lock (thread-local state). */
void trace_guid_new(uint8_t guid[static 16]);
/* "4000000a-..." lower case without braces, 36 characters and NUL. */
void trace_guid_text(const uint8_t guid[static 16], char out[static 37]);

#endif
