/* SPDX-License-Identifier: MIT */
/*
 * prompt - a line of text being typed, with its history.
 *
 * Pure: takes keys, keeps UTF-8, tells when the line is done.  What the line
 * means (search, filter, command) is the owner's business, who also gives the
 * words that Tab completes.  Nothing here draws.
 */
#ifndef VIEWER_PROMPT_H
#define VIEWER_PROMPT_H

#include "trace/buf.h"
#include "viewer/keys.h"

enum { PROMPT_MAX = 4096, PROMPT_HISTORY = 32 };	/* bytes of a line; lines kept */

enum prompt_result {
	PROMPT_GOING,		/* the cursor moved, or nothing happened */
	PROMPT_CHANGED,		/* the text is another one: a live owner looks again */
	PROMPT_DONE,		/* Enter: the text is in .text */
	PROMPT_GONE,		/* Esc, Ctrl-C, or BackSpace in the empty line */
};

struct prompt_history {		/* one per kind of prompt */
	char *lines[PROMPT_HISTORY];	/* oldest first */
	size_t count;
};

struct prompt {
	struct buf text;	/* UTF-8 typed so far */
	size_t at;		/* byte of the cursor */
	struct prompt_history *history;	/* borrowed; NULL = none */
	size_t recall;		/* line of the history shown; count = what was typed */
	char *draft;		/* what was typed before recalling, NULL = nothing */
	/* Word number i that begins with these bytes, valid until the next call; NULL = no more. */
	const char *(*complete)(void *data, const char *start, size_t len, size_t i);
	void *complete_data;	/* for complete */
};

/* Begins a line; initial may be NULL.  p was zeroed, or prompt_close()d. */
void prompt_open(struct prompt *p, const char *initial, struct prompt_history *history);
enum prompt_result prompt_key(struct prompt *p, uint32_t key);
/* Keeps the line in the history (PROMPT_DONE) and frees it. */
void prompt_close(struct prompt *p, bool keep);
void prompt_history_done(struct prompt_history *h);

#endif
