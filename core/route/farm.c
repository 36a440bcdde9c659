/* SPDX-License-Identifier: MIT */
/* farm - see farm.h. */
#include <config.h>

#include "core/route/farm.h"

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/handshake/backend.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All servers the process knows; only making and freeing a runtime takes the lock. */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct server_live *all;

#define RATE_SECONDS 10.
#define SILENT_US 1000000u /* what no answer counts at least */

/* host:port; port 80 is not written, an IPv6 address gets its brackets.  What has a path of
 * this machine instead is asked as what it is for clients: localhost. */
static void
name_server(struct farm_server *s)
{
	unsigned int port = s->config->port;
	const char *name = s->config->name;
	bool local = s->config->address.sa.ss_family == AF_UNIX;
	bool bare6 = strchr(name, ':') && name[0] != '[' && !local;
	char text[8] = "";

	s->host_field = local ? "localhost" : s->host;
	if (port != 80 && !local)
		snprintf(text, sizeof(text), ":%u", port & 0xffffu);
	snprintf(s->host, sizeof(s->host), bare6 ? "[%.253s]%s" : "%.253s%s", name, text);
}

/* ---- what a reload keeps ---- */

/* What the configuration says counts when it says something else than last time.  The lock is
 * held. */
static void
live_configure(struct server_live *l, const struct config_server *c)
{
	if (l->configured_state != (unsigned int)c->state)
		atomic_store(&l->state, (unsigned int)c->state);
	if (l->configured_weight != c->weight)
		atomic_store(&l->weight, c->weight ? c->weight : 1);
	l->configured_state = (unsigned int)c->state;
	l->configured_weight = c->weight;
}

static struct server_live *
live_new(char *key, const struct config_server *c)
{
	struct server_live *l = calloc(1, sizeof(*l));

	if (!l) {
		free(key);
		return NULL;
	}
	l->key = key;
	l->configured_state = UINT32_MAX;
	live_configure(l, c); /* nobody else knows it */
	l->next = all;
	all = l;
	return l;
}

static struct server_live *
live_find(const struct farm_server *s)
{
	const char *farm = s->farm->config->name, *host = s->host;
	size_t size = strlen(farm) + strlen(host) + 2;
	char *key = malloc(size);
	struct server_live *l = all;

	if (!key)
		return NULL;
	snprintf(key, size, "%s\n%s", farm, host);
	while (l && strcmp(l->key, key) != 0)
		l = l->next;
	if (!l)
		return live_new(key, s->config);
	free(key);
	return l;
}

static struct server_live *
live_ref(const struct farm_server *s)
{
	struct server_live *l;

	pthread_mutex_lock(&all_lock);
	l = live_find(s);
	if (l)
		l->refs++;
	pthread_mutex_unlock(&all_lock);
	return l;
}

static void
live_unref(struct server_live *l)
{
	struct server_live **p = &all;

	if (!l)
		return;
	pthread_mutex_lock(&all_lock);
	if (--l->refs == 0) {
		while (*p != l)
			p = &(*p)->next;
		*p = l->next;
		free(l->key);
		free(l);
	}
	pthread_mutex_unlock(&all_lock);
}

/* ---- farms ---- */

struct farm *
farm_new(const struct config_farm *config, unsigned int first_slot)
{
	struct farm *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->config = config;
	f->servers = calloc(config->server_count ? config->server_count : 1, sizeof(*f->servers));
	if (!f->servers) {
		free(f);
		return NULL;
	}
	for (; f->count < config->server_count; f->count++) {
		struct farm_server *s = &f->servers[f->count];

		s->config = &config->servers[f->count];
		s->farm = f;
		s->slot = first_slot + (unsigned int)f->count;
		name_server(s);
		s->hash = hash_text(hash_text(HASH_START, config->name), s->host);
		s->live = live_ref(s);
		if (!s->live) {
			farm_free(f);
			return NULL;
		}
	}
	return f;
}

void
farm_free(struct farm *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		live_unref(f->servers[i].live);
	backend_free(f->backend);
	free(f->servers);
	free(f);
}

void
farm_take_effect(struct farm *f)
{
	pthread_mutex_lock(&all_lock);
	for (size_t i = 0; i < f->count; i++)
		live_configure(f->servers[i].live, f->servers[i].config);
	pthread_mutex_unlock(&all_lock);
	for (size_t i = 0; i < f->count; i++)
		farm_server_forget(&f->servers[i]);
}

/* ---- counters ---- */

void
farm_server_begin(struct farm_server *s)
{
	atomic_fetch_add_explicit(&s->live->current, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->live->requests, 1, memory_order_relaxed);
}

void
farm_server_end(struct farm_server *s, bool failed)
{
	atomic_fetch_sub_explicit(&s->live->current, 1, memory_order_relaxed);
	if (failed)
		atomic_fetch_add_explicit(&s->live->failed, 1, memory_order_relaxed);
}

void
farm_server_responded(struct farm_server *s, uint64_t us, uint64_t now_ns)
{
	struct server_live *l = s->live;
	uint64_t old = atomic_load_explicit(&l->response_us, memory_order_relaxed);

	/* An average over about eight answers; a lost update between workers does no harm. */
	atomic_store_explicit(&l->response_us, old ? (old * 7 + us) / 8 : us,
			      memory_order_relaxed);
	atomic_store_explicit(&l->response_ns, now_ns, memory_order_relaxed);
}

void
farm_server_silent(struct farm_server *s, uint64_t us, uint64_t now_ns)
{
	farm_server_responded(s, us < SILENT_US ? SILENT_US : us, now_ns);
}

void
farm_server_rate(struct farm_server *s, uint64_t now_ns)
{
	struct server_live *l = s->live;
	uint64_t requests = atomic_load_explicit(&l->requests, memory_order_relaxed);
	double elapsed = (double)(now_ns - l->seen_ns) / 1e9;
	double share = elapsed < RATE_SECONDS ? elapsed / RATE_SECONDS : 1;

	if (l->seen_ns && elapsed > 0)
		l->per_second += share * ((double)(requests - l->seen_requests) / elapsed -
					  l->per_second);
	l->seen_requests = requests;
	l->seen_ns = now_ns;
}

/* ---- state ---- */

const char *
server_state_text(enum server_state state)
{
	static const char *const texts[] = {
		[SERVER_AVAILABLE] = "Available",
		[SERVER_DRAIN] = "Drain",
		[SERVER_LEAVING] = "UnavailableGracefully",
		[SERVER_UNAVAILABLE] = "Unavailable",
	};

	return texts[state];
}

enum server_state
farm_server_state(const struct farm_server *s)
{
	if (!s->config->enabled)
		return SERVER_LEAVING;
	return (enum server_state)atomic_load_explicit(&s->live->state, memory_order_relaxed);
}

bool
farm_server_set_state(struct farm_server *s, enum server_state state)
{
	unsigned int old = atomic_exchange(&s->live->state, (unsigned int)state);

	if (old == (unsigned int)state)
		return false;
	log_info("web farm %s: server %s is %s, was %s", s->farm->config->name, s->host,
		 server_state_text(state), server_state_text((enum server_state)old));
	return true;
}
