/* SPDX-License-Identifier: MIT */
/*
 * online_cache - fetched lists below the state folder, for the next start.
 *
 * Only files are read that are this user's own, whole, and nobody else may write;
 * nothing is written through a link.  Losing one costs a fetch.  Blocks.
 */
#ifndef CORE_CHAIN_ONLINE_CACHE_H
#define CORE_CHAIN_ONLINE_CACHE_H

#include "core/chain/online_store.h"

#define LIST_MAX ((size_t)16 << 20)

/* The list kept for a key, if the issuer has signed it; NULL = none. */
struct held *cache_load(const char *state_dir, const char *key, const struct cert *issuer);
/* Keeps the bytes of a list. */
void cache_keep(const char *state_dir, const char *key, const struct buf *data);
/* Takes t: a list that the issuer has signed, ready to be asked, else NULL.  Another would
 * stand in its way. */
struct held *cache_check(struct crl_table *t, const struct cert *issuer);

#endif
