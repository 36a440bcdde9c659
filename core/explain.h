/* SPDX-License-Identifier: MIT */
/*
 * explain - judges a certificate against the configuration without a
 * connection, by the same modules that judge a client's.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/config.h"

enum explain_exit { EXPLAIN_ADMITTED, EXPLAIN_REFUSED, EXPLAIN_USAGE };

/*
 * explain_run - what config->explain asks for: prints the verdict to stdout,
 * writes the events as a trace into the site's folder and prints its name.
 * Takes config; returns the exit status.
 */
int explain_run(struct config *config);

#endif
