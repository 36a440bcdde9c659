/* SPDX-License-Identifier: MIT */
/*
 * diff_options - the rows of diff_options.def become getopt's table, the help
 * text and the switch that applies them.
 */
#include <config.h>

#include "viewer/diff_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT_MAX = 100000, WIDTH_MIN = 40, WIDTH_MAX = 10000 };

enum option_id {
	OPT_NONE = 256,		/* above every letter */
#define HEADING(text)
#define OPTION(symbol, name, letter, argument, text) OPT_##symbol,
#include "viewer/diff_options.def"
#undef HEADING
#undef OPTION
};

struct option_row {
	enum option_id id;	/* OPT_NONE: a heading */
	const char *name;	/* without dashes */
	char letter;		/* 0 = none */
	const char *argument;	/* NULL = takes none */
	const char *text;	/* for --help */
};

static const struct option_row rows[] = {
#define HEADING(text) { OPT_NONE, NULL, 0, NULL, text },
#define OPTION(symbol, name, letter, argument, text) { OPT_##symbol, name, letter, argument, text },
#include "viewer/diff_options.def"
#undef HEADING
#undef OPTION
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool __attribute__((format(printf, 1, 2)))
wrong(const char *fmt, ...)
{
	va_list ap;

	fputs("frebdiff: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	return false;
}

static void
help(void)
{
	fputs("Usage: frebdiff [OPTION]... A B\n"
	      "       frebdiff --normalize [OPTION]... [FILE]\n"
	      "Compares Failed Request Event traces.  A is the expectation, B the new trace;\n"
	      "each is a file, a directory of traces, or - for standard input (one of them).\n",
	      stdout);
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *r = &rows[i];
		char text[64];

		if (r->id == OPT_NONE) {
			printf("\n%s:\n", r->text);
			continue;
		}
		snprintf(text, sizeof(text), "%c%c%s --%s%s%s", r->letter ? '-' : ' ',
			 r->letter ? r->letter : ' ', r->letter ? "," : " ", r->name,
			 r->argument ? " " : "", r->argument ? r->argument : "");
		printf("  %-24s %s\n", text, r->text);
	}
	fputs("\nExit: 0 no difference, 1 differences, 2 trouble.\n", stdout);
}

static bool
parse_count(const char *option, const char *text, size_t min, size_t max, size_t *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *value >= min && *value <= max)
		return true;
	return wrong("--%s: '%s' is not a number from %zu to %zu", option, text, min, max);
}

static bool
parse_color(const char *text, enum diff_color *color)
{
	static const char *const words[] = { "auto", "always", "never" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]))
			continue;
		*color = (enum diff_color)i;
		return true;
	}
	return wrong("--color: '%s' is not one of auto, always, never", text);
}

static bool
parse_match(const char *text, bool *by_request)
{
	*by_request = !strcmp(text, "request");
	return *by_request || !strcmp(text, "name") ||
	       wrong("--match: '%s' is not one of name, request", text);
}

static bool
apply_value(struct diff_options *o, enum option_id id, const char *arg)
{
	switch (id) {
	case OPT_CONTEXT:
		return parse_count("context", arg, 0, CONTEXT_MAX, &o->context);
	case OPT_WIDTH:
		return parse_count("width", arg, WIDTH_MIN, WIDTH_MAX, &o->width);
	case OPT_COLOR:
		return parse_color(arg, &o->color);
	case OPT_MATCH:
		return parse_match(arg, &o->by_request);
	default:
		o->rules = arg;		/* OPT_RULES */
		return true;
	}
}

