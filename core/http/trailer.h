/* SPDX-License-Identifier: MIT */
/*
 * trailer - the fields behind the last chunk of a body, as their sender wrote
 * them.  chunk.c has checked each line; here they are kept and read one by one.
 * Not thread-safe, no I/O.  Source: RFC 9112 7.1.2.
 */
#ifndef CORE_HTTP_TRAILER_H
#define CORE_HTTP_TRAILER_H

#include "core/base/arena.h"
#include "core/http/chunk.h"

struct trailer_section {
	char *at;	/* arena: whole lines once the body is read; NULL = none */
	size_t len;	/* at most CHUNK_TRAILER_MAX */
};

/*
 * trailer_keep - after each chunk_feed that may have met trailers.
 * @c       the decoder after the call.
 * @before  c->trailer before it.
 * @end     behind the last byte it ate.
 * Without memory the section stays empty: all of it is dropped.
 */
void trailer_keep(struct arena *a, struct trailer_section *t, const struct chunk *c, size_t before,
		  const char *end);

/*
 * trailer_next - the next field of a section that is whole.
 * @at   in and out: offset, 0 at first.
 * @out  its slices point into the section.
 * Returns false at the end.
 */
bool trailer_next(const struct trailer_section *t, size_t *at, struct header *out);

#endif
