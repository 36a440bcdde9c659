/* SPDX-License-Identifier: MIT */
/*
 * quick - reads events of a trace one after the other, fast.
 *
 * Nearly every event has exactly the form that IIS and the writer give it, and
 * then its bytes are taken apart in place, ten times as fast as a parser does
 * it: comparing reads every event of two traces twice.  An event of any other
 * form is left to freb_event().
 */
#ifndef TRACE_QUICK_H
#define TRACE_QUICK_H

#include "trace/freb.h"

#include <stddef.h>

enum { QUICK_DATA_MAX = 64 };

struct quick {
	struct freb_file *file;		/* borrowed */
	char *bytes;			/* of the event at hand; heap */
	struct freb_event event;	/* points into bytes */
	struct freb_data data[QUICK_DATA_MAX];
};

void quick_init(struct quick *s, struct freb_file *file);
void quick_done(struct quick *s);
/* Event @index (from 0).  Borrowed until the next call.  NULL without memory. */
const struct freb_event *quick_event(struct quick *s, size_t index);

#endif
