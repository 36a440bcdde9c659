/* SPDX-License-Identifier: MIT */
/*
 * lb_wrr - weighted round robin, the smooth form: each pick adds its weight to
 * every server's credit and takes the richest, which pays the sum.  Servers of
 * weight 3 and 1 are taken A A B A, not A A A B.  The same turns decide among
 * servers that another algorithm finds equal.
 */
#include <config.h>

#include "core/route/lb.h"

struct farm_server *
lb_take_turn(struct farm *f, struct lb_state *state, const struct lb_request *q,
	     const uint64_t *scores, uint64_t most)
{
	struct farm_server *best = NULL;
	int sum = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct farm_server *s = &f->servers[i];
		int *credit = &state->credit[s->slot];
		int weight;

		if (!lb_can_take(s, q) || (scores && scores[i] > most))
			continue;
		weight = (int)atomic_load_explicit(&s->live->weight, memory_order_relaxed);
		*credit += weight;
		sum += weight;
		if (!best || *credit > state->credit[best->slot])
			best = s;
	}
	if (best)
		state->credit[best->slot] -= sum;
	return best;
}

struct farm_server *
lb_wrr_pick(struct farm *f, struct lb_state *state, const struct lb_request *q)
{
	return lb_take_turn(f, state, q, NULL, 0);
}
