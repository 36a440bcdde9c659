/* SPDX-License-Identifier: MIT */
/*
 * step_route - which farm, which server, and with which headers.  Runs again
 * for another server when one could not be connected.
 */
#include <config.h>

#include "core/exchange.h"
#include "core/forward/inject.h"
#include "core/route/farm.h"
#include "core/route/lb.h"

#include <stdio.h>
#include <string.h>

static void
tell_considered(struct exchange *x, const struct farm_server *chosen)
{
	const struct farm *f = x->farm;

	for (size_t i = 0; x->trace && i < f->count; i++) {
		const struct farm_server *s = &f->servers[i];
		const char *reason = "its turn comes later";

		if (s == chosen)
			reason = "it is its turn";
		else if (!s->config->enabled)
			reason = "it is disabled";
		else if (!lb_is_usable(s, x->tried))
			reason = "it could not be connected for this request";
		TRACE(x->trace, ROUTE_SERVER_CONSIDERED, .Server = s->host,
		      .State = s->config->enabled ? "Available" : "Unavailable",
		      .Health = lb_is_usable(s, x->tried) ? "Healthy"
				: s->config->enabled	  ? "Unreachable"
							  : "",
		      .Weight = s->config->weight, .CurrentRequests = atomic_load(&s->current),
		      .ResponseTime = atomic_load(&s->response_us) / 1000,
		      .Chosen = s == chosen ? "yes" : "no", .Reason = reason);
	}
}

static void
tell_routed(struct exchange *x, const char *algorithm)
{
	const struct farm_server *s = x->server;
	const char *why = x->attempt > 1 ? "Retry" : "LoadBalancing";

	TRACE(x->trace, ARR_REQUEST_ROUTED, .WebFarm = x->farm->config->name, .Server = s->host,
	      .Algorithm = algorithm, .RoutingReason = why);
	TRACE(x->trace, ARR_SERVER_ROUTED, .RoutingReason = why, .Server = s->host,
	      .State = "Active", .TotalRequests = atomic_load(&s->total),
	      .FailedRequests = atomic_load(&s->failed),
	      .CurrentRequests = atomic_load(&s->current), .BytesSent = atomic_load(&s->bytes_sent),
	      .BytesReceived = atomic_load(&s->bytes_received),
	      .ResponseTime = atomic_load(&s->response_us) / 1000);
}

/* 400.605: the client allows no further hop. */
static bool
hops_exhausted(struct exchange *x)
{
	const struct header *h = headers_find(&x->request.headers, HF_MAX_FORWARDS);

	return h && slice_is(&h->value, "0");
}

/* Path and query as the client sent them, without scheme and host. */
static int
set_original_url(struct exchange *x)
{
	const struct http_request *r = &x->request;
	const char *end = r->target.at + r->target.len;
	struct slice target = r->path;

	if (r->path.at >= r->target.at && r->path.at < end)
		target.len = (size_t)(end - r->path.at);
	x->original_url = arena_strndup(&x->arena, target.at, target.len);
	return x->original_url ? 0 : -1;
}

enum next
step_route(struct exchange *x)
{
	const struct config_farm *config = x->site->farm;
	const struct lb_algorithm *lb = lb_default();
	struct worker *w = x->conn->worker;
	int r;

	if (x->attempt == 0 && hops_exhausted(x))
		return exchange_fail(x, FAULT_MAX_FORWARDS, NULL);
	if (!config)
		return exchange_fail(x, FAULT_NO_SERVER, "the site has no web farm");
	x->farm = x->conn->runtime->farms[config->index];
	x->attempt++;
	if (x->attempt == 1) {
		TRACE(x->trace, ROUTE_RULE, .Rule = x->site->name, .Pattern = "*", .Input = x->path,
		      .Matched = "yes", .WebFarm = config->name);
		if (set_original_url(x) < 0)
			return exchange_fail(x, FAULT_INTERNAL, NULL);
	}
	x->server = lb->pick(x->farm, &x->conn->runtime->lb[w->index], x->tried);
	tell_considered(x, x->server);
	if (!x->server)
		return exchange_fail(x, x->connect_fault ? x->connect_fault : FAULT_NO_SERVER,
				     x->connect_fault ? "every server of the farm was tried"
						      : "every server of the farm is disabled");
	tell_routed(x, lb->name);
	r = inject_headers(x);
	if (r < 0)
		return exchange_fail(x, (enum fault) - r, NULL);
	x->step = STEP_CONNECT;
	return NEXT;
}
