/* SPDX-License-Identifier: MIT */
/* trust_private - what trust.c, trust_names.c and trust_anchors.c share. */
#ifndef CORE_CHAIN_TRUST_PRIVATE_H
#define CORE_CHAIN_TRUST_PRIVATE_H

#include "core/chain/trust.h"

#include <stdatomic.h>

struct certs {
	struct cert **list;	/* owned */
	size_t count, room;
};

struct roots {	/* shared by trusts that differ in their CRLs only */
	_Atomic unsigned int refs;
	struct certs anchors, intermediates;
	gnutls_x509_trust_list_t list;	/* of the anchors; they stay ours */
	const struct cert **names;	/* one certificate per name to send; borrowed */
	size_t name_count, name_bytes;
	char *name_text;		/* their subjects, joined */
	char *name_biggest;		/* the biggest of too many; "" = not too many */
	char loaded[32];		/* when */
	char *anchor_text;		/* fingerprints and subjects of the anchors */
	struct roots *first;		/* reference: those the process began with; NULL = these */
	char *added, *gone;		/* anchors that .first had not, or had; NULL = as .first */
};

struct trust {
	_Atomic unsigned int refs;
	uint64_t generation;		/* from 1 */
	uint64_t stamp;			/* of the CRL files, taken before they were read */
	struct roots *roots;		/* reference */
	struct crl_table *crls;		/* owned */
};

/* The same certificate, NULL = not there. */
const struct cert *certs_find(const struct certs *c, const struct cert *wanted);
bool names_equal(const gnutls_datum_t *a, const gnutls_datum_t *b);
void roots_unref(struct roots *r);	/* thread-safe; NULL is fine */
/* trust_names.c: the CA names to send; false with a line in messages if there are too many. */
bool roots_name(struct roots *t, struct buf *messages);
/* trust_anchors.c: texts of the anchors; false = no memory. */
bool roots_describe(struct roots *r);

#endif
