/* SPDX-License-Identifier: MIT */
/*
 * credentials - a binding's server certificate and key, ready for sessions,
 * with the facts that traces and X-ARR-SSL quote.  Immutable once loaded and
 * shared by workers, but for the key on a token: tokens are pulled out and put
 * back, and new sessions then sign with a new set of keys.
 */
#ifndef CORE_HANDSHAKE_CREDENTIALS_H
#define CORE_HANDSHAKE_CREDENTIALS_H

#include "core/chain/trust.h"
#include "core/handshake/keyset.h"

struct token_key; /* the changing part; NULL = the key is in a file */

struct credentials {
	gnutls_certificate_credentials_t cred; /* key in a file; NULL = on a token */
	struct token_key *token;
	struct cert *cert; /* the leaf */
	char *key_bits; /* "256" */
	const char *key_store; /* "file" or "pkcs11" */
	char *token_uri; /* path attributes only; "" = file */
	char *arr_ssl_names; /* "|issuer|subject": X-ARR-SSL after the two sizes; ASCII */
};

/* Reads certificate and key; NULL with a line in errors.  start: what the proxy tells of
 * its start, NULL = not traced. */
struct credentials *credentials_load(const struct config_certificate *c, const struct trust *trust,
				     struct trace *start, struct buf *errors);
void credentials_free(struct credentials *c); /* NULL is fine */

/*
 * credentials_use - gives the session the key.
 * @keys  in and out: a reference that must last as long as the session; NULL = none.
 * Any thread.  With a key on a token it takes a lock for the moment of a copy.
 */
void credentials_use(struct credentials *c, gnutls_session_t session, struct keyset **keys);
/* A session's signature failed with the code of a token: no more of these keys. */
void credentials_failed(struct credentials *c, const struct keyset *keys);
/*
 * credentials_check - is the token there, and does it answer?  If it came back, or its key
 * failed, new keys are made for new sessions.  Each change is logged once.
 * @owner  keeps c; dropped when the look is over.
 * One thread only; does not block: the token is asked in its lane.
 */
void credentials_check(struct credentials *c, void (*drop)(void *owner), void *owner);
/* Where its token works; NULL = the key is in a file. */
struct lane *credentials_lane(const struct credentials *c);

#endif
