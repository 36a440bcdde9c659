/* SPDX-License-Identifier: MIT */
/*
 * names - every way in which a certificate names its holder (kinds.def).
 *
 * Values are safe to show (cert_put_safe), the first of each kind.  What does
 * not have the form of its kind is left out.  Thread-safe.
 * Sources: ARR 6.2; FASC-N: TIG SCEPACS 6; SID: MS-WCCE 2.2.2.7.7.4.
 */
#ifndef CORE_TOKEN_NAMES_H
#define CORE_TOKEN_NAMES_H

#include "core/chain/cert.h"
#include "core/config.h"

struct names {
	char *value[IDENTITY_KIND_COUNT];	/* heap; NULL = the certificate has none */
};

/* false = no memory; names_release is still needed. */
bool names_load(const struct cert *leaf, struct names *out);
void names_release(struct names *n);
const char *names_kind_text(enum identity_kind k);	/* "UPN" */
/* The digits of a FASC-N in groups, "0032-0001-092446-0-1-..."; false = it is none. */
bool names_fascn_text(const unsigned char *data, size_t len, char out[static 48]);

#endif
