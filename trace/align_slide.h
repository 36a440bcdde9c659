/* SPDX-License-Identifier: MIT */
/*
 * align_slide - moves inserted and removed runs to where they fit best.
 *
 * A script over keys leaves open which of several events with the same key is
 * the new one.  Private to align.
 */
#ifndef TRACE_ALIGN_SLIDE_H
#define TRACE_ALIGN_SLIDE_H

#include "trace/align.h"

struct align_slide {
	const struct align_seq *seq[2];	/* borrowed */
	bool *only[2];			/* per event: unpaired; changed in place */
	align_shape *shape;
	void *arg;			/* of shape */
};

void align_slide(const struct align_slide *s);

#endif
