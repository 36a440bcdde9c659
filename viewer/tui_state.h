/* SPDX-License-Identifier: MIT */
/*
 * tui_state - everything the terminal interface knows, and what its parts
 * (tui.c, act_*.c, paint_*.c, event_lines.c, pages) offer each other.
 *
 * Actions change the state, painters only read it (but for scroll positions,
 * which depend on the size of the screen).  Nothing here includes curses.
 */
#ifndef VIEWER_TUI_STATE_H
#define VIEWER_TUI_STATE_H

#include "viewer/actions.h"
#include "viewer/follow.h"
#include "viewer/lines.h"
#include "viewer/list.h"
#include "viewer/opened.h"
#include "viewer/options.h"
#include "viewer/prompt.h"
#include "viewer/screen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum time_mode {
	TIME_CLOCK,		/* hh:mm:ss.mmm */
	TIME_START,		/* since the start, or since the event of T */
	TIME_STEP,		/* since the line above */
};

enum split { SPLIT_BELOW, SPLIT_BESIDE, SPLIT_OFF };	/* the detail pane */

enum tui_prompt { ASK_NOTHING, ASK_SEARCH, ASK_FILTER, ASK_COMMAND, ASK_FILE, ASK_RULE,
		  ASK_KINDS };

struct menu_item {
	char key;		/* that chooses it */
	const char *text;	/* what it does */
};

struct tui;

struct menu {			/* a choice by one key, on the message line */
	const char *title;	/* NULL = no menu is open */
	const struct menu_item *items;	/* up to one with key 0 */
	void (*chosen)(struct tui *t, char key);	/* what to do */
};

struct page {			/* text to scroll: Summary, Identity, Help */
	struct lines lines;	/* made anew when .stale */
	size_t top;		/* first line on the screen */
	size_t hit;		/* line of the last hit of the search, SIZE_MAX = none */
	bool stale;		/* the lines no longer tell the truth */
	int columns;		/* the width they were made for */
};

struct difference {		/* one of the page of differences */
	size_t a, b;		/* events, COMPARE_NONE = that side has none */
	char *rule;		/* that would ignore it; NULL = none does */
};

struct diff_page {
	char *path[2];		/* compared: expected, found; NULL = none */
	struct difference *at;	/* in the order of the page; lines have their number as .data */
	size_t count, cap;	/* of them; allocated */
	size_t now;		/* the focused one, SIZE_MAX = none yet */
	bool golden;		/* A is an expectation, which may be replaced */
};

struct height_cache {		/* lines of an event in the view, as last counted */
	uint32_t event[512];	/* by event % 512 */
	uint16_t lines[512];	/* 0 = unknown */
};

struct tui {
	const struct frebview_options *options;	/* as given */
	enum action_place place;	/* what is on the screen (one bit) */
	enum action_place under_help;	/* where the help was asked for */
	enum action_place under_diff;	/* where the differences were asked for */
	struct diff_page diff;		/* of the page of differences */
	bool from_diff;			/* the trace was opened out of it: back leads there */
	struct list list;		/* the traces */
	struct opened *trace;		/* open trace, NULL = none */
	struct follow follow;		/* notices about directories */
	bool quit;			/* leave at the next turn */
	int64_t told_ms;		/* when tui_goes_on() told last */
	bool single;			/* one file was given: there is no list to go back to */
	/* how events are shown; carried over from trace to trace */
	enum time_mode time;		/* t */
	bool wrap, raw, whole, pem;	/* Ctrl-W, r, v, p */
	bool mouse;			/* F2 */
	enum split split;		/* | */
	bool pane_focus, pane_max;	/* Tab, \ */
	size_t pane_top;		/* first line of the detail pane */
	int64_t gap_ms;			/* :set gap */
	struct page page;		/* of views 1 and 6 and of the help */
	struct height_cache heights;	/* of the view now */
	int columns;			/* width the events are drawn in */
	int cursor_row;			/* of the screen, where the cursor was drawn last */
	/* asking */
	enum tui_prompt asking;		/* what the prompt is for */
	struct prompt prompt;		/* open unless ASK_NOTHING */
	struct prompt_history history[ASK_KINDS];	/* per kind */
	struct buf prompt_error;	/* what is wrong with what is typed so far */
	struct menu menu;		/* open if .title */
	char export_kind;		/* chosen in the export menu */
	/* search and filter; in the list and in traces they are separate */
	struct search *search;		/* of traces, list and help; NULL = none */
	struct buf search_text;		/* as typed */
	struct filter *filter;		/* of traces */
	struct buf filter_text;		/* as typed, "" = none */
	bool filter_off;		/* Ctrl-F */
	struct buf list_filter_text;	/* as typed, "" = none */
	struct buf filter_before;	/* while typing: what Esc brings back */
	struct buf message;		/* answer to the last key; "" = none */
	bool message_is_error;		/* it says that something went wrong */
};

