/* SPDX-License-Identifier: MIT */
/* tell - see tell.h.  Formats only for a trace, or for a request that failed. */
#include <config.h>

#include "core/route/tell.h"

#define NAMED_MAX 16u /* servers a 502.4 explains one by one */

static uint64_t
load64(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static const char *
state_text(const struct farm_server *s)
{
	return s->config->enabled ? server_state_text(farm_server_state(s)) : "Unavailable";
}

static const char *
health_text(const struct farm_server *s, enum usability u)
{
	if (u == SERVER_DISABLED)
		return "";
	if (u == SERVER_TRIED)
		return "Unreachable";
	return farm_server_is_healthy(s) ? "Healthy" : "Unhealthy";
}

static const char *
reason_of(struct exchange *x, const struct farm_server *s, enum usability u,
	  const struct lb_algorithm *lb, const char *why)
{
	char health[HEALTH_TEXT_MAX];
	const char *text;

	bool affine = *why == 'A' || *why == 'H'; /* Affinity, HostNameAffinity */

	if (s == x->server)
		return affine ? "the client belongs to it" : lb->taken;
	if (u == SERVER_USABLE)
		return affine ? "the client belongs to another" : lb->passed;
	if (u != SERVER_SICK)
		return usability_text(u);
	farm_server_health_text(s, health);
	text = arena_printf(&x->arena, "it is %s", health);
	return text ? text : usability_text(u);
}

void
tell_considered(struct exchange *x, const struct lb_request *q, const struct lb_algorithm *lb,
		const char *why)
{
	const struct farm *f = x->farm;

	for (size_t i = 0; x->trace && i < f->count; i++) {
		const struct farm_server *s = &f->servers[i];
		enum usability u = lb_usability(s, q);

		TRACE(x->trace, ROUTE_SERVER_CONSIDERED, .Server = s->host, .State = state_text(s),
		      .Health = health_text(s, u), .Weight = atomic_load(&s->live->weight),
		      .CurrentRequests = load64(&s->live->current),
		      .ResponseTime = load64(&s->live->response_us) / 1000,
		      .Chosen = s == x->server ? "yes" : "no",
		      .Reason = reason_of(x, s, u, lb, why));
	}
}

void
tell_routed(struct exchange *x, const char *algorithm, const char *why)
{
	const struct farm_server *s = x->server;
	bool active = farm_server_state(s) == SERVER_AVAILABLE;

	TRACE(x->trace, ARR_REQUEST_ROUTED, .WebFarm = x->farm->config->name, .Server = s->host,
	      .Algorithm = algorithm, .RoutingReason = why);
	TRACE(x->trace, ARR_SERVER_ROUTED, .RoutingReason = why, .Server = s->host,
	      .State = active ? "Active" : state_text(s),
	      .TotalRequests = load64(&s->live->requests),
	      .FailedRequests = load64(&s->live->failed),
	      .CurrentRequests = load64(&s->live->current),
	      .BytesSent = load64(&s->live->bytes_sent),
	      .BytesReceived = load64(&s->live->bytes_received),
	      .ResponseTime = load64(&s->live->response_us) / 1000);
}

const char *
tell_no_server(struct exchange *x, const struct lb_request *q)
{
	const struct farm *f = x->farm;
	struct buf b;
	const char *text;
	size_t i, disabled = 0;

	for (i = 0; i < f->count; i++)
		disabled += lb_usability(&f->servers[i], q) == SERVER_DISABLED;
	if (disabled == f->count)
		return "every server of the farm is disabled";
	buf_init(&b, (size_t)8192);
	for (i = 0; i < f->count && i < NAMED_MAX; i++) {
		const struct farm_server *s = &f->servers[i];
		char health[HEALTH_TEXT_MAX];

		farm_server_health_text(s, health);
		buf_putf(&b, "%s%s: %s, %s", i ? "; " : "", s->host,
			 s->config->enabled ? server_state_text(farm_server_state(s)) : "disabled",
			 health);
	}
	if (i < f->count)
		buf_putf(&b, "; and %zu more", f->count - i);
	text = b.error ? NULL : arena_strndup(&x->arena, b.data, b.len);
	buf_done(&b);
	return text;
}
