/* SPDX-License-Identifier: MIT */
/* respond - see respond.h. */
#include <config.h>

#include "core/forward/respond.h"

#include <stdio.h>
#include <string.h>

#define PAGE_MAX ((size_t)4096)

static struct slice
slice_of(const char *text)
{
	return (struct slice){ text ? text : "", text ? strlen(text) : 0 };
}

/* "{4000000A-...}" as in the trace file. */
static void
activity_text(const uint8_t guid[static 16], char out[static 40])
{
	trace_guid_text(guid, out + 1);
	out[0] = '{';
	for (char *p = out + 1; *p; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	out[37] = '}';
	out[38] = '\0';
}

/* The page is made of our own texts only: nothing of the request is repeated. */
static void
put_page(struct buf *b, const struct fault_info *f, const uint8_t activity[static 16])
{
	char status[16], id[40];

	if (f->substatus)
		snprintf(status, sizeof(status), "%u.%u", f->status, f->substatus);
	else
		snprintf(status, sizeof(status), "%u", f->status);
	activity_text(activity, id);
	buf_putf(b,
		 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s "
		 "%s</title></head>\n"
		 "<body><h1>%s %s</h1>\n<p>Reason: %s (%s)</p>\n<p>Activity ID: "
		 "%s</p>\n</body></html>\n",
		 status, http_reason(f->status), status, http_reason(f->status), f->text, f->reason,
		 id);
}

void
respond_trace_fields(struct exchange *x, const struct response_head *r)
{
	bool open = x->conn->runtime->config->trace_secrets;

	for (size_t i = 0; x->trace && i < r->headers->count; i++) {
		const struct header *h = &r->headers->at[i];
		struct te_bytes value = { h->value.at, h->value.len };
		char masked[48];

		if (h->removed)
			continue;
		if (header_is_secret(h->id) && !open) {
			value.at = masked;
			value.len = (size_t)snprintf(masked, sizeof(masked),
						     "(%zu bytes, not recorded)", h->value.len);
		}
		TRACE(x->trace, GENERAL_SET_RESPONSE_HEADER,
		      .HeaderName = { h->name.at, h->name.len }, .HeaderValue = value,
		      .Replace = true);
	}
}

static void
put_masked(struct buf *b, const struct response_head *r)
{
	for (size_t i = 0; i < r->headers->count; i++) {
		const struct header *h = &r->headers->at[i];

		if (h->removed)
			continue;
		buf_put(b, h->name.at, h->name.len);
		if (header_is_secret(h->id))
			buf_putf(b, ": (%zu bytes, not recorded)\r\n", h->value.len);
		else
			buf_putf(b, ": %.*s\r\n", (int)h->value.len, h->value.at);
	}
}

struct slice
respond_head_text(struct exchange *x, const struct response_head *r, struct slice fields)
{
	struct buf masked = BUF_INIT;
	bool secret = false;

	for (size_t i = 0; x->trace && i < r->headers->count; i++)
		secret |= !r->headers->at[i].removed && header_is_secret(r->headers->at[i].id);
	if (!secret || x->conn->runtime->config->trace_secrets)
		return fields;
	put_masked(&masked, r);
	fields = slice_of(masked.error ? NULL : arena_strndup(&x->arena, masked.data, masked.len));
	buf_done(&masked);
	return fields;
}

void
respond_trace_head(struct exchange *x, struct slice text)
{
	if (!x->trace)
		return;
	x->flush_open = true;
	TRACE(x->trace, GENERAL_FLUSH_RESPONSE_START);
	TRACE(x->trace, GENERAL_RESPONSE_HEADERS, .Headers = { text.at, text.len });
}

int
respond_fault(struct exchange *x)
{
	const struct fault_info *f = fault_info(x->fault);
	struct headers *headers = arena_alloc(&x->arena, sizeof(*headers));
	struct buf page = BUF_INIT;
	struct response_head r = {
		.status = f->status,
		.reason = slice_of(http_reason(f->status)),
		.headers = headers,
		.body = BODY_LENGTH,
		.has_length = true,
		.no_body = x->parsed && x->request.method_id == METHOD_HEAD,
	};
	int e;

	if (!headers)
		return -1;
	headers->count = 0;
	headers_add(headers, slice_of("Content-Type"), slice_of("text/html; charset=utf-8"));
	headers_add(headers, slice_of("Cache-Control"), slice_of("no-store"));
	if (f->status == 405)
		headers_add(headers, slice_of("Allow"),
			    slice_of("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"));
	if (x->fault == FAULT_UPGRADE_REQUEST) /* RFC 6455 4.4 */
		headers_add(headers, slice_of("Sec-WebSocket-Version"), slice_of("13"));
	buf_init(&page, PAGE_MAX);
	put_page(&page, f, x->activity);
	r.content_length = page.len;
	TRACE(x->trace, GENERAL_SEND_CUSTOM_ERROR, .HttpStatus = f->status,
	      .HttpSubStatus = f->substatus);
	respond_trace_fields(x, &r);
	e = x->client->send_head(x, &r);
	if (e == 0 && !r.no_body) {
		x->response_bytes = page.len;
		e = x->client->send_body(x, page.data, page.len);
	}
	buf_done(&page);
	return e;
}

void
respond_plain_http(struct conn *c)
{
	const struct fault_info *f = fault_info(FAULT_PLAIN_HTTP);
	struct buf page = BUF_INIT;
	char head[256];
	int n;

	put_page(&page, f, c->activity);
	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %u %s\r\nContent-Type: text/html; charset=utf-8\r\n"
		     "Content-Length: %zu\r\nConnection: close\r\n\r\n",
		     f->status, http_reason(f->status), page.len);
	transport_write(c, head, (size_t)n);
	transport_write(c, page.data, page.len);
	buf_done(&page);
}
