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
	int *credit; /* weighted round robin, and turns among equals */
	uint64_t *ahead; /* total traffic: what a server that came (back) is credited with */
	bool *present; /* total traffic: could take requests at the last pick */
	size_t slots;
};

/* A request, as far as the choice of its server needs it. */
struct lb_request {
	uint64_t tried; /* bit set of server indexes to leave out */
	uint64_t key; /* hash algorithms */
	uint64_t now_ns; /* monotonic */
	bool affine; /* the client belongs to the server: a drained one takes it */
	bool any_health; /* too few healthy servers: health does not count (minServers) */
};

struct lb_algorithm {
	const char *name; /* as ARR's management names it, without spaces */
	/* The server to take, NULL = none. */
	struct farm_server *(*pick)(struct farm *f, struct lb_state *state,
				    const struct lb_request *q);
	/* Why: of the one that was taken, of one that could have been. */
	const char *taken, *passed;
};

extern const struct lb_algorithm lb_algorithms[BALANCE_COUNT];

/* May a request go there?  Rows of usability.def; the first that applies. */
enum usability {
#define USABILITY(symbol, text) SERVER_##symbol,
#include "core/route/usability.def"
#undef USABILITY
	USABILITY_COUNT
};

int lb_state_init(struct lb_state *s, size_t slots, unsigned int worker);
void lb_state_done(struct lb_state *s);
enum usability lb_usability(const struct farm_server *s, const struct lb_request *q);
const char *usability_text(enum usability u); /* "it is disabled" */
/* true if requests may go to that server at all. */
static inline bool
lb_can_take(const struct farm_server *s, const struct lb_request *q)
{
	return lb_usability(s, q) == SERVER_USABLE;
}

/* Weighted turns among the servers that can take q and score no more than @most. */
struct farm_server *lb_take_turn(struct farm *f, struct lb_state *state,
				 const struct lb_request *q, const uint64_t *scores, uint64_t most);
#define LB_SCORES_MAX 1024 /* servers of a farm; SERVERS_MAX */

struct farm_server *lb_wrr_pick(struct farm *f, struct lb_state *s, const struct lb_request *q);
struct farm_server *lb_least_pick(struct farm *f, struct lb_state *s, const struct lb_request *q);
struct farm_server *lb_quick_pick(struct farm *f, struct lb_state *s, const struct lb_request *q);
struct farm_server *lb_traffic_pick(struct farm *f, struct lb_state *s,
				    const struct lb_request *q);
struct farm_server *lb_hash_pick(struct farm *f, struct lb_state *s, const struct lb_request *q);

#endif
