/* SPDX-License-Identifier: MIT */
/*
 * crl_index - the inside of a CRL: where its parts lie, a hash of serials, the
 * scope it covers.  Only revoke.c uses it.
 *
 * Entries stay in the DER; the hash holds offsets, so 100,000 entries cost
 * 1 MB beside the list itself.  It is made apart, once it is known who signed
 * the list: whoever chooses the serials can make it slow.  Else immutable, but
 * for the memory of the last key that verified, which is written once.
 * Source: RFC 5280 5.
 */
#ifndef CORE_CHAIN_CRL_INDEX_H
#define CORE_CHAIN_CRL_INDEX_H

#include "core/chain/cert.h"
#include "core/chain/der.h"
#include "core/chain/revoke.h"

#include <stdatomic.h>

struct crl_index {
	gnutls_datum_t der;		/* the whole list; gnutls_free */
	struct der signed_part;		/* tbsCertList, header included */
	struct der head;		/* of tbsCertList: what stands before the entries */
	struct der entries;		/* revokedCertificates */
	struct der signed_with;		/* signatureAlgorithm, header included */
	struct der signature;		/* without the count of unused bits */
	gnutls_sign_algorithm_t algorithm;
	struct der point;		/* distributionPoint of its scope; empty = any */
	struct der scope;		/* issuingDistributionPoint; empty = everything */
	uint32_t *slots;		/* offset of an entry + 1; 0 = free; NULL = not made yet */
	size_t slot_mask;		/* number of slots - 1 */
	_Atomic int verified;		/* 0 = no key, 1 = being written, 2 = verified_key */
	unsigned char verified_key[CERT_SHA256];
};

/* Takes der.  Sets what it finds in c; NULL if the list is malformed or there is no memory. */
struct crl_index *crl_index_new(gnutls_datum_t *der, struct crl *c);
void crl_index_free(struct crl_index *x);		/* NULL is fine */
/* The list without its entries and extensions, for GnuTLS; out->error if it is too large. */
void crl_index_put_head(const struct crl_index *x, struct buf *out);
/* Makes the hash of entries serials, unless it is there; false without memory. */
bool crl_index_fill(struct crl_index *x, size_t entries);
/*
 * crl_point_is_of - does a certificate name this point?  RFC 5280 6.3.3 (b)(2)(i).
 * @point   content of distributionPoint in issuingDistributionPoint.
 * @points  value of the certificate's cRLDistributionPoints; empty = it has none.
 */
bool crl_point_is_of(struct der point, const gnutls_datum_t *points);
/* Of a CRLReason (RFC 5280 5.3.1): "keyCompromise"; "" = there is none. */
const char *crl_reason_text(unsigned int code);
/* Is that serial listed?  The hash has been made.  Fills date and reason ("" = not said). */
bool crl_index_find(const struct crl_index *x, const unsigned char *serial, size_t len,
		    char date[static 32], const char **reason);

#endif
