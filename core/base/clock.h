/* SPDX-License-Identifier: MIT */
/*
 * clock - the two clocks: monotonic for spans and time limits, real time for
 * dates.  Nanoseconds in 64 bits.  Thread-safe.
 */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_NS_PER_S 1000000000ull
#define CLOCK_NS_PER_MS 1000000ull
#define CLOCK_NS_PER_US 1000ull

static inline uint64_t
clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_NS_PER_S + (uint64_t)t.tv_nsec;
}

static inline uint64_t
clock_mono_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

static inline uint64_t
clock_real_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

#endif
