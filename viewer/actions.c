/* SPDX-License-Identifier: MIT */
/*
 * The action table, its key index and the help text made from it.
 */
#include <config.h>
#include "viewer/actions.h"

#include <stdio.h>
#include <string.h>

struct line {				/* one row of actions.def, headings included */
	const char *name;		/* "next_problem", NULL = heading */
	const char *keys;		/* as written there */
	const char *help;		/* or the heading */
	unsigned int where;		/* bits of enum action_place */
	enum action action;		/* ACT_NONE for headings */
};

static const struct line lines[] = {
#define HEADING(text) { NULL, "", text, 0, ACT_NONE },
#define ACTION(name, where, keys, help) { #name, keys, help, where, ACT_##name },
#include "viewer/actions.def"
#undef ACTION
#undef HEADING
};

#define LINES (sizeof(lines) / sizeof(lines[0]))
#define BINDINGS_MAX 256
#define KEYS_TEXT_MAX 64

static struct {
	uint32_t key;
	const struct line *line;
} bindings[BINDINGS_MAX];
static size_t binding_count;

static const struct line *
line_of(enum action a)
{
	for (size_t i = 0; i < LINES; i++) {
		if (lines[i].name && lines[i].action == a)
			return &lines[i];
	}
	return NULL;
}

enum action
action_of_key(uint32_t key, enum action_place place)
{
	for (size_t i = 0; i < binding_count; i++) {
		if (bindings[i].key == key && bindings[i].line->where & place)
			return bindings[i].line->action;
	}
	return ACT_NONE;
}

enum action
action_of_name(const char *name)
{
	char buffer[ACTION_NAME_MAX];

	for (size_t i = 0; i < LINES; i++) {
		action_name(lines[i].action, buffer);
		if (lines[i].name && strcmp(buffer, name) == 0)
			return lines[i].action;
	}
	return ACT_NONE;
}

void
action_name(enum action a, char out[static ACTION_NAME_MAX])
{
	const struct line *l = line_of(a);

	snprintf(out, ACTION_NAME_MAX, "%s", l ? l->name : "");
	for (char *p = out; *p; p++) {
		if (*p == '_')
			*p = '-';
	}
}

/* Keys are told until the text is full: nobody reads ten keys for one thing. */
const char *
action_keys(enum action a)
{
	static char text[KEYS_TEXT_MAX];
	char name[ACTION_NAME_MAX], key[KEYS_NAME_MAX];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < binding_count && a != ACT_NONE; i++) {
		if (bindings[i].line->action != a || used + KEYS_NAME_MAX + 1 > sizeof(text))
			continue;
		keys_name(bindings[i].key, key);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
					 key);
	}
	action_name(a, name);
	if (used == 0 && name[0])
		snprintf(text, sizeof(text), ":%s", name);
	return text;
}

bool
action_is_in(enum action a, enum action_place place)
{
	const struct line *l = line_of(a);

	return l && l->where & place;
}

/* A heading belongs to the help of a place when a row up to the next heading does. */
static bool
is_shown(size_t i, enum action_place place)
{
	if (lines[i].name)
		return lines[i].where & place;
	for (i++; i < LINES && lines[i].name; i++) {
		if (lines[i].where & place)
			return true;
	}
	return false;
}

bool
action_help(enum action_place place, size_t i, const char **keys, const char **help)
{
	for (size_t at = 0; at < LINES; at++) {
		if (!is_shown(at, place) || i-- > 0)
			continue;
		*keys = action_keys(lines[at].action);
		*help = lines[at].help;
		return true;
	}
	return false;
}

static const struct line *
bound_already(uint32_t key, unsigned int where)
{
	for (size_t i = 0; i < binding_count; i++) {
		if (bindings[i].key == key && bindings[i].line->where & where)
			return bindings[i].line;
	}
	return NULL;
}

static const char *
bind_line(const struct line *l)
{
	static char message[128];
	const char *text = l->keys;
	uint32_t key;

	while (*text) {
		const char *word = text;

		if (!keys_parse(&text, &key)) {
			snprintf(message, sizeof(message), "%s: unknown key name: %s",
				 l->name, word);
			return message;
		}
		const struct line *other = bound_already(key, l->where);
		if (other || binding_count == BINDINGS_MAX) {
			snprintf(message, sizeof(message), "key %.*s: %s and %s",
				 (int)strcspn(word, " "), word,
				 other ? other->name : "too many keys", l->name);
			return message;
		}
		bindings[binding_count].key = key;
		bindings[binding_count++].line = l;
	}
	return NULL;
}

const char *
actions_check(void)
{
	const char *wrong = NULL;

	binding_count = 0;
	for (size_t i = 0; i < LINES && !wrong; i++) {
		if (lines[i].name)
			wrong = bind_line(&lines[i]);
	}
	return wrong;
}

bool
actions_unbind(uint32_t key)
{
	size_t kept = 0;

	for (size_t i = 0; i < binding_count; i++) {
		if (bindings[i].key != key)
			bindings[kept++] = bindings[i];
	}
	bool any = kept < binding_count;

	binding_count = kept;
	return any;
}

const char *
actions_bind(enum action a, uint32_t key)
{
	static char name[ACTION_NAME_MAX];
	const struct line *l = line_of(a);
	const struct line *other = bound_already(key, l->where);

	if (other) {
		action_name(other->action, name);
		return name;
	}
	if (binding_count == BINDINGS_MAX)
		return "";
	bindings[binding_count].key = key;
	bindings[binding_count++].line = l;
	return NULL;
}
