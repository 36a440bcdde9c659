/* SPDX-License-Identifier: MIT */
/*
 * keyset - a server key on a token, ready to sign: some copies of it, because
 * one key object signs one thing at a time (STACK 3.5), and each with a PIN
 * source of its own for keys that want the PIN for each signature.
 *
 * A set is immutable; one that has failed is replaced whole, and goes with the
 * last session that uses it.  Its keys sign in their token's lane.
 */
#ifndef CORE_HANDSHAKE_KEYSET_H
#define CORE_HANDSHAKE_KEYSET_H

#include "core/chain/trust.h"
#include "core/token/login.h"

struct keyset_source { /* where it is made from; owned by keyset_source_new's caller */
	_Atomic unsigned int refs;
	char *certificate; /* path, or pkcs11: URI */
	char *key; /* pkcs11: URI without pin attributes */
	char *pin_from; /* of struct pin_source; NULL = none */
	bool allow_final_try;
	struct trust *trust; /* reference: its CA names are told to clients */
	struct lane *lane; /* of the key's token */
	struct lane *look; /* where it is looked at and its keys are made, one thing at a time:
			    * GnuTLS asks all modules for that, and another one may hang */
	unsigned int seconds; /* limit of one use of the token */
};

struct keyset;

struct keyset_source *keyset_source_new(void); /* one reference, all NULL; NULL = no memory */
void keyset_source_unref(struct keyset_source *s); /* NULL is fine */
/*
 * keyset_make - logs in, and makes one test signature: key and certificate match.
 * @login  out: how it went; login_done() it.
 * Returns a set with one reference, NULL on an error (login->code).  Blocks, perhaps for
 * ever: on the thread of looks.
 */
struct keyset *keyset_make(struct keyset_source *s, struct token_login *login);
/* The same for everybody else: on that thread, and not longer than the limit. */
struct keyset *keyset_new(struct keyset_source *s, struct token_login *login);
struct keyset *keyset_ref(struct keyset *k);
void keyset_unref(struct keyset *k); /* thread-safe; NULL is fine */
/* One of the copies, in turn; borrowed from k.  Thread-safe. */
gnutls_certificate_credentials_t keyset_pick(struct keyset *k);

#endif
