/* SPDX-License-Identifier: MIT */
/*
 * diff_options - what the command line of frebdiff asks for.
 *
 * diff_options.def has one row per option; parser and --help are made from it.
 * Knows neither traces nor terminals.
 */
#ifndef VIEWER_DIFF_OPTIONS_H
#define VIEWER_DIFF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum diff_form { DIFF_UNIFIED, DIFF_SIDE, DIFF_JSON, DIFF_STAT, DIFF_QUIET };
enum diff_color { DIFF_COLOR_AUTO, DIFF_COLOR_ALWAYS, DIFF_COLOR_NEVER };

struct diff_options {
	enum diff_form form;
	enum diff_color color;
	size_t context;		/* -U: equal events around a difference */
	size_t width;		/* --width; 0 = not given */
	const char *rules;	/* --rules FILE, NULL = look for one */
	bool show_masked, text, gaps, strict_order;
	bool no_rules, strict_rules, partial, same_ok;
	bool by_request;	/* --match request */
	bool allow_missing, allow_extra;
	bool normalize, update, create, review, force;
};

enum diff_options_result {
	DIFF_OPTIONS_RUN,	/* operands are argv[*first..] */
	DIFF_OPTIONS_DONE,	/* --help or --version was printed: exit 0 */
	DIFF_OPTIONS_WRONG,	/* one message went to stderr: exit 2 */
};

/*
 * diff_options_parse - the whole command line, contradictions included.
 * @argv  permuted so that operands stand last; borrowed by @o.
 * Not thread-safe (getopt).
 */
enum diff_options_result diff_options_parse(int argc, char **argv, struct diff_options *o,
					    int *first);

#endif
