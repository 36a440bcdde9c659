/* SPDX-License-Identifier: MIT */
/* relay_response - the server's half of RELAY: its head, its body. */
#ifndef CORE_FORWARD_RELAY_RESPONSE_H
#define CORE_FORWARD_RELAY_RESPONSE_H

#include "core/exchange.h"

/*
 * Reads what the server sent and passes it on, while the client takes it.
 * > 0 = bytes moved, 0 = nothing now, -EPIPE = the client is gone, -ECONNRESET
 * or another -errno = the server broke off.  A malformed answer calls
 * exchange_fail.  x->phase tells when the response is complete.
 */
ssize_t relay_response(struct exchange *x);

#endif
