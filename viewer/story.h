/* SPDX-License-Identifier: MIT */
/*
 * story - who the client was, told from a trace: the handshake with its times
 * and who waited for whom, the certificate chain, token and PIN facts, what was
 * injected for the farm and what was taken away.
 *
 * A model without any screen: text and HTML draw it.  The texts are those of
 * the file, untrusted: clean them with cell.h or escape them.  story.def has
 * the sentences.  Facts: VIEWER 3 (view 6).
 */
#ifndef VIEWER_STORY_H
#define VIEWER_STORY_H

#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum story_kind {
	STORY_HEADING,		/* text */
	STORY_SAID,		/* at_ms, event, text */
	STORY_VALUE,		/* label and text, about what was said before */
	STORY_TEXT,		/* text, about what was said before */
};

struct story_line {
	enum story_kind kind;
	size_t event;		/* index in the file, SIZE_MAX = none */
	int64_t at_ms;		/* since 1970, UTC; INT64_MIN = none */
	bool problem;		/* the event is of level 1 to 3 */
	char *label;		/* of STORY_VALUE, else NULL; heap */
	char *text;		/* heap; one line */
};

struct story {
	struct story_line *at;	/* heap */
	size_t count;
	size_t cap;		/* allocated */
	int failed;		/* 0 or -ENOMEM; sticky */
};

/*
 * story_tell - the whole view.
 * @f  indexed to its end.
 * @s  filled, no line at all when the trace says nothing; story_done() also
 *     after an error.
 * Returns 0 or -ENOMEM.
 */
int story_tell(struct freb_file *f, struct story *s);
void story_done(struct story *s);

#endif
