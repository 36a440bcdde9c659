/* SPDX-License-Identifier: MIT */
/*
 * pin - where PINs exist, the only place: read from a pin-source file, given
 * to GnuTLS's callback, wiped.  Never logged, never traced.
 *
 * The callback gives a PIN once: it refuses when the token says the last one
 * was wrong, or that only the last try is left (STACK 3.2), because GnuTLS
 * would ask again without limit and lock the card.
 */
#ifndef CORE_TOKEN_PIN_H
#define CORE_TOKEN_PIN_H

#include <stddef.h>

#define PIN_MAX 64

struct pin_source {
	char *file;		/* path; the first line is the PIN, trailing line end ignored */
	int attempts;		/* callback calls so far */
	unsigned int flags;	/* GNUTLS_PIN_* seen last */
	char refused[96];	/* why no PIN was given, "" = given */
};

/* gnutls_pin_callback_t; userdata = struct pin_source *. */
int pin_callback(void *userdata, int attempt, const char *url, const char *label,
		 unsigned int flags, char *pin, size_t pin_max);
/* A pkcs11: URI without its query attributes (pin-value never leaves this).  free() the result. */
char *pin_uri_public(const char *uri);

#endif
