/* SPDX-License-Identifier: MIT */
/*
 * hash - 64-bit hashes of texts, the same on every machine, so that several
 * proxies agree.  Not for secrets.  Source: FNV-1a (Fowler, Noll, Vo) and the
 * finishing steps of splitmix64 (Steele, Lea, Flood), both in the public domain.
 */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Goes on from h; a mark of the end keeps "ab","c" apart from "a","bc". */
static inline uint64_t
hash_bytes(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return (h ^ 0x100) * UINT64_C(0x100000001b3);
}

static inline uint64_t
hash_text(uint64_t h, const char *text)
{
	return hash_bytes(h, text, strlen(text));
}

/* Spreads every bit of h over all 64. */
static inline uint64_t
hash_mix(uint64_t h)
{
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

#endif
