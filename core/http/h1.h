/* SPDX-License-Identifier: MIT */
/*
 * h1 - the client side of HTTP/1.1: bytes of a connection into requests,
 * responses into bytes.  Fills struct client_ops (exchange.h).
 */
#ifndef CORE_HTTP_H1_H
#define CORE_HTTP_H1_H

#include "core/conn.h"
#include "core/fault.h"

/* Is there the beginning of a request?  Skips the empty line some clients send
 * after a body.  > 0 yes, 0 the client closed, -EAGAIN wait, -errno. */
ssize_t h1_begin(struct conn *c);
/* Reads more bytes behind c->in_len; > 0, 0 = end, -EAGAIN, -ENOBUFS = no room
 * left within max, -errno. */
ssize_t h1_fill(struct conn *c, size_t max);
/* The request is over: drops its bytes, keeps pipelined ones. */
void h1_end(struct conn *c);
/* How a client that broke this rule is answered (head.def has its status). */
enum fault h1_fault_of(enum head_rule rule);

#endif
