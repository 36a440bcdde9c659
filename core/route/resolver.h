/* SPDX-License-Identifier: MIT */
/*
 * resolver - looks the names of farm servers up, at the start and again and
 * again: a server's address may change while the proxy runs.
 *
 * On threads of a lane, because getaddrinfo blocks; it tells no time to live,
 * so farms say by resolveInterval how long an answer counts.  A name that is
 * not found makes its server unhealthy until it is; one that was found once
 * keeps its last addresses.
 */
#ifndef CORE_ROUTE_RESOLVER_H
#define CORE_ROUTE_RESOLVER_H

#include "core/config.h"
#include "trace/buf.h"

struct ev_loop;
struct resolver;
struct runtime;

/* Looks up what is not known yet; waits for it, but for a few seconds only.  Main's thread. */
void resolver_first(struct runtime *r);
/* From now on every resolveInterval, on main's loop; takes a reference of r.  NULL
 * without memory. */
struct resolver *resolver_start(struct ev_loop *loop, struct runtime *r);
void resolver_stop(struct resolver *r); /* NULL is fine; look-ups under way end by themselves */
/* For --check: a warning for each name that is not found now.  Blocks. */
void resolver_check(const struct config *config, struct buf *messages);

#endif
