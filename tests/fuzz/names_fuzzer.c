/* SPDX-License-Identifier: MIT */
/*
 * names_fuzzer - how a certificate names its holder: alternative names, and
 * extensions with a SID; the digits of a FASC-N.
 *
 * The input is a list of extensions.  Every name that is kept is one line of text
 * that can be shown, and depends on nothing but the input.
 */
#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/token/extension.h"
#include "core/token/names.h"

#define CHECK(condition) check(condition, #condition, __LINE__)
#define FASCN_TEXT 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds, const char *what, int line)
{
	if (holds)
		return;
	fprintf(stderr, "names_fuzzer.c:%d: %s does not hold\n", line, what);
	abort();
}

static void
put_tlv(struct buf *out, unsigned char tag, const struct buf *content)
{
	const char head[] = { (char)tag, (char)0x82, (char)(content->len >> 8),
			      (char)content->len };

	buf_put(out, head, sizeof(head));
	buf_put(out, content->data ? content->data : "", content->len);
}

/* The least that is a certificate to extension_find: its list of extensions. */
static void
make_cert(struct cert *c, const uint8_t *extensions, size_t len)
{
	static const unsigned char around[] = { DER_SEQUENCE, DER_CONTEXT_SET(3), DER_SEQUENCE,
						DER_SEQUENCE };
	struct buf in = BUF_INIT;

	buf_put(&in, extensions, len);
	for (size_t i = 0; i < sizeof(around); i++) {
		struct buf out = BUF_INIT;

		put_tlv(&out, around[i], &in);
		buf_done(&in);
		in = out;
	}
	c->der = (unsigned char *)in.data;
	c->der_len = in.len;
	c->readable = true;
}

static void
look(const char *text)
{
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

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
	make_cert(&c, data, size);
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
		look(a.value[i]);
	}
	names_release(&a);
	names_release(&b);
	try_fascn(data, size);
	free(c.der);
	return 0;
}
