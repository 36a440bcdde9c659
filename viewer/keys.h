/* SPDX-License-Identifier: MIT */
/*
 * keys - one number per key, and the names people write for them.
 *
 * A key is its Unicode code point, or one of the codes below for keys that
 * type no character.  Control characters keep their ASCII number (Ctrl-D is
 * 4), so Tab, Enter and Esc are ordinary code points.  The names are used by
 * actions.def, by the help screen and by scripts.  Knows nothing of curses.
 */
#ifndef VIEWER_KEYS_H
#define VIEWER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEYS_NONE = 0,
	KEYS_TAB = 9,
	KEYS_ENTER = 13,
	KEYS_ESC = 27,
	KEYS_BACKSPACE = 127,
	KEYS_UP = 0x110000,	/* above the last code point */
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_DELETE,
	KEYS_BACK_TAB,
	KEYS_F1,		/* KEYS_F1 + n - 1 is Fn, to F12 */
	KEYS_F12 = KEYS_F1 + 11,
	KEYS_RESIZE,		/* the screen has another size */
	KEYS_MOUSE,		/* ask screen_mouse() */
};

enum { KEYS_NAME_MAX = 16 };	/* bytes of the longest name, NUL included */

/*
 * keys_parse - reads one key name at *text ("j", "Ctrl-D", "PgDn", "F5").
 * @text  borrowed; moved behind the name and the blanks that follow it.
 * @key   the code, untouched when the name is unknown.
 * Returns whether a known name stood there; false at the end of the text.
 */
bool keys_parse(const char **text, uint32_t *key);

/* The name of a key, "?" for none.  out holds KEYS_NAME_MAX bytes. */
void keys_name(uint32_t key, char out[static KEYS_NAME_MAX]);

/* Does the key type a character (no control, no code of ours)? */
bool keys_is_text(uint32_t key);

/* UTF-8 of a code point; returns its length 1..4, 0 when it is none.  No NUL is added. */
size_t keys_utf8(uint32_t key, char out[static 4]);

#endif
