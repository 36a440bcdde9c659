/* SPDX-License-Identifier: MIT */
/*
 * reverse - addresses of farm servers in a response's head, put back to what
 * the client knows: reverseRewriteHostInResponseHeaders.
 *
 * Location, Content-Location and the Domain of Set-Cookie are read; only what
 * names a server of the farm is changed, so that a redirection to elsewhere
 * goes there.  Source: ARR 1.2; RFC 9110 10.2.2, RFC 6265 4.1.2.3.
 */
#ifndef CORE_FORWARD_REVERSE_H
#define CORE_FORWARD_REVERSE_H

#include "core/exchange.h"

/* Each change is RESPONSE_HEADER_REWRITTEN; new values are in the exchange's arena. */
void reverse_rewrite(struct exchange *x, struct headers *h);

#endif
