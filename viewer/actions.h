/* SPDX-License-Identifier: MIT */
/*
 * actions - what a key does, from actions.def.
 *
 * One table gives the key dispatch, the names behind ':' and the lines of the
 * help screen, so that none of them can tell another story.  A configuration file
 * may bind other keys at the start; after that nothing changes.  Knows nothing
 * of the screen or of traces.
 */
#ifndef VIEWER_ACTIONS_H
#define VIEWER_ACTIONS_H

#include "viewer/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum action_place {
	IN_LIST = 1,		/* the list of traces */
	IN_SUMMARY = 2,		/* view 1 */
	IN_COMPACT = 4,		/* view 2 */
	IN_DETAILS = 8,		/* view 3 */
	IN_TIMING = 16,		/* view 4 */
	IN_ERRORS = 32,		/* view 5 */
	IN_IDENTITY = 64,	/* view 6 */
	IN_RAW = 128,		/* view 7 */
	IN_HELP = 256,		/* the help screen */
	IN_DIFF = 512,		/* differences of two traces */
	IN_TABLE = IN_COMPACT | IN_ERRORS,
	IN_FOLDABLE = IN_COMPACT | IN_DETAILS | IN_TIMING,
	IN_EVENTS = IN_COMPACT | IN_DETAILS | IN_TIMING | IN_ERRORS | IN_RAW,
	IN_TRACE = IN_SUMMARY | IN_EVENTS | IN_IDENTITY,
	IN_MARKABLE = IN_LIST | IN_EVENTS,
	IN_FILTERED = IN_LIST | IN_EVENTS,
	IN_OPENABLE = IN_LIST | IN_EVENTS | IN_SUMMARY | IN_DIFF,
	IN_COMPARED = IN_LIST | IN_TRACE,
	IN_ANY = IN_LIST | IN_TRACE | IN_HELP | IN_DIFF,
};

enum action {
	ACT_NONE,
#define HEADING(text)
#define ACTION(name, where, keys, help) ACT_##name,
#include "viewer/actions.def"
#undef ACTION
#undef HEADING
	ACT_COUNT,
};

/* The action of @key at that place (one bit), ACT_NONE = the key does nothing there. */
enum action action_of_key(uint32_t key, enum action_place place);

/* The action of a command name ("next-problem"), ACT_NONE = there is none. */
enum action action_of_name(const char *name);

/* "next-problem"; "" for ACT_NONE. out holds 32 bytes. */
#define ACTION_NAME_MAX 32
void action_name(enum action a, char out[static ACTION_NAME_MAX]);

/* Its keys with blanks between, as bound now; ":its-name" if it has none; "" for ACT_NONE. */
const char *action_keys(enum action a);

bool action_is_in(enum action a, enum action_place place);

/*
 * action_help - line @i of the help of a place.
 * @keys  the keys as action_keys() tells them, "" for a heading; NULL is not given back.
 * @help  what they do, or the heading.
 * Returns false behind the last line.  Headings without a line are left out.
 */
bool action_help(enum action_place place, size_t i, const char **keys, const char **help);

/*
 * actions_check - reads every key name of the table, and builds the dispatch.
 * Returns NULL, or what is wrong: an unknown key name, or a key that has two
 * actions in one place ("key x: first and second").  The text is static.
 * Call once before action_of_key().
 */
const char *actions_check(void);

/* Takes a key from all its actions; whether it had one.  After actions_check(). */
bool actions_unbind(uint32_t key);

/*
 * actions_bind - gives an action one more key.
 * Returns NULL, or why not: a name of the action that has the key already in one of
 * the places, or "" when there are too many keys.  The text is static.
 */
const char *actions_bind(enum action a, uint32_t key);

#endif
