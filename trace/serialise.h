/* SPDX-License-Identifier: MIT */
/*
 * serialise - records to FREB XML, byte for byte as FORMAT 2 says.
 *
 * The fixed parts of every event are rendered once from the catalogue by
 * serialiser_new; a trace is then copying, escaping and numbers.  A struct
 * serialiser belongs to one thread.  It knows no files.
 */
#ifndef TRACE_SERIALISE_H
#define TRACE_SERIALISE_H

#include "trace/buf.h"

#include <stdint.h>

struct serialiser;
struct trace;

struct serialise_who {		/* who writes; the same for all of a process's files */
	uint32_t process_id;	/* processId, Execution ProcessID */
	uint32_t thread_id;	/* Execution ThreadID: the thread that writes, as IIS does */
	const char *computer;	/* host name; borrowed during serialiser_new */
};

struct serialiser *serialiser_new(const struct serialise_who *who);	/* NULL without memory */
void serialiser_free(struct serialiser *s);				/* NULL is fine */

/*
 * serialise_trace - the whole file of one trace.
 * @t    after trace_submit's copying: .meta holds.  Its preamble's rendering
 *       may be kept in the preamble: one thread only serialises.
 * @out  appended to; empty it before, keep it for the next.
 * Returns 0, or -errno (-ENOMEM, -EMSGSIZE) with @out unusable.
 */
int serialise_trace(struct serialiser *s, struct trace *t, struct buf *out);

#endif
