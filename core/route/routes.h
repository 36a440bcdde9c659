/* SPDX-License-Identifier: MIT */
/*
 * routes - routing rules of a site: host, path, method, field and what is
 * verified about the client lead to a web farm, and may rewrite the path.
 * Compiled at load, immutable, shared by all workers.
 */
#ifndef CORE_ROUTE_ROUTES_H
#define CORE_ROUTE_ROUTES_H

#include "core/exchange.h"

struct routes;

struct routes *routes_new(const struct config_site *site); /* NULL without memory */
void routes_free(struct routes *r); /* NULL is fine */
/*
 * routes_apply - which farm x goes to, by the rules in order; each that is
 * compared is a ROUTE_RULE event.
 * @farm  out: NULL = no rule names one.
 * Returns 0 with x->forward_url set, or -FAULT_X; also when a pattern breaks its limits, since
 * a request that cannot be judged must not fall through to the next rule.
 */
int routes_apply(const struct routes *r, struct exchange *x, const struct config_farm **farm);

#endif
