/* SPDX-License-Identifier: MIT */
/*
 * lb_traffic - weighted total traffic: bytes of requests and responses in
 * proportion to the weights.  Requests that run count with the size such a
 * request has had so far.  A server that comes, or comes back, starts where
 * the one with the least traffic is: nothing is made up for.
 */
#include <config.h>

#include "core/route/lb.h"

#define SMALLEST 1024u /* bytes a request counts at least: heads are not in the counters */
#define SCALE 1000u /* the largest weight, so that dividing by weights loses little */

static uint64_t
load64(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* Bytes so far and, by what a request was on average, those to come; by weight. */
static uint64_t
traffic(const struct farm_server *s)
{
	const struct server_live *l = s->live;
	uint64_t requests = load64(&l->requests);
	uint64_t bytes = load64(&l->bytes_sent) + load64(&l->bytes_received);
	uint64_t each = requests ? bytes / requests : 0;
	unsigned int weight = atomic_load_explicit(&l->weight, memory_order_relaxed);

	bytes += requests * SMALLEST + load64(&l->current) * each;
	return bytes / weight * SCALE + bytes % weight * SCALE / weight;
}

/*
 * Where newcomers begin: at the least of those that were there at the last pick.  When none was,
 * as after a reload, whose counters go on, all begin at the most: they are equals.
 */
static uint64_t
start_level(const struct farm *f, const struct lb_state *state, const struct lb_request *q,
	    const uint64_t *scores)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct farm_server *s = &f->servers[i];

		if (!lb_can_take(s, q))
			continue;
		if (state->present[s->slot] && scores[i] < least)
			least = scores[i];
		if (scores[i] > most)
			most = scores[i];
	}
	return least == UINT64_MAX ? most : least;
}

struct farm_server *
lb_traffic_pick(struct farm *f, struct lb_state *state, const struct lb_request *q)
{
	uint64_t scores[LB_SCORES_MAX], level, least = UINT64_MAX;

	for (size_t i = 0; i < f->count; i++)
		scores[i] = traffic(&f->servers[i]) + state->ahead[f->servers[i].slot];
	level = start_level(f, state, q, scores);
	for (size_t i = 0; i < f->count; i++) {
		const struct farm_server *s = &f->servers[i];
		bool *present = &state->present[s->slot];
		bool can = lb_can_take(s, q);

		if (can && !*present && scores[i] < level) {
			state->ahead[s->slot] += level - scores[i];
			scores[i] = level;
		}
		/* One that only this request leaves out has not gone. */
		*present = can || (*present && lb_usability(s, q) == SERVER_TRIED);
		if (can && scores[i] < least)
			least = scores[i];
	}
	return lb_take_turn(f, state, q, scores, least);
}
