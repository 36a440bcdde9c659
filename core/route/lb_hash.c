/* SPDX-License-Identifier: MIT */
/*
 * lb_hash - weighted rendezvous hashing: every server draws a lot from the key,
 * and the best lot wins.  When a server goes, only its own keys move, to all
 * the others alike; when it comes back, they return.  Needs no state, so
 * workers and several proxies agree.
 * Source: Thaler and Ravishankar 1998; the weighted form, -log(u)/weight, is
 * that of exponentially distributed lots.
 */
#include <config.h>

#include "core/base/hash.h"
#include "core/route/lb.h"

/* -log2(h / 2^64) in units of 2^-32, digit by digit: whole numbers are the same everywhere. */
static uint64_t
negative_log2(uint64_t h)
{
	unsigned int top;
	uint64_t x, fraction = 0;

	if (h == 0)
		h = 1;
	top = 63u - (unsigned int)__builtin_clzll(h);
	x = h << (63 - top);
	for (int i = 0; i < 32; i++) {
		unsigned __int128 square = (unsigned __int128)x * x;

		fraction <<= 1;
		if (square >> 127) { /* 2 or more */
			fraction |= 1;
			x = (uint64_t)(square >> 64);
		} else {
			x = (uint64_t)(square >> 63);
		}
	}
	return ((uint64_t)(64 - top) << 32) - fraction;
}

struct farm_server *
lb_hash_pick(struct farm *f, struct lb_state *state, const struct lb_request *q)
{
	struct farm_server *best = NULL;
	uint64_t least = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < f->count; i++) {
		struct farm_server *s = &f->servers[i];
		uint64_t lot;

		if (!lb_can_take(s, q))
			continue;
		lot = (negative_log2(hash_mix(q->key ^ hash_mix(s->hash))) << 20) /
		      atomic_load_explicit(&s->live->weight, memory_order_relaxed);
		if (lot < least || !best) {
			least = lot;
			best = s;
		}
	}
	return best;
}
