/* SPDX-License-Identifier: MIT */
/*
 * lb - load-balancing algorithms: one file lb_*.c each, one row in lb.c.
 * State of an algorithm is the worker's own: nothing is shared, nothing locked.
 */
#ifndef CORE_ROUTE_LB_H
#define CORE_ROUTE_LB_H

#include "core/route/farm.h"

/* Per worker, by server slot. */
struct lb_state {
	int *credit; /* weighted round robin: current weight */
	size_t slots;
};

struct lb_algorithm {
	const char *name; /* ARR's word */
	/* The server to take, NULL = none.  tried: bit set of indexes to leave out. */
	struct farm_server *(*pick)(struct farm *f, struct lb_state *state, uint64_t tried);
};

const struct lb_algorithm *lb_default(void);
int lb_state_init(struct lb_state *s, size_t slots, unsigned int worker);
void lb_state_done(struct lb_state *s);
/* true if requests may go to that server at all. */
bool lb_is_usable(const struct farm_server *s, uint64_t tried);

struct farm_server *lb_wrr_pick(struct farm *f, struct lb_state *state, uint64_t tried);

#endif
