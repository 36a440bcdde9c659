/* SPDX-License-Identifier: MIT */
/*
 * batch - frebview without a terminal: the operands one after the other, as the
 * view asked for, and the exit code.
 */
#ifndef VIEWER_BATCH_H
#define VIEWER_BATCH_H

#include "viewer/options.h"

#include <stddef.h>

enum { EXIT_FINE = 0, EXIT_FOUND = 1, EXIT_TROUBLE = 2, EXIT_DAMAGED = 3 };

/*
 * batch_run - shows the operands on standard output; messages go to stderr.
 * @paths  at least one; their order may change.
 * Returns the exit code.
 */
int batch_run(const struct frebview_options *o, char **paths, size_t count);

#endif
