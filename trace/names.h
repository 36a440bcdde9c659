/* SPDX-License-Identifier: MIT */
/*
 * names - texts turned into small numbers, one number per different text.
 *
 * Comparing traces compares the same few hundred texts many thousand times;
 * with names that is a comparison of integers.  Numbers count from 1 in the
 * order in which texts are first seen.  Texts are copied.  Not thread-safe.
 */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names {
	char **text;		/* text[n - 1] is name n */
	uint32_t *hash;		/* of text[n - 1] */
	uint32_t *slot;		/* open addressing: 0 = free, else a name */
	size_t count;		/* names given out */
	size_t room;		/* of text and hash */
	size_t slots;		/* of slot; a power of two, or 0 */
};

#define NAMES_INIT { 0 }

void names_done(struct names *n);
/* The number of a text, a new one if need be; 0 without memory. */
uint32_t names_add(struct names *n, const char *text, size_t len);
/* Borrowed, NUL-terminated; "" for 0. */
const char *names_text(const struct names *n, uint32_t name);

#endif
