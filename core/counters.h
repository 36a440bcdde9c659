/* SPDX-License-Identifier: MIT */
/*
 * counters - what a worker counts.
 *
 * Each worker has a block of its own, on cache lines of its own, and is the
 * only one that writes it: counting is a load, an addition and a store, no lock
 * and no locked instruction.  Whoever shows the numbers adds the blocks up;
 * such a sum may be a few requests behind, and never goes back.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include "core/fault.h"

#include <stdatomic.h>
#include <stdint.h>

enum handshake_result {
#define RESULT(symbol, word) HANDSHAKE_##symbol,
#include "core/handshake/endings.def"
	HANDSHAKE_RESULT_COUNT
};

enum handshake_reason {
#define REASON(symbol, word) REASON_##symbol,
#include "core/handshake/endings.def"
	HANDSHAKE_REASON_COUNT
};

#define RESPONSE_CLASS_COUNT 6 /* 0 = no response, 1 = 1xx, ... 5 = 5xx */

struct counters {
#define COUNTER(member, name, text) _Atomic uint64_t member;
#define COUNTER_BY(member, count, label, name, text) _Atomic uint64_t member[count];
#include "core/counters.def"
#undef COUNTER
#undef COUNTER_BY
};

/* All zero; free().  NULL without memory. */
struct counters *counters_new(void);
/* Adds one block to a sum of the caller's own. */
void counters_sum(struct counters *sum, const struct counters *one);

/* The worker that owns the block only. */
static inline void
counter_add(_Atomic uint64_t *c, uint64_t n)
{
	uint64_t was = atomic_load_explicit(c, memory_order_relaxed);

	atomic_store_explicit(c, was + n, memory_order_relaxed);
}

static inline uint64_t
counter_get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

extern const char *const handshake_result_words[HANDSHAKE_RESULT_COUNT];
extern const char *const handshake_reason_words[HANDSHAKE_REASON_COUNT];

#endif
