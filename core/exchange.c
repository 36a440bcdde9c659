/* SPDX-License-Identifier: MIT */
/*
 * exchange - see exchange.h.  The driver of the exchange steps and the one
 * place where a fault becomes a response or an abort.
 */
#include <config.h>

#include "core/exchange.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/counters.h"
#include "core/http/hold.h"
#include "core/forward/respond.h"
#include "core/forward/upstream.h"
#include "core/handshake/late.h"
#include "core/http/h1.h"
#include "core/route/farm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SPARES_MAX 256u

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	struct exchange *x =
		(struct exchange *)((char *)t - offsetof(struct exchange, limit.timer));

	(void)events;
	assert(x->magic == EXCHANGE_MAGIC);
	if (!limit_is_over(loop, &x->limit))
		return;
	x->timed_out = true;
	conn_run(x->conn);
}

static struct exchange *
take_spare(struct worker *w)
{
	struct exchange *x = w->spare_exchanges;

	if (x) {
		w->spare_exchanges = x->next;
		w->spare_count--;
		return x;
	}
	x = malloc(sizeof(*x));
	if (x)
		arena_init(&x->arena, 0);
	return x;
}

struct exchange *
exchange_new(struct conn *c)
{
	struct exchange *x = take_spare(c->worker);
	struct arena arena;

	if (!x)
		return NULL;
	arena = x->arena;
	/* The request and the response are large and set by their parsers. */
	memset(x, 0, offsetof(struct exchange, request));
	memset(&x->parsed, 0,
	       offsetof(struct exchange, response) - offsetof(struct exchange, parsed));
	memset(&x->response_left, 0, sizeof(*x) - offsetof(struct exchange, response_left));
	x->magic = EXCHANGE_MAGIC;
	x->arena = arena;
	x->conn = c;
	x->client = &h1_ops;
	x->step = STEP_REQUEST;
	x->ordinal = ++c->requests;
	counter_add(&c->worker->counters->requests, 1);
	x->start_ns = clock_mono_ns();
	x->site = c->binding->site;
	x->verb = x->path = x->url = "-";
	ev_init(&x->limit.timer, on_limit);
	trace_guid_new(x->activity);
	trace_guid_new(x->log_id);
	trace_guid_text(x->log_id, x->log_id_text);
	return x;
}

static void
exchange_end(struct exchange *x)
{
	struct worker *w = x->conn->worker;

	ev_timer_stop(w->loop, &x->limit.timer);
	trace_free(x->trace);
	x->trace = NULL;
	buf_done(&x->kept);
	buf_done(&x->hold.data);
	h1_end(x->conn);
	x->magic = 0;
	if (w->spare_count >= SPARES_MAX) {
		arena_done(&x->arena);
		free(x);
		return;
	}
	arena_reset(&x->arena);
	x->next = w->spare_exchanges;
	w->spare_exchanges = x;
	w->spare_count++;
}

ssize_t
exchange_read_body(struct exchange *x, void *buf, size_t size)
{
	size_t left = x->kept.len - x->kept_pos;

	if (left == 0)
		return x->client->read_body(x, buf, size);
	if (size > left)
		size = left;
	memcpy(buf, x->kept.data + x->kept_pos, size);
	x->kept_pos += size;
	x->body_bytes += size;
	if (size == left)
		x->body_done = x->kept_whole;
	return (ssize_t)size;
}

enum next
exchange_fail(struct exchange *x, enum fault f, const char *detail)
{
	if (x->fault == FAULT_NONE) {
		x->fault = f;
		x->detail = detail;
		counter_add(&x->conn->worker->counters->refusals[f], 1);
	}
	return FAIL;
}

void
exchange_set_status(struct exchange *x, unsigned int status, unsigned int substatus)
{
	if (!x->head_sent) {
		x->status = status;
		x->substatus = substatus;
	}
	rule_see_status(&x->seen, x->rule, status, substatus);
}

void
exchange_trace_status(struct exchange *x, const char *module, unsigned int notification,
		      unsigned int status, unsigned int substatus, const char *reason,
		      uint32_t code)
{
	exchange_set_status(x, status, substatus);
	if (status >= 400)
		TRACE(x->trace, MODULE_SET_RESPONSE_ERROR_STATUS, .ModuleName = module,
		      .Notification = notification, .HttpStatus = status, .HttpReason = reason,
		      .HttpSubStatus = substatus, .ErrorCode = code);
	else
		TRACE(x->trace, MODULE_SET_RESPONSE_SUCCESS_STATUS, .ModuleName = module,
		      .Notification = notification, .HttpStatus = status, .HttpReason = reason);
}

void
exchange_close_request_spans(struct exchange *x)
{
	if (x->request_open)
		TRACE(x->trace, ARR_REQUEST_HEADERS_END);
	if (x->request_entity_open)
		TRACE(x->trace, ARR_REQUEST_ENTITY_END, .Bytes = x->body_bytes);
	x->request_open = x->request_entity_open = false;
}

void
exchange_close_tunnel(struct exchange *x, const char *reason)
{
	struct tunnel *t = &x->tunnel;

	if (!t->open)
		return;
	t->open = false;
	counter_add(&x->conn->worker->counters->upgrades_ended, 1);
	if (!reason)
		reason = t->reason ? t->reason : fault_info(x->fault)->text;
	TRACE_AT(x->trace, x->fault ? TE_WARNING : TE_INFO, UPGRADE_END,
		 .BytesReceived = x->body_bytes, .BytesSent = x->response_bytes,
		 .ElapsedMs = (clock_mono_ns() - t->start_ns) / CLOCK_NS_PER_MS, .Reason = reason);
}

