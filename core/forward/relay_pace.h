/* SPDX-License-Identifier: MIT */
/* relay_pace - clients that send a body, or read one, more slowly than minBytesPerSecond. */
#ifndef CORE_FORWARD_RELAY_PACE_H
#define CORE_FORWARD_RELAY_PACE_H

#include "core/exchange.h"

/*
 * To be called whenever RELAY is about to wait, and when its limit is over.
 * @sends, @reads  nothing but the client is waited for, in that direction.
 * true: it was too slow for too long, and exchange_fail was called.
 */
bool relay_client_is_slow(struct exchange *x, bool sends, bool reads);

#endif
