/* SPDX-License-Identifier: MIT */
/*
 * ctl - frebproxy --ctl: asks a running proxy through its control socket, and
 * prints what it says.  Verbs: verbs.def.  A program of its own within ours: it
 * loads no configuration.
 */
#ifndef CORE_CONTROL_CTL_H
#define CORE_CONTROL_CTL_H

#include <stdbool.h>

/* Is --ctl among the arguments? */
bool ctl_is_wanted(int argc, char *const *argv);
/* Exit status: 0 done, 1 the proxy refused, 2 the command line is wrong, 3 no proxy answered. */
int ctl_run(int argc, char *const *argv);

#endif
