/* SPDX-License-Identifier: MIT */
/*
 * fetch - one small HTTP request, blocking: revocation lists and OCSP answers.
 *
 * For pool threads only.  Plain http, no redirects, no cookies, no proxies;
 * everything has a limit.  The answer is read by a push parser of its own, so
 * that it can be fuzzed without sockets.  Source: RFC 9112; RFC 6960 A.1.
 */
#ifndef CORE_HTTP_FETCH_H
#define CORE_HTTP_FETCH_H

#include "core/http/chunk.h"
#include "core/http/head.h"
#include "trace/buf.h"

enum fetch_result {
	FETCH_OK,
	FETCH_MORE,	/* of the parser: not whole yet */
	FETCH_URL,	/* no address that is fetched: http, a host, no user name */
	FETCH_NAME,	/* the host name is not known */
	FETCH_CONNECT,	/* nobody listens */
	FETCH_TIMEOUT,
	FETCH_CLOSED,	/* it broke off */
	FETCH_INVALID,	/* no HTTP */
	FETCH_STATUS,	/* another status than 200 */
	FETCH_SIZE,	/* larger than .max */
	FETCH_MEMORY,
};

struct fetch {
	const char *url;
	const char *type;	/* of the body, NULL = GET */
	const void *body;	/* POST */
	size_t body_len;
	size_t max;		/* bytes of an answer */
	unsigned int seconds;	/* for all of it but the resolver, which has limits of its own */
};

#define FETCH_HOST_MAX 254
struct fetch_url {
	char host[FETCH_HOST_MAX];	/* lower case, without brackets */
	char port[6];
	const char *path;		/* in the text; "" = "/" */
	bool v6;			/* brackets are needed */
};

/* FETCH_OK or FETCH_URL. */
enum fetch_result fetch_url_read(struct fetch_url *u, const char *text);
/* Does the host of a URL stand in a list?  Items are names, or *.suffix for all below. */
bool fetch_host_is_in(const struct fetch_url *u, char *const *items, size_t count);
/* Appends the body to out; FETCH_OK, or why not. */
enum fetch_result fetch_run(const struct fetch *f, struct buf *out);
const char *fetch_result_text(enum fetch_result r);	/* "nobody listens" */

struct fetch_answer {	/* the parser; zero it, then set .body and .max */
	struct buf *body;	/* decoded bytes are appended */
	size_t max;		/* of them */
	struct buf head;	/* until it is whole */
	size_t searched;	/* head_find_end */
	unsigned int interim;	/* 1xx heads so far */
	bool in_body;
	enum http_body framing;
	uint64_t left;		/* BODY_LENGTH */
	struct chunk chunk;
};

/* Eats all bytes: FETCH_MORE, FETCH_OK once the answer is whole, or an error. */
enum fetch_result fetch_answer_feed(struct fetch_answer *a, const char *data, size_t len);
/* The peer closed: FETCH_OK if that is how this answer ends. */
enum fetch_result fetch_answer_end(const struct fetch_answer *a);
void fetch_answer_done(struct fetch_answer *a);	/* .body stays */

#endif
