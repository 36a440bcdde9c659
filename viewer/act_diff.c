/* SPDX-License-Identifier: MIT */
/*
 * The page of differences: the marked trace, or the one before of the same
 * request, against this one.  What counts as a difference and how it is
 * written is frebdiff's; here it is only shown.  Facts: VIEWER 9.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/compare.h"
#include "trace/rules.h"
#include "viewer/cell.h"
#include "viewer/diff_text.h"

enum { SIDE_MIN = 100 };			/* columns for side by side */
#define DIFF_MAX ((uint64_t)32 << 20)		/* bytes of a trace: more takes seconds */

/* ---- choosing the two ---- */

static const char *
path_here(struct tui *t)
{
	const struct dir_entry *e = list_selected(&t->list);

	return t->trace ? t->trace->path : e ? e->path : NULL;
}

static void
start_diff(struct tui *t, const char *expected)
{
	const char *here = path_here(t);
	char *a = strdup(expected), *b = here ? strdup(here) : NULL;

	free(t->diff[0]);
	free(t->diff[1]);
	t->diff[0] = a;
	t->diff[1] = b;
	if (!a || !b)
		return;
	if (t->place != IN_DIFF)
		t->under_diff = t->place;
	tui_switch(t, IN_DIFF);
}

void
act_diff(struct tui *t)
{
	const char *here = path_here(t);

	for (size_t i = 0; here && i < t->list.mark_count; i++) {
		if (strcmp(t->list.marks[i], here) != 0) {
			start_diff(t, t->list.marks[i]);
			return;
		}
	}
	tui_fail(t, "mark the other trace in the list first (m)");
}

/* The path of an address: what stands behind "?" differs from request to request. */
static bool
same_request(const struct dir_entry *a, const struct dir_entry *b)
{
	const char *x = url_path(a->url), *y = url_path(b->url);
	size_t n = strcspn(x, "?");

	return a->verb && b->verb && strcmp(a->verb, b->verb) == 0 && n == strcspn(y, "?") &&
	       strncmp(x, y, n) == 0;
}

void
act_diff_previous(struct tui *t)
{
	list_read_all(&t->list);

	const char *path = path_here(t);
	size_t at = path ? dir_find(&t->list.dir, path) : SIZE_MAX;
	const struct dir_entry *best = NULL, *here;

	if (at == SIZE_MAX) {
		tui_fail(t, "only this trace was opened");
		return;
	}
	here = &t->list.dir.entries[at];
	for (size_t i = 0; i < t->list.dir.count; i++) {
		const struct dir_entry *e = &t->list.dir.entries[i];

		if (e == here || e->time_ms > here->time_ms || !same_request(e, here))
			continue;
		if (!best || e->time_ms > best->time_ms)
			best = e;
	}
	if (best)
		start_diff(t, best->path);
	else
		tui_fail(t, "no earlier trace of the same verb and path in the list");
}

/* ---- moving ---- */

static bool
opens_hunk(const struct line *l)
{
	return l->len > 2 && strncmp(l->text, " @@", 3) == 0;
}

/* The first two lines are the names of the traces. */
static bool
has_mark(const struct lines *l, size_t i)
{
	return i > 1 && l->at[i].len > 1 && strchr("~+-!", l->at[i].text[1]);
}

/* Side by side every difference has its mark in front; several in a row are one. */
static bool
is_difference(const struct tui *t, size_t i)
{
	const struct lines *l = &t->page.lines;

	if (t->columns < SIDE_MIN)
		return opens_hunk(&l->at[i]);
	return has_mark(l, i) && !has_mark(l, i - 1);
}

static void
step(struct tui *t, bool forward)
{
	struct page *p = &t->page;
	size_t at = p->hit < p->lines.count ? p->hit : p->top;

	for (size_t n = 0; n < p->lines.count; n++) {
		at = forward ? at + 1 : at - 1;
		if (at >= p->lines.count)
			break;
		if (is_difference(t, at)) {
			p->hit = at;
			p->top = at > 3 ? at - 3 : 0;
			return;
		}
	}
	tui_say(t, forward ? "no difference further down" : "no difference further up");
}

void
act_next_difference(struct tui *t)
{
	step(t, true);
}

void
act_previous_difference(struct tui *t)
{
	step(t, false);
}

/* ---- the page ---- */

static int
style_of(const char *line)
{
	switch (line[0]) {
	case '-':
		return STYLE_ERROR;
	case '+':
		return STYLE_GOOD;
	case '~':
	case '!':
		return STYLE_WARNING;
	case '@':
		return STYLE_HEADING;
	default:
		return STYLE_NORMAL;
	}
}

static void
add_text(struct lines *out, char *text)
{
	for (char *line = text, *end; line && *line; line = end + 1) {
		struct buf b = BUF_INIT;

		end = strchr(line, '\n');
		if (!end)
			break;
		*end = '\0';
		buf_putc(&b, ' ');
		buf_puts(&b, line);
		lines_add(out, &b, 0, style_of(line));
	}
}

static int
compare_into(struct tui *t, FILE *out, struct freb_file *const file[2])
{
	const struct diff_options options = {
		.form = t->columns >= SIDE_MIN ? DIFF_SIDE : DIFF_UNIFIED,
		.color = DIFF_COLOR_NEVER, .context = 3, .width = (size_t)t->columns - 1,
	};
	const char *const name[2] = { t->diff[0], t->diff[1] };
	struct rules *rules = rules_new();
	const struct compare_options how = { .rules = rules };
	struct compare *c = rules ? compare_new(file[0], file[1], &how) : NULL;
	struct diff_text d;
	struct buf summary = BUF_INIT;
	int rc = -1;

	if (c && diff_text_init(&d, &options, c, file, name, out, false) == 0) {
		rc = compare_run(c, diff_text_see, &d);
		if (rc == 0)
			diff_text_end(&d);
		diff_text_done(&d);
	}
	if (rc == 0) {
		diff_text_summary(&summary, compare_totals(c), rules);
		fprintf(out, "\n%s\n", buf_text(&summary));
	}
	buf_done(&summary);
	compare_free(c);
	rules_free(rules);
	return rc;
}

static bool
open_both(struct tui *t, struct freb_file *file[2], struct lines *out)
{
	for (int i = 0; i < 2; i++) {
		char *error = NULL;
		struct buf b = BUF_INIT;
		int rc = freb_open(t->diff[i], &file[i], &error);

		if (rc)
			file[i] = NULL;
		if (!rc && freb_size(file[i]) <= DIFF_MAX)
			continue;
		buf_puts(&b, " ");
		cell_puts(&b, t->diff[i], CELL_ROW);
		buf_puts(&b, ": ");
		cell_puts(&b, !rc ? "too large to compare here; frebdiff does it"
			  : error ? error : "cannot be read", CELL_ROW);
		lines_add(out, &b, 0, STYLE_WARNING);
		free(error);
		return false;
	}
	return true;
}

void
page_diff(struct tui *t, struct lines *out)
{
	struct freb_file *file[2] = { NULL, NULL };
	char *text = NULL;
	size_t size = 0;
	FILE *to = t->diff[0] && t->diff[1] ? open_memstream(&text, &size) : NULL;

	if (to && open_both(t, file, out) && compare_into(t, to, file) != 0)
		lines_puts(out, " the traces cannot be compared", STYLE_WARNING);
	if (to)
		fclose(to);
	add_text(out, text);
	free(text);
	for (int i = 0; i < 2; i++) {
		if (file[i])
			freb_close(file[i]);
	}
}
