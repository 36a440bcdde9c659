/* SPDX-License-Identifier: MIT */
/* hello_fuzzer - the handshake messages a trace quotes, from any bytes. */
#include <config.h>

#include "core/handshake/hello.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello h;
	struct hello_request q;
	char text[64];

	hello_parse(&h, data, size);
	if (strlen(h.server_name) >= sizeof(h.server_name) || strlen(h.alpn) >= sizeof(h.alpn))
		abort();
	hello_list_text(&h.versions, HELLO_VERSION, text, sizeof(text));
	hello_list_text(&h.suites, HELLO_SUITE, text, sizeof(text));
	hello_list_text(&h.groups, HELLO_GROUP, text, sizeof(text));
	hello_list_text(&h.signatures, HELLO_SIGNATURE, text, sizeof(text));
	hello_certificate_count(data, size, size & 1);
	hello_parse_request(&q, data, size, size & 1);
	if (h.suites.count > HELLO_LIST || q.signatures.count > HELLO_LIST)
		abort();
	return 0;
}
