/* SPDX-License-Identifier: MIT */
/*
 * options - what the command line of frebview asks for.
 *
 * options.def has one row per option; the parser, --help and the test of the
 * man page are made from it.  This file knows neither traces nor terminals.
 */
#ifndef VIEWER_OPTIONS_H
#define VIEWER_OPTIONS_H

#include "viewer/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum frebview_mode {
	MODE_AUTO,	/* terminal user interface; without a terminal --compact or --list */
	MODE_LIST,
	MODE_SUMMARY,
	MODE_COMPACT,
	MODE_DETAILS,
	MODE_TIMING,
	MODE_ERRORS,
	MODE_IDENTITY,
	MODE_TSV,
	MODE_JSON,
	MODE_HTML,
	MODE_STATS,
	MODE_CHECK,
};

enum frebview_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct frebview_options {
	enum frebview_mode mode;	/* the text mode asked for, MODE_AUTO = none */
	enum row_time time;		/* --utc, --local, --relative */
	enum frebview_when color;	/* --color; see options_use_color() */
	const char *theme;		/* --theme NAME, NULL = not given; borrowed as script */
	const char *config;		/* --config FILE, NULL = the user's own */
	const char *yank_to;		/* --yank-to FILE, NULL = the terminal's clipboard */
	const char *filter;		/* --filter EXPR, NULL = none; borrowed as script */
	const char *fail_on;		/* --fail-on EXPR, NULL = none */
	const char *html_file;		/* --html=FILE, NULL = standard output */
	const char *script;		/* --script FILE: keys for the interface, NULL = a person */
	unsigned int size_columns;	/* --size WxH; 0 = LINES/COLUMNS or the terminal */
	unsigned int size_rows;		/* as size_columns */
	unsigned int width;		/* --width of text modes; 0 = the terminal, or unlimited */
	size_t event;			/* -e N: start at event N (from 1); 0 = not given */
	size_t tail;			/* --tail N: only the newest N traces; 0 = all */
	int64_t since_ms;		/* --since; ms since 1970 UTC, INT64_MIN = not given */
	int64_t until_ms;		/* --until; INT64_MAX = not given */
	bool no_wrap;			/* --no-wrap */
	bool ascii;			/* --ascii: no character outside ASCII on the screen */
	bool redact;			/* --redact */
	bool mouse;			/* --mouse: take the mouse from the start */
};

enum options_result {
	OPTIONS_RUN,		/* go on; the operands are argv[*first..] */
	OPTIONS_DONE,		/* --help or --version was printed: exit 0 */
	OPTIONS_WRONG,		/* one message was printed on stderr: exit 2 */
};

/*
 * options_parse - the whole command line.
 * @argv   permuted so that the operands stand last; borrowed by @o (script).
 * @o      filled, defaults included.
 * @first  index of the first operand.
 * Not thread-safe (getopt).
 */
enum options_result options_parse(int argc, char **argv, struct frebview_options *o, int *first);

/* --help, from the rows of options.def. */
void options_help(FILE *out);

/*
 * options_use_color - whether to colour what goes to @fd: --color first, then
 * a non-empty NO_COLOR, then whether @fd is a terminal.
 */
bool options_use_color(const struct frebview_options *o, int fd);

/*
 * options_time - reads a point in time: 2026-06-08, 2026-06-08T19:54[:51[.596]][Z],
 * 19:54[:51] (today), or an age such as 90s, 15m, 2h, 7d.
 * @local   times without Z are local, else UTC.
 * @now_ms  what ages and "today" count from.
 * Returns false when @text is none of these; *ms is ms since 1970, UTC.
 */
bool options_time(const char *text, bool local, int64_t now_ms, int64_t *ms);

#endif
