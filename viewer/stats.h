/* SPDX-License-Identifier: MIT */
/*
 * stats - many traces in one table: how many by status, reason, client and
 * server, what broke them, and percentiles of the time taken and of each span.
 *
 * Texts are untrusted until printed, when they go through cell.h.
 * One struct stats belongs to one thread.  Facts: VIEWER 8.
 */
#ifndef VIEWER_STATS_H
#define VIEWER_STATS_H

#include "trace/freb.h"
#include "viewer/text.h"

struct stats;

struct stats *stats_new(void);		/* NULL without memory */
void stats_free(struct stats *s);

/*
 * stats_add - counts a trace that is indexed to its end.
 * @style  which of its events' spans count.
 * Returns 0 or -ENOMEM.
 */
int stats_add(struct stats *s, const struct text_style *style, struct freb_file *f);
/* Prints the tables.  Returns 0 or -ENOMEM. */
int stats_print(struct stats *s, const struct text_style *style);

#endif
