/* SPDX-License-Identifier: MIT */
/*
 * view - what main lets the operator see and do.  Main fills it and keeps it up
 * to date; the modules of this folder borrow it.  Main thread only.
 */
#ifndef CORE_CONTROL_VIEW_H
#define CORE_CONTROL_VIEW_H

#include "core/base/pool.h"
#include "core/worker.h"

struct control_view {
	struct runtime *runtime; /* the present one */
	const struct trust *trust; /* with the newest CRLs */
	struct worker *workers;
	unsigned int worker_count;
	struct trace_writer *writer;
	struct pool *fetchers; /* NULL = none */
	uint64_t start_ns, start_real_ns; /* monotonic; real time */
	unsigned int generation; /* of the configuration, from 1 */
	bool reload_failed; /* the last one */
	uint64_t reload_real_ns; /* when that was, 0 = never */
	/* As HUP does; messages: a line for each thing to tell.  false: the old one stays. */
	bool (*reload)(void *arg, struct buf *messages);
	void *arg; /* of reload */
};

#endif
