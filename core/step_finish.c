/* SPDX-License-Identifier: MIT */
/*
 * step_finish - the end of every exchange: counters, the server connection's
 * fate, the last events; then the failure rules decide whether the trace is
 * written.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/exchange.h"
#include "core/forward/inject.h"
#include "core/forward/upstream.h"
#include "core/route/farm.h"
#include "core/route/traffic.h"

static bool
is_servers_fault(enum fault f)
{
	return f == FAULT_SERVER_TIMEOUT || f == FAULT_SERVER_CONNECT || f == FAULT_SERVER_CLOSED ||
	       f == FAULT_SERVER_INVALID || f == FAULT_SERVER_TLS ||
	       f == FAULT_SERVER_WANTS_CERT ||
	       f == FAULT_UPGRADE_ANSWER || f == FAULT_UPGRADE_BROKEN;
}

static void
let_server_go(struct exchange *x)
{
	bool whole = x->phase == RESPONSE_DONE && x->body_sent && x->fault == FAULT_NONE &&
		     !x->tunnel.began;
	uint64_t now = clock_mono_ns();

	/* What is the client's fault, ours or the operator's says nothing of the server. */
	if (x->counted && (!x->fault || is_servers_fault(x->fault)))
		traffic_saw(x->server, x->status, x->substatus, now);
	if (x->counted && x->phase == RESPONSE_HEAD && x->forwarded && is_servers_fault(x->fault))
		farm_server_silent(x->server, (now - x->server_start_ns) / CLOCK_NS_PER_US, now);
	if (x->counted)
		farm_server_end(x->server, is_servers_fault(x->fault));
	x->counted = false;
	if (x->upstream)
		upstream_release(x->upstream, whole && x->response.keep_alive &&
						      x->farm->config->keep_alive &&
						      !inject_is_http10(x));
	x->upstream = NULL;
	if (!x->body_done) /* an early answer: the rest of the body is not a request */
		x->conn->close_after = true;
}

static void
tell_end(struct exchange *x)
{
	struct conn *c = x->conn;

	exchange_close_spans(x);
	if (x->flush_open)
		TRACE(x->trace, GENERAL_FLUSH_RESPONSE_END, .BytesSent = x->response_bytes,
		      .ErrorCode = x->fault == FAULT_CLIENT_GONE ? fault_info(x->fault)->code : 0);
	x->flush_open = false;
	TRACE(x->trace, GENERAL_REQUEST_END, .BytesSent = x->response_bytes,
	      .BytesReceived = x->body_bytes, .HttpStatus = x->status,
	      .HttpSubStatus = x->substatus);
	if (c->close_after && c->end == CONN_END_NONE)
		c->end = x->fault == FAULT_CLIENT_GONE ? CONN_END_CLIENT_CLOSED
			 : x->tunnel.began	       ? CONN_END_TUNNEL
						       : CONN_END_PROXY_CLOSED;
	conn_trace_end(c, x->trace); /* also when it stays open: every START has its END */
}

static void
submit(struct exchange *x, enum trace_reason reason, unsigned int trigger, unsigned int trigger_sub,
       uint64_t taken_ms)
{
	struct trace_meta meta = exchange_trace_meta(x);

	meta.reason = reason;
	meta.trigger_status = trigger;
	meta.trigger_substatus = trigger_sub;
	meta.time_taken_ms = taken_ms;
	trace_submit(x->conn->runtime->writer, &x->trace, &meta);
}

/* From the connection's start for its first request, else from the request's. */
static uint64_t
time_taken_ms(const struct exchange *x)
{
	uint64_t from = x->ordinal == 1 ? x->conn->start_ns : x->start_ns;

	return (clock_mono_ns() - from) / CLOCK_NS_PER_MS;
}

/* A fault nobody was told of is no response. */
static void
count_response(struct exchange *x)
{
	unsigned int class = x->head_sent ? x->status / 100 : 0;

	counter_add(&x->conn->worker->counters->responses[class < RESPONSE_CLASS_COUNT ? class : 0],
		    1);
}

enum next
step_finish(struct exchange *x)
{
	enum trace_reason reason = TRACE_REASON_UNKNOWN;
	unsigned int trigger = 0, trigger_sub = 0;
	uint64_t taken = time_taken_ms(x);

	let_server_go(x);
	count_response(x);
	if (!x->trace)
		return DONE;
	conn_flush(x->conn); /* so that the trace counts what was sent */
	tell_end(x);
	rule_see_status(&x->seen, x->rule, x->status, x->substatus);
	x->seen.time_taken_ms = taken;
	x->seen.worst_level = trace_worst_level(x->trace);
	if (rule_decide(&x->seen, x->rule, &reason, &trigger, &trigger_sub))
		submit(x, reason, trigger, trigger_sub, taken);
	return DONE;
}
