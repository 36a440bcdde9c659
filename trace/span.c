/* SPDX-License-Identifier: MIT */
/*
 * span - names as numbers, and which START belongs to which END.
 *
 * X_START/X_END, XEnter/XLeave and XBegin/XEnd are pairs; ModuleName is part
 * of the key where both sides carry it.  An END without START is a plain
 * event; a START without END is closed by its parent and flagged.  Real traces
 * have both (modules that finish later, child requests).  Source: VIEWER 2.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A trace nests about ten deep; deeper STARTs stay plain, so that a search stays short. */
#define OPEN_MAX ((size_t)1024)
#define NAME_MAX_LEN ((size_t)1024)

static uint32_t *
slot_of(const struct freb_names *names, const char *name, uint64_t hash)
{
	uint32_t mask = names->slot_count - 1;
	uint32_t i = (uint32_t)hash & mask;

	while (names->slots[i]) {
		const struct freb_opcode *o = &names->at[names->slots[i] - 1];

		if (o->hash == hash && strcmp(o->name, name) == 0)
			break;
		i = (i + 1) & mask;
	}
	return &names->slots[i];
}

static bool
grow_slots(struct freb_names *names)
{
	uint32_t count = names->slot_count ? names->slot_count * 2 : 256;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	for (uint32_t i = 0; i < names->count; i++)
		*slot_of(names, names->at[i].name, names->at[i].hash) = i + 1;
	return true;
}

static bool
grow_names(struct freb_names *names)
{
	if (names->count == names->cap) {
		uint32_t cap = names->cap ? names->cap * 2 : 128;
		struct freb_opcode *at = realloc(names->at, cap * sizeof(*at));

		if (!at)
			return false;
		names->at = at;
		names->cap = cap;
	}
	return names->count * 2 < names->slot_count || grow_slots(names);
}

uint32_t
freb_intern(struct freb_names *names, const char *name)
{
	char cut[NAME_MAX_LEN + 1];
	size_t len = strlen(name);
	uint64_t hash;
	uint32_t *slot;

	if (len > NAME_MAX_LEN) {	/* an absurd name: its start will do */
		memcpy(cut, name, NAME_MAX_LEN);
		cut[NAME_MAX_LEN] = '\0';
		name = cut;
		len = NAME_MAX_LEN;
	}
	if (!grow_names(names))
		return FREB_NONE;
	hash = freb_hash(FREB_HASH_START, name, len);
	slot = slot_of(names, name, hash);
	if (*slot == 0) {
		struct freb_opcode *o = &names->at[names->count];

		*o = (struct freb_opcode){ .name = strdup(name), .hash = hash, .span = FREB_NONE };
		if (!o->name)
			return FREB_NONE;
		*slot = ++names->count;
	}
	return *slot - 1;
}

void
freb_names_done(struct freb_names *names)
{
	for (uint32_t i = 0; i < names->count; i++)
		free(names->at[i].name);
	free(names->at);
	free(names->slots);
	memset(names, 0, sizeof(*names));
}

static const struct {
	const char *suffix;	/* of the name */
	const char *family;	/* same for START and END */
	int8_t kind;		/* +1 START, -1 END */
} pairs[] = {
	{ "_START", "_", +1 }, { "_END", "_", -1 },
	{ "Enter", "e", +1 },  { "Leave", "e", -1 },
	{ "Begin", "b", +1 },  { "End", "b", -1 },
};

/* Finds out once per name whether it is one half of a pair. */
static void
classify(struct freb_file *f, struct freb_opcode *o)
{
	size_t len = strlen(o->name);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t n = strlen(pairs[i].suffix);
		struct buf key = BUF_INIT;

		if (len <= n || strcmp(o->name + len - n, pairs[i].suffix) != 0)
			continue;
		buf_put(&key, o->name, len - n);
		buf_puts(&key, "/");
		buf_puts(&key, pairs[i].family);
		o->span = freb_intern(&f->spans, buf_text(&key));
		o->kind = o->span == FREB_NONE ? 0 : pairs[i].kind;
		buf_done(&key);
		return;
	}
}

/* The kind is looked up when a name is met first: then no entry had it before. */
static const struct freb_opcode *
opcode_of(struct freb_file *f, uint32_t id)
{
	struct freb_opcode *o = &f->names.at[id];

	if (o->kind == 0 && o->span == FREB_NONE) {
		classify(f, o);
		if (o->span == FREB_NONE)
			o->span = FREB_NONE - 1;	/* looked at, no pair */
	}
	return o;
}

static void
pop_to(struct freb_file *f, size_t depth)
{
	while (f->open_count > depth)
		f->entries[f->open[--f->open_count].index].flags |= FREB_UNCLOSED;
}

static int
push(struct freb_file *f, uint32_t index, uint32_t span, uint64_t module)
{
	if (f->open_count == OPEN_MAX) {
		f->entries[index].flags |= FREB_UNCLOSED;
		return 0;
	}
	if (f->open_count == f->open_cap) {
		size_t cap = f->open_cap ? f->open_cap * 2 : 32;
		struct freb_open_span *open = realloc(f->open, cap * sizeof(*open));

		if (!open)
			return -ENOMEM;
		f->open = open;
		f->open_cap = cap;
	}
	f->open[f->open_count++] =
		(struct freb_open_span){ .index = index, .span = span, .module = module };
	return 0;
}

/* The innermost open START of that key; open_count = none. */
static size_t
find_open(const struct freb_file *f, uint32_t span, uint64_t module)
{
	for (size_t i = f->open_count; i > 0; i--) {
		const struct freb_open_span *o = &f->open[i - 1];

		if (o->span == span && (!module || !o->module || o->module == module))
			return i - 1;
	}
	return f->open_count;
}

static void
close_span(struct freb_file *f, uint32_t index, uint32_t span, uint64_t module)
{
	size_t at = find_open(f, span, module);
	uint32_t start;

	if (at == f->open_count)
		return;
	start = f->open[at].index;
	pop_to(f, at + 1);
	f->open_count = at;
	f->partner[start] = index;
	f->partner[index] = start;
}

int
freb_span_add(struct freb_file *f, const char *module)
{
	uint32_t index = (uint32_t)(f->count - 1);
	struct freb_entry *e = &f->entries[index];
	const struct freb_opcode *o = opcode_of(f, e->opcode);
	uint64_t key = module ? freb_hash(FREB_HASH_START, module, strlen(module)) : 0;

	if (o->kind < 0)
		close_span(f, index, o->span, key);
	e->depth = (uint16_t)f->open_count;
	f->parent[index] = f->open_count ? f->open[f->open_count - 1].index : FREB_NONE;
	return o->kind > 0 ? push(f, index, o->span, key) : 0;
}

void
freb_span_finish(struct freb_file *f)
{
	pop_to(f, 0);
}
