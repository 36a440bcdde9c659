/* SPDX-License-Identifier: MIT */
/*
 * frebview - shows FREB traces: this file is the command line, the choice
 * between terminal and text, and the exit code.
 *
 * Exit: 0 fine; 1 --check found something; 2 usage, unreadable, no trace;
 * 3 shown, but damaged.  Messages go to stderr as frebview: FILE:LINE: text.
 */
#include <config.h>

#include "viewer/options.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "viewer/cell.h"
#include "viewer/check.h"
#include "viewer/dir.h"
#include "viewer/json.h"
#include "viewer/text.h"
#include "viewer/tui.h"

#define DAMAGE_SHOWN 20u	/* messages per file */

enum { EXIT_FINE = 0, EXIT_FOUND = 1, EXIT_TROUBLE = 2, EXIT_DAMAGED = 3 };

struct run {
	const struct frebview_options *o;
	struct text_style style;
	bool trouble;		/* exit 2 */
	bool found;		/* exit 1 */
	bool damaged;		/* exit 3 */
	size_t shown;		/* traces so far */
};

/* ---- messages ---- */

/* Paths and parser messages may hold anything: cleaned like the rest. */
static void
complain(const char *path, uint64_t line, const char *text)
{
	struct buf message = BUF_INIT;

	fflush(stdout);
	buf_puts(&message, "frebview: ");
	cell_puts(&message, strcmp(path, "-") == 0 ? "(standard input)" : path, CELL_ROW);
	if (line)
		buf_putf(&message, ":%" PRIu64, line);
	buf_puts(&message, ": ");
	cell_puts(&message, text, CELL_ROW);
	fprintf(stderr, "%s\n", buf_text(&message));
	buf_done(&message);
}

static void
tell_damage(const struct freb_file *f)
{
	size_t count = freb_damage_count(f);

	for (size_t i = 0; i < count && i < DAMAGE_SHOWN; i++) {
		const struct freb_damage *d = freb_damage(f, i);
		struct buf text = BUF_INIT;

		buf_puts(&text, d->message);
		if (d->event)
			buf_putf(&text, " (byte %" PRIu64 ", event %zu)", d->offset, d->event);
		else
			buf_putf(&text, " (byte %" PRIu64 ")", d->offset);
		complain(freb_path(f), d->line, buf_text(&text));
		buf_done(&text);
	}
	if (count > DAMAGE_SHOWN)
		complain(freb_path(f), 0, "there is more damage");
}

/* ---- one trace ---- */

static int
show(struct run *r, enum frebview_mode mode, struct freb_file *f)
{
	size_t findings = 0;
	int result;

	switch (mode) {
	case MODE_SUMMARY:
		return text_summary(&r->style, f);
	case MODE_DETAILS:
		return text_details(&r->style, f);
	case MODE_TIMING:
		return text_timing(&r->style, f);
	case MODE_ERRORS:
		return text_errors(&r->style, f);
	case MODE_TSV:
		return text_tsv(&r->style, f);
	case MODE_JSON:
		return json_trace(r->style.out, f, r->style.first);
	case MODE_CHECK:
		result = check_trace(r->style.out, f, &findings);
		r->found = r->found || findings > 0;
		return result;
	default:
		return text_compact(&r->style, f);
	}
}

static bool
is_prose(enum frebview_mode mode)
{
	return mode != MODE_TSV && mode != MODE_JSON && mode != MODE_CHECK;
}

static bool
event_exists(struct run *r, const struct freb_file *f)
{
	struct buf text = BUF_INIT;

	if (r->o->event <= freb_count(f))
		return true;
	buf_putf(&text, "there is no event %zu: it has %zu", r->o->event, freb_count(f));
	complain(freb_path(f), 0, buf_text(&text));
	buf_done(&text);
	r->trouble = true;
	return false;
}

