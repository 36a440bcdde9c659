/* SPDX-License-Identifier: MIT */
/*
 * event_text - one event as text, in the forms that y and x offer.
 *
 * Each appends to @out; @event counts from 0.  Text is safe for a terminal, but
 * for event_put_xml(), which gives the bytes of the file.
 */
#ifndef VIEWER_EVENT_TEXT_H
#define VIEWER_EVENT_TEXT_H

#include "trace/buf.h"
#include "trace/freb.h"

#include <stddef.h>

void event_put_line(struct freb_file *f, size_t event, struct buf *out);	/* one row */
void event_put_tsv(struct freb_file *f, size_t event, struct buf *out);		/* as --tsv */
void event_put_text(struct freb_file *f, size_t event, struct buf *out);	/* and values */
void event_put_xml(struct freb_file *f, size_t event, struct buf *out);
void event_put_json(struct freb_file *f, size_t event, struct buf *out);	/* as --json */

#endif
