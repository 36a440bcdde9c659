/* SPDX-License-Identifier: MIT */
/* traffic - see traffic.h.  live->failures holds the begin of the period in
 * seconds, monotonic, in its upper half, and the failures since in its lower. */
#include <config.h>

#include "core/route/traffic.h"

#include "core/base/clock.h"

static bool
is_failure(const struct config_health *h, unsigned int status, unsigned int substatus)
{
	for (size_t i = 0; i < h->failure_count; i++) {
		const struct status_range *r = &h->failures[i];

		if (status < r->from || status > r->to)
			continue;
		if (status == r->from && r->from_sub >= 0 && (int)substatus < r->from_sub)
			continue;
		if (status == r->to && r->to_sub >= 0 && (int)substatus > r->to_sub)
			continue;
		return true;
	}
	return false;
}

/* Counts one more; returns how many there are in the period. */
static uint32_t
count_failure(struct farm_server *s, unsigned int period, uint32_t now)
{
	uint64_t old = atomic_load(&s->live->failures), next;

	do {
		uint32_t begin = (uint32_t)(old >> 32), count = (uint32_t)old;

		if (count == 0 || now - begin >= period) {
			begin = now;
			count = 0;
		}
		next = (uint64_t)begin << 32 | (count + 1);
	} while (!atomic_compare_exchange_weak(&s->live->failures, &old, next));
	return (uint32_t)next;
}

void
traffic_saw(struct farm_server *s, unsigned int status, unsigned int substatus, uint64_t now_ns)
{
	const struct config_health *h = &s->farm->config->health;
	uint32_t now = (uint32_t)(now_ns / CLOCK_NS_PER_S), count;

	if (!h->max_failures || !is_failure(h, status, substatus))
		return;
	count = count_failure(s, h->failover, now);
	if (count < h->max_failures || !farm_server_is_healthy(s))
		return;
	if (farm_server_set_health(s, CAUSE_TRAFFIC, count))
		atomic_store(&s->live->failures, (uint64_t)now << 32);
}

void
traffic_retry(struct farm_server *s, uint64_t now_ns)
{
	const struct config_health *h = &s->farm->config->health;
	uint32_t now = (uint32_t)(now_ns / CLOCK_NS_PER_S), when;
	uint32_t begin = (uint32_t)(atomic_load(&s->live->failures) >> 32);
	unsigned int detail;

	if (farm_server_is_tested(s) || now - begin < h->failover ||
	    farm_server_cause(s, &detail, &when) != CAUSE_TRAFFIC)
		return;
	/* One more failure within the period, and it is unhealthy again. */
	if (farm_server_set_health(s, CAUSE_RETRY, 0) && h->max_failures)
		atomic_store(&s->live->failures, (uint64_t)now << 32 | (h->max_failures - 1));
}
