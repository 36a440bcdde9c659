/* SPDX-License-Identifier: MIT */
/*
 * bindings - the one-to-one maps between volatile values of two traces.
 *
 * The first time a pair of values meets it is bound; from then on each of the
 * two must meet the other and nothing else.  So equal ids must stay equal and
 * different ones different, whatever they are.  One map per class.
 */
#ifndef TRACE_BINDINGS_H
#define TRACE_BINDINGS_H

#include "trace/names.h"
#include "trace/volatile.h"

#include <stddef.h>
#include <stdint.h>

struct bindings {
	struct names side[2];		/* a class byte and the value */
	uint32_t *to[2];		/* by name of one side: name on the other, 0 = not bound */
	uint32_t *number;		/* by name of a: n of {CLASS-n} */
	size_t room[2];			/* of to (and number) */
	uint32_t last[VOLATILE_CLASSES];	/* numbers given out */
};

#define BINDINGS_INIT { 0 }

enum bindings_result {
	BINDINGS_KEPT,		/* bound now or before, to each other */
	BINDINGS_BROKEN_A,	/* a stands for something else in B already */
	BINDINGS_BROKEN_B,	/* b is what another value of A stands for */
	BINDINGS_FAILED,	/* no memory */
};

struct bindings_conflict {	/* set when broken; borrowed until the next call */
	const char *other;	/* BROKEN_A: what a stood for; BROKEN_B: what stands for b */
	uint32_t number;	/* n of {CLASS-n} */
};

enum bindings_result bindings_meet(struct bindings *m, const struct volatile_piece *a,
				   const struct volatile_piece *b, struct bindings_conflict *c);
/* n of {CLASS-n} for a value of side 0 or 1; 0 = not bound yet. */
uint32_t bindings_number(struct bindings *m, int side, const struct volatile_piece *value);
void bindings_done(struct bindings *m);

#endif
