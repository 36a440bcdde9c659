/* SPDX-License-Identifier: MIT */
/* trust_check - what a load warns of: only trust.c uses it. */
#ifndef CORE_CHAIN_TRUST_CHECK_H
#define CORE_CHAIN_TRUST_CHECK_H

#include "core/chain/trust.h"

/* CRLs that are stale, never expire, or that no known CA has signed. */
void trust_check_crls(const struct trust *t, struct buf *messages);
/* Intermediates whose issuer nobody here knows: they help no chain to an anchor. */
void trust_check_intermediates(const struct trust *t, struct buf *messages);

#endif
