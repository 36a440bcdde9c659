/* SPDX-License-Identifier: MIT */
/*
 * arena - memory that lives as long as one exchange.
 *
 * Bump allocation in blocks; everything is freed at once.  arena_reset keeps
 * the first block, so a kept-alive connection allocates nothing per request.
 * Returns NULL past the limit or without memory: callers answer with a fault.
 * Not thread-safe.
 */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first; /* kept by arena_reset */
	struct arena_block *current; /* allocations come from here */
	size_t total; /* bytes in all blocks */
	size_t max; /* limit of .total; 0 = 16 MiB */
};

void arena_init(struct arena *a, size_t max);
void arena_reset(struct arena *a);
void arena_done(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* aligned for any type, not cleared */
void *arena_zalloc(struct arena *a, size_t size); /* cleared */
char *arena_strndup(struct arena *a, const char *s, size_t len); /* adds a NUL */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
