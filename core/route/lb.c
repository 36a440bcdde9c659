/* SPDX-License-Identifier: MIT */
/* lb - the table of algorithms, and which servers they may choose from. */
#include <config.h>

#include "core/route/lb.h"

#include <stdlib.h>

const struct lb_algorithm lb_algorithms[BALANCE_COUNT] = {
	[BALANCE_ROUND_ROBIN] = { "WeightedRoundRobin", lb_wrr_pick, "it is its turn",
				  "its turn comes later" },
	[BALANCE_LEAST_REQUESTS] = { "LeastRequests", lb_least_pick,
				     "it has the fewest requests now",
				     "another has fewer requests now" },
	[BALANCE_LEAST_RESPONSE_TIME] = { "LeastResponseTime", lb_quick_pick,
					  "it answers soonest", "another answers sooner" },
	[BALANCE_TOTAL_TRAFFIC] = { "WeightedTotalTraffic", lb_traffic_pick,
				    "it has had the least traffic for its weight",
				    "another has had less traffic for its weight" },
	[BALANCE_HASH_URL] = { "RequestHash", lb_hash_pick, "the hash of the URL leads to it",
			       "the hash of the URL leads elsewhere" },
	[BALANCE_HASH_VARIABLE] = { "ServerVariableHash", lb_hash_pick,
				    "the hash of the server variable leads to it",
				    "the hash of the server variable leads elsewhere" },
	[BALANCE_HASH_QUERY] = { "QueryStringHash", lb_hash_pick,
				 "the hash of the query string leads to it",
				 "the hash of the query string leads elsewhere" },
};

int
lb_state_init(struct lb_state *s, size_t slots, unsigned int worker)
{
	size_t n = slots ? slots : 1;

	s->slots = slots;
	s->credit = calloc(n, sizeof(*s->credit));
	s->ahead = calloc(n, sizeof(*s->ahead));
	s->present = calloc(n, sizeof(*s->present));
	if (!s->credit || !s->ahead || !s->present) {
		lb_state_done(s);
		return -1;
	}
	/* Workers start at different servers, so that few requests spread too. */
	if (slots)
		s->credit[worker % slots] = 1;
	return 0;
}

void
lb_state_done(struct lb_state *s)
{
	free(s->credit);
	free(s->ahead);
	free(s->present);
	s->credit = NULL;
	s->ahead = NULL;
	s->present = NULL;
	s->slots = 0;
}

enum usability
lb_usability(const struct farm_server *s, const struct lb_request *q)
{
	unsigned int i = s->config->index;

	if (!s->config->enabled)
		return SERVER_DISABLED;
	switch (farm_server_state(s)) {
	case SERVER_AVAILABLE: break;
	case SERVER_DRAIN:
		if (!q->affine)
			return SERVER_DRAINED;
		break;
	default: return SERVER_GONE;
	}
	if (!q->any_health && !farm_server_is_healthy(s))
		return SERVER_SICK;
	return i < 64 && q->tried >> i & 1 ? SERVER_TRIED : SERVER_USABLE;
}

const char *
usability_text(enum usability u)
{
	static const char *const texts[] = {
#define USABILITY(symbol, text) text,
#include "core/route/usability.def"
#undef USABILITY
	};

	return texts[u];
}
