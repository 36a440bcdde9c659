/* SPDX-License-Identifier: MIT */
/*
 * response_head - status lines, the bodies of responses, reason phrases.
 *
 * A farm server may be broken or taken over: its heads are read as strictly as
 * a client's.  Source: RFC 9112 sections 4, 6.3, 9.3; RFC 9110 section 15.
 */
#include <config.h>

#include "core/http/head_private.h"

static int
parse_status_line(struct head_scan *s, struct http_response *r)
{
	const char *p = s->line;
	enum head_rule rule = HEAD_STATUS_LINE;

	if (head_version(s, &p, &r->minor, HEAD_STATUS_LINE) < 0)
		return -1;
	if (*p != ' ')
		return head_refuse_byte(s, HEAD_STATUS_LINE, p);
	r->status = 0;
	for (int i = 0; i < 3; i++) {
		p++;
		if (!is_digit(*p) || (i == 0 && *p == '0'))
			return head_refuse_byte(s, HEAD_STATUS_CODE, p);
		r->status = r->status * 10 + (unsigned int)(*p - '0');
	}
	p++;
	/* The space before an absent phrase is often left out. */
	r->reason = (struct slice){ p, 0 };
	if (is_digit(*p))
		return head_refuse(s, HEAD_STATUS_CODE, p);
	if (*p == ' ') {
		r->reason.at = ++p;
		while (is_class(*p, CLASS_VALUE))
			p++;
		r->reason.len = (size_t)(p - r->reason.at);
		rule = HEAD_REASON_CHAR;
	}
	s->line = head_end_line(s, p, rule);
	return s->line ? 0 : -1;
}

static void
settle_body(struct http_response *r, enum http_method method, const struct head_facts *f)
{
	bool never = r->status < 200 || r->status == 204;

	r->content_length = f->length;
	r->has_length = f->length_at && !never;
	r->keep_alive = !f->close && (r->minor > 0 || f->keep_alive);
	/* Who announces a body where none can be may also send it: drop the connection. */
	if (never && (f->coding_at || f->length > 0))
		r->keep_alive = false;
	if (never || r->status == 304 || method == METHOD_HEAD) {
		r->body = BODY_NONE;
	} else if (f->coding_at) {
		r->body = BODY_CHUNKED;
	} else if (f->length_at) {
		r->body = BODY_LENGTH;
	} else {
		r->body = BODY_CLOSE;
		r->keep_alive = false;
	}
}

int
head_parse_response(struct http_response *r, const char *data, size_t len, enum http_method method,
		    const struct head_limits *limits, struct head_error *err)
{
	struct head_facts f = { .request = NULL };
	struct head_scan s;

	r->headers.count = 0;
	if (head_begin(&s, data, len, limits, err) < 0 || parse_status_line(&s, r) < 0)
		return -1;
	f.minor = r->minor;
	if (head_fields(&s, &r->headers, &f) < 0)
		return -1;
	settle_body(r, method, &f);
	return 0;
}

static const char *const phrases[] = {
	[100] = "Continue",
	[101] = "Switching Protocols",
	[102] = "Processing",
	[103] = "Early Hints",
	[200] = "OK",
	[201] = "Created",
	[202] = "Accepted",
	[203] = "Non-Authoritative Information",
	[204] = "No Content",
	[205] = "Reset Content",
	[206] = "Partial Content",
	[300] = "Multiple Choices",
	[301] = "Moved Permanently",
	[302] = "Found",
	[303] = "See Other",
	[304] = "Not Modified",
	[307] = "Temporary Redirect",
	[308] = "Permanent Redirect",
	[400] = "Bad Request",
	[401] = "Unauthorized",
	[403] = "Forbidden",
	[404] = "Not Found",
	[405] = "Method Not Allowed",
	[406] = "Not Acceptable",
	[408] = "Request Timeout",
	[409] = "Conflict",
	[410] = "Gone",
	[411] = "Length Required",
	[412] = "Precondition Failed",
	[413] = "Content Too Large",
	[414] = "URI Too Long",
	[415] = "Unsupported Media Type",
	[416] = "Range Not Satisfiable",
	[417] = "Expectation Failed",
	[421] = "Misdirected Request",
	[426] = "Upgrade Required",
	[429] = "Too Many Requests",
	[431] = "Request Header Fields Too Large",
	[500] = "Internal Server Error",
	[501] = "Not Implemented",
	[502] = "Bad Gateway",
	[503] = "Service Unavailable",
	[504] = "Gateway Timeout",
	[505] = "HTTP Version Not Supported",
};

const char *
http_reason(unsigned int status)
{
	if (status >= sizeof(phrases) / sizeof(phrases[0]) || !phrases[status])
		return "";
	return phrases[status];
}
