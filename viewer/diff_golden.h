/* SPDX-License-Identifier: MIT */
/*
 * diff_golden - writes expected traces, and finds the rules file beside them.
 */
#ifndef VIEWER_DIFF_GOLDEN_H
#define VIEWER_DIFF_GOLDEN_H

#include "trace/freb.h"
#include "trace/rules.h"

#include <stdbool.h>
#include <stdio.h>

/* Prints the normalised form; 0 or -errno. */
int diff_golden_print(struct freb_file *f, struct rules *rules, FILE *out);

/*
 * diff_golden_write - writes the normalised form of @f to @path: a temporary
 * file in the same directory, then rename.
 * @written  false: the file held these bytes already and was left alone.
 * Returns 0 or -errno.
 */
int diff_golden_write(struct freb_file *f, struct rules *rules, const char *path, bool *written);

/* Is it in normalised form, as only expectations are? */
bool diff_golden_is(const struct freb_file *f);

/*
 * diff_golden_rules_path - where the rules of an expectation stand, or would: as below,
 * else .frebdiff beside it.  free(); NULL = there is no such place.
 */
char *diff_golden_rules_path(const char *golden);

/*
 * diff_golden_rules - the rules for an expectation.
 * @path   --rules FILE, or NULL: .frebdiff in the directory of @golden, else in
 *         its parents up to the one that holds .git (only if there is one).
 * @none   --no-rules: only the defaults.
 * @error  why not; free().
 * Returns NULL on failure.
 */
struct rules *diff_golden_rules(const char *path, const char *golden, bool none, char **error);

#endif
