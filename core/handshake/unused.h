/* SPDX-License-Identifier: MIT */
/*
 * unused - a connection whose handshake is complete and on which no request came.
 *
 * With TLS 1.3 a client believes it is connected before its person has answered,
 * and may give up afterwards.  Clients that open connections in advance leave
 * like that all day, so a trace is written only where it tells something: the
 * client ended it with an alert, began to renegotiate or sent floods of TLS messages
 * (these two also after requests), or it was asked for a
 * certificate, showed none that is let in, and then left, was silent or reset the
 * connection; the latter two once a minute for each address.  ARR 5, S01.
 */
#ifndef CORE_HANDSHAKE_UNUSED_H
#define CORE_HANDSHAKE_UNUSED_H

#include "core/conn.h"

#define UNUSED_SECONDS 60u

/* While c->end says why it ended, before anything is freed. */
void unused_tell(struct conn *c);
/*
 * unused_is_due - may an address be told of now?  At most once in UNUSED_SECONDS.
 * @others  out: how many were left out since the last time.
 * Never waits, thread-safe; fixed size, so that one address may take the place of another.
 */
bool unused_is_due(const char *address, uint64_t now_s, unsigned int *others);

#endif
