/* SPDX-License-Identifier: MIT */
/*
 * credentials - a binding's server certificate and key, ready for sessions,
 * with the facts that traces and X-ARR-SSL quote.  Immutable once loaded;
 * shared by workers.
 */
#ifndef CORE_HANDSHAKE_CREDENTIALS_H
#define CORE_HANDSHAKE_CREDENTIALS_H

#include "core/chain/trust.h"
#include "core/token/pin.h"

struct credentials {
	gnutls_certificate_credentials_t cred;
	struct cert *cert; /* the leaf */
	char *key_bits; /* "256" */
	bool on_token; /* its signatures may take long: they are made on a pool thread */
	char *key_store; /* "file" or "pkcs11" */
	char *token_uri; /* path attributes only; "" = file */
	char *arr_ssl_names; /* "|issuer|subject": X-ARR-SSL after the two sizes; ASCII */
	struct pin_source pin; /* of the key */
};

/* Reads certificate and key; NULL with a line in errors. */
struct credentials *credentials_load(const struct config_certificate *c, const struct trust *trust,
				     struct buf *errors);
void credentials_free(struct credentials *c); /* NULL is fine */

#endif
