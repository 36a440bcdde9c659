/* SPDX-License-Identifier: MIT */
/* hold - see hold.h. */
#include <config.h>

#include "core/http/hold.h"

#include "core/base/clock.h"
#include "core/forward/respond.h"

#include <string.h>
#include <strings.h>

static bool
is_for_at_once(struct headers *h)
{
	static const char stream[] = "text/event-stream";
	const struct header *type = headers_find(h, HF_CONTENT_TYPE);
	const struct header *wish = headers_find_name(h, "X-Accel-Buffering");

	return (type && type->value.len >= sizeof(stream) - 1 &&
		!strncasecmp(type->value.at, stream, sizeof(stream) - 1)) ||
	       (wish && slice_is_nocase(&wish->value, "no"));
}

void
hold_begin(struct exchange *x, const struct response_head *r)
{
	struct hold *h = &x->hold;

	h->max = x->farm->config->min_response_buffer;
	h->on = h->max && !r->no_body && !is_for_at_once(r->headers);
	if (!h->on)
		return;
	h->began_ns = clock_mono_ns();
	buf_init(&h->data, SIZE_MAX); /* hold_put knows the limit */
}

static void
tell(struct exchange *x, const char *reason)
{
	TRACE(x->trace, RESPONSE_BUFFERED, .Bytes = x->response_bytes, .Threshold = x->hold.max,
	      .ElapsedMs = (clock_mono_ns() - x->hold.began_ns) / CLOCK_NS_PER_MS,
	      .Reason = reason);
}

/* The span of the body is ended and begun again: that of sending lies around what follows. */
static int
release(struct exchange *x, const char *reason)
{
	struct hold *h = &x->hold;
	int r;

	h->on = false;
	if (x->entity_open)
		TRACE(x->trace, ARR_RESPONSE_ENTITY_END, .Bytes = x->response_bytes);
	tell(x, reason);
	respond_trace_head(x, h->fields);
	if (x->entity_open)
		TRACE(x->trace, ARR_RESPONSE_ENTITY_START);
	x->head_sent = true;
	r = h->data.error ? h->data.error : conn_write(x->conn, h->data.data, h->data.len);
	buf_done(&h->data);
	return r;
}

int
hold_head(struct exchange *x, const struct response_head *r, const struct buf *head,
	  struct slice fields)
{
	struct hold *h = &x->hold;
	struct slice text = respond_head_text(x, r, fields);

	if (!h->on) {
		respond_trace_head(x, text);
		x->head_sent = true;
		return conn_write(x->conn, head->data, head->len);
	}
	if (x->trace)
		h->fields.at = arena_strndup(&x->arena, text.at, text.len);
	h->fields.len = h->fields.at ? text.len : 0;
	buf_put(&h->data, head->data, head->len);
	h->max_data = head->len + h->max;
	return h->data.error;
}

int
hold_put(struct exchange *x, const void *data, size_t len)
{
	struct hold *h = &x->hold;
	int r;

	if (!h->on)
		return conn_write(x->conn, data, len);
	if (h->data.len + len < h->max_data) {
		buf_put(&h->data, data, len);
		return h->data.error;
	}
	r = release(x, "so much has come");
	return r < 0 ? r : conn_write(x->conn, data, len);
}

int
hold_end(struct exchange *x)
{
	return x->hold.on ? release(x, "all of it has come") : 0;
}

void
hold_drop(struct exchange *x)
{
	if (!x->hold.on)
		return;
	x->hold.on = false;
	x->chunked_out = false;
	tell(x, "it failed: none of it was sent");
	buf_done(&x->hold.data);
}
