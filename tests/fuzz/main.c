/* SPDX-License-Identifier: MIT */
/*
 * main - runs a fuzz target over files, or over standard input, without any
 * fuzzing engine: past crashes and the corpus run in `make check` this way,
 * and AFL-like tools can drive it.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX ((size_t)16 << 20)

/* The whole input in memory of exactly its size, so that reading past it is noticed. */
static uint8_t *
read_input(FILE *in, size_t *size)
{
	uint8_t *all = malloc(INPUT_MAX);
	uint8_t *exact;

	if (!all)
		return NULL;
	*size = fread(all, 1, INPUT_MAX, in);
	exact = malloc(*size ? *size : 1);
	if (exact)
		memcpy(exact, all, *size);
	free(all);
	return exact;
}

static int
run_one(FILE *in, const char *name)
{
	size_t size = 0;
	uint8_t *data = read_input(in, &size);

	if (!data || ferror(in)) {
		fprintf(stderr, "%s: cannot be read\n", name);
		free(data);
		return 1;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2)
		return run_one(stdin, "standard input");
	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "rb");

		if (!in) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
			failed = 1;
			continue;
		}
		failed |= run_one(in, argv[i]);
		fclose(in);
	}
	return failed;
}
