/* SPDX-License-Identifier: MIT */
/*
 * fuzz - what the fuzz targets share: the entry point, and conditions that hold
 * whatever came in.  All of it is inline, for each target is linked as one object.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) fuzz_check(condition, #condition, __FILE__, __LINE__)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_check(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
	abort();
}

/* A text that can be shown: nothing in it that a terminal would obey. */
static inline void
fuzz_check_text(const char *text)
{
	CHECK(text != NULL);
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

#endif
