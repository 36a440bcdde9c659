/* SPDX-License-Identifier: MIT */
/*
 * tls - sessions: priorities, credentials by server name.
 *
 * The certificate is requested, never required by TLS, so that the answer to
 * a bad or missing one is an HTTP status a person can read (STACK 1.5).
 * Tickets are sent only after a badge was accepted (STACK 5.3).
 */
#ifndef CORE_HANDSHAKE_TLS_H
#define CORE_HANDSHAKE_TLS_H

#include "core/conn.h"

/* Once, before any thread.  0 or a GnuTLS code. */
int tls_global_init(void);
void tls_global_done(void);
/* PKCS#11 for server keys; count 0 = the modules p11-kit knows. 0 or a GnuTLS code. */
int tls_pkcs11_init(char *const *modules, size_t count, const char **failed);
/* What all sessions are ready for; valid until tls_global_done(). */
gnutls_priority_t tls_priority(void);

/* Makes c->tls for the connection's default binding; 0 or a GnuTLS code. */
int tls_session_new(struct conn *c);
void tls_session_free(struct conn *c);
/* Lower-case hex of SHA-256, 64 characters and NUL; "" if it fails. */
void tls_sha256_text(const void *data, size_t len, char out[static 65]);
/* SHA-1 in base64, for the protocols that demand it (RFC 6455 4.2.2); 0, or -1 and "". */
#define TLS_SHA1_BASE64 29
int tls_sha1_base64(const void *data, size_t len, char out[static TLS_SHA1_BASE64]);
/* Bits of the cipher in use, 0 = plain. */
unsigned int tls_cipher_bits(const struct conn *c);
/* true if clients of this binding are asked for a certificate. */
bool tls_requests_certificate(const struct config_binding *b);
/* Where the token works whose key a ClientHello here may choose, that of the present binding
 * first; NULL = all keys are in files. */
struct lane *tls_token_lane(const struct conn *c);
/* The binding of this listener for a host name; falls back to the default one. */
const struct config_binding *tls_binding_for(const struct conn *c, const char *host, size_t len);

#endif