void
exchange_close_spans(struct exchange *x)
{
	exchange_close_tunnel(x, NULL);
	if (x->connect_open)
		TRACE_AT(x->trace, TE_WARNING, UPSTREAM_CONNECT_END, .Server = x->server->host,
			 .Address = exchange_address(x), .Reused = "no",
			 .ElapsedUs = (clock_mono_ns() - x->connect_ns) / CLOCK_NS_PER_US,
			 .ErrorCode = fault_info(x->fault)->code);
	late_stop(x);
	exchange_close_request_spans(x);
	if (x->headers_open)
		TRACE(x->trace, ARR_RESPONSE_HEADERS_END);
	if (x->entity_open)
		TRACE(x->trace, ARR_RESPONSE_ENTITY_END, .Bytes = x->response_bytes);
	x->connect_open = x->headers_open = x->entity_open = false;
}

const char *
exchange_address(const struct exchange *x)
{
	return x->address.text[0] ? x->address.text : x->server->host;
}

/* Who failed, as IIS would name it: the forwarder, or a stage of ours. */
static const char *
module_of(const struct exchange *x, unsigned int *notification)
{
	*notification = 1; /* BEGIN_REQUEST */
	if (x->step == STEP_REQUEST)
		return "Request";
	if (x->step == STEP_ADMIT || x->step == STEP_LATE)
		return "Admission";
	*notification = 128; /* EXECUTE_REQUEST_HANDLER */
	return "ApplicationRequestRouting";
}

static void
tell_fault(struct exchange *x)
{
	const struct fault_info *f = fault_info(x->fault);
	unsigned int notification;
	const char *module = module_of(x, &notification);

	exchange_close_spans(x);
	exchange_trace_status(x, module, notification, f->status, f->substatus,
			      http_reason(f->status), f->code);
	TRACE(x->trace, SET_RESPONSE_ERROR_DESCRIPTION,
	      .ErrorDescription = arena_printf(&x->arena, "%s%s%s", f->text, x->detail ? ": " : "",
					       x->detail ? x->detail : ""));
}

/* A fault becomes a page while there is somebody to read it, else a clean break. */
static void
answer_fault(struct exchange *x)
{
	hold_drop(x);
	tell_fault(x);
	x->body_done |= x->kept_whole;
	if (!x->body_done)
		x->conn->close_after = true;
	if (x->head_sent)
		x->client->abort(x);
	else if (x->fault != FAULT_CLIENT_GONE && respond_fault(x) < 0)
		x->conn->close_after = true;
	if (x->fault == FAULT_CLIENT_GONE)
		x->conn->close_after = true;
	x->step = STEP_FINISH;
}

static enum next
run_step(struct exchange *x)
{
	if (x->cut && x->step >= STEP_CONNECT && x->step < STEP_FINISH)
		return exchange_fail(x, FAULT_SERVER_CUT, x->server->host);
	switch (x->step) {
	case STEP_REQUEST: return step_request(x);
	case STEP_ADMIT: return step_admit(x);
	case STEP_LATE: return step_late(x);
	case STEP_ROUTE: return step_route(x);
	case STEP_CONNECT: return step_connect(x);
	case STEP_RELAY: return step_relay(x);
	case STEP_TUNNEL: return step_tunnel(x);
	default: return step_finish(x);
	}
}

struct trace_meta
exchange_trace_meta(const struct exchange *x)
{
	const struct conn *c = x->conn;
	bool badge = x->user != NULL;
	struct trace_meta meta = {
		.url = x->url,
		.verb = x->verb,
		.site_id = x->site->id,
		.app_pool_id = x->site->farm ? x->site->farm->name : "",
		.has_user = x->admitted,
		.remote_user_name = badge ? c->badge->leaf->subject : "",
		.user_name = badge ? x->user : "",
		.token_user_name = badge ? x->user : "",
		.authentication_type = badge ? "SSL/PCT" : "anonymous",
		.status = x->status,
		.substatus = x->substatus,
		.client = conn_client_name(c),
		.server = x->server ? exchange_address(x) : NULL,
		.farm = x->farm ? x->farm->config->name : NULL,
		.grade = c->identity ? evidence_text(c->identity->grade) : NULL,
		.log_id = x->log_id_text,
		.directory = x->site->trace_directory,
		.max_log_files = x->site->max_log_files,
	};

	memcpy(meta.activity, x->activity, sizeof(meta.activity));
	return meta;
}

bool
exchange_run(struct exchange *x)
{
	for (;;) {
		enum step was = x->step;

		switch (run_step(x)) {
		case NEXT:
			if (x->step != was)
				limit_set(x->conn->worker->loop, &x->limit, 0);
			break;
		case WAIT:
			if (x->upstream)
				upstream_arm(x->upstream);
			return false;
		case FAIL: answer_fault(x); break;
		case DONE: exchange_end(x); return true;
		}
	}
}

void
exchange_abandon(struct exchange *x, enum fault f)
{
	struct conn *c = x->conn;

	if (x->step == STEP_TUNNEL && c->end == CONN_END_DRAINED) {
		exchange_close_tunnel(x, conn_end_text(c->end)); /* it could go on for ever */
		conn_say_bye(c);
		conn_flush(c);
	} else if (x->step != STEP_FINISH) {
		exchange_fail(x, f, "the connection ended");
		if (x->step != STEP_REQUEST || x->parsed)
			tell_fault(x);
	}
	x->step = STEP_FINISH;
	step_finish(x);
	exchange_end(x);
	c->exchange = NULL;
}
