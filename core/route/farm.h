/* SPDX-License-Identifier: MIT */
/*
 * farm - the web farms of a runtime: servers with their counters, shared by
 * all workers (atomics, no locks).  Source: ARR 1.3.
 */
#ifndef CORE_ROUTE_FARM_H
#define CORE_ROUTE_FARM_H

#include "core/config.h"

#include <stdatomic.h>

struct farm_server {
	const struct config_server *config; /* borrowed from the runtime's configuration */
	struct farm *farm; /* back pointer */
	char host[300]; /* as the Host field and the events name it: "web1:8080" */
	unsigned int slot; /* unique among all farms of a runtime, from 0 */
	_Atomic uint64_t current; /* requests now */
	_Atomic uint64_t total, failed; /* requests since the start */
	_Atomic uint64_t bytes_sent, bytes_received; /* to and from the server, bodies */
	_Atomic uint64_t response_us; /* moving average up to the response head */
};

struct farm {
	const struct config_farm *config;
	struct farm_server *servers;
	size_t count;
};

struct farm *farm_new(const struct config_farm *config, unsigned int first_slot);
void farm_free(struct farm *f); /* NULL is fine */
/* A request begins / ends at a server. */
void farm_server_begin(struct farm_server *s);
void farm_server_end(struct farm_server *s, bool failed);
void farm_server_responded(struct farm_server *s, uint64_t us);

#endif
