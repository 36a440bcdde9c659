/* SPDX-License-Identifier: MIT */
/* counters - see counters.h. */
#include <config.h>

#include "core/counters.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE ((size_t)64)
#define NUMBERS (sizeof(struct counters) / sizeof(_Atomic uint64_t))

_Static_assert(sizeof(struct counters) % sizeof(_Atomic uint64_t) == 0, "nothing but numbers");

const char *const handshake_result_words[HANDSHAKE_RESULT_COUNT] = {
#define RESULT(symbol, word) word,
#include "core/handshake/endings.def"
};

const char *const handshake_reason_words[HANDSHAKE_REASON_COUNT] = {
#define REASON(symbol, word) word,
#include "core/handshake/endings.def"
};

struct counters *
counters_new(void)
{
	size_t size = (sizeof(struct counters) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	struct counters *c = aligned_alloc(CACHE_LINE, size);

	if (c)
		memset(c, 0, size);
	return c;
}

void
counters_sum(struct counters *sum, const struct counters *one)
{
	_Atomic uint64_t *to = (void *)sum;
	const _Atomic uint64_t *from = (const void *)one;

	for (size_t i = 0; i < NUMBERS; i++)
		counter_add(&to[i], counter_get(&from[i]));
}
