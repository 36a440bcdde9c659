/* SPDX-License-Identifier: MIT */
/*
 * key - what of a request is hashed to choose its server (RequestHash).
 * Source: ARR 1.3; the names are server variables of IIS.
 */
#ifndef CORE_ROUTE_KEY_H
#define CORE_ROUTE_KEY_H

#include "core/exchange.h"

/* The key of x for the farm's algorithm; 0 for those without.  Thread-safe. */
uint64_t route_key(const struct exchange *x, const struct config_farm *farm);
/*
 * route_variable - a server variable of a request: REMOTE_ADDR, HTTP_X_TENANT.
 * @name  upper case.
 * Returns its value, borrowed; empty if the request has none.
 */
struct slice route_variable(const struct exchange *x, const char *name);

#endif
