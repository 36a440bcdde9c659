/* SPDX-License-Identifier: MIT */
/*
 * explain - what client and proxy have not in common, in words for the person
 * who has to change one of them.
 *
 * GnuTLS says GNUTLS_E_NO_CIPHER_SUITES for a missing version, group or
 * signature algorithm as well (STACK 1.4), so the offer is compared again.
 * Pure; thread safe.  Sources: RFC 8446 4.2.3, 4.2.7; RFC 8422; RFC 7919;
 * HAProxy's PROXY protocol 2.2 (its signatures).
 */
#ifndef CORE_HANDSHAKE_EXPLAIN_H
#define CORE_HANDSHAKE_EXPLAIN_H

#include "core/handshake/hello.h"

#include <gnutls/gnutls.h>

/* true if a GnuTLS code says that the offer does not suffice or breaks TLS: what the
 * client sent decided it, not that it is gone. */
bool explain_is_refusal(int code);
/* Why this offer leads to that code; key is the public key algorithm of the proxy's certificate,
 * allowed what the proxy is ready for. */
void explain_offer(const struct hello *h, int code, gnutls_pk_algorithm_t key,
		   gnutls_priority_t allowed, char *out, size_t size);
/* What first bytes are that begin no TLS handshake; NULL = nothing known. */
const char *explain_first_bytes(const unsigned char *first, size_t len);

#endif
