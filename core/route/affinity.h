/* SPDX-License-Identifier: MIT */
/*
 * affinity - a client stays with its server: by cookie, or by the host name it
 * asks for.  A cookie's value is a keyed hash of farm and server, so it tells
 * nothing, and several proxies with the same key understand each other's.
 * Source: ARR 1.1 (ARRAffinity, 64 hex digits), 1.3.
 */
#ifndef CORE_ROUTE_AFFINITY_H
#define CORE_ROUTE_AFFINITY_H

#include "core/exchange.h"
#include "core/route/lb.h"

/* The servers' values, for a farm with cookies; 0, or -1 with a line in messages. */
int affinity_load(struct farm *f, const char *state_dir, struct buf *messages);
/*
 * affinity_find - the server x belongs to; ROUTE_AFFINITY says what was found.
 * @why  out: the RoutingReason, when a server is returned.
 * Returns NULL when it belongs to none, or its server cannot be had.
 */
struct farm_server *affinity_find(struct exchange *x, const struct lb_request *q,
				  const char **why);
/* x goes to x->server: sets x->affinity_cookie to the Set-Cookie its client must get. */
void affinity_keep(struct exchange *x);

#endif
