/* SPDX-License-Identifier: MIT */
/*
 * record - how events lie in memory between TRACE() and the file: what
 * trace.c writes, serialise.c reads and writer.c queues.  Nobody else
 * includes it.
 *
 * A record is a struct record_head and, one after the other without padding,
 * the fields of the catalogue: numbers in host order; strings as a uint32_t
 * length and their bytes.
 */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include "trace/buf.h"
#include "trace/trace.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* IIS ends a text that it cut with this word; so do we. */
#define RECORD_CUT_MARK "TRUNCATED..."
#define RECORD_CUT_LEN (sizeof(RECORD_CUT_MARK) - 1)

/* What one event is charged against max_bytes beyond its record: FORMAT 4. */
#define RECORD_CHARGE 1100u
#define RECORD_CHARGE_FIELD 40u	/* IIS's header of one Data item on 64 bit */

struct record_head {
	uint32_t size;		/* bytes of the record, head included */
	uint16_t id;		/* enum te_id */
	uint16_t level;		/* as written to the file */
	uint64_t time_ns;	/* real time */
};

struct trace_preamble {
	atomic_uint refs;	/* freed with the last */
	size_t count;		/* events */
	uint64_t last_ns;	/* time of the last event */
	size_t charged;		/* against max_bytes */
	bool full;		/* ends with LOG_FILE_MAX_SIZE_TRUNCATE */
	size_t len;		/* bytes of .records */
	/* The writer thread's: rendered once, then copied and patched. */
	unsigned int uses;	/* traces it stood ahead of */
	char *xml;		/* its events, NULL = not rendered */
	size_t xml_len;		/* bytes of .xml */
	uint32_t *guids;	/* offsets in .xml of each activity GUID's text */
	size_t guid_count;	/* of .guids */
	char records[];		/* .len bytes */
};

struct trace {
	struct trace_options options;	/* as given to trace_new */
	uint32_t areas;			/* bit set of enum te_area: what is wanted */
	struct buf records;		/* the events; after trace_submit the meta's texts too */
	size_t end;			/* bytes of events in .records */
	size_t count;			/* own events */
	size_t charged;			/* against options.max_bytes, preamble included */
	size_t dropped;			/* events that came too late */
	uint64_t first_ns;		/* time of the first own event, 0 = none */
	uint64_t last_ns;		/* time of the last event, preamble included */
	unsigned int worst;		/* lowest level > 0 of own events, 0 = none */
	bool full;			/* nothing is recorded any more */
	struct trace_preamble *preamble;	/* one reference; NULL = none */
	/* From trace_submit on. */
	struct trace_meta meta;		/* texts lie in .records */
	size_t weight;			/* bytes it holds in the queue */
	uint64_t queued_ns;		/* monotonic: when it came there */
	struct trace *next;		/* in the queue */
};

/* Bytes of all preambles' .xml; kept below a limit by the writer. */
extern atomic_size_t trace_preamble_cached;

#endif
