/* SPDX-License-Identifier: MIT */
/*
 * wants_tls - a server that is spoken to in plain HTTP and wants TLS, or a
 * certificate of the proxy's: told by what it answers.  Pure.  Source: ARR 5 (R6).
 */
#ifndef CORE_FORWARD_WANTS_TLS_H
#define CORE_FORWARD_WANTS_TLS_H

#include "core/fault.h"
#include "core/http/head.h"

/* true if the whole body is needed before wants_tls_says() can tell. */
bool wants_tls_needs(const struct http_response *r, size_t body_len);
/*
 * wants_tls_says - FAULT_SERVER_TLS, FAULT_SERVER_WANTS_CERT, or FAULT_NONE.
 * @tls  the server is spoken to over TLS.
 * A page may repeat what a client wrote: ask only while the server has understood nothing yet.
 */
enum fault wants_tls_says(const struct http_response *r, bool tls, const char *body, size_t len);

#endif
