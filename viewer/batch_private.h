/* SPDX-License-Identifier: MIT */
/*
 * batch_private - what the parts of batch know of each other: the run, its
 * messages (batch_show.c), one trace (batch_show.c), operands (batch.c).
 */
#ifndef VIEWER_BATCH_PRIVATE_H
#define VIEWER_BATCH_PRIVATE_H

#include "viewer/choose.h"
#include "viewer/filter.h"
#include "viewer/options.h"
#include "viewer/output.h"
#include "viewer/redact.h"
#include "viewer/stats.h"
#include "viewer/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run {
	const struct frebview_options *o;
	struct text_style style;
	struct filter *filter;	/* --filter, NULL = all */
	struct filter *fail_on;	/* --fail-on, NULL = none */
	struct redact *redact;	/* --redact, NULL = no */
	struct stats *stats;	/* --stats, NULL = no */
	struct output output;	/* of --html=FILE */
	bool trouble;		/* exit 2 */
	bool found;		/* exit 1 */
	bool damaged;		/* exit 3 */
	size_t shown;		/* traces so far */
};

/* One message on stderr: frebview: PATH:LINE: TEXT; line 0 = none. */
void batch_complain(const char *path, uint64_t line, const char *text);
/* --fail-on matched that event, SIZE_MAX = the trace. */
void batch_tell_match(struct run *r, const char *path, size_t event);
/* Opens one trace and shows it, if the filter wants it. */
void batch_show(struct run *r, enum frebview_mode mode, const char *path);

#endif
