/* SPDX-License-Identifier: MIT */
/*
 * rules - routing rules of a site: host, path, method, field and what is
 * verified about the client lead to a web farm, and may rewrite the path.
 * Compiled at load, immutable, shared by all workers.
 */
#ifndef CORE_ROUTE_RULES_H
#define CORE_ROUTE_RULES_H

#include "core/exchange.h"

struct rules;

struct rules *rules_new(const struct config_site *site); /* NULL without memory */
void rules_free(struct rules *r); /* NULL is fine */
/*
 * rules_apply - which farm x goes to, by the rules in order; each that is
 * compared is a ROUTE_RULE event.
 * @farm  out: NULL = no rule names one.
 * Returns 0 with x->forward_url set, or -FAULT_X.
 */
int rules_apply(const struct rules *r, struct exchange *x, const struct config_farm **farm);

#endif
