/* SPDX-License-Identifier: MIT */
/*
 * sent - a chain as a client would send it, from a file or a token: what
 * --explain judges.  Blocks.
 */
#ifndef CORE_CHAIN_SENT_H
#define CORE_CHAIN_SENT_H

#include "trace/buf.h"

#include <gnutls/gnutls.h>

struct sent {
	gnutls_datum_t *raw;	/* DER, leaf first */
	unsigned int count;
};

/*
 * sent_load - @from is a file with certificates (PEM, or one in DER), or a pkcs11: URI
 * of a certificate object, whose modules are loaded already.
 * Returns true, or false with one error line.
 */
bool sent_load(struct sent *s, const char *from, struct buf *messages);
void sent_done(struct sent *s);

#endif
