/* SPDX-License-Identifier: MIT */
/*
 * lb_wrr - weighted round robin, the smooth form: each pick adds its weight to
 * every server's credit and takes the richest, which pays the sum.  Servers of
 * weight 3 and 1 are taken A A B A, not A A A B.
 */
#include <config.h>

#include "core/route/lb.h"

struct farm_server *
lb_wrr_pick(struct farm *f, struct lb_state *state, uint64_t tried)
{
	struct farm_server *best = NULL;
	int sum = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct farm_server *s = &f->servers[i];
		int *credit = &state->credit[s->slot];

		if (!lb_is_usable(s, tried))
			continue;
		*credit += (int)s->config->weight;
		sum += (int)s->config->weight;
		if (!best || *credit > state->credit[best->slot])
			best = s;
	}
	if (best)
		state->credit[best->slot] -= sum;
	return best;
}
