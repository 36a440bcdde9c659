/* SPDX-License-Identifier: MIT */
/*
 * batch - see batch.h: operands, lists, what is refused before the start, what
 * is written at the end.
 */
#include <config.h>

#include "viewer/batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "viewer/batch_private.h"
#include "viewer/dir.h"
#include "viewer/html.h"

#define LIST_BUDGET ((uint64_t)256 << 20)	/* bytes read to count errors for a list */

/* ---- the operands ---- */

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static bool
is_limited(const struct frebview_options *o)
{
	return o->tail || o->since_ms != INT64_MIN || o->until_ms != INT64_MAX;
}

/* Lists the operands within the limits asked for; false = nothing to go on with. */
static bool
open_list(struct run *r, char **paths, size_t count, struct dir *d)
{
	char *error = NULL;
	int result = dir_open(d, paths, count, &error);

	if (result < 0) {
		batch_complain(error ? error : "list", 0, error ? "not listed" : strerror(-result));
		r->trouble = true;
	}
	free(error);
	dir_limit(d, r->o->since_ms, r->o->until_ms, r->o->tail);
	return d->count > 0;
}

/* Opens what the filters or the counts need; without memory nothing is shown. */
static int
look_at(struct run *r, struct dir *d, struct look *looks)
{
	struct look_wish wish = { .filter = r->filter, .fail_on = r->fail_on,
				  .budget = LIST_BUDGET };
	int result = 0;

	for (size_t i = 0; i < d->count && result == 0; i++) {
		result = look_take(&looks[i], &d->entries[i], &wish);
		if (looks[i].fails)
			batch_tell_match(r, d->entries[i].path, SIZE_MAX);
		if (result == 0 && r->redact)
			result = redact_entry(r->redact, &d->entries[i], &looks[i].facts);
	}
	return result;
}

static void
show_list(struct run *r, struct dir *d)
{
	struct look *looks = calloc(d->count, sizeof(*looks));
	int result = looks ? look_at(r, d, looks) : -ENOMEM;

	if (r->shown++ > 0)
		fputs("\n", r->style.out);
	if (result == 0)
		result = text_list(&r->style, d, looks);
	if (result < 0) {
		batch_complain("list", 0, strerror(-result));
		r->trouble = true;
	}
	for (size_t i = 0; looks && i < d->count; i++) {
		r->damaged = r->damaged || (!looks[i].hidden && d->entries[i].damaged);
		facts_done(&looks[i].facts);
	}
	free(looks);
}

static void
run_list(struct run *r, char **paths, size_t count)
{
	struct dir d;

	if (!open_list(r, paths, count, &d) && !r->trouble)
		batch_complain(paths[0], 0, is_limited(r->o) ? "no traces (fr*.xml) in that time"
						       : "no traces (fr*.xml) here");
	if (d.count > 0)
		show_list(r, &d);
	dir_done(&d);
}

/* Traces of folders, and all when limits are given, in the order of time. */
static void
run_ordered(struct run *r, enum frebview_mode mode, char **paths, size_t count)
{
	struct dir d;

	if (!open_list(r, paths, count, &d) && !r->trouble)
		batch_complain(paths[0], 0, is_limited(r->o) ? "no traces (fr*.xml) in that time"
						       : "no traces (fr*.xml) here");
	dir_sort(&d, DIR_BY_TIME, true);
	for (size_t i = 0; i < d.count && !ferror(r->style.out); i++)
		batch_show(r, mode, d.entries[i].path);
	dir_done(&d);
}

static void
run_operand(struct run *r, char *path)
{
	enum frebview_mode mode = r->o->mode;
	bool folder = !is_stdin(path) && dir_is_directory(path);

	if (mode == MODE_AUTO)
		mode = folder ? MODE_LIST : MODE_COMPACT;
	if (mode == MODE_LIST)
		run_list(r, &path, 1);
	else if (folder)
		run_ordered(r, mode, &path, 1);
	else
		batch_show(r, mode, path);
}

