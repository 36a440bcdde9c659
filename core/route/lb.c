/* SPDX-License-Identifier: MIT */
/* lb - the table of algorithms. */
#include <config.h>

#include "core/route/lb.h"

#include <stdlib.h>

static const struct lb_algorithm algorithms[] = {
	{ "WeightedRoundRobin", lb_wrr_pick },
};

const struct lb_algorithm *
lb_default(void)
{
	return &algorithms[0];
}

int
lb_state_init(struct lb_state *s, size_t slots, unsigned int worker)
{
	s->slots = slots;
	s->credit = calloc(slots ? slots : 1, sizeof(*s->credit));
	if (!s->credit)
		return -1;
	/* Workers start at different servers, so that few requests spread too. */
	if (slots)
		s->credit[worker % slots] = 1;
	return 0;
}

void
lb_state_done(struct lb_state *s)
{
	free(s->credit);
	s->credit = NULL;
	s->slots = 0;
}

bool
lb_is_usable(const struct farm_server *s, uint64_t tried)
{
	unsigned int i = s->config->index;

	return s->config->enabled && !(i < 64 && tried >> i & 1);
}
