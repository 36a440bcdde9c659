/* SPDX-License-Identifier: MIT */
/*
 * ocsp - questions to an OCSP responder and what its answers are worth.
 *
 * Bytes in, verdict out; no network.  A responder is believed if it is the
 * issuer itself, or has a certificate by the issuer that names the purpose
 * OCSPSigning: GnuTLS would also take one that names no purpose, or any, and
 * then every user could answer for himself.  Thread-safe.  Source: RFC 6960.
 */
#ifndef CORE_CHAIN_OCSP_H
#define CORE_CHAIN_OCSP_H

#include "core/chain/cert.h"

#define OCSP_NONCE_MAX 32
#define OCSP_HASH 20

struct ocsp_question {
	gnutls_datum_t der;	/* the request; gnutls_free */
	unsigned char nonce[OCSP_NONCE_MAX];
	size_t nonce_len;	/* 0 = none was sent */
	unsigned char issuer_key[OCSP_HASH];	/* SHA-1 of the issuer's key, as in the request */
};

struct ocsp_answer {
	bool good, revoked;	/* neither: the responder does not know the certificate */
	time_t this_update, next_update;	/* next (time_t)-1 = not said */
	char date[32];		/* of the revocation; "" = not said */
	const char *reason;	/* "keyCompromise"; "" = not said; static */
};

/* Fills q for cert of issuer; false = no memory. */
bool ocsp_ask(struct ocsp_question *q, const struct cert *cert, const struct cert *issuer,
	      bool nonce);
void ocsp_question_done(struct ocsp_question *q);
/*
 * ocsp_read - an answer to q.  Freshness is the caller's to judge.
 * Returns 0, or the Windows code of why it counts for nothing (trace/enums.def).
 */
uint32_t ocsp_read(const void *data, size_t len, const struct ocsp_question *q,
		   const struct cert *cert, const struct cert *issuer, struct ocsp_answer *out);

#endif
