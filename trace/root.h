/* SPDX-License-Identifier: MIT */
/*
 * root - the failedRequest element of a trace: everything up to the first
 * event.  FORMAT 2 and 2.1; it knows struct trace_meta and no events.
 */
#ifndef TRACE_ROOT_H
#define TRACE_ROOT_H

#include "trace/buf.h"
#include "trace/trace.h"

#include <stdint.h>

/*
 * root_put - appends the XML declaration and the root's start tag.
 * @activity  the activity GUID's text, with braces.
 * Failures stay in @b's .error.
 */
void root_put(struct buf *b, const struct trace_meta *m, uint32_t process_id,
	      const char *activity);

#endif
