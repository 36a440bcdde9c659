/* SPDX-License-Identifier: MIT */
/*
 * option_table - the options of a program as rows: what getopt wants and what
 * --help prints are made from them.  frebview and frebdiff share it.
 */
#ifndef VIEWER_OPTION_TABLE_H
#define VIEWER_OPTION_TABLE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The id of headings; options count up from it, above every letter. */
#define OPTION_NONE 256

struct option_row {
	int id;			/* OPTION_NONE: a heading */
	const char *name;	/* without dashes */
	char letter;		/* 0 = none */
	const char *argument;	/* NULL = takes none; in brackets = may be left out */
	const char *text;	/* for --help */
};

struct option_table {
	const char *program;		/* ahead of messages */
	const struct option_row *rows;
	size_t count;
};

/* Expanded by a .def of HEADING(text) and OPTION(symbol, name, letter, argument, text). */
#define OPTION_ID(symbol, name, letter, argument, text) OPT_##symbol,
#define OPTION_ROW(symbol, name, letter, argument, text) \
	{ OPT_##symbol, name, letter, argument, text },
#define OPTION_HEADING_ROW(text) { OPTION_NONE, NULL, 0, NULL, text },

/*
 * option_table_next - getopt_long over the rows, with messages of ours.
 * Returns the row, its argument in optarg; NULL at the end, with *wrong set and
 * one message on stderr where there was something it does not know.
 * Not thread-safe (getopt).
 */
const struct option_row *option_table_next(const struct option_table *t, int argc, char **argv,
					   bool *wrong);

/* Whether the row's option must have an argument. */
bool option_row_wants_argument(const struct option_row *row);

/* The part of --help between usage and exit codes. */
void option_table_help(const struct option_table *t, FILE *out);

/* "PROGRAM: message" on stderr.  Returns false. */
bool option_table_wrong(const struct option_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
