/* SPDX-License-Identifier: MIT */
/*
 * plan - the fixed parts of every event, rendered once from the catalogue.
 *
 * A plan is an event's XML cut where something changes from one record to the
 * next.  Constant after plans_init; serialise.c copies from it.
 */
#ifndef TRACE_PLAN_H
#define TRACE_PLAN_H

#include "trace/buf.h"
#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_FIELDS 24u		/* Data of one event, at most */
#define PLAN_GUID 38u		/* bytes of a GUID with its braces */
#define PLAN_NUMBER 24u		/* more than any number's digits and sign */
#define PLAN_TEXT 1600u		/* more than a text of enums.def, escaped, with its code */

struct serialise_who;

struct slice {			/* of plans.text */
	uint32_t at;		/* offset */
	uint32_t len;		/* bytes */
};

struct plan {				/* one event */
	struct slice start;		/* <Event ... <Level> */
	struct slice system;		/* </Level> ... SystemTime=" */
	struct slice data[PLAN_FIELDS];	/* </Data> of the one before, <Data Name="..."> */
	struct slice describe[PLAN_FIELDS];	/* <freb:Description Data="..."> */
	struct slice render;		/* </Data> ... up to the descriptions */
	struct slice close;		/* </RenderingInfo> ... </Event> */
	size_t fixed;			/* bytes at most, without the record's texts */
	bool has_texts;			/* a field may have a description */
};

struct plans {
	struct plan of[TE_COUNT];	/* by enum te_id */
	struct slice correlate;		/* Z"/> ... ActivityID=" */
	struct slice execute;		/* "/> ... <Data Name="ContextId"> */
	struct slice execute_bare;	/* the same without ContextId */
	struct buf text;		/* all slices */
};

/* plans_init - fills @p.  Returns 0 or -ENOMEM; plans_done frees either way. */
int plans_init(struct plans *p, const struct serialise_who *who);
void plans_done(struct plans *p);

#endif
