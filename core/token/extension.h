/* SPDX-License-Identifier: MIT */
/*
 * extension - finds extensions in the DER of a certificate and steps through
 * alternative names: what policies, names and attestations are read from.
 * The parsed form of a CA is gone once a chain is judged; its DER stays.
 *
 * Nothing is allocated; everything found is borrowed.  Thread-safe.
 * Source: RFC 5280 4.1, 4.2.1.6.
 */
#ifndef CORE_TOKEN_EXTENSION_H
#define CORE_TOKEN_EXTENSION_H

#include "core/chain/cert.h"
#include "core/chain/der.h"

#define OID_TEXT_MAX 128

/* Dotted text of the content of an OID; false = malformed, or longer than OID_TEXT_MAX. */
bool oid_text(const struct der *oid, char out[static OID_TEXT_MAX]);
/* The first extension with that OID; value: the content of its OCTET STRING. */
bool extension_find(const struct cert *c, const char *oid, struct der *value);

struct alt_names {	/* a walk; begin with alt_names_of */
	struct der rest;		/* names still to come */
};

struct alt_name {
	unsigned char tag;		/* of GeneralName: DER_CONTEXT(6) is a URI */
	char oid[OID_TEXT_MAX];		/* of an otherName, else "" */
	struct der value;		/* content; of an otherName the whole value with its tag */
};

struct alt_names alt_names_of(const struct cert *c);
bool alt_names_next(struct alt_names *w, struct alt_name *out);
/* The same walk over GeneralNames that stand elsewhere. */
struct alt_names alt_names_in(struct der general_names);

#endif
