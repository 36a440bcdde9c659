/* SPDX-License-Identifier: MIT */
/* explain - see explain.h. */
#include <config.h>

#include "core/handshake/explain.h"

#include <stdio.h>
#include <string.h>

#define LIST_SIZE 320

/* What GnuTLS can agree on; what is in no row is unknown to it. */
static const uint16_t groups[] = {
	0x0017, 0x0018, 0x0019, 0x001d, 0x001e, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104,
};

static const struct {
	uint16_t id;
	gnutls_pk_algorithm_t key;
} signatures[] = {
	{ 0x0403, GNUTLS_PK_ECDSA },	     { 0x0503, GNUTLS_PK_ECDSA },
	{ 0x0603, GNUTLS_PK_ECDSA },	     { 0x0401, GNUTLS_PK_RSA },
	{ 0x0501, GNUTLS_PK_RSA },	     { 0x0601, GNUTLS_PK_RSA },
	{ 0x0804, GNUTLS_PK_RSA },	     { 0x0805, GNUTLS_PK_RSA },
	{ 0x0806, GNUTLS_PK_RSA },	     { 0x0809, GNUTLS_PK_RSA_PSS },
	{ 0x080a, GNUTLS_PK_RSA_PSS },	     { 0x080b, GNUTLS_PK_RSA_PSS },
	{ 0x0807, GNUTLS_PK_EDDSA_ED25519 }, { 0x0808, GNUTLS_PK_EDDSA_ED448 },
};

/* Codes that need no look at the offer. */
static const struct {
	int code;
	const char *words;
} codes[] = {
	{ GNUTLS_E_RECORD_OVERFLOW, "a record is longer than TLS allows" },
	{ GNUTLS_E_UNEXPECTED_PACKET_LENGTH,
	  "a record or message has a length that TLS does not allow" },
	{ GNUTLS_E_HANDSHAKE_TOO_LARGE, "a handshake message is longer than is allowed" },
	{ GNUTLS_E_UNEXPECTED_HANDSHAKE_PACKET, "a handshake message came out of order" },
	{ GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER, "the client sent a value that TLS forbids" },
	{ GNUTLS_E_INAPPROPRIATE_FALLBACK,
	  "the client fell back to an older TLS version than both sides know: something "
	  "between them broke its first attempt" },
	{ GNUTLS_E_NO_COMMON_KEY_SHARE, "" },
	{ GNUTLS_E_NO_CIPHER_SUITES, "" },
	{ GNUTLS_E_UNSUPPORTED_VERSION_PACKET, "" },
	{ GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, "" },
	{ GNUTLS_E_INCOMPATIBLE_SIG_WITH_KEY, "" },
};

static const struct {
	const char *bytes;
	size_t len;
	const char *words;
} beginnings[] = {
	{ "SSH-", 4, "SSH was sent to a TLS port" },
	{ "PRI * HTTP/2", 12, "HTTP/2 without TLS was sent to a TLS port" },
	{ "PROXY ", 6,
	  "a PROXY protocol header (version 1) came before TLS: a load balancer adds it, and "
	  "this binding does not read it" },
	{ "\r\n\r\n\0\r\nQUIT\n", 12,
	  "a PROXY protocol header (version 2) came before TLS: a load balancer adds it, and "
	  "this binding does not read it" },
	{ "EHLO ", 5, "SMTP was sent to a TLS port" },
	{ "HELO ", 5, "SMTP was sent to a TLS port" },
	{ "\x15\x03", 2, "the client began with a TLS alert instead of a ClientHello" },
	{ "\x17\x03", 2,
	  "the client began with encrypted TLS data instead of a ClientHello: it continues a "
	  "session that the proxy does not know" },
	{ "\x03\x00\x00", 3, "Remote Desktop (TPKT) was sent to a TLS port" },
};

bool
explain_is_refusal(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return code != GNUTLS_E_UNEXPECTED_PACKET_LENGTH; /* the end, too */
	return false;
}

static bool
shares_version(const struct hello *h)
{
	return hello_list_has(&h->versions, 0x0304) || hello_list_has(&h->versions, 0x0303);
}

static bool
shares_group(const struct hello *h)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (hello_list_has(&h->groups, groups[i]))
			return true;
	return false;
}

static bool
shares_signature(const struct hello *h, gnutls_pk_algorithm_t key)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (signatures[i].key == key && hello_list_has(&h->signatures, signatures[i].id))
			return true;
	return false;
}

static bool
shares_suite(const struct hello *h, gnutls_priority_t allowed)
{
	unsigned int index;

	for (unsigned int i = 0;; i++) {
		unsigned char id[2];
		int r = gnutls_priority_get_cipher_suite_index(allowed, i, &index);

		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return false;
		if (r == 0 && gnutls_cipher_suite_info(index, id, NULL, NULL, NULL, NULL) &&
		    hello_list_has(&h->suites, (uint16_t)(id[0] << 8 | id[1])))
			return true;
	}
}

void
explain_offer(const struct hello *h, int code, gnutls_pk_algorithm_t key,
	      gnutls_priority_t allowed, char *out, size_t size)
{
	const char *key_name = gnutls_pk_get_name(key);
	char list[LIST_SIZE];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code && codes[i].words[0]) {
			snprintf(out, size, "%s", codes[i].words);
			return;
		}
	if (!h->valid || (shares_version(h) && !explain_is_refusal(code)))
		snprintf(out, size, "%s", gnutls_strerror(code));
	else if (!shares_version(h))
		snprintf(out, size,
			 "no common TLS version: the client offers %s; "
			 "TLS 1.2 and TLS 1.3 are allowed",
			 hello_list_text(&h->versions, HELLO_VERSION, list, sizeof(list)));
	else if (!shares_suite(h, allowed))
		snprintf(out, size, "no common cipher suite: the client offers %s",
			 hello_list_text(&h->suites, HELLO_SUITE, list, sizeof(list)));
	else if (h->groups.total && !shares_group(h))
		snprintf(out, size, "no common group: the client offers %s",
			 hello_list_text(&h->groups, HELLO_GROUP, list, sizeof(list)));
	else if (h->signatures.total && !shares_signature(h, key))
		snprintf(out, size,
			 "no common signature algorithm: the key of the proxy's certificate is %s, "
			 "the client offers %s",
			 key_name,
			 hello_list_text(&h->signatures, HELLO_SIGNATURE, list, sizeof(list)));
	else if (code == GNUTLS_E_NO_COMMON_KEY_SHARE)
		snprintf(out, size, "no common group: the client offers %s",
			 hello_list_text(&h->groups, HELLO_GROUP, list, sizeof(list)));
	else
		snprintf(out, size,
			 "no cipher suite of the client fits the %s key of the proxy's "
			 "certificate: the client offers %s",
			 key_name, hello_list_text(&h->suites, HELLO_SUITE, list, sizeof(list)));
}

/* The length of an SSL 2 record, then message type 1: how clients before 2008 began. */
static bool
is_ssl2_hello(const unsigned char *first, size_t len)
{
	return len >= 5 && (first[0] & 0x80) && first[2] == 1 && (first[3] == 0 || first[3] == 3);
}

const char *
explain_first_bytes(const unsigned char *first, size_t len)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (len >= beginnings[i].len &&
		    memcmp(first, beginnings[i].bytes, beginnings[i].len) == 0)
			return beginnings[i].words;
	if (is_ssl2_hello(first, len))
		return "the client began with an SSL 2 hello: it is too old for TLS 1.2";
	return NULL;
}
