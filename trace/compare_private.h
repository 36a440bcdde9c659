/* SPDX-License-Identifier: MIT */
/*
 * compare_private - what the parts of compare know of each other.
 *
 * compare.c runs a comparison, compare_side.c reads a trace and makes its
 * keys, compare_event.c compares a pair, compare_value.c a value.
 */
#ifndef TRACE_COMPARE_PRIVATE_H
#define TRACE_COMPARE_PRIVATE_H

#include "trace/align.h"
#include "trace/bindings.h"
#include "trace/compare.h"
#include "trace/fields.h"
#include "trace/names.h"
#include "trace/quick.h"

struct side {			/* one trace */
	struct freb_file *file;	/* borrowed */
	struct quick quick;	/* reads its events */
	size_t *order;		/* events that take part, in order of comparison */
	uint32_t *key;		/* of each of them */
	uint32_t *op;
	size_t count;
	int64_t last_ms;	/* time of the event compared last; INT64_MIN = none */
};

struct compare {
	struct compare_options options;
	struct side side[2];
	struct names keys;	/* of both sides */
	struct names ops;
	struct bindings bindings;
	struct compare_totals totals;
	struct fields fields[2];	/* of the pair at hand */
	struct volatile_pieces pieces[2];
	struct compare_item *items;	/* of the row at hand */
	size_t item_count;
	size_t item_room;
	bool *met;		/* per rule: a require that some event of B meets */
	bool have_tolerance, have_limit, have_ignore;	/* rules of these kinds */
	int error;		/* first of any part: -ENOMEM, ... */
};

/* ---- compare.c ---- */
/* Tells how far a part is that goes from @from to @to of 1000; other than 0 ends it all. */
int compare_tick(const struct compare *c, unsigned int from, unsigned int to, uint64_t done,
		 uint64_t of);

/* ---- compare_side.c ---- */
/* Reads all events of a side once: order, keys, require rules.  0 or -errno. */
int compare_read_side(struct compare *c, int side);
/* align_shape: content of an event, volatile parts by class only. */
uint64_t compare_shape(void *compare, int side, size_t at);
void compare_side_done(struct side *s);

/* ---- compare_event.c ---- */
void compare_events(struct compare *c, size_t a, size_t b);	/* indices; fills items */
void compare_roots(struct compare *c);

/* ---- compare_value.c ---- */
/* Field @i of A against field @k of B. */
void compare_values(struct compare *c, size_t i, size_t k);
/* Adds an item; texts are copied; @a, @b may be NULL. */
void compare_add(struct compare *c, enum compare_kind kind, const struct field *at, const char *a,
		 size_t a_len, const char *b, size_t b_len, const char *note);
void compare_add_text(struct compare *c, enum compare_kind kind, const char *name, const char *a,
		      const char *b, const char *note);
void compare_clear_items(struct compare *c);
/* Times in ms: gap, span; label names it. */
void compare_times(struct compare *c, const struct rule *rule, const char *label, double a,
		   double b);
void compare_limit(struct compare *c, const struct rule *rule, const char *label, double b);

#endif
