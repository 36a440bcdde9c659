/* SPDX-License-Identifier: MIT */
/*
 * The page of differences.  What counts as a difference and how it is written is
 * frebdiff's; here it is only put on lines, each with the number of its difference.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/compare.h"
#include "trace/rules.h"
#include "viewer/cell.h"
#include "viewer/diff_golden.h"
#include "viewer/diff_rule.h"
#include "viewer/diff_text.h"

enum {
	SIDE_MIN = 100,		/* columns for side by side */
	FOUND_MAX = 20000,	/* differences shown: nobody reads more */
	STOPPED = 1, TOO_MANY = 2,	/* why a comparison was ended */
};

struct seeing {
	struct tui *t;
	struct diff_text text;
	struct freb_file *file[2];
};

static void
forget(struct diff_page *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->at[i].rule);
	d->count = 0;
}

void
diff_page_done(struct diff_page *d)
{
	forget(d);
	free(d->at);
	free(d->path[0]);
	free(d->path[1]);
	*d = (struct diff_page){ .now = SIZE_MAX };
}

static bool
keep(struct seeing *s, const struct compare_row *row, const struct compare_item *item)
{
	struct diff_page *d = &s->t->diff;

	if (d->count == d->cap) {
		size_t cap = d->cap * 2 + 64;
		struct difference *more = realloc(d->at, cap * sizeof(*more));

		if (!more)
			return false;
		d->at = more;
		d->cap = cap;
	}
	struct buf rule = BUF_INIT;
	int side = row->b != COMPARE_NONE;
	size_t event = side ? row->b : row->a;
	const struct freb_event *e = event == COMPARE_NONE ? NULL
				   : freb_event(s->file[side], event);
	bool any = (e || item) && diff_rule_for(e, item, &rule);

	d->at[d->count++] = (struct difference){ row->a, row->b, any ? buf_take(&rule) : NULL };
	buf_done(&rule);
	return true;
}

/* In the order of the marks that diff_text makes. */
static int
see(void *arg, const struct compare_row *row)
{
	struct seeing *s = arg;
	bool fine = true;

	if (s->t->diff.count >= FOUND_MAX)
		return TOO_MANY;
	if (row->kind == COMPARE_REMOVED || row->kind == COMPARE_ADDED)
		fine = keep(s, row, NULL);
	for (size_t i = 0; i < row->count && fine; i++) {
		if (row->items[i].kind != COMPARE_MASKED)
			fine = keep(s, row, &row->items[i]);
	}
	return fine ? diff_text_see(&s->text, row) : -ENOMEM;
}

static int
tick(void *arg, unsigned int done)
{
	return tui_goes_on(arg, "comparing", done, 1000) ? 0 : STOPPED;
}

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
	size_t difference = SIZE_MAX, next = 0;

	for (char *line = text, *end; line && *line; line = end + 1) {
		struct buf b = BUF_INIT;

		end = strchr(line, '\n');
		if (!end)
			break;
		*end = '\0';
		if (*line == DIFF_TEXT_MARK) {
			difference = next++;
			line++;
		} else if (!strchr("-+", *line) || !*line) {
			difference = SIZE_MAX;	/* the second half of a change belongs to it */
		}
		buf_putc(&b, ' ');
		buf_puts(&b, line);
		struct line *l = lines_add(out, &b, 0, style_of(line));

		if (l)
			l->data = difference;
	}
}

static void
say_why(int rc, struct lines *out)
{
	if (rc == STOPPED)
		lines_puts(out, " stopped; F5 compares again", STYLE_WARNING);
	else if (rc == TOO_MANY)
		lines_puts(out, " ... and more differences; frebdiff tells all", STYLE_WARNING);
	else if (rc)
		lines_puts(out, " the traces cannot be compared", STYLE_WARNING);
}

static int
compare_into(struct tui *t, FILE *out, struct freb_file *const file[2], struct rules *rules)
{
	const struct diff_options options = {
		.form = t->columns >= SIDE_MIN ? DIFF_SIDE : DIFF_UNIFIED,
		.color = DIFF_COLOR_NEVER, .context = 3, .width = (size_t)t->columns - 1,
	};
	const char *const name[2] = { t->diff.path[0], t->diff.path[1] };
	const struct compare_options how = { .rules = rules, .tick = tick, .tick_arg = t };
	struct compare *c = compare_new(file[0], file[1], &how);
	struct seeing s = { .t = t, .file = { file[0], file[1] } };
	struct buf summary = BUF_INIT;
	int rc = c ? diff_text_init(&s.text, &options, c, file, name, out, false) : -ENOMEM;

	s.text.marked = true;
	if (rc == 0) {
		rc = compare_run(c, see, &s);
		if (rc == 0 || rc == TOO_MANY)
			diff_text_end(&s.text);
		diff_text_done(&s.text);
	}
	if (rc == 0) {
		diff_text_summary(&summary, compare_totals(c), rules);
		fprintf(out, "\n%s\n", buf_text(&summary));
	}
	buf_done(&summary);
	compare_free(c);
	return rc;
}

static void
put_trouble(struct lines *out, const char *path, const char *error)
{
	struct buf b = BUF_INIT;

	buf_putc(&b, ' ');
	if (path) {
		cell_puts(&b, path, CELL_ROW);
		buf_puts(&b, ": ");
	}
	cell_puts(&b, error ? error : "cannot be read", CELL_ROW);
	lines_add(out, &b, 0, STYLE_WARNING);
}

static bool
open_both(struct tui *t, struct freb_file *file[2], struct lines *out)
{
	for (int i = 0; i < 2; i++) {
		char *error = NULL;
		int rc = freb_open(t->diff.path[i], &file[i], &error);

		if (rc == 0)
			continue;
		file[i] = NULL;
		put_trouble(out, t->diff.path[i], error);
		free(error);
		return false;
	}
	t->diff.golden = diff_golden_is(file[0]);
	return true;
}

void
page_diff(struct tui *t, struct lines *out)
{
	struct freb_file *file[2] = { NULL, NULL };
	char *text = NULL, *error = NULL;
	size_t size = 0;
	int rc = 0;

	forget(&t->diff);
	if (!t->diff.path[0] || !t->diff.path[1] || !open_both(t, file, out))
		goto out;
	struct rules *rules = diff_golden_rules(NULL, t->diff.path[0], false, &error);
	FILE *to = rules ? open_memstream(&text, &size) : NULL;

	if (to) {
		rc = compare_into(t, to, file, rules);
		fclose(to);
		add_text(out, text);
		say_why(rc, out);
	} else {
		put_trouble(out, NULL, error ? error : "no memory");
	}
	rules_free(rules);
	free(error);
	free(text);
out:
	for (int i = 0; i < 2; i++) {
		if (file[i])
			freb_close(file[i]);
	}
}
