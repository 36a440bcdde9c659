/* SPDX-License-Identifier: MIT */
/*
 * der - steps through DER without copying: what GnuTLS has no getter for
 * (otherName values, CRL entries, the scope of a CRL).
 *
 * Definite lengths up to 4 bytes, one-byte tags; anything else ends the walk.
 * Knows nothing of certificates.  Thread-safe.  Source: X.690 8.1, 10.1.
 */
#ifndef CORE_CHAIN_DER_H
#define CORE_CHAIN_DER_H

#include <stdbool.h>
#include <stddef.h>

#define DER_BOOLEAN 0x01
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTET_STRING 0x04
#define DER_OID 0x06
#define DER_ENUMERATED 0x0a
#define DER_UTF8_STRING 0x0c
#define DER_UTC_TIME 0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE 0x30
#define DER_CONTEXT(n) (0x80 | (n))		/* primitive */
#define DER_CONTEXT_SET(n) (0xa0 | (n))		/* constructed */

struct der {		/* bytes still to be read; borrowed */
	const unsigned char *at;	/* next element */
	const unsigned char *end;	/* one past the last byte */
};

struct der der_from(const void *data, size_t len);
size_t der_left(const struct der *d);
/*
 * der_next - takes one element off d.
 * @tag      out: its tag byte.
 * @content  out: its content.
 * Returns false at the end or on malformed bytes (d is then at its end).
 */
bool der_next(struct der *d, unsigned char *tag, struct der *content);
/* Takes one element that must have the given tag; else false and nothing changed.
 * content may be d itself: then d goes inside. */
bool der_take(struct der *d, unsigned char tag, struct der *content);
/* "2026-11-23T22:00:00Z" from the content of a UTCTime or GeneralizedTime. */
bool der_time_text(unsigned char tag, const struct der *content, char out[static 32]);

#endif
