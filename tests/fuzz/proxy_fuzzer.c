/* SPDX-License-Identifier: MIT */
/*
 * proxy_fuzzer - a PROXY header from any bytes, read as a connection reads it:
 * no byte behind its end is taken, and however it is split, it says the same.
 */
#include <config.h>

#include "core/handshake/proxy_header.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Reads at most step bytes at once: the length of the header, 0 = it did not come whole,
 * -1 = refused. */
static ssize_t
read_by(const uint8_t *data, size_t size, size_t step, const char **wrong)
{
	uint8_t copy[PROXY_HEADER_MAX];
	size_t len = 0;

	for (;;) {
		ssize_t n = proxy_header_missing(copy, len, wrong);

		if (n < 0)
			return -1;
		if (n == 0)
			return (ssize_t)len;
		if ((size_t)n > sizeof(copy) - len)
			abort();
		if ((size_t)n > step)
			n = (ssize_t)step;
		if ((size_t)n > size - len)
			n = (ssize_t)(size - len);
		if (n == 0)
			return 0;
		memcpy(copy + len, data + len, (size_t)n);
		len += (size_t)n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong = NULL, *other = NULL;
	ssize_t len = read_by(data, size, SIZE_MAX, &wrong);
	struct proxy_header h;
	uint8_t *exact;

	if (len != read_by(data, size, 1, &other) || (len < 0 && strcmp(wrong, other) != 0))
		abort();
	if (len <= 0)
		return 0;
	exact = malloc((size_t)len); /* so that reading past it is noticed */
	if (!exact)
		return 0;
	memcpy(exact, data, (size_t)len);
	if (proxy_header_parse(&h, exact, (size_t)len, &wrong) < 0 ? !wrong : wrong != NULL)
		abort();
	if (!h.family || strlen(h.source_path) >= sizeof(h.source_path) ||
	    (h.has_addresses && h.source.ss_family != h.destination.ss_family))
		abort();
	free(exact);
	return 0;
}
