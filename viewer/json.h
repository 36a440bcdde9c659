/* SPDX-License-Identifier: MIT */
/*
 * json - a trace as JSON lines: one object for the trace, one per event.
 *
 * "schema" is 1; members may be added, never renamed.  Only ASCII is written
 * (the rest as \u escapes), so that no locale and no terminal matters.
 */
#ifndef VIEWER_JSON_H
#define VIEWER_JSON_H

#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * json_trace - writes a trace that is indexed to its end.
 * @first  event to begin with, from 0.
 * @shown  one per event: which to write; NULL = all.
 * Returns 0 or -ENOMEM; write errors are seen with ferror().
 */
int json_trace(FILE *out, struct freb_file *f, size_t first, const bool *shown);
/* The line of one event (index from 0).  Returns 0 or -ENOMEM. */
int json_event(FILE *out, struct freb_file *f, size_t index);

#endif
