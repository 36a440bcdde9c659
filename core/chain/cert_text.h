/* SPDX-License-Identifier: MIT */
/*
 * cert_text - certificate fields as text a trace can show: safe UTF-8, names,
 * usages, alternative names.  cert.c and revoke.c use it; cert_put_safe, which
 * is here too, stands in cert.h for everybody.
 *
 * Bytes that are no valid UTF-8 and control characters become backslash and
 * two hex digits, as RFC 4514 2.4 allows in names.  Lists end in "..." where
 * they would pass CERT_LIST_MAX items or CERT_TEXT_MAX bytes.
 */
#ifndef CORE_CHAIN_CERT_TEXT_H
#define CORE_CHAIN_CERT_TEXT_H

#include "core/chain/cert.h"
#include "trace/buf.h"

#define CERT_LIST_MAX 100
#define CERT_TEXT_MAX ((size_t)8 << 10)

/* RFC 4514 text of GnuTLS in encoding order, ", " between the parts. */
void cert_put_dn(struct buf *b, const gnutls_datum_t *rfc4514);
void cert_put_key_usage(struct buf *b, unsigned int bits);
void cert_put_purposes(struct buf *b, gnutls_x509_crt_t crt);
void cert_put_policies(struct buf *b, gnutls_x509_crt_t crt);
/* @upn, @email  get the first of each; they stay empty where there is none. */
void cert_put_alt_names(struct buf *b, gnutls_x509_crt_t crt, struct buf *upn, struct buf *email);
/* Critical extensions that nobody here understands, OIDs. */
void cert_put_unknown_critical(struct buf *b, gnutls_x509_crt_t crt);
void cert_time_text(time_t t, char out[static 32]);	/* "" for (time_t)-1 */

#endif
