/* SPDX-License-Identifier: MIT */
/*
 * names - a hash table with open addressing over copied texts.
 *
 * FNV-1a is enough here: the worst a hostile trace can do with chosen texts
 * is to slow down its own comparison, and the number of texts is bounded by
 * the size of the trace.
 */
#include <config.h>

#include "trace/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint32_t
hash_text(const char *text, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h ^ (h >> 15);
}

void
names_done(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->text[i]);
	free(n->text);
	free(n->hash);
	free(n->slot);
	*n = (struct names)NAMES_INIT;
}

static bool
grow_slots(struct names *n)
{
	size_t slots = n->slots ? n->slots * 2 : 256;
	uint32_t *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < n->count; i++) {
		size_t at = n->hash[i] & (slots - 1);

		while (slot[at])
			at = (at + 1) & (slots - 1);
		slot[at] = (uint32_t)i + 1;
	}
	free(n->slot);
	n->slot = slot;
	n->slots = slots;
	return true;
}

static bool
grow_texts(struct names *n)
{
	size_t room = n->room ? n->room * 2 : 128;
	char **text = realloc(n->text, room * sizeof(*text));
	uint32_t *hash;

	if (!text)
		return false;
	n->text = text;
	hash = realloc(n->hash, room * sizeof(*hash));
	if (!hash)
		return false;
	n->hash = hash;
	n->room = room;
	return true;
}

static uint32_t
append(struct names *n, const char *text, size_t len, uint32_t hash)
{
	char *copy;

	if (n->count == UINT32_MAX - 1 || (n->count == n->room && !grow_texts(n)))
		return 0;
	copy = malloc(len + 1);
	if (!copy)
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	n->text[n->count] = copy;
	n->hash[n->count] = hash;
	return (uint32_t)++n->count;
}

uint32_t
names_add(struct names *n, const char *text, size_t len)
{
	uint32_t hash = hash_text(text, len);

	if (n->count * 2 >= n->slots && !grow_slots(n))
		return 0;
	size_t at = hash & (n->slots - 1);

	while (n->slot[at]) {
		uint32_t i = n->slot[at] - 1;

		if (n->hash[i] == hash && !strncmp(n->text[i], text, len) && !n->text[i][len])
			return i + 1;
		at = (at + 1) & (n->slots - 1);
	}
	uint32_t name = append(n, text, len, hash);

	n->slot[at] = name;
	return name;
}

const char *
names_text(const struct names *n, uint32_t name)
{
	return name ? n->text[name - 1] : "";
}
