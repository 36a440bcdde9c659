/* SPDX-License-Identifier: MIT */
/*
 * late - a certificate that is asked for when a path is requested, not by the
 * handshake: by post-handshake authentication (TLS 1.3) or renegotiation
 * (TLS 1.2).  Source: ARR 2, 4; RFC 8446 4.6.2; RFC 5746.
 */
#ifndef CORE_HANDSHAKE_LATE_H
#define CORE_HANDSHAKE_LATE_H

#include "core/exchange.h"

/* true: the path wants a certificate, and the step LATE is to ask for it. */
bool late_is_wanted(const struct exchange *x, const struct config_access *access);
/*
 * late_refusal - why this client cannot be asked now, in words for the one who looks after
 * the site; NULL = it can.
 */
const char *late_refusal(const struct exchange *x);
/* SECURITY_LATE_CERTIFICATE; warning: nothing is asked. */
void late_tell(struct exchange *x, bool warning, const char *note);
/* In a later request of the connection: that its certificate came late. */
void late_tell_earlier(struct exchange *x);
/*
 * late_begin - sends the request to the client.
 * late_go_on - takes what the client answers; it is the call for a key on a token, too.
 * Both return 0 (complete), GNUTLS_E_AGAIN, GNUTLS_E_GOT_APPLICATION_DATA (a body or the next
 * request comes first and must be read), or another GnuTLS code: it has failed.
 */
int late_begin(struct exchange *x);
int late_go_on(struct exchange *x);
/* The exchange fails, for x->detail, or ends: SECURITY_HANDSHAKE_END if it is due. */
void late_stop(struct exchange *x);

#endif
