/* SPDX-License-Identifier: MIT */
/*
 * pin - where PINs exist, the only place: read from their source, given to
 * GnuTLS's callback, wiped.  Never logged, never traced; in memory that is
 * locked and left out of core dumps.
 *
 * The callback gives a PIN once: it refuses when the token says the last one
 * was wrong, or that only the last try is left (STACK 3.2), because GnuTLS
 * would ask again without limit and lock the card.
 *
 * A source is text: PATH or file:PATH (the first line is the PIN), fd:N (an
 * inherited descriptor, read once), credential:NAME (a file of systemd's
 * $CREDENTIALS_DIRECTORY), prompt (asked at the terminal, at the start only).
 * What can be had only once is kept, because a token that comes back, or a key
 * that wants the PIN for each signature, needs it again.
 */
#ifndef CORE_TOKEN_PIN_H
#define CORE_TOKEN_PIN_H

#include "core/token/pin_wrong.h"
#include "trace/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define PIN_MAX 64

struct pin_source {
	const char *from; /* the source, as above; borrowed; NULL or "" = none */
	bool allow_final_try; /* risk the last try of the token */
	int attempts; /* callback calls so far */
	int given; /* PINs handed out */
	unsigned int flags; /* GNUTLS_PIN_* seen last */
	bool wrong; /* the token said so, here or elsewhere: it is not tried again */
	unsigned char pair[PIN_PAIR]; /* this source, and the token that asked last */
	char refused[96]; /* why no PIN was given, "" = given */
};

/* gnutls_pin_callback_t; userdata = struct pin_source *.  Several threads may call it,
 * each with a source of its own. */
int pin_callback(void *userdata, int attempt, const char *url, const char *label,
		 unsigned int flags, char *pin, size_t pin_max);
/*
 * pin_use - gives the PIN to a function instead, which may not keep it.
 * Returns what it returned, or -1: no PIN is given (s->refused).
 */
int pin_use(struct pin_source *s, const char *url, const char *label, unsigned int flags,
	    int (*use)(void *arg, const char *pin, size_t len), void *arg);
/* The PIN that was given last was wrong: nobody gives it to that token again before a reload. */
void pin_was_wrong(struct pin_source *s);
/* "file", "descriptor", "credential", "prompt" or "none": all that may be told of a source. */
const char *pin_kind_text(const char *from);
/* From now on nobody is asked at the terminal. */
void pin_serving(void);
/* Wipes what was kept.  At the end, when nothing may call pin_callback any more. */
void pin_forget(void);

/* A pkcs11: URI without its query attributes (pin-value never leaves this).  free() the result. */
char *pin_uri_public(const char *uri);
/*
 * pin_uri_split - takes pin-source out of a pkcs11: URI, so that GnuTLS asks us.
 * @uri     out: without pin attributes, module attributes stay; free().
 * @source  out: what pin-source said, NULL = nothing; free().
 * Returns 0, or -EINVAL with the reason in why, or -ENOMEM.
 */
int pin_uri_split(const char *text, char **uri, char **source, struct buf *why);

#endif
