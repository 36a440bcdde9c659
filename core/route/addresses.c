/* SPDX-License-Identifier: MIT */
/* addresses - see addresses.h. */
#include <config.h>

#include "core/route/addresses.h"

#include "core/base/log.h"
#include "core/config_values.h"
#include "trace/buf.h"

#include <pthread.h>
#include <string.h>

struct list { /* as it stands in server_live */
	uint64_t words[ADDRESSES_MAX][3]; /* family and scope, 16 bytes of the address */
	unsigned int count;
	unsigned int first; /* that is tried first */
};

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER; /* one writer at a time */

static void
pack(const struct config_address *a, uint64_t out[static 3])
{
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;
	const struct sockaddr_in *in = (const void *)&a->sa;

	memset(out, 0, 3 * sizeof(*out));
	out[0] = (uint64_t)a->sa.ss_family << 32;
	if (a->sa.ss_family == AF_INET6) {
		out[0] |= in6->sin6_scope_id;
		memcpy(&out[1], &in6->sin6_addr, 16);
	} else {
		memcpy(&out[1], &in->sin_addr, 4);
	}
}

static void
unpack(const uint64_t words[static 3], unsigned int port, struct config_address *out)
{
	struct sockaddr_in6 *in6 = (void *)&out->sa;
	struct sockaddr_in *in = (void *)&out->sa;

	memset(out, 0, sizeof(*out));
	out->sa.ss_family = (sa_family_t)(words[0] >> 32);
	if (out->sa.ss_family == AF_INET6) {
		in6->sin6_scope_id = (uint32_t)words[0];
		in6->sin6_port = htons((uint16_t)port);
		memcpy(&in6->sin6_addr, &words[1], 16);
		out->len = sizeof(*in6);
	} else {
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, &words[1], 4);
		out->len = sizeof(*in);
	}
	value_address_text(out);
}

static void
copy(const struct server_live *l, struct list *out)
{
	uint64_t before;

	do {
		before = atomic_load(&l->address_version);
		out->count = atomic_load(&l->address_count);
		out->first = atomic_load(&l->address_first);
		for (unsigned int i = 0; i < out->count && i < ADDRESSES_MAX; i++)
			for (unsigned int k = 0; k < 3; k++)
				out->words[i][k] = atomic_load(&l->addresses[i][k]);
	} while ((before & 1) || before != atomic_load(&l->address_version));
}

bool
addresses_get(const struct farm_server *s, unsigned int n, struct config_address *out)
{
	struct list list;

	if (!s->config->named) {
		*out = s->config->address;
		return n == 0;
	}
	copy(s->live, &list);
	if (n >= list.count) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	unpack(list.words[(list.first + n) % list.count], s->config->port, out);
	return true;
}

static unsigned int
find(const struct list *list, const struct config_address *a)
{
	uint64_t words[3];
	unsigned int i = 0;

	pack(a, words);
	while (i < list->count && memcmp(list->words[i], words, sizeof(words)) != 0)
		i++;
	return i;
}

bool
addresses_have(const struct farm_server *s, const struct config_address *a)
{
	struct list list;

	if (!s->config->named)
		return true;
	copy(s->live, &list);
	return find(&list, a) < list.count;
}

void
addresses_prefer(const struct farm_server *s, const struct config_address *a)
{
	struct list list;
	unsigned int i;

	if (!s->config->named)
		return;
	copy(s->live, &list);
	i = find(&list, a);
	/* If the list changes at this moment, another one is first: it is only a hint. */
	if (i < list.count && i != list.first)
		atomic_store(&s->live->address_first, i);
}

static void
put(struct buf *b, const struct farm_server *s, const struct list *list)
{
	for (unsigned int i = 0; i < list->count; i++) {
		struct config_address a;

		unpack(list->words[i], s->config->port, &a);
		buf_putf(b, "%s%s", i ? ", " : "", a.text);
	}
}

static void
tell(const struct farm_server *s, const struct list *old, const struct list *new)
{
	struct buf text = BUF_INIT;

	put(&text, s, new);
	if (old->count) {
		buf_puts(&text, ", was at ");
		put(&text, s, old);
	}
	log_info("web farm %s: server %s is at %s", s->farm->config->name, s->host,
		 buf_text(&text));
	buf_done(&text);
}

/* A name server gives them in another order each time: that is no change. */
static bool
is_same(const struct list *a, const struct list *b)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < a->count; i++)
		for (unsigned int k = 0; k < b->count; k++)
			found += memcmp(a->words[i], b->words[k], sizeof(a->words[i])) == 0;
	return a->count == b->count && found == a->count;
}

bool
addresses_set(const struct farm_server *s, const struct config_address *list, size_t count)
{
	struct server_live *l = s->live;
	struct list old, new = { .count = 0 };
	bool same;

	for (size_t i = 0; i < count && new.count < ADDRESSES_MAX; i++) {
		uint64_t words[3];

		pack(&list[i], words);
		if (find(&new, &list[i]) == new.count)
			memcpy(new.words[new.count++], words, sizeof(words));
	}
	pthread_mutex_lock(&writing);
	copy(l, &old);
	same = is_same(&old, &new);
	if (!same) {
		uint64_t version = atomic_load(&l->address_version);

		atomic_store(&l->address_version, version + 1);
		for (unsigned int i = 0; i < new.count; i++)
			for (unsigned int k = 0; k < 3; k++)
				atomic_store(&l->addresses[i][k], new.words[i][k]);
		atomic_store(&l->address_count, new.count);
		atomic_store(&l->address_first, 0);
		atomic_store(&l->address_version, version + 2);
	}
	pthread_mutex_unlock(&writing);
	if (!same)
		tell(s, &old, &new);
	return !same;
}