static void
show_file(struct run *r, enum frebview_mode mode, const char *path)
{
	struct freb_file *f;
	char *error = NULL;
	int result = freb_open(path, &f, &error);

	if (result < 0) {
		struct buf text = BUF_INIT;

		if (result == -EBADMSG)
			buf_puts(&text, "this is not a FREB trace: ");
		buf_puts(&text, error ? error : strerror(-result));
		complain(path, 0, buf_text(&text));
		buf_done(&text);
		free(error);
		r->trouble = true;
		return;
	}
	result = freb_index_all(f);
	if (result == 0 && event_exists(r, f)) {
		if (is_prose(mode) && r->shown++ > 0)
			fputs("\n", r->style.out);
		result = show(r, mode, f);
		if (mode != MODE_CHECK)
			tell_damage(f);
		r->damaged = r->damaged || freb_damage_count(f) > 0;
	}
	if (result < 0) {
		complain(path, 0, strerror(-result));
		r->trouble = true;
	}
	freb_close(f);
}

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
		complain(error ? error : "list", 0, error ? "not listed" : strerror(-result));
		r->trouble = true;
	}
	free(error);
	dir_limit(d, r->o->since_ms, r->o->until_ms, r->o->tail);
	return d->count > 0;
}

static void
run_list(struct run *r, char **paths, size_t count)
{
	struct dir d;

	if (!open_list(r, paths, count, &d) && !r->trouble)
		complain(paths[0], 0, is_limited(r->o) ? "no traces (fr*.xml) in that time"
						       : "no traces (fr*.xml) here");
	if (r->shown++ > 0 && d.count > 0)
		fputs("\n", r->style.out);
	if (d.count > 0 && text_list(&r->style, &d) < 0)
		r->trouble = true;
	for (size_t i = 0; i < d.count; i++)
		r->damaged = r->damaged || d.entries[i].damaged;
	dir_done(&d);
}

/* Traces of folders, and all when limits are given, in the order of time. */
static void
run_ordered(struct run *r, enum frebview_mode mode, char **paths, size_t count)
{
	struct dir d;

	if (!open_list(r, paths, count, &d) && !r->trouble)
		complain(paths[0], 0, is_limited(r->o) ? "no traces (fr*.xml) in that time"
						       : "no traces (fr*.xml) here");
	dir_sort(&d, DIR_BY_TIME, true);
	for (size_t i = 0; i < d.count && !ferror(r->style.out); i++)
		show_file(r, mode, d.entries[i].path);
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
		show_file(r, mode, path);
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
			complain("-", 0, seen ? "can be read only once"
					      : "cannot be listed or chosen by time; name files");
		else if (!in && access(paths[i], R_OK) < 0)
			complain(paths[i], 0, strerror(errno));
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

/* ---- start ---- */

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

static int
run(const struct frebview_options *o, char **paths, size_t count)
{
	struct run r = {
		.o = o,
		.style = {.out = stdout,
			  .time = o->time,
			  .color = options_use_color(o, STDOUT_FILENO),
			  .width = text_width(o),
			  .first = o->event ? o->event - 1 : 0},
	};

	run_text(&r, paths, count);
	if (fflush(stdout) < 0 || ferror(stdout)) {
		complain("standard output", 0, strerror(errno));
		r.trouble = true;
	}
	return r.trouble   ? EXIT_TROUBLE
	       : r.found   ? EXIT_FOUND
	       : r.damaged ? EXIT_DAMAGED
			   : EXIT_FINE;
}

int
main(int argc, char **argv)
{
	struct frebview_options o;
	char *folder = getenv("FREB_LOG_DIR");
	char here[] = ".";
	char **paths;
	size_t count;
	int first;

	setlocale(LC_ALL, "");
	tzset();
	/* A reader that goes away (head, a closed pager) ends us without a word. */
	signal(SIGPIPE, SIG_DFL);
	switch (options_parse(argc, argv, &o, &first)) {
	case OPTIONS_DONE:
		return fflush(stdout) == 0 ? EXIT_FINE : EXIT_TROUBLE;
	case OPTIONS_WRONG:
		return EXIT_TROUBLE;
	case OPTIONS_RUN:
		break;
	}
	cell_setup(o.ascii);
	paths = argv + first;
	count = (size_t)(argc - first);
	if (count == 0) {
		if (!folder || !*folder)
			folder = here;
		paths = &folder;
		count = 1;
	}
	if (o.script || (o.mode == MODE_AUTO && isatty(STDOUT_FILENO)))
		return tui_run(&o, paths, count);
	return run(&o, paths, count);
}
