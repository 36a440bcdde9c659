/* SPDX-License-Identifier: MIT */
/*
 * html - traces as one page for the browser, whole in itself: no other file, no
 * network, no XSLT, and readable without script.
 *
 * Every text of a trace is escaped, control and direction-changing characters
 * are written visibly.  A policy in the page allows its own script by hash and
 * nothing else, so that even a mistake in escaping would run nothing.
 * Event N has the id eN, of the second trace t2eN and so on.  Facts: VIEWER 8.
 */
#ifndef VIEWER_HTML_H
#define VIEWER_HTML_H

#include "viewer/text.h"

#include <stddef.h>
#include <stdio.h>

/* The page up to the first trace.  Write errors are seen by the caller with ferror(). */
void html_page_begin(const struct text_style *s, const char *title);
/*
 * html_trace - one trace.
 * @f       indexed to its end.
 * @number  from 1, of the trace within the page.
 * Returns 0 or -ENOMEM.
 */
int html_trace(const struct text_style *s, struct freb_file *f, size_t number);
void html_page_end(const struct text_style *s);

/*
 * A page of one trace and chosen events: begin, each event in order (index from
 * 0), end.  The trace is indexed to its end.  Return 0 or -ENOMEM.
 */
int html_begin(FILE *out, struct freb_file *f);
int html_event(FILE *out, struct freb_file *f, size_t index);
int html_end(FILE *out);

/* Appends untrusted text for an element's content or an attribute in double quotes. */
void html_put(struct buf *out, const char *text);

#endif
