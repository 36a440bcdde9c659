/* SPDX-License-Identifier: MIT */
/*
 * health - the URL test: asks each server of each farm that has one for a page,
 * again and again, on main's loop, and marks it healthy or not.
 * Source: ARR 1.3 (url, interval, timeout, acceptable status codes, match).
 */
#ifndef CORE_ROUTE_HEALTH_H
#define CORE_ROUTE_HEALTH_H

struct ev_loop;
struct health;
struct runtime;

/* Begins the tests of r's farms, the first ones at once; takes a reference of r.  NULL
 * without memory.  The thread of the loop only. */
struct health *health_start(struct ev_loop *loop, struct runtime *r);
void health_stop(struct health *h); /* NULL is fine */

#endif
