/* SPDX-License-Identifier: MIT */
/*
 * names_fuzzer - how a certificate names its holder: alternative names, and
 * extensions with a SID; the digits of a FASC-N.
 *
 * The input is a list of extensions.  Every name that is kept is one line of text
 * that can be shown, and depends on nothing but the input.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/token/extension.h"
#include "core/token/names.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_cert.h"

#define FASCN_TEXT 48

static void
try_fascn(const uint8_t *data, size_t size)
{
	char text[FASCN_TEXT];

	memset(text, 'x', sizeof(text));
	if (!names_fascn_text(data, size, text))
		return;
	CHECK(memchr(text, 0, sizeof(text)) != NULL);
	CHECK(strspn(text, "0123456789-") == strlen(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char empty[] = "";
	struct cert c = { .subject = empty, .upn = empty, .email = empty, .alt_names = empty };
	struct names a = { { NULL } }, b = { { NULL } };
	struct alt_names walk;
	struct alt_name name;
	unsigned int count = 0;

	if (size > 4096)
		return 0;
	fuzz_make_cert(&c, data, size);
	walk = alt_names_of(&c);
	while (alt_names_next(&walk, &name)) {
		CHECK(memchr(name.oid, 0, sizeof(name.oid)) != NULL);
		CHECK(++count <= size);
	}
	CHECK(names_load(&c, &a) && names_load(&c, &b));
	for (size_t i = 0; i < IDENTITY_KIND_COUNT; i++) {
		CHECK(!a.value[i] == !b.value[i]);
		if (!a.value[i])
			continue;
		CHECK(strcmp(a.value[i], b.value[i]) == 0);
		fuzz_check_text(a.value[i]);
	}
	names_release(&a);
	names_release(&b);
	try_fascn(data, size);
	free(c.der);
	return 0;
}
