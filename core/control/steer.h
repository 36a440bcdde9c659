/* SPDX-License-Identifier: MIT */
/*
 * steer - what the operator does to farm servers, and how servers are named.
 *
 * A server's name is FARM/HOST as the list shows them, or HOST alone where only
 * one farm has it.  Main thread only.  Source: ARR 1.3 (actions on members).
 */
#ifndef CORE_CONTROL_STEER_H
#define CORE_CONTROL_STEER_H

#include "core/control/view.h"

enum verb_kind { VERB_SHOW, VERB_STATE, VERB_HEALTH, VERB_RELOAD };

struct verb { /* a row of verbs.def */
	const char *word;
	enum verb_kind kind;
	const char *page; /* of VERB_SHOW: the path */
	unsigned int value; /* enum server_state, enum health_cause */
	const char *arguments, *text; /* for the help */
};

extern const struct verb verbs[];
extern const size_t verb_count;
const struct verb *verb_find(const char *word); /* NULL = there is none */

/* The server of that name, or NULL with why, and what there is, in out.  status: an HTTP one,
 * 200, 404 (there is none), 409 (there are several). */
struct farm_server *steer_find(const struct runtime *r, const char *name, unsigned int *status,
			       struct buf *out);
/* NULL = there is none: 404. */
const struct farm *steer_find_farm(const struct runtime *r, const char *name, struct buf *out);
/*
 * steer_server - a verb of kind STATE or HEALTH on a server.
 * @who  for the log: "user 1000 (process 4711)".
 * @out  what became of it, a line.
 * Returns a status as steer_find does.
 */
unsigned int steer_server(const struct control_view *view, const struct verb *v, const char *name,
			  const char *who, struct buf *out);

#endif
