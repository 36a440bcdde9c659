/* SPDX-License-Identifier: MIT */
/*
 * chunk - strict decoding of the chunked transfer coding, a push parser.
 *
 * Feed bytes, get back how many were eaten and which part of them is body.
 * Trailers are checked and eaten (trailer.h keeps them).  Pure; thread-safe.
 * Source: RFC 9112 section 7.1; stricter where a lenient reader could be split
 * from the next hop (bare LF, spaces round the size, junk after the data).
 */
#ifndef CORE_HTTP_CHUNK_H
#define CORE_HTTP_CHUNK_H

#include "core/http/head.h"

#include <sys/types.h>

struct chunk {
	uint64_t left;		/* body bytes left in this chunk */
	uint64_t body;		/* body bytes so far */
	uint64_t eaten;		/* bytes so far; when refused, the offset of the bad byte */
	size_t line;		/* bytes in the present size or trailer line */
	size_t trailer;		/* bytes of the trailer section so far */
	unsigned char state;	/* private */
	unsigned char digits;	/* private: digits of the size so far */
	bool done;		/* the last chunk and its trailers are read */
	enum head_rule rule;	/* why it was refused */
};

#define CHUNK_INIT { 0 }
#define CHUNK_LINE_MAX 256	/* size line with extensions */
#define CHUNK_TRAILER_MAX 8192

/*
 * chunk_feed - eat bytes until there is body data to take, or input ends.
 * @data, @len  input.
 * @body        out: slice of data that is body, len 0 if none.
 * Returns bytes eaten (body included; the caller goes on behind them), or -1
 * with c->rule set.  Stops right after the end, so pipelined bytes stay.
 */
ssize_t chunk_feed(struct chunk *c, const char *data, size_t len, struct slice *body);

#define CHUNK_HEAD_MAX 20
/* Writes the size line "1a2b\r\n" for a chunk of len bytes; returns its length. */
size_t chunk_head(char out[static CHUNK_HEAD_MAX], size_t len);

#endif
