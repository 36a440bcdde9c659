/* SPDX-License-Identifier: MIT */
/*
 * align - which event of one trace belongs to which event of another.
 *
 * Myers' shortest edit script over interned keys, in linear space.  When two
 * traces have little in common its cost would be quadratic, so a cap makes it
 * take the best path found so far instead (the script is then longer than it
 * need be, and .coarse says so).  Inside a replaced block events of equal
 * opcode are paired; an inserted or removed run is moved to where its
 * neighbours fit best.  Knows only numbers: no events, no files.
 * Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
#ifndef TRACE_ALIGN_H
#define TRACE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALIGN_NONE SIZE_MAX

struct align_seq {		/* one trace; borrowed */
	const uint32_t *key;	/* per event: equal keys may be paired */
	const uint32_t *op;	/* per event: paired as second best */
	size_t count;
};

struct align_pair {		/* ALIGN_NONE: only on the other side */
	size_t a;
	size_t b;
};

struct align {
	struct align_pair *pairs;	/* in order of both sides */
	size_t count;
	bool coarse;			/* the cap was hit somewhere */
};

/*
 * A number for the content of one event, equal for events without difference.
 * @side  0 = a, 1 = b.  @at  position in the sequence.
 */
typedef uint64_t align_shape(void *arg, int side, size_t at);

/*
 * align_run - pairs two sequences.
 * @shape  may be NULL: runs are then left where they fall.
 * @out    filled; align_done() frees it, also after an error.
 * Returns 0 or -ENOMEM.  Time O((N + M) * min(D, cap)), memory O(N + M).
 */
int align_run(const struct align_seq *a, const struct align_seq *b, align_shape *shape, void *arg,
	      struct align *out);
void align_done(struct align *out);

#endif
