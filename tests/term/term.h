/* SPDX-License-Identifier: MIT */
/*
 * term - a program in a terminal that exists only in memory: a pseudo
 * terminal with libvterm behind it.
 *
 * Tests send keys as a keyboard would, and wait until a text is on the screen,
 * never for a time; a wait that is not answered within TERM_PATIENCE_MS is a
 * failure.  Facts: VIEWER 11 item 3.
 */
#ifndef TESTS_TERM_TERM_H
#define TESTS_TERM_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <vterm.h>

#include "trace/buf.h"

enum { TERM_PATIENCE_MS = 30000 };

struct term {
	pid_t pid;		/* the program; 0 = it has ended */
	int fd;			/* our side of the pseudo terminal */
	int status;		/* of waitpid, when it has ended */
	int rows, columns;	/* size now */
	bool alternate;		/* the program is on the alternate screen */
	VTerm *vt;		/* the terminal */
	VTermScreen *screen;	/* its cells */
	struct buf seen;	/* every byte the program wrote */
};

/* Starts argv in a terminal of that type and size; extra is one NAME=VALUE or NULL. */
void term_start(struct term *t, const char *type, int rows, int columns, const char *extra,
		char *const *argv);
/* Ends the program if need be and frees everything. */
void term_stop(struct term *t);

void term_key(struct term *t, VTermKey key);
void term_type(struct term *t, const char *text);	/* ASCII */
void term_control(struct term *t, char letter);
void term_mouse(struct term *t, int row, int column, int button);	/* press and release */
void term_resize(struct term *t, int rows, int columns);

/* Waits until the text stands somewhere on the screen / on that row. */
bool term_wait(struct term *t, const char *text);
bool term_wait_row(struct term *t, int row, const char *text);
bool term_wait_gone(struct term *t, const char *text);	/* until it stands nowhere */
/* Waits until the program has written these bytes. */
bool term_wait_bytes(struct term *t, const char *bytes);
/* Waits for the end of the program; true = it left by itself with this exit code. */
bool term_wait_end(struct term *t, int code);
bool term_wait_signal(struct term *t, int signo);	/* the same: it died of that signal */
/* Row number of the first row that has the text, -1 = none. */
int term_find(struct term *t, const char *text);
/* Prints the screen as TAP comments. */
void term_show(struct term *t);

#endif
