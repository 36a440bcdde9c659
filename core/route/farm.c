/* SPDX-License-Identifier: MIT */
/* farm - see farm.h. */
#include <config.h>

#include "core/route/farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* host:port; port 80 is not written, an IPv6 address gets its brackets. */
static void
name_server(struct farm_server *s)
{
	const struct sockaddr_in6 *in6 = (const void *)&s->config->address.sa;
	const struct sockaddr_in *in = (const void *)&s->config->address.sa;
	unsigned int port = s->config->address.sa.ss_family == AF_INET6 ? ntohs(in6->sin6_port)
									: ntohs(in->sin_port);
	const char *name = s->config->name;
	bool bare6 = strchr(name, ':') && name[0] != '[';
	char text[8] = "";

	if (port != 80)
		snprintf(text, sizeof(text), ":%u", port & 0xffffu);
	snprintf(s->host, sizeof(s->host), bare6 ? "[%.253s]%s" : "%.253s%s", name, text);
}

struct farm *
farm_new(const struct config_farm *config, unsigned int first_slot)
{
	struct farm *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->config = config;
	f->count = config->server_count;
	f->servers = calloc(f->count ? f->count : 1, sizeof(*f->servers));
	if (!f->servers) {
		free(f);
		return NULL;
	}
	for (size_t i = 0; i < f->count; i++) {
		f->servers[i].config = &config->servers[i];
		f->servers[i].farm = f;
		f->servers[i].slot = first_slot + (unsigned int)i;
		name_server(&f->servers[i]);
	}
	return f;
}

void
farm_free(struct farm *f)
{
	if (!f)
		return;
	free(f->servers);
	free(f);
}

void
farm_server_begin(struct farm_server *s)
{
	atomic_fetch_add_explicit(&s->current, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->total, 1, memory_order_relaxed);
}

void
farm_server_end(struct farm_server *s, bool failed)
{
	atomic_fetch_sub_explicit(&s->current, 1, memory_order_relaxed);
	if (failed)
		atomic_fetch_add_explicit(&s->failed, 1, memory_order_relaxed);
}

void
farm_server_responded(struct farm_server *s, uint64_t us)
{
	uint64_t old = atomic_load_explicit(&s->response_us, memory_order_relaxed);

	/* An average over about eight answers; a lost update between workers does no harm. */
	atomic_store_explicit(&s->response_us, old ? (old * 7 + us) / 8 : us, memory_order_relaxed);
}
