/* SPDX-License-Identifier: MIT */
/*
 * normalise - a trace in canonical form, for a golden file: LF, fixed order of
 * attributes, one Data per line, volatile values as {CLASS-n}.
 *
 * Normalising twice gives the same bytes as once, a trace and its normalised
 * form do not differ, and the result is a trace that opens in the viewer.  A
 * GUID without braces becomes {guid-n} in lower case, so that its spelling is
 * still compared; times become one fixed time.  Source: VIEWER 9.3, 9.5.
 */
#ifndef TRACE_NORMALISE_H
#define TRACE_NORMALISE_H

#include "trace/freb.h"
#include "trace/rules.h"

#include <stddef.h>

/* Takes the next bytes; 0 or -errno. */
typedef int normalise_sink(void *arg, const void *data, size_t len);

/*
 * normalise_write - writes the normalised form of a trace.
 * @f      indexed to its end if need be.
 * @rules  whose masks count; not NULL.
 * Returns 0, -errno, or what @sink returned.  Not thread-safe per file.
 */
int normalise_write(struct freb_file *f, struct rules *rules, normalise_sink *sink, void *arg);

#endif
