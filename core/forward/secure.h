/* SPDX-License-Identifier: MIT */
/* secure - the TLS handshake with a server, as a part of CONNECT. */
#ifndef CORE_FORWARD_SECURE_H
#define CORE_FORWARD_SECURE_H

#include "core/exchange.h"

/*
 * secure_run - after x->upstream is connected.
 * Returns 0 = done, or the farm speaks plain HTTP; -EAGAIN = it waits; -EPROTO = failed, with
 * x->upstream's fault, or none when there is no memory or no thread.
 */
int secure_run(struct exchange *x);
/* The time to connect is over; the handshake, if it has begun, tells so. */
void secure_timed_out(struct exchange *x);
/* Why TLS with x's server failed, FAULT_NONE = it did not; tells it in the trace. */
enum fault secure_failed(struct exchange *x, const char **why);

#endif
