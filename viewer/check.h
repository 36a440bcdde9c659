/* SPDX-License-Identifier: MIT */
/*
 * check - is this trace as it should be?  Well-formed, times in order, spans
 * paired, the events present that must be.
 *
 * Traces of IIS have unpaired spans by nature (modules that finish later), so
 * for them these are notes; for ours they are findings.
 */
#ifndef VIEWER_CHECK_H
#define VIEWER_CHECK_H

#include "trace/freb.h"

#include <stddef.h>
#include <stdio.h>

/*
 * check_trace - writes one line per finding and one for the result.
 * @f         indexed to its end.
 * @findings  number of findings; 0 = the trace is fine.
 * Returns 0 or -ENOMEM.
 */
int check_trace(FILE *out, struct freb_file *f, size_t *findings);

#endif
