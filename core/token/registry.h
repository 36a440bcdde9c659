/* SPDX-License-Identifier: MIT */
/*
 * registry - the tokens the proxy can see through p11-kit, and an index of the
 * certificates on them.  No PIN is needed: certificates are public objects.  Where
 * one is given, attributes of the private keys are read too.
 *
 * registry_scan() blocks (it talks to tokens): call it at start and on a pool
 * thread.  The result is immutable and reference counted; requests only look
 * up SHA-256 in it.  Sources: STACK 3.1, 3.4; RFC 7512 for URIs.
 */
#ifndef CORE_TOKEN_REGISTRY_H
#define CORE_TOKEN_REGISTRY_H

#include "core/token/pin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry;

struct token {
	char *module;			/* file name of the module */
	char *label, *manufacturer, *model, *serial;
	char *uri;			/* path attributes only */
	bool login_required, pin_initialized, pin_pad, pin_count_low, pin_final_try, pin_locked;
};

struct registry_key {	/* of the private key, seen after a login only */
	bool sensitive, never_extractable, always_authenticate;
};

struct registry_pin {		/* a token whose private keys are looked at too */
	const char *uri;	/* pkcs11: of the token; borrowed */
	struct pin_source pin;	/* changed by scans: one at a time */
};

struct registry_module {
	char *name;
	size_t tokens_seen;
	int error;			/* CK_RV or GnuTLS code, 0 = fine */
	uint64_t elapsed_ms;
};

/*
 * registry_scan - lists tokens and the certificates on them.
 * @modules   absolute paths; count 0 = those p11-kit has configured (the
 *            p11-kit-trust module is left out).
 * @pins      tokens to log in to; the others are looked at without a login.
 * @messages  one line per problem; the scan goes on.
 * Returns a registry with one reference, NULL only without memory.
 */
struct registry *registry_scan(char *const *modules, size_t count, struct registry_pin *pins,
			       size_t pin_count, struct buf *messages);
/* A view in which nothing is known of these modules. */
struct registry *registry_unknown(char *const *modules, size_t count);
/* What it says may be old: its tokens have not answered for so long; 0 = they do.  Any thread. */
void registry_set_silent(struct registry *r, unsigned int seconds); /* NULL is fine */
unsigned int registry_silent(const struct registry *r);
struct registry *registry_ref(struct registry *r);
void registry_unref(struct registry *r);	/* thread-safe; NULL is fine */
size_t registry_module_count(const struct registry *r);
const struct registry_module *registry_module(const struct registry *r, size_t i);
/* The token that holds the certificate with that SHA-256 of its DER, NULL = none. */
const struct token *registry_find(const struct registry *r, const unsigned char sha256[static 32]);
/* What that token says of the key, NULL = it was not asked, or has no such key. */
const struct registry_key *registry_find_key(const struct registry *r,
					     const unsigned char sha256[static 32]);

#endif
