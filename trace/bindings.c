/* SPDX-License-Identifier: MIT */
/*
 * bindings - values as interned names, maps as arrays over them.
 *
 * GUIDs are the same value in either spelling, so they are compared without
 * braces and in upper case; every other value byte by byte.
 */
#include <config.h>

#include "trace/bindings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void
bindings_done(struct bindings *m)
{
	for (int s = 0; s < 2; s++) {
		names_done(&m->side[s]);
		free(m->to[s]);
	}
	free(m->number);
	*m = (struct bindings)BINDINGS_INIT;
}

static uint32_t
name_of(struct names *names, const struct volatile_piece *v)
{
	char small[128], *key = v->len + 2 <= sizeof(small) ? small : malloc(v->len + 2);
	const char *at = v->at;
	size_t len = v->len;

	if (!key)
		return 0;
	bool guid = v->class == VOLATILE_GUID || v->class == VOLATILE_ACTIVITY;

	if (guid && len > 2 && at[0] == '{' && at[len - 1] == '}') {
		at++;
		len -= 2;
	}
	key[0] = (char)('A' + v->class);
	for (size_t i = 0; i < len; i++)
		key[1 + i] = guid && at[i] >= 'a' && at[i] <= 'z' ? (char)(at[i] - 32) : at[i];
	uint32_t name = names_add(names, key, len + 1);

	if (key != small)
		free(key);
	return name;
}

static bool
grow(uint32_t **array, size_t from, size_t to)
{
	uint32_t *more = realloc(*array, to * sizeof(*more));

	if (!more)
		return false;
	memset(more + from, 0, (to - from) * sizeof(*more));
	*array = more;
	return true;
}

static bool
make_room(struct bindings *m, int side)
{
	size_t need = m->side[side].count + 1, room = m->room[side];

	if (need <= room)
		return true;
	size_t more = need * 2 + 16;

	if (!grow(&m->to[side], room, more) || (!side && !grow(&m->number, room, more)))
		return false;
	m->room[side] = more;
	return true;
}

enum bindings_result
bindings_meet(struct bindings *m, const struct volatile_piece *a, const struct volatile_piece *b,
	      struct bindings_conflict *c)
{
	uint32_t x = name_of(&m->side[0], a), y = name_of(&m->side[1], b);

	if (!x || !y || !make_room(m, 0) || !make_room(m, 1))
		return BINDINGS_FAILED;
	if (m->to[0][x] == y)
		return BINDINGS_KEPT;
	if (m->to[0][x]) {
		c->other = names_text(&m->side[1], m->to[0][x]) + 1;
		c->number = m->number[x];
		return BINDINGS_BROKEN_A;
	}
	if (m->to[1][y]) {
		c->other = names_text(&m->side[0], m->to[1][y]) + 1;
		c->number = m->number[m->to[1][y]];
		return BINDINGS_BROKEN_B;
	}
	m->to[0][x] = y;
	m->to[1][y] = x;
	m->number[x] = ++m->last[a->class];
	return BINDINGS_KEPT;
}

uint32_t
bindings_number(struct bindings *m, int side, const struct volatile_piece *value)
{
	uint32_t name = name_of(&m->side[side], value);

	if (!name || !make_room(m, 0) || !make_room(m, 1))
		return 0;
	if (side)
		name = m->to[1][name];
	return name ? m->number[name] : 0;
}
