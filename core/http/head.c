/* SPDX-License-Identifier: MIT */
/*
 * head - see head.h.  Here: the table of rules, the search for the end, lines,
 * the request line, and what a request's fields mean together.  Fields are
 * read by head_fields.c, targets by head_target.c, responses by
 * response_head.c.  Source: RFC 9112 sections 2 to 6.
 */
#include <config.h>

#include "core/http/head.h"

#include <string.h>

#include "core/http/head_private.h"

#define METHOD_MAX 32

#define IS_ALNUM(c)                                                                                \
	(((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z'))
#define IS_TOKEN(c)                                                                                \
	(IS_ALNUM(c) || (c) == '!' || (c) == '#' || (c) == '$' || (c) == '%' || (c) == '&' ||      \
	 (c) == '\'' || (c) == '*' || (c) == '+' || (c) == '-' || (c) == '.' || (c) == '^' ||      \
	 (c) == '_' || (c) == '`' || (c) == '|' || (c) == '~')
#define IS_VALUE(c) ((c) == '\t' || ((c) >= ' ' && (c) != 0x7f))
/* Wider than RFC 3986: browsers send ^ ` { | } and, in queries, backslashes as they are. */
#define IS_TARGET(c)                                                                               \
	((c) > ' ' && (c) < 0x7f && (c) != '#' && (c) != '"' && (c) != '<' && (c) != '>')
#define IS_HOST(c) (IS_ALNUM(c) || (c) == '-' || (c) == '.' || (c) == '_')
#define IS_HEX(c)                                                                                  \
	(((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'F') || ((c) >= 'a' && (c) <= 'f'))
#define IS_PATH(c)                                                                                 \
	(IS_TARGET(c) && (c) != '/' && (c) != '.' && (c) != '%' && (c) != '\\' && (c) != '?' &&    \
	 (c) != ';')
#define CLASS(c)                                                                                   \
	((IS_TOKEN(c) ? CLASS_TOKEN : 0) | (IS_VALUE(c) ? CLASS_VALUE : 0) |                       \
	 (IS_TARGET(c) ? CLASS_TARGET : 0) | (IS_HOST(c) ? CLASS_HOST : 0) |                       \
	 (IS_HEX(c) ? CLASS_HEX : 0) | (IS_PATH(c) ? CLASS_PATH : 0))
#define CLASS4(c) CLASS(c), CLASS((c) + 1), CLASS((c) + 2), CLASS((c) + 3)
#define CLASS16(c) CLASS4(c), CLASS4((c) + 4), CLASS4((c) + 8), CLASS4((c) + 12)
#define CLASS64(c) CLASS16(c), CLASS16((c) + 16), CLASS16((c) + 32), CLASS16((c) + 48)

const unsigned char head_class[256] = { CLASS64(0), CLASS64(64), CLASS64(128), CLASS64(192) };

static const struct rule {
	const char *name, *text;
	unsigned int status;
} rules[] = {
	[HEAD_OK] = { "OK", "nothing is wrong", 200 },
#define HEAD_RULE(id, status, text) [HEAD_##id] = { #id, text, status },
#include "core/http/head.def"
#undef HEAD_RULE
};

static const struct rule *
rule_of(enum head_rule rule)
{
	return &rules[(size_t)rule < sizeof(rules) / sizeof(rules[0]) ? rule : HEAD_OK];
}

const char *
head_rule_text(enum head_rule rule)
{
	return rule_of(rule)->text;
}

const char *
head_rule_name(enum head_rule rule)
{
	return rule_of(rule)->name;
}

unsigned int
head_rule_status(enum head_rule rule)
{
	return rule_of(rule)->status;
}

size_t
head_find_end(const char *data, size_t len, size_t *from)
{
	const char *p = data + *from, *end = data + len;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		size_t i = (size_t)(p++ - data);

		/* A bare LF, a head of nothing but CRLF, or CRLF CRLF. */
		if (i == 0 || data[i - 1] != '\r' || i == 1 || data[i - 2] == '\n') {
			*from = i + 1;
			return i + 1;
		}
	}
	*from = len;
	return 0;
}

int
head_refuse_at(const struct head_scan *s, enum head_rule rule, const char *at)
{
	s->err->rule = rule;
	s->err->offset = (size_t)(at - s->data);
	return -1;
}

int
head_refuse(const struct head_scan *s, enum head_rule rule, const char *at)
{
	if ((size_t)(at - s->line) >= s->line_max)
		return head_refuse_at(s, s->line_rule, s->line + s->line_max);
	return head_refuse_at(s, rule, at);
}

int
head_refuse_byte(const struct head_scan *s, enum head_rule rule, const char *at)
{
	switch (*at) {
	case '\0':
		rule = HEAD_NUL;
		break;
	case '\n':
		rule = HEAD_BARE_LF;
		break;
	case '\r':	/* never the last byte: that is a line feed */
		if (at[1] != '\n')
			rule = HEAD_BARE_CR;
		break;
	}
	return head_refuse(s, rule, at);
}

const char *
head_end_line(const struct head_scan *s, const char *p, enum head_rule rule)
{
	if (p[0] != '\r' || p[1] != '\n')
		head_refuse_byte(s, rule, p);
	else if ((size_t)(p + 2 - s->line) > s->line_max)
		head_refuse_at(s, s->line_rule, s->line + s->line_max);
	else
		return p + 2;
	return NULL;
}

int
head_begin(struct head_scan *s, const char *data, size_t len, const struct head_limits *limits,
	   struct head_error *err)
{
	s->data = s->line = data;
	s->end = data + len;
	s->limits = limits;
	s->err = err;
	s->line_max = limits->line;
	s->line_rule = HEAD_LINE_TOO_LONG;
	err->rule = HEAD_OK;
	err->offset = 0;
	if (len == 0 || data[len - 1] != '\n')
		return head_refuse_at(s, HEAD_INCOMPLETE, s->end);
	if (data[0] == '\r' && data[1] == '\n')
		return head_refuse(s, HEAD_EMPTY_LINE, data);
	return 0;
}

int
head_version(const struct head_scan *s, const char **at, unsigned int *minor, enum head_rule rule)
{
	static const char pattern[] = "HTTP/0.0";
	const char *p = *at;

	for (size_t i = 0; i < sizeof(pattern) - 1; i++, p++)
		if (pattern[i] == '0' ? !is_digit(*p) : *p != pattern[i])
			return head_refuse_byte(s, rule, p);
	if (is_digit(*p))
		return head_refuse(s, rule, p);
	if (p[-3] != '1' || p[-1] > '1')
		return head_refuse(s, HEAD_VERSION_UNKNOWN, p - 3);
	*minor = (unsigned int)(p[-1] - '0');
	*at = p;
	return 0;
}

static enum http_method
method_of(const struct slice *m)
{
	static const struct {
		const char *name;
		enum http_method id;
	} methods[] = {
		{ "GET", METHOD_GET }, { "HEAD", METHOD_HEAD }, { "POST", METHOD_POST },
		{ "PUT", METHOD_PUT }, { "DELETE", METHOD_DELETE },
		{ "OPTIONS", METHOD_OPTIONS }, { "TRACE", METHOD_TRACE },
		{ "CONNECT", METHOD_CONNECT }, { "PATCH", METHOD_PATCH },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (slice_is(m, methods[i].name))
			return methods[i].id;
	return METHOD_OTHER;
}

static int
parse_method(const struct head_scan *s, struct http_request *r, const char **at)
{
	const char *p = s->line;

	while (is_class(*p, CLASS_TOKEN))
		p++;
	if (*p == '\t')
		return head_refuse(s, HEAD_LINE_SPACE, p);
	if (*p == '\r')
		return head_refuse_byte(s, HEAD_TARGET_EMPTY, p);
	if (*p != ' ')
		return head_refuse_byte(s, HEAD_METHOD_CHAR, p);
	if (p == s->line)
		return head_refuse(s, HEAD_METHOD_EMPTY, p);
	if (p - s->line > METHOD_MAX)
		return head_refuse(s, HEAD_METHOD_TOO_LONG, s->line + METHOD_MAX);
	r->method = (struct slice){ s->line, (size_t)(p - s->line) };
	r->method_id = method_of(&r->method);
	if (r->method_id == METHOD_CONNECT)
		return head_refuse(s, HEAD_METHOD_CONNECT, s->line);
	*at = p + 1;
	return 0;
}

static enum head_rule
target_byte_rule(char c)
{
	switch (c) {
	case '\r':
		return HEAD_VERSION_MISSING;
	case '\t':
		return HEAD_LINE_SPACE;
	case '#':
		return HEAD_TARGET_FRAGMENT;
	case '"':
	case '<':
	case '>':
		return HEAD_TARGET_CHAR;
	default:
		return (unsigned char)c > 0x7f ? HEAD_TARGET_NON_ASCII : HEAD_TARGET_CONTROL;
	}
}

static int
parse_request_line(struct head_scan *s, struct http_request *r)
{
	const char *p = NULL;

	if (parse_method(s, r, &p) < 0)
		return -1;
	r->target.at = p;
	while (is_class(*p, CLASS_TARGET))
		p++;
	r->target.len = (size_t)(p - r->target.at);
	if (r->target.len == 0 && *p == ' ')
		return head_refuse(s, HEAD_LINE_SPACE, p);
	if (r->target.len == 0 && *p == '\r')
		return head_refuse_byte(s, HEAD_TARGET_EMPTY, p);
	if (*p != ' ')
		return head_refuse_byte(s, target_byte_rule(*p), p);
	p++;
	if (*p == ' ' || *p == '\t')
		return head_refuse(s, HEAD_LINE_SPACE, p);
	if (*p == '\r')
		return head_refuse_byte(s, HEAD_VERSION_MISSING, p);
	if (head_version(s, &p, &r->minor, HEAD_VERSION_SYNTAX) < 0 || head_target(s, r) < 0)
		return -1;
	if (*p == ' ' || *p == '\t')
		return head_refuse(s, HEAD_LINE_SPACE, p);
	s->line = head_end_line(s, p, HEAD_VERSION_SYNTAX);
	return s->line ? 0 : -1;
}

static unsigned int
port_of(const struct http_request *r, unsigned int port)
{
	if (port)
		return port;
	/* Only http and https have come so far; the fifth letter tells them apart. */
	return (r->target.at[4] | 0x20) == 's' ? 443 : 80;
}

static bool
is_same_host(const struct slice *a, const struct slice *b)
{
	if (a->len != b->len)
		return false;
	/* Of the bytes that a host may hold, only the two cases of a letter differ by 0x20. */
	for (size_t i = 0; i < a->len; i++)
		if (a->at[i] != b->at[i] && (a->at[i] ^ b->at[i]) != 0x20)
			return false;
	return true;
}

/* Host and the authority of the target, which must agree. */
static int
settle_host(const struct head_scan *s, struct http_request *r, const struct head_facts *f)
{
	if (!f->host_at) {
		if (r->minor > 0)
			return head_refuse_at(s, HEAD_HOST_MISSING, s->line);
		return 0;
	}
	if (r->authority.len) {
		if (is_same_host(&r->host, &f->host) && port_of(r, r->port) == port_of(r, f->port))
			return 0;
		return head_refuse_at(s, HEAD_HOST_MISMATCH, f->host_at);
	}
	r->authority = headers_find(&r->headers, HF_HOST)->value;
	r->host = f->host;
	r->port = f->port;
	return 0;
}

/* One protocol, as RFC 9110 7.8 writes it: a name, or name/version. */
static bool
is_one_protocol(const struct slice *s)
{
	size_t slash = 0;

	for (size_t i = 0; i < s->len; i++) {
		bool last = i + 1 == s->len;

		if (s->at[i] == '/' && (i == 0 || last || slash++))
			return false;
		if (s->at[i] != '/' && !is_class(s->at[i], CLASS_TOKEN))
			return false;
	}
	return s->len > 0;
}

/* What the request wants the connection to become; the next step decides whether it may. */
static void
settle_upgrade(struct http_request *r, const struct head_facts *f, bool body)
{
	bool asked = f->upgrade && f->upgrades == 1 && r->minor > 0 &&
		     is_one_protocol(&f->upgrade_to);
	bool websocket = asked && slice_is_nocase(&f->upgrade_to, "websocket");

	r->upgrade_asked = f->upgrade && f->upgrades > 0;
	r->upgrade = websocket && r->method_id == METHOD_GET;
	r->upgrade_to = (struct slice){ "", 0 };
	if (asked && !body && (r->upgrade || !websocket))
		r->upgrade_to = f->upgrade_to;
}

static int
settle_body(const struct head_scan *s, struct http_request *r, const struct head_facts *f)
{
	const char *at = f->coding_at ? f->coding_at : f->length_at;
	bool body = f->coding_at || f->length > 0;

	r->body = f->coding_at ? BODY_CHUNKED : f->length_at ? BODY_LENGTH : BODY_NONE;
	r->content_length = f->length;
	r->keep_alive = !f->close && (r->minor > 0 || f->keep_alive);
	r->expect_continue = f->expect && r->minor > 0 && body;
	settle_upgrade(r, f, body);
	if (body && r->method_id == METHOD_TRACE)
		return head_refuse_at(s, HEAD_TRACE_BODY, at);
	if (body && r->upgrade)
		return head_refuse_at(s, HEAD_UPGRADE_BODY, at);
	return 0;
}

int
head_parse_request(struct http_request *r, const char *data, size_t len,
		   const struct head_limits *limits, struct head_error *err)
{
	struct head_facts f = { .request = r };
	struct head_scan s;

	r->headers.count = 0;
	if (head_begin(&s, data, len, limits, err) < 0 || parse_request_line(&s, r) < 0)
		return -1;
	f.minor = r->minor;
	if (head_fields(&s, &r->headers, &f) < 0 || settle_host(&s, r, &f) < 0)
		return -1;
	return settle_body(&s, r, &f);
}
