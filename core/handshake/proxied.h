/* SPDX-License-Identifier: MIT */
/*
 * proxied - a connection that comes by way of a load balancer, which says
 * first who the client is; what is kept until that is known.
 * Belongs to its connection (c->proxied): from accept to the end of the header.
 */
#ifndef CORE_HANDSHAKE_PROXIED_H
#define CORE_HANDSHAKE_PROXIED_H

#include "core/conn.h"
#include "core/handshake/proxy_header.h"

struct proxied {
	struct peer_address via; /* the load balancer */
	struct proxy_header header; /* valid once whole */
	char reason[256]; /* why it is refused; "" = it is not */
	size_t len; /* of .data */
	unsigned char data[PROXY_HEADER_MAX];
};

/* true if connections to this binding begin with a PROXY header. */
bool proxied_is_wanted(const struct config_binding *b);
/* For CONNECTION_START: "v1", "v2", or "" without a header. */
const char *proxied_version(const struct conn *c);
/* CONNECTION_PROXY_HEADER, if the connection has one; with .reason as a refusal. */
void proxied_tell(struct conn *c);
void proxied_free(struct conn *c);

#endif
