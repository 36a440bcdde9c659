/* SPDX-License-Identifier: MIT */
/*
 * farm - the web farms of a runtime: their servers, and what changes of them.
 *
 * struct farm_server belongs to a runtime and goes with it.  What changes
 * (counters, state, health) is in struct server_live: one for each server of
 * the process, known by farm name and address, shared by all runtimes and
 * threads, so that a reload keeps it.  Atomics only, nothing is locked while
 * requests run.  Source: ARR 1.3.
 */
#ifndef CORE_ROUTE_FARM_H
#define CORE_ROUTE_FARM_H

#include "core/config.h"

#include <stdatomic.h>

#define HEALTH_TEXT_MAX 160
#define ADDRESSES_MAX 8u /* of a name; more are not looked at */

/* The last thing that was found out about a server's health. */
enum health_cause {
#define CAUSE(symbol, healthy, text) CAUSE_##symbol,
#include "core/route/causes.def"
#undef CAUSE
	CAUSE_COUNT
};

struct server_live {
	_Atomic uint64_t requests, failed; /* since the process knows the server */
	_Atomic uint64_t current; /* requests now */
	_Atomic uint64_t bytes_sent, bytes_received; /* to and from the server, bodies */
	_Atomic uint64_t response_us; /* moving average up to the response head */
	_Atomic uint64_t response_ns; /* monotonic: when that was updated; 0 = never */
	_Atomic bool understood; /* it has answered with something else than 400 */
	_Atomic unsigned int state; /* enum server_state */
	_Atomic unsigned int weight; /* 1..1000 */
	_Atomic uint64_t health; /* private: health_* below read it */
	/* private, of a server with a name: addresses.c, resolver.c */
	_Atomic uint64_t address_version; /* odd = the list is being written */
	_Atomic uint64_t addresses[ADDRESSES_MAX][3];
	_Atomic unsigned int address_count, address_first;
	_Atomic bool name_lost; /* not found any more; told */
	_Atomic bool looked_up; /* a look-up is under way */
	_Atomic uint64_t failures; /* private: live traffic, begin of the period and count */
	double per_second; /* requests, over about ten seconds; main thread only */
	uint64_t seen_requests, seen_ns; /* private to farm_server_rate */
	/* private: of the list of all, guarded by its lock */
	struct server_live *next;
	char *key;
	unsigned int refs;
	unsigned int configured_state, configured_weight; /* as the last configuration said */
};

struct backend;
struct farm_server {
	const struct config_server *config; /* borrowed from the runtime's configuration */
	struct farm *farm; /* back pointer */
	struct server_live *live; /* reference */
	char host[300]; /* as the events name it: "web1:8080" */
	const char *host_field; /* of requests; .host, or "localhost" for a Unix socket */
	char affinity[65]; /* value of the affinity cookie; "" = none */
	uint64_t hash; /* of farm name and host: the server's place for lb_hash */
	unsigned int slot; /* unique among all farms of a runtime, from 0 */
};

struct farm {
	const struct config_farm *config;
	struct farm_server *servers;
	size_t count;
	struct backend *backend; /* TLS to them; owned, set by the runtime; NULL = plain HTTP */
};

/* Of a set of farms; those beyond the 64th are in none. */
static inline uint64_t
farm_bit(const struct farm *f)
{
	return f->config->index < 64 ? (uint64_t)1 << f->config->index : 0;
}

/* Changes nothing of servers that the process knows already: it may be of a reload that fails. */
struct farm *farm_new(const struct config_farm *config, unsigned int first_slot);
/* Its reload has succeeded: a state or weight that the file has changed is set; what it has not
 * changed stays what the operator made of it.  A server that is unhealthy by a test that is not
 * configured any more is healthy again, for nothing else would find so. */
void farm_take_effect(struct farm *f);
void farm_free(struct farm *f); /* NULL is fine */

/* A request begins / ends at a server.  Thread-safe, as all below. */
void farm_server_begin(struct farm_server *s);
void farm_server_end(struct farm_server *s, bool failed);
void farm_server_responded(struct farm_server *s, uint64_t us, uint64_t now_ns);
/* It gave no answer within @us: counts like a slow one, also when it refused at once. */
void farm_server_silent(struct farm_server *s, uint64_t us, uint64_t now_ns);

/* Brings .per_second up to date; main thread only, every second or so. */
void farm_server_rate(struct farm_server *s, uint64_t now_ns);

const char *server_state_text(enum server_state state); /* "Available": words of config.def */
enum server_state farm_server_state(const struct farm_server *s);
/* The operator's; logged.  true = it was another one before.  Whoever sets SERVER_UNAVAILABLE
 * tells the workers (worker_post_cut): they cut what runs. */
bool farm_server_set_state(struct farm_server *s, enum server_state state);

bool farm_server_is_tested(const struct farm_server *s); /* by a URL test */
bool farm_server_is_healthy(const struct farm_server *s);
/*
 * farm_server_set_health - what a test, live traffic or the operator found out.
 * @detail  by cause: an errno, a status, a count; 0 = none.
 * Returns true, and logs, when the server was healthy before and is not now, or back.
 */
bool farm_server_set_health(struct farm_server *s, enum health_cause cause, unsigned int detail);
/* Healthy again if what found it unhealthy, a test or live traffic, is not configured. */
void farm_server_forget(struct farm_server *s);
/* The last finding: "unhealthy: status 503 in the URL test at 12:30:01Z". */
void farm_server_health_text(const struct farm_server *s, char out[static HEALTH_TEXT_MAX]);
enum health_cause farm_server_cause(const struct farm_server *s, unsigned int *detail,
				    uint32_t *when); /* when: seconds of the epoch, 0 = never */

#endif
