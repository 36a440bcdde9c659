/* SPDX-License-Identifier: MIT */
/*
 * offer_fuzzer - what a ClientHello has not in common with us, in words.
 *
 * The first byte chooses the code GnuTLS gave and the kind of our key; the rest is a
 * ClientHello, and first bytes that are no TLS.  Each offer has a reason, of one line.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/handshake/explain.h"
#include "tests/fuzz/fuzz.h"

static const int codes[] = {
	GNUTLS_E_NO_CIPHER_SUITES, GNUTLS_E_UNSUPPORTED_VERSION_PACKET,
	GNUTLS_E_NO_COMMON_KEY_SHARE, GNUTLS_E_UNEXPECTED_PACKET, GNUTLS_E_RECORD_OVERFLOW,
	GNUTLS_E_INAPPROPRIATE_FALLBACK, GNUTLS_E_UNEXPECTED_PACKET_LENGTH,
	GNUTLS_E_ILLEGAL_PARAMETER,
};
static const gnutls_pk_algorithm_t keys[] = {
	GNUTLS_PK_RSA, GNUTLS_PK_ECDSA, GNUTLS_PK_EDDSA_ED25519, GNUTLS_PK_RSA_PSS,
};

static void
look(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	CHECK(len > 0 && len < size);
	for (size_t i = 0; i < len; i++)
		CHECK((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_priority_t allowed;
	char first[400], second[400], small[8];
	struct hello h;
	int code;
	gnutls_pk_algorithm_t key;
	const char *known;

	if (size == 0)
		return 0;
	if (!allowed)
		CHECK(gnutls_priority_init(&allowed, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
					   NULL) == 0);
	code = codes[data[0] % (sizeof(codes) / sizeof(codes[0]))];
	key = keys[(data[0] >> 4) % (sizeof(keys) / sizeof(keys[0]))];
	hello_parse(&h, data + 1, size - 1);
	memset(first, 'x', sizeof(first));
	memset(second, 'y', sizeof(second));
	explain_offer(&h, code, key, allowed, first, sizeof(first));
	explain_offer(&h, code, key, allowed, second, sizeof(second));
	look(first, sizeof(first));
	CHECK(strcmp(first, second) == 0);
	explain_offer(&h, code, key, allowed, small, sizeof(small));
	look(small, sizeof(small));
	known = explain_first_bytes(data + 1, size - 1 < 16 ? size - 1 : 16);
	if (known)
		CHECK(strlen(known) > 0);
	return 0;
}
