/* SPDX-License-Identifier: MIT */
/*
 * screen - the terminal: the only file that includes curses.
 *
 * One screen per process (curses is global).  A frame is drawn anew each time
 * between screen_begin() and screen_end(); curses finds out what changed and
 * writes it in one go.  Texts must have passed cell.h: nothing here looks for
 * control characters.  Rows and columns count from 0; drawing outside is
 * clipped.  Not thread-safe.  Facts: VIEWER 7.
 */
#ifndef VIEWER_SCREEN_H
#define VIEWER_SCREEN_H

#include "trace/buf.h"
#include "viewer/keys.h"
#include "viewer/looks.h"
#include "viewer/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct screen_mouse {
	int row, column;	/* where, from 0 */
	int wheel;		/* -1 up, 1 down, 0 none */
	bool twice;		/* double click */
};

/*
 * screen_open - takes the terminal, or in a script none at all.
 * @o      colour, mouse, script and size_*.
 * @theme  number of the theme, where there is colour (viewer/looks.h).
 * @error  why not, for the user (free()); NULL on success.
 * Returns 0 or -errno.  Signals TERM and HUP then only set screen_is_ending(); they and
 * WINCH are let in while screen_key() waits.
 */
int screen_open(const struct frebview_options *o, int theme, char **error);
void screen_close(void);	/* gives the terminal back; harmless without screen_open */
bool screen_is_ending(void);	/* SIGTERM, SIGHUP, or the terminal went away */

int screen_rows(void);
int screen_columns(void);

/*
 * screen_key - the next key.
 * @timeout_ms  0 = do not wait, -1 = as long as it takes.
 * @fd          returns KEYS_NONE as soon as this descriptor is readable; -1 = none.
 * Returns KEYS_NONE when there is none, KEYS_RESIZE after a resize.
 */
uint32_t screen_key(int timeout_ms, int fd);
bool screen_mouse(struct screen_mouse *m);	/* after KEYS_MOUSE; false = nothing of use */
void screen_set_mouse(bool on);

void screen_begin(void);	/* an empty frame */
void screen_put(int row, int column, int style, const char *safe, size_t len);
void screen_fill(int row, int column, int columns, int style);	/* blanks */
void screen_cursor(int row, int column);	/* show it there when the frame ends; -1 = hide */
void screen_end(void);
void screen_redraw(void);	/* the next frame repaints every cell */
void screen_suspend(void);	/* Ctrl-Z: returns when continued */

/* Puts text into the terminal's clipboard by OSC 52. */
void screen_clipboard(const char *text, size_t len);

/* Scripts: another size, and the last frame as lines of text without trailing blanks. */
void screen_resize(int rows, int columns);
void screen_text(struct buf *out);
/* The same cells as letters: r reverse, RMCGYB colour, b bold, u underline, . plain. */
void screen_styles(struct buf *out);

#endif
