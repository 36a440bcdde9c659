/* SPDX-License-Identifier: MIT */
/*
 * upgrade - when a connection may become another protocol: what a request must
 * bring, and what the server must answer.  step_tunnel.c moves the bytes.
 *
 * Only protocols of the farm's list are asked for; nothing that the client
 * sends behind its head reaches the server before the server's 101.
 * Source: RFC 9110 7.8; RFC 6455 4.1, 4.2 (websocket).
 */
#ifndef CORE_FORWARD_UPGRADE_H
#define CORE_FORWARD_UPGRADE_H

#include "core/exchange.h"

/* After the farm is known: sets x->upgrade, or x->upgrade_refused.  FAIL: a WebSocket
 * request that no server may answer with 101. */
enum next upgrade_judge(struct exchange *x);
/* What is wrong with the 101 in x->response; NULL = nothing. */
const char *upgrade_wrong(struct exchange *x);
/* Passes the 101 on: x->phase is RESPONSE_TUNNEL.  0 or -errno of the client. */
int upgrade_begin(struct exchange *x, const struct response_head *r);

#endif
