/* SPDX-License-Identifier: MIT */
/*
 * The pages of text: Summary (view 1), as the text mode writes it, and Help,
 * made from the action table and the filter's fields.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/text.h"

/* ---- Summary ---- */

static int
style_of(const char *line)
{
	if (strstr(line, "Error ") && strstr(line, ". "))
		return STYLE_ERROR;
	if (strstr(line, ". Warning "))
		return STYLE_WARNING;
	return strncmp(line, "Errors & Warnings", 17) == 0 ||
	       strncmp(line, "   No. ", 7) == 0 ? STYLE_HEADING : STYLE_NORMAL;
}

/* "Url                 http://...": the name of a fact stands in 20 columns. */
static size_t
label_of(const char *line)
{
	return strlen(line) > 20 && line[0] != ' ' && line[18] == ' ' && line[19] == ' ' ? 21 : 0;
}

void
page_summary(struct tui *t, struct lines *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return;
	struct text_style style = { .out = to, .time = t->options->time, .most = 1000 };

	text_summary(&style, t->trace->file);
	fclose(to);
	/* Its first line is the head that stands above anyway. */
	for (char *line = text ? strchr(text, '\n') : NULL, *end; line; line = end) {
		struct buf b = BUF_INIT;

		end = strchr(++line, '\n');
		if (!end)
			break;
		*end = '\0';
		buf_putc(&b, ' ');
		buf_puts(&b, line);
		lines_add(out, &b, label_of(line), style_of(line));
	}
	if (!t->trace->complete)
		lines_puts(out, t->trace->stopped ? " (reading was stopped; F5 reads on)"
			   : " (still reading)", STYLE_MESSAGE);
	free(text);
}

/* ---- Help ---- */

static const char *
place_name(enum action_place place)
{
	switch (place) {
	case IN_LIST:
		return "the list of traces";
	case IN_SUMMARY:
		return "view 1 Summary";
	case IN_COMPACT:
		return "view 2 Compact";
	case IN_DETAILS:
		return "view 3 Details";
	case IN_TIMING:
		return "view 4 Timing";
	case IN_ERRORS:
		return "view 5 Errors";
	case IN_IDENTITY:
		return "view 6 Identity";
	case IN_DIFF:
		return "the differences";
	default:
		return "view 7 Raw";
	}
}

static void
add_keys(struct lines *out, const char *keys, const char *help)
{
	struct buf b = BUF_INIT;

	if (!*keys) {
		lines_puts(out, "", STYLE_NORMAL);
		buf_putf(&b, " %s", help);
		lines_add(out, &b, 0, STYLE_HEADING);
		return;
	}
	buf_puts(&b, "   ");
	cell_fit(&b, keys, strlen(keys), 16, true);
	buf_puts(&b, "  ");
	size_t label = b.len;
	buf_puts(&b, help);
	lines_add(out, &b, label, STYLE_NORMAL);
}

void
page_help(struct tui *t, struct lines *out)
{
	const char *keys, *help;
	struct buf b = BUF_INIT;

	buf_putf(&b, " Keys of %s (q leads back, / searches)", place_name(t->under_help));
	lines_add(out, &b, 0, STYLE_TITLE);
	for (size_t i = 0; action_help(t->under_help, i, &keys, &help); i++)
		add_keys(out, keys, help);
	add_keys(out, "", "Fields of the filter (&): field op value, op is = != ~ !~ < <= > >=");
#define FIELD(name, kind, scope, text) add_keys(out, #name, text);
#include "viewer/filter.def"
#undef FIELD
	add_keys(out, "data.NAME", "value of the Data of that name");
	add_keys(out, "word", "without operator: text that stands anywhere; && || ! ( ) combine");
	lines_puts(out, "", STYLE_NORMAL);
	lines_puts(out, " Signs: C critical  E error  W warning  i information  . other"
			"  * marked  > cursor  ! damaged", STYLE_NORMAL);
}

/* ---- all of them ---- */

void
page_update(struct tui *t)
{
	struct page *p = &t->page;

	if (!p->stale && p->columns == t->columns)
		return;
	lines_clear(&p->lines);
	if (t->place == IN_DIFF)
		page_diff(t, &p->lines);
	else if (t->place == IN_HELP)
		page_help(t, &p->lines);
	else if (t->place == IN_SUMMARY)
		page_summary(t, &p->lines);
	else
		page_identity(t, &p->lines);
	lines_wrap(&p->lines, (size_t)t->columns);
	p->columns = t->columns;
	p->stale = false;
}
