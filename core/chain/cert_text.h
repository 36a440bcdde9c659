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
/* The name as RFC 4514 has it (last part first, "," between), in visible ASCII and spaces: other
 * bytes and quotes as \\XX.  Nothing for a name that cannot be read. */
void cert_put_rfc4514(struct buf *b, const gnutls_datum_t *name_der);
void cert_put_key_usage(struct buf *b, unsigned int bits);
void cert_put_purposes(struct buf *b, gnutls_x509_crt_t crt);
void cert_put_policies(struct buf *b, gnutls_x509_crt_t crt);
/* @upn, @email  get the first of each; they stay empty where there is none. */
void cert_put_alt_names(struct buf *b, gnutls_x509_crt_t crt, struct buf *upn, struct buf *email);
/*
 * cert_each_name - calls each for the alternative names of one kind, in order.
 * @uri   URIs, else DNS names.
 * @text  as in the certificate, may hold anything; valid during the call.
 * Reads the DER anew: any thread.  At most 1000 names of a certificate are looked at.
 */
void cert_each_name(const struct cert *c, bool uri,
		    void (*each)(void *arg, const char *text, size_t len), void *arg);
/* Critical extensions that nobody here understands, OIDs. */
void cert_put_unknown_critical(struct buf *b, gnutls_x509_crt_t crt);
void cert_time_text(time_t t, char out[static 32]);	/* "" for (time_t)-1 */

#endif
