/* SPDX-License-Identifier: MIT */
/*
 * options - see options.h.  The rows of options.def become getopt's table,
 * the help text and the switch that applies them.
 */
#include <config.h>

#include "viewer/options.h"
#include "viewer/option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVENT_MAX 4294967294u		/* what an index can count */
#define WIDTH_MAX 100000u
#define SIZE_MAX_CELLS 1000u

enum option_id {
	OPT_NONE = OPTION_NONE,
#define HEADING(text)
#define OPTION OPTION_ID
#include "viewer/options.def"
#undef HEADING
#undef OPTION
};

static const struct option_row rows[] = {
#define HEADING OPTION_HEADING_ROW
#define OPTION OPTION_ROW
#include "viewer/options.def"
#undef HEADING
#undef OPTION
};

static const struct option_table table = { "frebview", rows, sizeof(rows) / sizeof(rows[0]) };

#define wrong(...) option_table_wrong(&table, __VA_ARGS__)

/* A whole number from 1 to max. */
static bool
parse_count(const char *option, const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *value >= 1 &&
	    *value <= max)
		return true;
	return wrong("--%s: '%s' is not a number from 1 to %lu", option, text, max);
}

static bool
parse_size(const char *text, struct frebview_options *o)
{
	unsigned int columns, rows_;
	char rest;

	if (strspn(text, "0123456789x") == strlen(text) &&
	    sscanf(text, "%5ux%5u%c", &columns, &rows_, &rest) == 2 && columns >= 1 && rows_ >= 1 &&
	    columns <= SIZE_MAX_CELLS && rows_ <= SIZE_MAX_CELLS) {
		o->size_columns = columns;
		o->size_rows = rows_;
		return true;
	}
	return wrong("--size: '%s' is not columns x rows, such as 100x30 (at most %ux%u)", text,
		     SIZE_MAX_CELLS, SIZE_MAX_CELLS);
}

/* Position of text in a list of words ended by NULL. */
static bool
parse_word(const char *option, const char *text, const char *const *words, unsigned int *value)
{
	for (*value = 0; words[*value]; (*value)++)
		if (strcmp(text, words[*value]) == 0)
			return true;
	fprintf(stderr, "frebview: --%s: '%s' is not one of", option, text);
	for (unsigned int i = 0; words[i]; i++)
		fprintf(stderr, "%s %s", i ? "," : "", words[i]);
	fputs("\n", stderr);
	return false;
}

static bool
set_mode(struct frebview_options *o, enum frebview_mode mode, const char *name)
{
	if (o->mode != MODE_AUTO && o->mode != mode)
		return wrong("--%s: another view was asked for before it; one at a time", name);
	o->mode = mode;
	return true;
}

/* ---- points in time ---- */

static bool
parse_age(const char *text, int64_t now_ms, int64_t *ms)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;
	long value;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	unit = *end && end[1] == '\0' ? strchr(units, *end) : NULL;
	if (!unit || errno || value > 1000000)
		return false;
	*ms = now_ms - value * seconds[unit - units] * 1000;
	return true;
}

static int64_t
from_tm(struct tm *tm, bool local)
{
	tm->tm_isdst = -1;
	return (int64_t)(local ? mktime(tm) : timegm(tm)) * 1000;
}

static bool
is_in_range(const struct tm *tm)
{
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31 &&
	       tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 &&
	       tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

/* hh:mm[:ss[.mmm]]; returns what follows, NULL = no time. */
static const char *
parse_clock(const char *text, struct tm *tm, int *ms)
{
	int used = 0;

	*ms = 0;
	tm->tm_sec = 0;
	if (sscanf(text, "%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &used) < 2 || used == 0)
		return NULL;
	text += used;
	used = 0;
	if (*text == ':' && sscanf(text, ":%2d%n", &tm->tm_sec, &used) == 1)
		text += used;
	if (*text == '.')
		for (int place = 100; *++text >= '0' && *text <= '9'; place /= 10)
			*ms += (*text - '0') * place;
	return text;
}

bool
options_time(const char *text, bool local, int64_t now_ms, int64_t *ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm = { 0 };
	int used = 0;
	int fraction = 0;

	if (parse_age(text, now_ms, ms))
		return true;
	if (strspn(text, "0123456789-:.TZ") != strlen(text))
		return false;
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) == 3) {
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		text += used;
		if (*text == 'T')
			text = parse_clock(text + 1, &tm, &fraction);
	} else {
		if (!(local ? localtime_r(&now, &tm) : gmtime_r(&now, &tm)))
			return false;
		text = parse_clock(text, &tm, &fraction);
	}
	if (text && *text == 'Z') {
		local = false;
		text++;
	}
	if (!text || *text || !is_in_range(&tm))
		return false;
	*ms = from_tm(&tm, local) + fraction;
	return true;
}

static bool
parse_time(const char *option, const char *text, bool local, int64_t *ms)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (options_time(text, local, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, ms))
		return true;
	return wrong(
		"--%s: '%s' is not a time such as 2026-06-08T19:54:51, 19:54, 90s, 15m, 2h or 7d",
		option, text);
}

/* ---- applying ---- */

struct times {			/* read after --local and --utc are known */
	const char *since;
	const char *until;
};

static const char *const when_words[] = { "auto", "always", "never", NULL };

