/* SPDX-License-Identifier: MIT */
/*
 * The themes.  Colours are numbered as ECMA-48 and curses number them.
 */
#include <config.h>
#include "viewer/looks.h"

#include <stdio.h>
#include <string.h>

enum { THEMES_MAX = 16, NAME_LEN = 24 };

enum { THEME_DEFAULT, THEME_LIGHT, THEME_DARK, THEME_MONO, THEMES_OURS };

static struct theme {
	char name[NAME_LEN];			/* "" = free */
	bool set[STYLE_COUNT];			/* else the style is plain */
	struct style_look look[STYLE_COUNT];		/* of the styles set */
} themes[THEMES_MAX] = {
	[THEME_DEFAULT].name = "default", [THEME_LIGHT].name = "light",
	[THEME_DARK].name = "dark", [THEME_MONO].name = "mono",
#define LOOK(theme, style, color, bits) \
	[THEME_##theme].set[STYLE_##style] = true, \
	[THEME_##theme].look[STYLE_##style] = { LOOK_##color, bits },
#include "viewer/themes.def"
#undef LOOK
};

static const char *const style_names[] = {
#define STYLE(symbol, name, text) name,
#include "viewer/styles.def"
#undef STYLE
};

static const struct {
	const char *name;
	enum look_color color;		/* LOOK_NONE = it is no colour */
	unsigned int bits;		/* or attributes */
} words_known[] = {
	{ "plain", LOOK_NONE, LOOK_PLAIN }, { "bold", LOOK_NONE, LOOK_BOLD },
	{ "underline", LOOK_NONE, LOOK_UNDERLINE }, { "dim", LOOK_NONE, LOOK_DIM },
	{ "reverse", LOOK_NONE, LOOK_REVERSE }, { "black", LOOK_BLACK, 0 }, { "red", LOOK_RED, 0 },
	{ "green", LOOK_GREEN, 0 }, { "yellow", LOOK_YELLOW, 0 }, { "blue", LOOK_BLUE, 0 },
	{ "magenta", LOOK_MAGENTA, 0 }, { "cyan", LOOK_CYAN, 0 }, { "white", LOOK_WHITE, 0 },
};

int
looks_find(const char *name)
{
	for (int i = 0; i < THEMES_MAX && themes[i].name[0]; i++) {
		if (strcmp(themes[i].name, name) == 0)
			return i;
	}
	return -1;
}

const char *
looks_name(size_t i)
{
	return i < THEMES_MAX && themes[i].name[0] ? themes[i].name : NULL;
}

const struct style_look *
looks_get(int theme, enum style style)
{
	static const struct style_look plain = { LOOK_NONE, LOOK_PLAIN };
	const struct theme *t = &themes[theme];

	return t->set[style] ? &t->look[style] : &plain;
}

int
looks_add(const char *name, int like)
{
	int i = THEMES_OURS;

	if (strlen(name) >= NAME_LEN || !*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] || looks_find(name) >= 0)
		return -1;
	while (i < THEMES_MAX && themes[i].name[0])
		i++;
	if (i == THEMES_MAX)
		return -1;
	themes[i] = themes[like];
	snprintf(themes[i].name, NAME_LEN, "%s", name);
	return i;
}

static bool
add_word(const char *word, size_t len, struct style_look *look)
{
	for (size_t i = 0; i < sizeof(words_known) / sizeof(words_known[0]); i++) {
		if (strlen(words_known[i].name) != len ||
		    memcmp(words_known[i].name, word, len) != 0)
			continue;
		if (words_known[i].color != LOOK_NONE)
			look->color = words_known[i].color;
		look->bits |= words_known[i].bits;
		return true;
	}
	return false;
}

bool
looks_set(int theme, const char *style, const char *words, const char **wrong)
{
	struct style_look look = { LOOK_NONE, LOOK_PLAIN };
	int s = 0;

	while (s < STYLE_COUNT && strcmp(style_names[s], style) != 0)
		s++;
	*wrong = style;
	if (s == STYLE_COUNT)
		return false;
	for (*wrong = words; *words; *wrong = words) {
		size_t len = strcspn(words, " ");

		if (!add_word(words, len, &look))
			return false;
		words += len;
		words += strspn(words, " ");
	}
	themes[theme].set[s] = true;
	themes[theme].look[s] = look;
	return true;
}
