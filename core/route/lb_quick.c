/* SPDX-License-Identifier: MIT */
/*
 * lb_quick - least response time: the moving average up to the response head,
 * times the requests that wait there already.  A server nobody asks can not
 * show that it became faster, so an average is worth half after each
 * HALF_LIFE without an answer; a server that never answered is asked first,
 * but only while nobody waits for it: one that hangs must not get all.
 */
#include <config.h>

#include "core/route/lb.h"

#define HALF_LIFE_NS (UINT64_C(10) * 1000000000)
#define LEAST_US 1000u

/* Microseconds; averages that differ by less than an eighth count as equal.  Who has requests
 * waiting is as good as LEAST_US at best, or as it was: silence is no quick answer. */
static uint64_t
score(const struct farm_server *s, uint64_t now_ns)
{
	uint64_t us = atomic_load_explicit(&s->live->response_us, memory_order_relaxed);
	uint64_t at = atomic_load_explicit(&s->live->response_ns, memory_order_relaxed);
	uint64_t halves = now_ns > at ? (now_ns - at) / HALF_LIFE_NS : 0;
	uint64_t waiting = atomic_load_explicit(&s->live->current, memory_order_relaxed);
	uint64_t least;

	least = us && us < LEAST_US ? us : LEAST_US;
	us = halves < 32 ? us >> halves : 0;
	if (waiting && us < least)
		us = least;
	return us * (waiting + 1);
}

struct farm_server *
lb_quick_pick(struct farm *f, struct lb_state *state, const struct lb_request *q)
{
	uint64_t scores[LB_SCORES_MAX], least = UINT64_MAX;

	for (size_t i = 0; i < f->count; i++) {
		scores[i] = score(&f->servers[i], q->now_ns);
		if (lb_can_take(&f->servers[i], q) && scores[i] < least)
			least = scores[i];
	}
	if (least == UINT64_MAX)
		return NULL;
	return lb_take_turn(f, state, q, scores, least + least / 8);
}