static bool
apply_value(struct frebview_options *o, enum option_id id, const char *arg)
{
	unsigned long count = 0;
	unsigned int word = 0;
	bool fine = true;

	switch (id) {
	case OPT_EVENT:
		fine = parse_count("event", arg, EVENT_MAX, &count);
		o->event = count;
		break;
	case OPT_TAIL:
		fine = parse_count("tail", arg, EVENT_MAX, &count);
		o->tail = count;
		break;
	case OPT_WIDTH:
		fine = parse_count("width", arg, WIDTH_MAX, &count);
		o->width = (unsigned int)count;
		break;
	case OPT_COLOR:
		fine = parse_word("color", arg, when_words, &word);
		o->color = (enum frebview_when)word;
		break;
	case OPT_THEME:
		o->theme = arg;
		break;
	case OPT_CONFIG:
		o->config = arg;
		break;
	case OPT_YANK_TO:
		o->yank_to = arg;
		break;
	case OPT_SIZE:
		fine = parse_size(arg, o);
		break;
	case OPT_FILTER:
		o->filter = arg;
		break;
	case OPT_FAIL_ON:
		o->fail_on = arg;
		break;
	default:
		o->script = arg;	/* OPT_SCRIPT */
	}
	return fine;
}

/* The view an option asks for, MODE_AUTO = it asks for none. */
static enum frebview_mode
mode_of(enum option_id id)
{
	static const struct {
		enum option_id id;
		enum frebview_mode mode;
	} views[] = {
		{ OPT_LIST, MODE_LIST }, { OPT_SUMMARY, MODE_SUMMARY },
		{ OPT_COMPACT, MODE_COMPACT }, { OPT_DUMP, MODE_COMPACT },
		{ OPT_DETAILS, MODE_DETAILS }, { OPT_TIMING, MODE_TIMING },
		{ OPT_ERRORS, MODE_ERRORS }, { OPT_IDENTITY, MODE_IDENTITY },
		{ OPT_TSV, MODE_TSV }, { OPT_JSON, MODE_JSON }, { OPT_HTML, MODE_HTML },
		{ OPT_STATS, MODE_STATS }, { OPT_CHECK, MODE_CHECK },
	};

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (views[i].id == id)
			return views[i].mode;
	return MODE_AUTO;
}

static bool
apply_switch(struct frebview_options *o, const struct option_row *row)
{
	if (mode_of((enum option_id)row->id) != MODE_AUTO)
		return set_mode(o, mode_of((enum option_id)row->id), row->name);
	switch ((enum option_id)row->id) {
	case OPT_REDACT:
		o->redact = true;
		break;
	case OPT_UTC:
		o->time = ROW_TIME_UTC;
		break;
	case OPT_LOCAL:
		o->time = ROW_TIME_LOCAL;
		break;
	case OPT_RELATIVE:
		o->time = ROW_TIME_RELATIVE;
		break;
	case OPT_NO_WRAP:
		o->no_wrap = true;
		break;
	case OPT_ASCII:
		o->ascii = true;
		break;
	case OPT_MOUSE:
		o->mouse = true;
		break;
	default:
		break;
	}
	return true;
}

static bool
take(struct frebview_options *o, struct times *times, const struct option_row *row, bool *done)
{
	if (row->id == OPT_HELP || row->id == OPT_VERSION) {
		if (row->id == OPT_HELP)
			options_help(stdout);
		else
			puts("frebview " PACKAGE_VERSION);
		*done = true;
		return true;
	}
	if (row->id == OPT_HTML)
		o->html_file = optarg;
	if (row->id == OPT_SINCE)
		times->since = optarg;
	else if (row->id == OPT_UNTIL)
		times->until = optarg;
	else
		return option_row_wants_argument(row)
			       ? apply_value(o, (enum option_id)row->id, optarg)
			       : apply_switch(o, row);
	return true;
}

static bool
finish(struct frebview_options *o, const struct times *times)
{
	bool local = o->time == ROW_TIME_LOCAL;

	if (times->since && !parse_time("since", times->since, local, &o->since_ms))
		return false;
	if (times->until && !parse_time("until", times->until, local, &o->until_ms))
		return false;
	if (o->script && (o->mode != MODE_AUTO || o->fail_on || o->redact))
		return wrong("--script drives the terminal interface; it does not go with a view "
			     "as text, --fail-on or --redact");
	if (o->html_file && !*o->html_file)
		return wrong("--html=FILE: the name of the file is empty");
	if (o->size_columns && !o->script)
		return wrong("--size goes with --script only");
	return true;
}

enum options_result
options_parse(int argc, char **argv, struct frebview_options *o, int *first)
{
	const struct option_row *row;
	struct times times = { NULL, NULL };
	bool done = false, is_wrong;

	memset(o, 0, sizeof(*o));
	o->since_ms = INT64_MIN;
	o->until_ms = INT64_MAX;
	while ((row = option_table_next(&table, argc, argv, &is_wrong))) {
		if (!take(o, &times, row, &done))
			return OPTIONS_WRONG;
		if (done)
			return OPTIONS_DONE;
	}
	if (is_wrong)
		return OPTIONS_WRONG;
	*first = optind;
	return finish(o, &times) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void
options_help(FILE *out)
{
	fputs("Usage: frebview [options] [FILE|DIR|-]...\n"
	      "Shows Failed Request Tracing files: on a terminal as an interface, else as text.\n"
	      "Without FILE or DIR: $FREB_LOG_DIR, or the current directory.  - is standard "
	      "input.\n",
	      out);
	option_table_help(&table, out);
	fputs("\nExit: 0 fine, 1 --check or --fail-on found something, 2 usage, unreadable\n"
	      "or not a trace, 3 shown but damaged.  Keys of the interface: press ? there, or\n"
	      "see frebview(1).\n",
	      out);
}

bool
options_use_color(const struct frebview_options *o, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (o->color != WHEN_AUTO)
		return o->color == WHEN_ALWAYS;
	return !(no_color && *no_color) && isatty(fd);
}
