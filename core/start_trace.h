/* SPDX-License-Identifier: MIT */
/*
 * start_trace - the trace of a start or reload: frebproxy://start, in the
 * folder of the first site that traces.  It tells what no request can: how the
 * tokens of the proxy's own keys were opened.
 */
#ifndef CORE_START_TRACE_H
#define CORE_START_TRACE_H

#include "core/config.h"
#include "trace/trace.h"

/* NULL = nobody traces, or no key of config is on a token. */
struct trace *start_trace_new(const struct config *config);
/* Hands it over, also when the start failed.  *t becomes NULL; NULL is fine. */
void start_trace_submit(struct trace **t, const struct config *config,
			struct trace_writer *writer);

#endif
