/* SPDX-License-Identifier: MIT */
/*
 * inject - the request head as a farm server gets it: ARR's headers set, what
 * a client may not say removed, each change an event.
 * Source: ARR 1, 1.1; RFC 9110 7.6.
 */
#ifndef CORE_FORWARD_INJECT_H
#define CORE_FORWARD_INJECT_H

#include "core/exchange.h"

enum inject_id {
#define INJECT(symbol, name, value) INJECT_##symbol,
#include "core/forward/inject.def"
#undef INJECT
	INJECT_COUNT
};

struct inject {
	struct slice name;
	struct slice value; /* empty = the field is not sent */
};

/* Removes hop-by-hop, reserved and replaced fields of the client and fills
 * x->inject for x->server; 0 or -FAULT_X.  May be called again for another server. */
int inject_headers(struct exchange *x);
/* Why a server might take a client's field for one of ours; NULL = it will not. */
const char *inject_forged(const struct exchange *x, const struct header *h);
/* SECURITY_HEADER_STRIPPED. */
void inject_tell_stripped(struct exchange *x, const struct header *h, const char *reason);
/* true if the Connection field names h: it is for one hop (RFC 9110 7.6.1). */
bool headers_is_connection_option(const struct headers *list, const struct header *h);
/* The server is asked in HTTP/1.0: its connection ends with the answer. */
bool inject_is_http10(const struct exchange *x);
/* Puts the whole head for the server into b. */
void inject_write_head(struct exchange *x, struct buf *b);

#endif
