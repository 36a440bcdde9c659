/* SPDX-License-Identifier: MIT */
/*
 * output - a file that appears when it is whole: written beside its place under
 * another name, then renamed.  A trace is never overwritten.
 */
#ifndef VIEWER_OUTPUT_H
#define VIEWER_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *file;	/* to write to */
	char *path;	/* where it will stand */
	char *part;	/* where it stands until then */
};

/*
 * output_open - begins.
 * @why  what is wrong, one line; free().
 * Returns 0 or -errno; output_end() only after 0.
 */
int output_open(struct output *o, const char *path, char **why);
/* Puts the file at its place, or away if anything failed.  Returns 0 or -errno. */
int output_end(struct output *o);

#endif
