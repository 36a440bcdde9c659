/* SPDX-License-Identifier: MIT */
/*
 * html - a trace as one self-contained page: no reference to anything
 * outside, readable without script, searchable with it.
 *
 * Everything of the trace is escaped; what a browser could be fooled by
 * (controls, bidi overrides) is written out.  Each event has the id e<number>.
 * Facts: VIEWER 8.
 */
#ifndef VIEWER_HTML_H
#define VIEWER_HTML_H

#include "trace/freb.h"

#include <stddef.h>
#include <stdio.h>

/*
 * A page of chosen events: begin, each event in order, end.  The trace is
 * indexed to its end.  Return 0 or -ENOMEM; write errors are seen with ferror().
 */
int html_begin(FILE *out, struct freb_file *f);
int html_event(FILE *out, struct freb_file *f, size_t index);
int html_end(FILE *out);

/* The whole page; @first: event to begin with, from 0. */
int html_trace(FILE *out, struct freb_file *f, size_t first);

#endif
