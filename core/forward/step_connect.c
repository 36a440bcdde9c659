/* SPDX-License-Identifier: MIT */
/*
 * step_connect - a kept connection to the chosen server, or a new one; its next
 * address, then the next server when that fails, which is safe: nothing was
 * sent yet.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/exchange.h"
#include "core/forward/secure.h"
#include "core/forward/upstream.h"
#include "core/route/addresses.h"
#include "core/route/traffic.h"

#include <errno.h>
#include <string.h>

#define ATTEMPTS_MAX 8u

static void
tell_start(struct exchange *x)
{
	x->connect_open = true;
	TRACE(x->trace, UPSTREAM_CONNECT_START, .ModuleName = "Upstream",
	      .Server = x->server->host, .Address = x->address.text, .Attempt = x->attempt);
}

static void
tell_end(struct exchange *x, enum fault fault)
{
	x->connect_open = false;
	TRACE_AT(x->trace, fault ? TE_WARNING : TE_INFO, UPSTREAM_CONNECT_END,
		 .Server = x->server->host, .Address = x->address.text,
		 .Reused = x->upstream && x->upstream->reused ? "yes" : "no",
		 .ElapsedUs = (clock_mono_ns() - x->connect_ns) / CLOCK_NS_PER_US,
		 .ErrorCode = fault ? fault_info(fault)->code : 0);
}

static void
drop_upstream(struct exchange *x)
{
	if (x->upstream)
		upstream_release(x->upstream, false);
	x->upstream = NULL;
	x->timed_out = false;
	limit_set(x->conn->worker->loop, &x->limit, 0);
}

/* Another server, if one is left; the last failure otherwise. */
static enum next
next_server(struct exchange *x, enum fault fault, const char *text)
{
	uint64_t now = clock_mono_ns();

	text = arena_strdup(&x->arena, text); /* it may go with the connection */
	text = text ? text : "out of memory";
	tell_end(x, fault);
	counter_add(&x->conn->worker->counters->upstream_failures, 1);
	farm_server_begin(x->server);
	farm_server_end(x->server, true);
	farm_server_silent(x->server, (now - x->connect_ns) / CLOCK_NS_PER_US, now);
	traffic_saw(x->server, fault_info(fault)->status, fault_info(fault)->substatus, now);
	drop_upstream(x);
	x->connect_fault = fault;
	x->address_next = 0;
	if (x->server->config->index < 64)
		x->tried |= (uint64_t)1 << x->server->config->index;
	if (x->farm->count == 1 || x->attempt >= ATTEMPTS_MAX)
		return exchange_fail(x, fault,
				     arena_printf(&x->arena, "%s: %s", exchange_address(x), text));
	counter_add(&x->conn->worker->counters->upstream_retries, 1);
	TRACE(x->trace, UPSTREAM_RETRY, .Server = x->server->host, .Attempt = x->attempt,
	      .Reason = text, .NextServer = "");
	x->step = STEP_ROUTE;
	return NEXT;
}

/* Another address of the same server, if it has one; else another server. */
static enum next
next_address(struct exchange *x, enum fault fault, const char *text)
{
	struct config_address next;

	if (!addresses_get(x->server, x->address_next, &next))
		return next_server(x, fault, text);
	tell_end(x, fault);
	drop_upstream(x);
	TRACE(x->trace, UPSTREAM_RETRY, .Server = x->server->host, .Attempt = x->attempt,
	      .Reason = text, .NextServer = x->server->host);
	return NEXT;
}

static enum next
connected(struct exchange *x)
{
	tell_end(x, FAULT_NONE);
	if (x->address_next > 1)
		addresses_prefer(x->server, &x->address);
	x->address_next = 0;
	x->timed_out = false;
	farm_server_begin(x->server);
	x->counted = true;
	limit_set(x->conn->worker->loop, &x->limit, 0);
	x->step = STEP_RELAY;
	return NEXT;
}

/* Connected; now TLS, if the farm speaks it. */
static enum next
secure(struct exchange *x)
{
	const char *why = "TLS could not begin: no memory, or too many wait for a token";
	enum fault fault;
	int r = secure_run(x);

	if (r == 0)
		return connected(x);
	if (r == -EAGAIN && x->timed_out && !x->conn->errand)
		secure_timed_out(x);
	else if (r == -EAGAIN)
		return WAIT;
	fault = secure_failed(x, &why);
	return next_server(x, fault ? fault : FAULT_SERVER_TLS, why);
}

/* What this machine or process has not got: no server is to blame for it. */
static bool
is_own_trouble(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* false: *next says how it goes on. */
static bool
begin(struct exchange *x, enum next *next)
{
	int error = 0;

	x->connect_ns = clock_mono_ns();
	x->upstream = x->fresh_only ? NULL : upstream_reuse(x, x->server);
	if (x->upstream) {
		x->address = x->upstream->address;
		tell_start(x);
		*next = connected(x);
		return false;
	}
	if (!addresses_get(x->server, x->address_next, &x->address)) {
		tell_start(x);
		*next = next_server(x, FAULT_SERVER_NAME, "no address of it is known");
		return false;
	}
	x->address_next++;
	tell_start(x);
	x->upstream = upstream_connect(x, x->server, &x->address, &error);
	if (!x->upstream && is_own_trouble(error)) {
		tell_end(x, FAULT_OVERLOADED);
		*next = exchange_fail(x, FAULT_OVERLOADED,
				      arena_printf(&x->arena,
						   "no connection to %s could be begun: %s",
						   exchange_address(x), strerror(error)));
		return false;
	}
	if (!x->upstream) {
		*next = next_address(x, FAULT_SERVER_CONNECT, strerror(error));
		return false;
	}
	limit_set(x->conn->worker->loop, &x->limit, x->farm->config->connect_timeout);
	return true;
}

enum next
step_connect(struct exchange *x)
{
	enum next next;
	int r;

	if (!x->upstream && !begin(x, &next))
		return next;
	r = upstream_check(x->upstream);
	if (r == -EAGAIN && x->timed_out)
		return next_address(x, FAULT_SERVER_TIMEOUT, "no answer in time");
	if (r == -EAGAIN) {
		x->want = WANT_SERVER_WRITE;
		return WAIT;
	}
	return r < 0 ? next_address(x, FAULT_SERVER_CONNECT, strerror(-r)) : secure(x);
}
