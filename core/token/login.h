/* SPDX-License-Identifier: MIT */
/*
 * login - the proxy opens a token of its own: may it risk the PIN, how did it
 * go, and how the operator is told.  Each use of a PIN can cost a try.
 *
 * Blocks: at the start, or on a pool thread.  Sources: STACK 3.2; ARR 7; S21.
 */
#ifndef CORE_TOKEN_LOGIN_H
#define CORE_TOKEN_LOGIN_H

#include "core/token/pin.h"
#include "trace/trace.h"

struct token_login {
	char *uri; /* as it may be shown; owned */
	char label[40], serial[40]; /* of the token, "" = not there */
	bool there_before, there_after;
	bool unknown; /* nothing was learnt of the token */
	unsigned int before, after; /* GNUTLS_PKCS11_TOKEN_* */
	const char *kind; /* of the PIN's source */
	bool wrong_pin; /* trying again would burn another try */
	int attempts; /* PINs given to it */
	const char *result; /* "ok", or what is wrong in words */
	int code; /* GnuTLS's, 0 = fine */
	char why[96]; /* why no PIN was given, "" = given or not asked for */
};

/*
 * login_begin - looks at the token before its key is used.
 * @uri  pkcs11: of the key, without pin attributes.
 * Returns 0, or the GnuTLS code why it is better left alone: absent, locked, or
 * at its final try without leave.  login_done is needed in any case.
 */
int login_begin(struct token_login *l, const char *uri, const struct pin_source *pin);
/* After the key was loaded (code 0) or not: looks again and finds the words. */
void login_end(struct token_login *l, const char *uri, const struct pin_source *pin, int code);
/* It came to nothing, because the token does not answer or there is no memory: instead of both. */
void login_none(struct token_login *l, const char *uri, const struct pin_source *pin, int code);
void login_done(struct token_login *l);
/* What of a pkcs11: URI names the token: "pkcs11:token=server"; free(), NULL = no memory. */
char *login_token_uri(const char *uri);
/* One line for the operator: token, flags before and after, tries, GnuTLS's code. */
void login_put(const struct token_login *l, struct buf *out);
/* SERVER_TOKEN_LOGIN; t may be NULL. */
void login_trace(const struct token_login *l, struct trace *t);
/* true if a GnuTLS code says that a token failed, not a peer. */
bool login_is_token_error(int code);

#endif
