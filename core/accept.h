/* SPDX-License-Identifier: MIT */
/*
 * accept - the door of a worker: takes connections from its listeners, in
 * portions, and lets them wait when there are too many, no descriptors or no
 * room for their traces.  Runs on the worker's loop.
 */
#ifndef CORE_ACCEPT_H
#define CORE_ACCEPT_H

#include "core/worker.h"

void accept_init(struct worker *w); /* has its runtime and its loop */
/* Sets conn_max from the present runtime: its part of process/@maxConnections. */
void accept_limit(struct worker *w);

#endif
