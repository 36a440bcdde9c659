/* SPDX-License-Identifier: MIT */
/*
 * diff_json - the differences of two traces as JSON lines.
 *
 * One object per line: "diff" opens a pair, then "attribute", "event" and
 * "rule" objects, "summary" closes it.  Key order is fixed; bytes that are no
 * UTF-8 become U+FFFD.
 */
#ifndef VIEWER_DIFF_JSON_H
#define VIEWER_DIFF_JSON_H

#include "trace/compare.h"

#include <stdio.h>

struct diff_json {
	struct compare *compare;	/* borrowed, as all below */
	struct freb_file *file[2];
	const char *name[2];
	FILE *out;
};

/* For compare_run; @arg is the struct diff_json. */
compare_see diff_json_see;
/* The "summary" of a pair; 0 or -ENOMEM. */
int diff_json_end(struct diff_json *j, const struct rules *rules);
/* The "summary" of directories. */
struct diff_total;
int diff_json_total(FILE *out, const struct diff_total *total, const struct rules *rules);

#endif
