/* SPDX-License-Identifier: MIT */
/*
 * sign - handshakes whose server key is on a token: the signature may take a
 * card's time, so the call of gnutls_handshake that makes it runs on a pool
 * thread, as an errand of the connection.
 *
 * Only a call that has bytes of the client to work on is sent, and it returns
 * as soon as it needs more: a pool thread never waits for a client or for a
 * person.  GnuTLS 3.7 cannot sign asynchronously (STACK 3.6).
 */
#ifndef CORE_HANDSHAKE_SIGN_H
#define CORE_HANDSHAKE_SIGN_H

#include "core/conn.h"

/* A GnuTLS call that shakes hands, until it is done, needs more bytes, or has failed. */
int sign_run(struct conn *c, int (*step)(gnutls_session_t session));
/* gnutls_handshake until it is done, needs more bytes, or has failed: a GnuTLS code. */
int sign_handshake(struct conn *c);
/* true if the next call may use a key on a token. */
bool sign_is_due(const struct conn *c);
/* Sends that call to the pool: 0 (return WAIT), or -EAGAIN, -ENOMEM. */
int sign_send(struct conn *c);
/* true once after its return; r: what sign_handshake said. */
bool sign_came_back(struct conn *c, int *r);

#endif
