/* SPDX-License-Identifier: MIT */
/*
 * term_main - what the terminal tests share: where things are, and the run of cases.
 */
#ifndef TESTS_TERM_TERM_MAIN_H
#define TESTS_TERM_TERM_MAIN_H

#include "tests/term/term.h"

struct term_case {
	const char *name;
	bool (*run)(struct term *t);	/* whether all was as it should be */
};

#define TERM_CASE(name) { #name, name }

extern char term_program[4096];	/* frebview */
extern char term_traces[4096];	/* fixtures/views/traces */
extern char term_folder[4096];	/* of this run, empty at first; removed by the test */

/* Runs the cases, a TAP line each.  Returns the exit code. */
int term_main(const struct term_case *cases, size_t count);
/* frebview on the traces; extra as in term_start(). */
void term_begin(struct term *t, const char *type, int rows, int columns, const char *extra);
/* ... on 80 columns and 24 rows, until the list of traces is there. */
bool term_list(struct term *t);
/* ... and the trace so many rows below the first, until its counter says position. */
bool term_open(struct term *t, unsigned int down, const char *position);
/* Q from anywhere; whether the program ended with exit code 0. */
bool term_quit(struct term *t);
/* Has the program asked for a colour so far? */
bool term_has_colours(const struct term *t);

#endif
