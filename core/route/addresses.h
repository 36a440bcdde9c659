/* SPDX-License-Identifier: MIT */
/*
 * addresses - where a farm server is reached: the one address it is written
 * with, or those that its name has now.
 *
 * Those of a name stand in struct server_live, so a reload keeps them.  Readers
 * never wait and never lock: a version number tells whether they read a list
 * that was changed meanwhile.  Thread-safe.
 */
#ifndef CORE_ROUTE_ADDRESSES_H
#define CORE_ROUTE_ADDRESSES_H

#include "core/route/farm.h"

/* The n-th address to try, from 0; false = there is none. */
bool addresses_get(const struct farm_server *s, unsigned int n, struct config_address *out);
/* true if a is (still) an address of the server. */
bool addresses_have(const struct farm_server *s, const struct config_address *a);
/* a answered when others had not: from now on it is tried first. */
void addresses_prefer(const struct farm_server *s, const struct config_address *a);
/* What the name has now, 1 to ADDRESSES_MAX of them, with the server's port; true and logged if
 * they are others than before. */
bool addresses_set(const struct farm_server *s, const struct config_address *list, size_t count);

#endif
