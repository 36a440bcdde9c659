/* SPDX-License-Identifier: MIT */
/*
 * hint - SECURITY_HANDSHAKE_HINT: a key signs so often that its person is asked
 * for the PIN again and again, and why no session was resumed instead.
 * Source: ARR 5, S17.
 */
#ifndef CORE_HANDSHAKE_HINT_H
#define CORE_HANDSHAKE_HINT_H

#include "core/conn.h"

struct hint {
	unsigned int signatures; /* within the minute, this one too; 0 = not looked */
	uint64_t age; /* seconds since the one before, UINT64_MAX = not known */
	unsigned int last_end; /* enum conn_end of the connection before, 0 = not known */
};

/* A certificate's key (SHA-256 of its DER) signed: counts it. */
void hint_look(struct hint *h, const unsigned char sha256[static 32]);
/* Tells it if it is too often.  While c->story is there. */
void hint_tell(struct conn *c, const struct hint *h);

#endif
