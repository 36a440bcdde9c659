/* SPDX-License-Identifier: MIT */
/*
 * head - strict HTTP/1.1 request and response heads.
 *
 * The caller buffers the head; head_find_end() says when it is whole;
 * head_parse_* reads it in place.  Everything a security proxy must refuse is
 * refused with an exact rule and byte offset, so that no request has two
 * readings.  Pure: no I/O, no allocation, no globals.  Thread-safe.
 * Source: RFC 9110, RFC 9112; the refusals are listed in head.def.
 */
#ifndef CORE_HTTP_HEAD_H
#define CORE_HTTP_HEAD_H

#include "core/http/headers.h"

struct head_limits {	/* in bytes, line ends included */
	size_t line;	/* first line; over = HEAD_LINE_TOO_LONG (414) */
	size_t field;	/* one field line; HEAD_FIELD_TOO_LONG (431) */
	size_t head;	/* the whole head; HEAD_TOO_LONG (431) */
	size_t fields;	/* count, at most HEADERS_MAX; HEAD_TOO_MANY_FIELDS (431) */
};
#define HEAD_LIMITS_DEFAULT { .line = 8192, .field = 16384, .head = 65536, .fields = HEADERS_MAX }

enum head_rule {	/* why a head is refused; head.def: HEAD_RULE(id, status, "text") */
	HEAD_OK,
#define HEAD_RULE(id, status, text) HEAD_##id,
#include "core/http/head.def"
#undef HEAD_RULE
};
const char *head_rule_text(enum head_rule rule);	/* "a space before the colon" */
const char *head_rule_name(enum head_rule rule);	/* "SPACE_BEFORE_COLON" */
unsigned int head_rule_status(enum head_rule rule);	/* 400, 414, 431, 505, 501 */

struct head_error {
	enum head_rule rule;
	size_t offset;		/* byte in the head, from 0; its end if something is missing */
};

enum http_body {
	BODY_NONE,
	BODY_LENGTH,		/* content_length bytes */
	BODY_CHUNKED,
	BODY_CLOSE,		/* responses only: until the peer closes */
};

enum http_method {	/* the ones we treat apart; others are METHOD_OTHER */
	METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT,
	METHOD_DELETE, METHOD_OPTIONS, METHOD_TRACE, METHOD_CONNECT, METHOD_PATCH,
};

struct http_request {
	struct slice method;		/* token */
	enum http_method method_id;
	struct slice target;		/* as sent */
	struct slice path;		/* without query: '/' first, or OPTIONS *; may be static */
	struct slice query;		/* after '?', empty if none */
	struct slice authority;		/* of target, else Host; empty in HTTP/1.0 only */
	struct slice host;		/* of authority, without port; brackets kept for IPv6 */
	unsigned int port;		/* of authority, 0 = none given */
	unsigned int minor;		/* HTTP/1.minor: 0 or 1 */
	struct headers headers;
	enum http_body body;
	uint64_t content_length;	/* BODY_LENGTH */
	bool keep_alive;		/* the client lets us keep the connection */
	bool expect_continue;		/* a body waits for our 100 (HTTP/1.1 only) */
	bool upgrade;			/* GET asking for websocket */
	bool upgrade_asked;		/* for anything, and in whatever way */
	struct slice upgrade_to;	/* the one protocol asked for without a body */
};

struct http_response {
	unsigned int status;		/* 100..999 */
	struct slice reason;		/* may be empty */
	unsigned int minor;
	struct headers headers;
	enum http_body body;		/* for the request method given */
	uint64_t content_length;	/* as announced; also set for HEAD/304 when has_length */
	bool has_length;
	bool keep_alive;		/* the server lets us keep the connection */
};

/*
 * head_find_end - is the head whole?
 * @from  where to go on searching; in: bytes already searched by an earlier
 *        call (0 first); out: where to go on.
 * Returns the length of the head including the empty line, or 0 if more bytes
 * are needed.  Leading empty lines (at most one CRLF before a request) are the
 * caller's to skip.  A bare LF also ends a search, so that the parser can
 * refuse it instead of waiting for ever.
 */
size_t head_find_end(const char *data, size_t len, size_t *from);

/*
 * head_path_rule - may a path that was made from a request's go to a server?
 * @path  NUL-terminated; what stands behind a '?' is not looked at.
 * HEAD_OK, or what is wrong with it.  Pure.
 */
enum head_rule head_path_rule(const char *path);

/*
 * head_parse_request, head_parse_response - one pass over a whole head.
 * @len     exactly what head_find_end() returned.
 * @method  of the request that is answered: decides whether a body follows.
 * @limits  fields above HEADERS_MAX count as HEADERS_MAX.
 * Return 0, or -1 with err set and the rest undefined.  Slices point into data.
 * Equal Content-Length fields of a response are folded into the first (others removed).
 */
int head_parse_request(struct http_request *r, const char *data, size_t len,
		       const struct head_limits *limits, struct head_error *err);
int head_parse_response(struct http_response *r, const char *data, size_t len,
			enum http_method method, const struct head_limits *limits,
			struct head_error *err);
const char *http_reason(unsigned int status);	/* standard phrase, "" if unknown */

#endif
