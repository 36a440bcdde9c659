/* SPDX-License-Identifier: MIT */
/*
 * bits - a set of event numbers as a bitmap that grows.
 *
 * A bit that was never set is 0, however large its number.  Setting a bit may
 * fail for want of memory; the set then stays as it was.
 */
#ifndef VIEWER_BITS_H
#define VIEWER_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bits {
	uint64_t *words;	/* heap, NULL = empty */
	size_t count;		/* words allocated */
};

static inline bool
bits_has(const struct bits *b, size_t i)
{
	return i / 64 < b->count && b->words[i / 64] >> (i % 64) & 1;
}

static inline bool
bits_put(struct bits *b, size_t i, bool on)
{
	if (i / 64 >= b->count) {
		if (!on)
			return true;
		size_t count = (i / 64 + 1) * 2;
		uint64_t *words = realloc(b->words, count * sizeof(*words));

		if (!words)
			return false;
		memset(words + b->count, 0, (count - b->count) * sizeof(*words));
		b->words = words;
		b->count = count;
	}
	uint64_t bit = (uint64_t)1 << (i % 64);

	b->words[i / 64] = on ? b->words[i / 64] | bit : b->words[i / 64] & ~bit;
	return true;
}

static inline void
bits_clear(struct bits *b)
{
	if (b->count)
		memset(b->words, 0, b->count * sizeof(*b->words));
}

static inline void
bits_done(struct bits *b)
{
	free(b->words);
	b->words = NULL;
	b->count = 0;
}

#endif
