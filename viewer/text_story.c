/* SPDX-License-Identifier: MIT */
/*
 * text_story - the identity view as text; see text.h and story.h.
 */
#include <config.h>

#include "viewer/text.h"

#include <errno.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/story.h"

#define LABEL_COLUMNS 28u	/* of values */

static void
print_line(const struct text_style *s, struct freb_file *f, const struct story_line *l, bool first)
{
	struct buf line = BUF_INIT;
	char time[ROW_TIME_LEN] = "";
	size_t indent = 28;

	if (l->kind == STORY_HEADING) {
		if (!first)
			text_words(s, TEXT_PLAIN, "");
		text_words(s, TEXT_BOLD, l->text);
		return;
	}
	if (l->kind == STORY_SAID) {
		row_time_text(l->at_ms, s->time, row_zero_ms(f), time);
		buf_putf(&line, "%6zu %-12s ", l->event + 1, time);
		indent = 20;
	} else {
		buf_putf(&line, "%20s", "");
	}
	if (l->kind == STORY_VALUE) {
		text_cell(&line, l->label, LABEL_COLUMNS);
		buf_putc(&line, ' ');
		indent += LABEL_COLUMNS;
	}
	cell_puts(&line, l->text, CELL_DETAIL);
	text_line(s, &line, indent, l->problem ? TEXT_WARNING : TEXT_PLAIN);
	buf_done(&line);
}

int
text_identity(const struct text_style *s, struct freb_file *f)
{
	struct story story;
	int result = story_tell(f, &story);

	text_head(s, f);
	for (size_t i = 0; i < story.count && result == 0 && !ferror(s->out); i++)
		print_line(s, f, &story.at[i], i == 0);
	if (story.count == 0 && result == 0)
		text_words(s, TEXT_PLAIN,
			   "This trace says nothing about TLS, certificates or users.");
	story_done(&story);
	return result;
}
