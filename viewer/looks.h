/* SPDX-License-Identifier: MIT */
/*
 * looks - how each style is drawn in each theme: a colour of the eight basic
 * ones and attributes.  Themes of ours (themes.def) and those of a
 * configuration file.  Knows no terminal; screen.c translates.
 * Filled at the start, then read only.  Not thread-safe.  Facts: VIEWER 7.
 */
#ifndef VIEWER_LOOKS_H
#define VIEWER_LOOKS_H

#include <stdbool.h>
#include <stddef.h>

enum style {
#define STYLE(symbol, name, text) STYLE_##symbol,
#include "viewer/styles.def"
#undef STYLE
	STYLE_COUNT,
	STYLE_CURSOR = 0x100,	/* added to any: the selected line */
};

enum look_color {		/* in the order of the terminal's own numbers */
	LOOK_NONE = -1,		/* the terminal's text colour */
	LOOK_BLACK, LOOK_RED, LOOK_GREEN, LOOK_YELLOW, LOOK_BLUE, LOOK_MAGENTA, LOOK_CYAN,
	LOOK_WHITE,
};

enum look_bits { LOOK_PLAIN = 0, LOOK_BOLD = 1, LOOK_UNDERLINE = 2, LOOK_DIM = 4,
		 LOOK_REVERSE = 8 };

struct style_look {
	enum look_color color;	/* of the letters; backgrounds are never painted */
	unsigned int bits;	/* of enum look_bits */
};

enum { LOOKS_DEFAULT = 0 };	/* number of the theme used when none is named */

/* Number of the theme of that name, -1 = there is none. */
int looks_find(const char *name);
/* Name of theme @i, NULL behind the last. */
const char *looks_name(size_t i);
const struct style_look *looks_get(int theme, enum style style);

/*
 * looks_add - a theme of the user, looking like another one until styles are set.
 * Returns its number; -1: the name is taken, too long or no word, or there are too many.
 */
int looks_add(const char *name, int like);

/*
 * looks_set - how a style looks in a theme.
 * @style  its name in styles.def.
 * @words  a colour and attributes with blanks between ("red bold"); "plain" is neither.
 * @wrong  the word that is not known, where false is returned; points into @words or is @style.
 */
bool looks_set(int theme, const char *style, const char *words, const char **wrong);

#endif