/* ---- tui.c ---- */
void tui_say(struct tui *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tui_fail(struct tui *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tui_ask(struct tui *t, enum tui_prompt what, const char *initial);
void tui_menu(struct tui *t, const char *title, const struct menu_item *items,
	      void (*chosen)(struct tui *t, char key));
void tui_do(struct tui *t, enum action a);
bool tui_in_list(const struct tui *t);
bool tui_in_page(const struct tui *t);		/* Summary, Identity, Help: text to scroll */
/*
 * In the middle of something long: tells now and then how far it is, and asks the
 * keyboard.  False = Esc was pressed, it is to end.
 */
bool tui_goes_on(struct tui *t, const char *what, uint64_t done, uint64_t of);
/* A slice of background work; whether there is more. */
bool tui_work(struct tui *t);
/* A key or a resize; the script uses the same door. */
void tui_key(struct tui *t, uint32_t key);

/* ---- act_open.c ---- */
/* Opens a trace in the view of t->place (or @place from the list); tells when it cannot. */
bool tui_open(struct tui *t, const char *path, enum action_place place);
void tui_close_trace(struct tui *t);
void tui_switch(struct tui *t, enum action_place place);
/* Lines change their height: another width, wrap, raw ... */
void tui_reflow(struct tui *t);

/* ---- act_find.c ---- */
void tui_search_typed(struct tui *t, const char *text, bool done);
void tui_filter_typed(struct tui *t, const char *text);
void tui_filter_back(struct tui *t);
struct filter *tui_filter_in_use(const struct tui *t);
/* Says which of how many the event is: "problem 2 of 3". */
void tui_tell_place(struct tui *t, enum view_stop stop, const char *what, bool wrapped);

/* ---- act_command.c ---- */
void tui_command(struct tui *t, const char *text);
const char *tui_command_word(void *data, const char *start, size_t len, size_t i);

/* ---- act_take.c ---- */
void tui_export(struct tui *t, const char *path);

/* ---- event_lines.c: what an event fills in the view of t->place ---- */
void event_lines(struct tui *t, struct opened *o, size_t event, struct lines *out);
/* The detail pane of an event. */
void event_pane(struct tui *t, struct opened *o, size_t event, size_t columns, struct lines *out);
size_t event_height(void *data, size_t event);	/* data = struct tui */
void event_heading(struct tui *t, struct opened *o, struct buf *out);
/* timing.c: the same for view 4, and its list of longest gaps. */
void timing_line(struct tui *t, struct opened *o, size_t event, struct buf *b);
void timing_heading(struct tui *t, struct opened *o, struct buf *b);
void timing_gaps(struct tui *t, struct opened *o, size_t most, struct lines *out);

/* ---- pages.c, identity.c: the text pages ---- */
void page_update(struct tui *t);	/* makes t->page if stale */
void page_summary(struct tui *t, struct lines *out);
void page_identity(struct tui *t, struct lines *out);
void page_help(struct tui *t, struct lines *out);
/* diff_page.c */
void page_diff(struct tui *t, struct lines *out);
void diff_page_done(struct diff_page *d);
/* ---- act_diff.c ---- */
void tui_rule(struct tui *t, const char *line);	/* the prompt of i is finished */
void tui_open_difference(struct tui *t);	/* the event of the focused one, in Details */
void tui_back_to_differences(struct tui *t);

/* ---- paint.c, paint_list.c, paint_trace.c ---- */
void paint(struct tui *t);
/* Lines of a frame: heading lines, body, last two. */
struct layout {
	int rows, columns;	/* of the screen */
	int head;		/* lines above the column heading */
	int body_row, body_rows, body_columns;	/* rows of events or traces */
	int pane_row, pane_column, pane_rows, pane_columns;	/* detail pane; rows 0 = none */
	bool pane_rule;		/* a line with its title stands above it */
};
void paint_layout(const struct tui *t, struct layout *l);
/* Text that is ours or already safe, cut with ~; style may carry STYLE_CURSOR. */
void paint_text(int row, int column, int columns, int style, const char *safe, size_t len);
void paint_line(struct tui *t, int row, int column, int columns, const struct line *line,
		size_t skip, bool cursor);
/* Two texts on one line; the left one gives way. */
void paint_both(int row, int columns, int style, const struct buf *left, const struct buf *right);
/* Behind scheme and host: the part that tells the traces of a site apart. */
const char *url_path(const char *url);
void paint_rule(int row, int columns, const char *title);
/* The list is sorted by the column clicked on; again: reversed. */
void paint_list_click(struct tui *t, int column);
void paint_list(struct tui *t, const struct layout *l, struct buf *status);
void paint_trace(struct tui *t, const struct layout *l, struct buf *status);
void paint_page(struct tui *t, const struct layout *l, struct buf *status);

#define ACTION(name, where, keys, help) void act_##name(struct tui *t);
#define HEADING(text)
#include "viewer/actions.def"
#undef ACTION
#undef HEADING

#endif