/* Leaves out what is not there (told) and standard input where it has no place. */
static size_t
usable(struct run *r, char **paths, size_t count, bool no_stdin)
{
	size_t kept = 0;
	bool seen = false;

	for (size_t i = 0; i < count; i++) {
		bool in = is_stdin(paths[i]);

		if (in && (seen || no_stdin))
			batch_complain("-", 0, seen ? "can be read only once"
					      : "cannot be listed or chosen by time; name files");
		else if (!in && access(paths[i], R_OK) < 0)
			batch_complain(paths[i], 0, strerror(errno));
		else
			paths[kept++] = paths[i];
		seen = seen || in;
	}
	r->trouble = r->trouble || kept < count;
	return kept;
}

static void
run_text(struct run *r, char **paths, size_t count)
{
	const struct frebview_options *o = r->o;
	bool together = o->mode == MODE_LIST || is_limited(o);

	count = usable(r, paths, count, together);
	if (together && count > 0) {
		if (o->mode == MODE_LIST || (o->mode == MODE_AUTO && dir_is_directory(paths[0])))
			run_list(r, paths, count);
		else
			run_ordered(r, o->mode, paths, count);
		return;
	}
	for (size_t i = 0; i < count && !ferror(r->style.out); i++)
		run_operand(r, paths[i]);
}

/* ---- start and end ---- */

static size_t
text_width(const struct frebview_options *o)
{
	struct winsize size;

	if (o->no_wrap || o->width)
		return o->no_wrap ? 0 : o->width;
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

static bool
parse_filter(const char *option, const char *text, struct filter **filter)
{
	char *error = NULL;
	struct buf message = BUF_INIT;

	if (!text)
		return true;
	*filter = filter_new(text, &error);
	if (*filter)
		return true;
	buf_putf(&message, "%s: %s", text, error ? error : strerror(ENOMEM));
	batch_complain(option, 0, buf_text(&message));
	buf_done(&message);
	free(error);
	return false;
}

/* Everything that may be refused before the first trace is opened. */
static bool
prepare(struct run *r, const char *title)
{
	char *why = NULL;

	if (!parse_filter("--filter", r->o->filter, &r->filter) ||
	    !parse_filter("--fail-on", r->o->fail_on, &r->fail_on))
		return false;
	r->redact = r->o->redact ? redact_new() : NULL;
	r->stats = r->o->mode == MODE_STATS ? stats_new() : NULL;
	if ((r->o->redact && !r->redact) || (r->o->mode == MODE_STATS && !r->stats)) {
		batch_complain("start", 0, strerror(ENOMEM));
		return false;
	}
	if (r->o->html_file && output_open(&r->output, r->o->html_file, &why) < 0) {
		batch_complain(r->o->html_file, 0, why ? why : strerror(ENOMEM));
		free(why);
		return false;
	}
	if (r->output.file)
		r->style.out = r->output.file;
	if (r->o->mode == MODE_HTML)
		html_page_begin(&r->style, title);
	return true;
}

static void
finish(struct run *r)
{
	int result;

	if (r->o->mode == MODE_HTML)
		html_page_end(&r->style);
	if (r->stats && stats_print(r->stats, &r->style) < 0)
		r->trouble = true;
	result = r->output.file ? output_end(&r->output) : 0;
	if (result < 0) {
		batch_complain(r->o->html_file, 0, strerror(-result));
		r->trouble = true;
	}
	if (fflush(stdout) < 0 || ferror(stdout)) {
		batch_complain("standard output", 0, strerror(errno));
		r->trouble = true;
	}
}

static void
run_done(struct run *r)
{
	filter_free(r->filter);
	filter_free(r->fail_on);
	redact_free(r->redact);
	stats_free(r->stats);
}

int
batch_run(const struct frebview_options *o, char **paths, size_t count)
{
	struct run r = {
		.o = o,
		.style = {.out = stdout,
			  .time = o->time,
			  .color = options_use_color(o, STDOUT_FILENO),
			  .width = text_width(o),
			  .first = o->event ? o->event - 1 : 0},
	};

	if (prepare(&r, paths[0])) {
		run_text(&r, paths, count);
		finish(&r);
	} else {
		r.trouble = true;
	}
	run_done(&r);
	return r.trouble   ? EXIT_TROUBLE
	       : r.found   ? EXIT_FOUND
	       : r.damaged ? EXIT_DAMAGED
			   : EXIT_FINE;
}
