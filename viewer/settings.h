/* SPDX-License-Identifier: MIT */
/*
 * settings - the user's configuration file of frebview: keys, themes, and what
 * the interface begins with.  frebview(1) describes it, under CONFIGURATION.
 *
 * Keys go to actions.h, themes to looks.h; the rest is here.  Reads one small
 * file at the start; knows no terminal.  Not thread-safe.
 */
#ifndef VIEWER_SETTINGS_H
#define VIEWER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct settings {
	int theme;		/* number of the theme, see looks.h */
	int64_t gap_ms;		/* a gap from here on counts as slow */
	bool mouse;		/* take the mouse from the start */
};

/* What holds without a file; calls actions_check() and returns what it says. */
const char *settings_init(struct settings *s);

/*
 * settings_read - reads a file to its end.
 * @name    what messages call it.
 * @errors  each mistake is one line "frebview: NAME:LINE: what, and what is allowed".
 * Returns whether there was none; what is right was taken all the same.
 */
bool settings_read(FILE *in, const char *name, struct settings *s, FILE *errors);

/*
 * settings_load - the file that holds for a run.
 * @file  as given on the command line; NULL: frebview/config in $XDG_CONFIG_HOME or
 *        ~/.config, which need not be there.
 * Messages go to stderr.  Returns false where it cannot be read or has a mistake.
 */
bool settings_load(const char *file, struct settings *s);

/* A number with ms, s, m or h; bare numbers count @bare ms.  False: @text is none. */
bool settings_duration(const char *text, int64_t bare, int64_t *ms);

#endif
