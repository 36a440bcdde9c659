/* SPDX-License-Identifier: MIT */
/*
 * diff_options - the rows of diff_options.def become getopt's table, the help
 * text and the switch that applies them.
 */
#include <config.h>

#include "viewer/diff_options.h"
#include "viewer/option_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT_MAX = 100000, WIDTH_MIN = 40, WIDTH_MAX = 10000 };

enum option_id {
	OPT_NONE = OPTION_NONE,
#define HEADING(text)
#define OPTION OPTION_ID
#include "viewer/diff_options.def"
#undef HEADING
#undef OPTION
};

static const struct option_row rows[] = {
#define HEADING OPTION_HEADING_ROW
#define OPTION OPTION_ROW
#include "viewer/diff_options.def"
#undef HEADING
#undef OPTION
};

static const struct option_table table = { "frebdiff", rows, sizeof(rows) / sizeof(rows[0]) };

#define wrong(...) option_table_wrong(&table, __VA_ARGS__)

static void
help(void)
{
	fputs("Usage: frebdiff [OPTION]... A B\n"
	      "       frebdiff --normalize [OPTION]... [FILE]\n"
	      "Compares Failed Request Event traces.  A is the expectation, B the new trace;\n"
	      "each is a file, a directory of traces, or - for standard input (one of them).\n",
	      stdout);
	option_table_help(&table, stdout);
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

enum diff_options_result
diff_options_parse(int argc, char **argv, struct diff_options *o, int *first)
{
	const struct option_row *row;
	bool is_wrong;

	*o = (struct diff_options){ .context = 3 };
	while ((row = option_table_next(&table, argc, argv, &is_wrong))) {
		if (row->id == OPT_HELP) {
			help();
			return DIFF_OPTIONS_DONE;
		}
		if (row->id == OPT_VERSION) {
			puts("frebdiff " PACKAGE_VERSION);
			return DIFF_OPTIONS_DONE;
		}
		if (!apply(o, (enum option_id)row->id, optarg))
			return DIFF_OPTIONS_WRONG;
	}
	*first = optind;
	return !is_wrong && is_consistent(o, argc - optind) ? DIFF_OPTIONS_RUN : DIFF_OPTIONS_WRONG;
}
