/* SPDX-License-Identifier: MIT */
/*
 * headers - header fields in the order they came, as slices.
 *
 * Names and values point into memory somebody else owns (the head buffer or
 * the exchange's arena); nothing is copied.  Not thread-safe.
 * Source: RFC 9110 section 5, field names are compared without case.
 */
#ifndef CORE_HTTP_HEADERS_H
#define CORE_HTTP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADERS_MAX 100

/* Fields the proxy itself looks at: HF_OTHER for the rest.  Names in headers.def. */
enum header_id {
	HF_OTHER,
#define HEADER(id, name, ...) HF_##id,
#include "core/http/headers.def"
#undef HEADER
	HF_COUNT
};

struct slice {
	const char *at;		/* not NUL-terminated */
	size_t len;
};

struct header {
	struct slice name;	/* as written by the peer */
	struct slice value;	/* without surrounding white space */
	enum header_id id;	/* HF_OTHER if not in headers.def */
	bool removed;		/* not to be forwarded */
};

struct headers {
	struct header at[HEADERS_MAX];
	size_t count;
};

/* Case-insensitive; HF_OTHER if it is not in headers.def.  A few nanoseconds. */
enum header_id header_id_of(const char *name, size_t len);
const char *header_name(enum header_id id);			/* canonical spelling */
/* First field with that id that is not removed, or NULL. */
struct header *headers_find(struct headers *h, enum header_id id);
struct header *headers_find_name(struct headers *h, const char *name);
/*
 * headers_next_token - cuts the next item off a comma list.
 * @list   in: the rest of a field value; out: what is left behind the item.
 * @token  out: the item without white space round it; empty items are skipped.
 * Returns false at the end of the list.  Source: RFC 9110 5.6.1.
 */
bool headers_next_token(struct slice *list, struct slice *token);
/* true if the comma list in all fields `id`, removed ones too, holds the token (no case). */
bool headers_has_token(const struct headers *h, enum header_id id, const char *token);
/* -FAULT-free: 0, or -1 if the list is full. */
int headers_add(struct headers *h, struct slice name, struct slice value);
/*
 * header_fold - a byte of a name as the most forgetful server reads it: no case, and what is no
 * letter or digit is all one, '-' here (CGI makes _ of it; lighttpd of every such byte).
 */
char header_fold(char c);
/* true for X-ARR-* in any spelling (header_fold): client-sent ones never reach the farm. */
bool header_is_reserved(const struct slice *name);
/* true for Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade,
 * Proxy-Authenticate, Proxy-Authorization: RFC 9110 7.6.1. */
bool header_is_hop_by_hop(enum header_id id);
/* true for Authorization, Cookie, Set-Cookie, Proxy-Authorization: masked in traces. */
bool header_is_secret(enum header_id id);
/* true if a second line of this field makes a head ambiguous, so that it is refused. */
bool header_is_single(enum header_id id, bool response);
void slice_trim(struct slice *s);	/* spaces and tabs round it go */
bool slice_is(const struct slice *s, const char *text);		/* exact */
bool slice_is_nocase(const struct slice *s, const char *text);	/* ASCII case folded */
bool slice_same_nocase(const struct slice *a, const struct slice *b);

#endif
