/* SPDX-License-Identifier: MIT */
/*
 * compare - what differs between two traces, once volatile values are set
 * aside and the relations between them kept.
 *
 * Trace A is the expectation, trace B the new one.  Differences are told row
 * by row to a function of the caller, in order, so that nothing grows with
 * the size of the traces; printing them is not done here.  One struct compare
 * belongs to one thread.  Source: VIEWER 9.
 */
#ifndef TRACE_COMPARE_H
#define TRACE_COMPARE_H

#include "trace/buf.h"
#include "trace/freb.h"
#include "trace/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPARE_NONE SIZE_MAX

struct compare;

struct compare_options {
	struct rules *rules;	/* borrowed, never NULL; its counters are changed */
	bool text;		/* compare friendly texts too */
	bool gaps;		/* compare times between events: 25 %, at least 16 ms */
	bool strict_order;	/* order of Data within an event counts */
	bool show_masked;	/* tell differences that were masked, too */
	/*
	 * Asked now and then with the share done, 0 to 1000; other than 0 ends the
	 * comparison, which then returns it.  NULL = nobody wants to know.
	 */
	int (*tick)(void *arg, unsigned int done);
	void *tick_arg;
};

enum compare_kind {
	COMPARE_CHANGED,	/* values differ */
	COMPARE_MISSING,	/* only A has it */
	COMPARE_EXTRA,		/* only B has it */
	COMPARE_BINDING,	/* values that belonged together no longer do */
	COMPARE_OUTSIDE,	/* outside the tolerance, or over the limit */
	COMPARE_ORDER,		/* the same Data in another order; a and b list the names */
	COMPARE_REQUIRED,	/* no event of B meets a require rule */
	COMPARE_MASKED,		/* not a difference: hidden by a mask, see show_masked */
};

struct compare_item {		/* texts are untrusted and owned by the comparison */
	enum compare_kind kind;
	char *name;		/* "HeaderValue", "Headers: Host", "level" */
	char *a;		/* value, NULL = none */
	char *b;
	char *a_text;		/* friendly texts of the values, NULL = none */
	char *b_text;
	char *note;		/* the rule, or the broken binding; NULL = none */
};

enum compare_row_kind {
	COMPARE_ROOT,		/* the request: attributes, rules for all of the trace */
	COMPARE_EQUAL,		/* items are MASKED ones only */
	COMPARE_DIFFERENT,
	COMPARE_REMOVED,	/* only in A */
	COMPARE_ADDED,		/* only in B */
};

struct compare_row {
	enum compare_row_kind kind;
	size_t a;		/* index of the event, from 0; COMPARE_NONE = none */
	size_t b;
	const struct compare_item *items;
	size_t count;
};

struct compare_totals {
	size_t attributes;	/* of the root that differ */
	size_t changed;		/* events with other than binding items */
	size_t values;		/* such items in them */
	size_t removed, added;	/* events */
	size_t bindings;	/* broken, in events and root */
	size_t required;	/* rules nobody met */
	size_t equal;		/* events without difference */
	size_t events[2];	/* in A and B, ignored ones included */
	uint64_t masked;	/* values whose difference was hidden */
	size_t masked_by;	/* rules that hid some */
	bool coarse;		/* alignment hit its cost cap */
};

/* Called once with the root, then for each row in order; non-zero ends the comparison. */
typedef int compare_see(void *arg, const struct compare_row *row);

/* @a, @b: borrowed, must outlive it.  NULL without memory. */
struct compare *compare_new(struct freb_file *a, struct freb_file *b,
			    const struct compare_options *options);
void compare_free(struct compare *c);	/* NULL is fine */

/*
 * compare_run - compares; indexes both traces first if need be.
 * @see  may be NULL: only the totals are wanted.
 * Returns 0, -errno, or what @see returned.
 */
int compare_run(struct compare *c, compare_see *see, void *arg);
const struct compare_totals *compare_totals(const struct compare *c);
bool compare_is_equal(const struct compare_totals *t);

/*
 * compare_describe - the Data of an event in one line, volatile values as
 * {CLASS-n} where bound: Name="value", Name={CERT-1}.
 * @side  0 = a, 1 = b.  @index  of the event.
 * @only_key  only what the event was aligned by (ModuleName, HeaderName, ...).
 * Untrusted text, may hold line feeds.  0 or -ENOMEM.
 */
int compare_describe(struct compare *c, int side, size_t index, bool only_key, struct buf *out);

/* Name of an event, never NULL; borrowed until the next 255 events were read. */
const char *compare_event_name(struct compare *c, int side, size_t index);

/* Which Data an event is aligned by, NULL = none. */
const struct freb_data *compare_key(const struct freb_event *e);

#endif
