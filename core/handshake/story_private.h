/* SPDX-License-Identifier: MIT */
/* story_private - what story.c and story_end.c share. */
#ifndef CORE_HANDSHAKE_STORY_PRIVATE_H
#define CORE_HANDSHAKE_STORY_PRIVATE_H

#include "core/handshake/hello.h"
#include "core/handshake/story.h"

struct story {
	uint64_t start_ns; /* monotonic: the handshake began */
	uint64_t last_ns; /* of the last message seen by the hook */
	uint64_t asked_ns; /* our flight left the proxy before the client's certificate came */
	uint64_t flown_ns; /* our first flight left */
	struct hello hello; /* of the client's last ClientHello */
	int certificates; /* in the client's Certificate message, -1 = malformed */
	bool requested; /* CertificateRequest was sent */
	bool asked; /* our first flight is complete */
	bool answered; /* the client went on after our flight */
	bool verify_pending; /* CertificateVerify came, its check has not shown yet */
	bool verify_failed; /* the CertificateVerify was wrong */
	bool signed_here; /* a CertificateVerify came on this connection */
	bool back; /* a call of gnutls_handshake came back from the pool with .result */
	int result;
	unsigned int token_busy; /* the token of our key hangs for so many seconds; 0 = no */
	bool timed_out;
	bool no_signer; /* too many wait for signatures already */
	bool person_limit; /* the limit for a person is set */
	bool late; /* the session is there; a certificate is asked for again */
};

/* SECURITY_SERVER_IDENTITY; failed: its key could not sign. */
void story_identity(struct conn *c, uint64_t now, bool failed);
/* Tells how a pending CertificateVerify came out. */
void story_verified(struct conn *c, bool valid, const char *note);

#endif
