/* SPDX-License-Identifier: MIT */
/*
 * Key names.  The spelling is what people read in manuals: PgDn, Ctrl-D, F5.
 */
#include <config.h>
#include "viewer/keys.h"

#include <stdio.h>
#include <string.h>

#include "viewer/cell.h"

static const struct {
	const char *name;	/* as in actions.def and scripts */
	uint32_t key;
} named[] = {
	{ "Up", KEYS_UP }, { "Down", KEYS_DOWN }, { "Left", KEYS_LEFT }, { "Right", KEYS_RIGHT },
	{ "PgUp", KEYS_PAGE_UP }, { "PgDn", KEYS_PAGE_DOWN }, { "Home", KEYS_HOME },
	{ "End", KEYS_END }, { "Del", KEYS_DELETE }, { "BackTab", KEYS_BACK_TAB },
	{ "Tab", KEYS_TAB }, { "Enter", KEYS_ENTER }, { "Esc", KEYS_ESC },
	{ "BackSpace", KEYS_BACKSPACE }, { "Space", ' ' },
};

static bool
named_key(const char *word, size_t len, uint32_t *key)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (strlen(named[i].name) == len && memcmp(named[i].name, word, len) == 0) {
			*key = named[i].key;
			return true;
		}
	}
	return false;
}

static bool
function_key(const char *word, size_t len, uint32_t *key)
{
	unsigned n = 0;

	if (len < 2 || len > 3 || word[0] != 'F')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		n = n * 10 + (unsigned)(word[i] - '0');
	}
	if (n < 1 || n > 12)
		return false;
	*key = KEYS_F1 + n - 1;
	return true;
}

static bool
one_key(const char *word, size_t len, uint32_t *key)
{
	uint32_t c;

	if (named_key(word, len, key) || function_key(word, len, key))
		return true;
	if (len == 6 && memcmp(word, "Ctrl-", 5) == 0 && word[5] >= '@' && word[5] <= '_') {
		*key = (uint32_t)(word[5] - '@');
		return true;
	}
	if (cell_decode(word, len, &c) != len || c == 0xFFFD || !keys_is_text(c))
		return false;
	*key = c;
	return true;
}

bool
keys_parse(const char **text, uint32_t *key)
{
	const char *s = *text + strspn(*text, " \t");
	size_t len = strcspn(s, " \t");

	if (len == 0 || !one_key(s, len, key))
		return false;
	s += len;
	*text = s + strspn(s, " \t");
	return true;
}

void
keys_name(uint32_t key, char out[static KEYS_NAME_MAX])
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (named[i].key == key) {
			snprintf(out, KEYS_NAME_MAX, "%s", named[i].name);
			return;
		}
	}
	char utf8[4];
	size_t len = keys_is_text(key) ? keys_utf8(key, utf8) : 0;

	if (key >= KEYS_F1 && key <= KEYS_F12)
		snprintf(out, KEYS_NAME_MAX, "F%u", key - KEYS_F1 + 1);
	else if (key > 0 && key < 32)
		snprintf(out, KEYS_NAME_MAX, "Ctrl-%c", (char)(key + '@'));
	else if (len > 0)
		snprintf(out, KEYS_NAME_MAX, "%.*s", (int)len, utf8);
	else
		snprintf(out, KEYS_NAME_MAX, "?");
}

bool
keys_is_text(uint32_t key)
{
	if (key < 0x20 || (key >= 0x7F && key < 0xA0) || key >= 0x110000)
		return false;
	return key < 0xD800 || key > 0xDFFF;
}

size_t
keys_utf8(uint32_t key, char out[static 4])
{
	if (key >= 0x110000 || (key >= 0xD800 && key <= 0xDFFF))
		return 0;
	if (key < 0x80) {
		out[0] = (char)key;
		return 1;
	}
	size_t len = key < 0x800 ? 2 : key < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, key >>= 6)
		out[i] = (char)(0x80 | (key & 0x3F));
	out[0] = (char)((0xF00 >> len & 0xFF) | key);
	return len;
}
