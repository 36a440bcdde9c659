/* SPDX-License-Identifier: MIT */
/*
 * step_route - which farm, which server, and with which headers.  Runs again
 * for another server when one could not be connected.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/exchange.h"
#include "core/forward/inject.h"
#include "core/forward/upgrade.h"
#include "core/route/affinity.h"
#include "core/route/farm.h"
#include "core/route/key.h"
#include "core/route/lb.h"
#include "core/route/routes.h"
#include "core/route/tell.h"
#include "core/route/traffic.h"

#include <stdio.h>
#include <string.h>

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
	x->forward_url = x->original_url;
	return x->original_url ? 0 : -1;
}

/* The site's own farm, of requests that no rule sent elsewhere. */
static const struct config_farm *
default_farm(struct exchange *x)
{
	const struct config_farm *farm = x->site->farm;

	if (farm)
		TRACE(x->trace, ROUTE_RULE, .Rule = x->site->name, .Pattern = "*",
		      .Input = x->path, .Matched = "yes", .WebFarm = farm->name);
	return farm;
}

/* Once per request: its farm. */
static enum next
choose_farm(struct exchange *x)
{
	const struct config *all = x->conn->runtime->config;
	const struct config_farm *config = NULL;
	int r;

	if (hops_exhausted(x))
		return exchange_fail(x, FAULT_MAX_FORWARDS, NULL);
	if (set_original_url(x) < 0)
		return exchange_fail(x, FAULT_INTERNAL, NULL);
	r = routes_apply(x->conn->runtime->routes[x->site - all->sites], x, &config);
	if (r < 0)
		return exchange_fail(x, (enum fault) - r,
				     "a routing rule rewrote the path to one that no server is "
				     "asked for");
	if (!config)
		config = default_farm(x);
	if (!config)
		return exchange_fail(x, FAULT_NO_SERVER, "the site has no web farm");
	x->farm = x->conn->runtime->farms[config->index];
	return NEXT;
}

static enum next
no_server(struct exchange *x, const struct lb_request *q)
{
	if (x->connect_fault)
		return exchange_fail(x, x->connect_fault, "every server of the farm was tried");
	return exchange_fail(x, FAULT_NO_SERVER, tell_no_server(x, q));
}

/* Servers whose time for another try has come; and if too few are healthy, health does not
 * count: minServers. */
static void
look_at_health(struct farm *f, struct lb_request *q)
{
	const struct config_health *h = &f->config->health;
	const struct lb_request untried = { .tried = 0 };
	size_t healthy = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct farm_server *s = &f->servers[i];

		if (!farm_server_is_healthy(s))
			traffic_retry(s, q->now_ns);
		if (h->min_servers)
			healthy += lb_can_take(s, &untried);
	}
	q->any_health = healthy < h->min_servers;
}

enum next
step_route(struct exchange *x)
{
	struct lb_request q = { .tried = x->tried, .now_ns = clock_mono_ns() };
	struct lb_state *state = &x->conn->runtime->lb[x->conn->worker->index];
	const struct lb_algorithm *lb;
	const char *why;
	int r;

	if (x->attempt == 0 && choose_farm(x) == FAIL)
		return FAIL;
	if (x->attempt == 0 && upgrade_judge(x) == FAIL)
		return FAIL;
	x->attempt++;
	lb = &lb_algorithms[x->farm->config->balance];
	q.key = route_key(x, x->farm->config);
	look_at_health(x->farm, &q);
	x->server = affinity_find(x, &q, &why);
	if (!x->server) {
		x->server = lb->pick(x->farm, state, &q);
		why = x->attempt > 1 ? "Retry" : "LoadBalancing";
	}
	tell_considered(x, &q, lb, why);
	if (!x->server)
		return no_server(x, &q);
	affinity_keep(x);
	tell_routed(x, lb->name, why);
	r = inject_headers(x);
	if (r < 0)
		return exchange_fail(x, (enum fault) - r, NULL);
	x->step = STEP_CONNECT;
	return NEXT;
}