/* Where a switch of that option is kept; NULL = it is none. */
static bool *
switch_of(struct diff_options *o, enum option_id id)
{
	switch (id) {
	case OPT_SHOW_MASKED:
		return &o->show_masked;
	case OPT_TEXT:
		return &o->text;
	case OPT_GAPS:
		return &o->gaps;
	case OPT_STRICT_ORDER:
		return &o->strict_order;
	case OPT_NO_RULES:
		return &o->no_rules;
	case OPT_STRICT_RULES:
		return &o->strict_rules;
	case OPT_PARTIAL:
		return &o->partial;
	case OPT_SAME_OK:
		return &o->same_ok;
	case OPT_ALLOW_MISSING:
		return &o->allow_missing;
	case OPT_ALLOW_EXTRA:
		return &o->allow_extra;
	case OPT_NORMALIZE:
		return &o->normalize;
	case OPT_UPDATE:
		return &o->update;
	case OPT_CREATE:
		return &o->create;
	case OPT_REVIEW:
		return &o->review;
	case OPT_FORCE:
		return &o->force;
	default:
		return NULL;
	}
}

static bool
apply(struct diff_options *o, enum option_id id, const char *arg)
{
	static const struct {
		enum option_id id;
		enum diff_form form;
	} forms[] = {
		{ OPT_UNIFIED, DIFF_UNIFIED }, { OPT_SIDE, DIFF_SIDE }, { OPT_JSON, DIFF_JSON },
		{ OPT_STAT, DIFF_STAT }, { OPT_QUIET, DIFF_QUIET },
	};
	bool *on = switch_of(o, id);

	if (arg)
		return apply_value(o, id, arg);
	if (on)
		*on = true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].id == id)
			o->form = forms[i].form;
	return true;
}

static bool
is_consistent(const struct diff_options *o, int operands)
{
	if (o->rules && o->no_rules)
		return wrong("--rules and --no-rules contradict each other");
	if (o->update && o->review)
		return wrong("--update and --review: one of them");
	if (o->create && !o->update && !o->review)
		return wrong("--create goes with --update or --review");
	if (o->normalize && (o->update || o->review))
		return wrong("--normalize only prints; --update writes");
	if (o->normalize && operands > 1)
		return wrong("--normalize takes one file, or standard input");
	if (!o->normalize && operands != 2)
		return wrong("two operands are wanted, A and B; see frebdiff --help");
	const char *ci = getenv("CI");

	if ((o->update || o->review) && !o->force && ci && *ci && strcmp(ci, "false"))
		return wrong("the environment says CI: expected traces are not written there "
			     "(--force does)");
	return true;
}

static void
getopt_tables(struct option longs[ROWS + 1], char shorts[2 * ROWS + 1])
{
	size_t n = 0, m = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].id == OPT_NONE)
			continue;
		longs[n++] = (struct option){ rows[i].name,
					      rows[i].argument ? required_argument : no_argument,
					      NULL, (int)rows[i].id };
		if (rows[i].letter)
			shorts[m++] = rows[i].letter;
		if (rows[i].letter && rows[i].argument)
			shorts[m++] = ':';
	}
	longs[n] = (struct option){ 0 };
	shorts[m] = '\0';
}

static enum option_id
id_of(int c)
{
	for (size_t i = 0; i < ROWS; i++)
		if ((int)rows[i].id == c || (rows[i].letter && rows[i].letter == c))
			return rows[i].id;
	return OPT_NONE;
}

enum diff_options_result
diff_options_parse(int argc, char **argv, struct diff_options *o, int *first)
{
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 1];
	int c;

	*o = (struct diff_options){ .context = 3 };
	getopt_tables(longs, shorts);
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		enum option_id id = id_of(c);

		if (id == OPT_HELP) {
			help();
			return DIFF_OPTIONS_DONE;
		}
		if (id == OPT_VERSION) {
			puts("frebdiff " PACKAGE_VERSION);
			return DIFF_OPTIONS_DONE;
		}
		if (id == OPT_NONE || !apply(o, id, optarg))
			return DIFF_OPTIONS_WRONG;
	}
	*first = optind;
	return is_consistent(o, argc - optind) ? DIFF_OPTIONS_RUN : DIFF_OPTIONS_WRONG;
}
