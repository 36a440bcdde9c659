/* SPDX-License-Identifier: MIT */
/* lb_least - least current requests: equals take turns, by weight. */
#include <config.h>

#include "core/route/lb.h"

struct farm_server *
lb_least_pick(struct farm *f, struct lb_state *state, const struct lb_request *q)
{
	uint64_t scores[LB_SCORES_MAX], least = UINT64_MAX;

	for (size_t i = 0; i < f->count; i++) {
		const struct farm_server *s = &f->servers[i];

		scores[i] = atomic_load_explicit(&s->live->current, memory_order_relaxed);
		if (lb_can_take(s, q) && scores[i] < least)
			least = scores[i];
	}
	return lb_take_turn(f, state, q, scores, least);
}
