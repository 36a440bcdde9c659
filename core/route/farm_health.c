/* SPDX-License-Identifier: MIT */
/*
 * farm_health - what is known of a server's health, as one atomic number:
 * cause (8 bits), detail (24), seconds of the epoch (32).  Whether a cause
 * means healthy stands in causes.def, so the two never disagree.
 */
#include <config.h>

#include "core/route/farm.h"

#include "core/base/log.h"
#include "core/fault.h"
#include "core/http/head.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct cause {
	bool healthy;
	const char *text;
} causes[CAUSE_COUNT] = {
#define CAUSE(symbol, healthy, text) { healthy, text },
#include "core/route/causes.def"
#undef CAUSE
};

enum health_cause
farm_server_cause(const struct farm_server *s, unsigned int *detail, uint32_t *when)
{
	uint64_t v = atomic_load_explicit(&s->live->health, memory_order_relaxed);

	*detail = (unsigned int)(v >> 32 & 0xffffff);
	*when = (uint32_t)v;
	return (enum health_cause)(v >> 56);
}

bool
farm_server_is_healthy(const struct farm_server *s)
{
	uint64_t v = atomic_load_explicit(&s->live->health, memory_order_relaxed);

	return causes[v >> 56].healthy;
}

static const char *
detail_text(char kind, unsigned int detail, char number[static 16])
{
	switch (kind) {
	case 'c': return head_rule_text((enum head_rule)detail);
	case 'f': return fault_info((enum fault)detail)->text;
	case 'g': return gai_strerror(-(int)detail);
	case 's': return detail ? strerror((int)detail) : "closed by the server";
	}
	snprintf(number, 16, "%u", detail);
	return number;
}

bool
farm_server_is_tested(const struct farm_server *s)
{
	const struct config_health *h = &s->farm->config->health;

	return s->config->enabled && h->path && *h->path && h->interval;
}

static void
put_detail(enum health_cause cause, unsigned int detail, char out[static HEALTH_TEXT_MAX])
{
	const char *text = causes[cause].text;
	const char *mark = strchr(text, '%');
	char number[16];

	if (!mark)
		snprintf(out, HEALTH_TEXT_MAX, "%s", text);
	else
		snprintf(out, HEALTH_TEXT_MAX, "%.*s%s%s", (int)(mark - text), text,
			 detail_text(mark[1], detail, number), mark + 2);
}

void
farm_server_health_text(const struct farm_server *s, char out[static HEALTH_TEXT_MAX])
{
	unsigned int detail;
	uint32_t when;
	enum health_cause cause = farm_server_cause(s, &detail, &when);
	char text[HEALTH_TEXT_MAX];
	time_t t = (time_t)when;
	struct tm tm;

	put_detail(cause, detail, text);
	if (when == 0 || !gmtime_r(&t, &tm)) {
		snprintf(out, HEALTH_TEXT_MAX, "%.120s", text);
		return;
	}
	snprintf(out, HEALTH_TEXT_MAX, "%s: %.90s (%04d-%02d-%02dT%02d:%02d:%02dZ)",
		 causes[cause].healthy ? "healthy" : "unhealthy", text,
		 (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		 tm.tm_sec);
}

bool
farm_server_set_health(struct farm_server *s, enum health_cause cause, unsigned int detail)
{
	uint64_t value = (uint64_t)cause << 56 |
			 (uint64_t)(detail > 0xffffff ? 0xffffff : detail) << 32 |
			 (uint32_t)time(NULL);
	uint64_t old = atomic_exchange(&s->live->health, value);
	bool healthy = causes[cause].healthy;
	char text[HEALTH_TEXT_MAX];

	if (causes[old >> 56].healthy == healthy)
		return false;
	atomic_store(&s->live->failures, 0);
	put_detail(cause, detail, text);
	log_line(healthy ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "web farm %s: server %s is %s: %s",
		 s->farm->config->name, s->host, healthy ? "healthy again" : "unhealthy", text);
	return true;
}

void
farm_server_forget(struct farm_server *s)
{
	unsigned int detail;
	uint32_t when;
	enum health_cause cause = farm_server_cause(s, &detail, &when);
	bool test = cause >= CAUSE_TEST_OK && cause <= CAUSE_TEST_MATCH;
	bool traffic = cause == CAUSE_TRAFFIC;

	if (causes[cause].healthy || (!test && !traffic))
		return;
	if (test ? !farm_server_is_tested(s) : !s->farm->config->health.max_failures)
		farm_server_set_health(s, CAUSE_FORGOTTEN, 0);
}
