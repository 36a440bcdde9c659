/* SPDX-License-Identifier: MIT */
/* registry - see registry.h: its life, and what is in it. */
#include <config.h>

#include "core/token/registry_private.h"

#include <p11-kit/p11-kit.h>
#include <stdlib.h>
#include <string.h>

void
registry_token_done(struct token *k)
{
	free(k->label);
	free(k->manufacturer);
	free(k->model);
	free(k->serial);
	free(k->uri);
}

struct registry_module *
registry_add_module(struct registry *r, const char *path, struct buf *messages)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct registry_module *module = &r->modules[r->module_count];
	char *name;

	if (r->module_count == MODULES_MAX) {
		buf_putf(messages, "warning: more than %d PKCS#11 modules\n", MODULES_MAX);
		return NULL;
	}
	name = strdup(slash ? slash + 1 : path ? path : "(unnamed)");
	if (!name)
		return NULL;
	*module = (struct registry_module){ .name = name };
	r->module_count++;
	return module;
}

struct registry *
registry_unknown(char *const *modules, size_t count)
{
	struct registry *r = calloc(1, sizeof(*r));
	struct buf unread = BUF_INIT;

	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	for (size_t i = 0; i < count; i++)
		registry_add_module(r, modules[i], &unread);
	if (count == 0)
		registry_add_module(r, "p11-kit", &unread);
	buf_done(&unread);
	return r;
}

void
registry_set_silent(struct registry *r, unsigned int seconds)
{
	if (r)
		atomic_store_explicit(&r->silent, seconds, memory_order_relaxed);
}

unsigned int
registry_silent(const struct registry *r)
{
	return atomic_load_explicit(&r->silent, memory_order_relaxed);
}

struct registry *
registry_ref(struct registry *r)
{
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
registry_unref(struct registry *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < r->token_count; i++)
		registry_token_done(&r->tokens[i]);
	for (size_t i = 0; i < r->module_count; i++)
		free(r->modules[i].name);
	free(r->tokens);
	free(r->entries);
	free(r);
}

size_t
registry_module_count(const struct registry *r)
{
	return r->module_count;
}

const struct registry_module *
registry_module(const struct registry *r, size_t i)
{
	return &r->modules[i];
}

static const struct entry *
find(const struct registry *r, const unsigned char sha256[static 32])
{
	size_t low = 0, high = r->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(r->entries[middle].sha256, sha256, 32) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->entry_count || memcmp(r->entries[low].sha256, sha256, 32) != 0)
		return NULL;
	return &r->entries[low];
}

const struct token *
registry_find(const struct registry *r, const unsigned char sha256[static 32])
{
	const struct entry *e = find(r, sha256);

	return e ? &r->tokens[e->token] : NULL;
}

const struct registry_key *
registry_find_key(const struct registry *r, const unsigned char sha256[static 32])
{
	const struct entry *e = find(r, sha256);

	return e && e->key_known ? &e->key : NULL;
}
