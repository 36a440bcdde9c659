/* SPDX-License-Identifier: MIT */
/*
 * fitness - does the head that is sent fit into the server?  Known limits of
 * server software, warnings before a server refuses, and the reason when one
 * did.  Sources: fitness.def; ARR 5 (S23, S24).
 */
#ifndef CORE_FORWARD_FITNESS_H
#define CORE_FORWARD_FITNESS_H

#include "core/exchange.h"

/* HEADER_FITNESS for each field, and for the head, that passes a limit; after inject_headers. */
void fitness_tell(struct exchange *x);
/*
 * fitness_tell_refused - UPSTREAM_REFUSED, where the status may come from what was sent: a head
 * too large, a certificate that the server did not find or could not read.  No warning if it
 * asks for a login (401, WWW-Authenticate), which an application may do of each client.
 * @response  the server's final head.
 */
void fitness_tell_refused(struct exchange *x, const struct http_response *response);

#endif
