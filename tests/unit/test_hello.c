/* SPDX-License-Identifier: MIT */
/* test_hello - ClientHello, Certificate and CertificateRequest messages, whole and cut. */
#include <config.h>

#include "core/handshake/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Legacy version, random, no session id, two suites and a GREASE one, null compression,
 * extensions: server name "farm.test", versions (GREASE, 1.3, 1.2), groups (x25519),
 * signatures (ecdsa_secp256r1_sha256), ALPN "h2", "http/1.1", post_handshake_auth. */
static const unsigned char hello[] = {
	0x03, 0x03, 0,	  1,	2,    3,    4,	  5,	6,    7,    8,	  9,	10,   11,   12,
	13,   14,   15,	  16,	17,   18,   19,	  20,	21,   22,   23,	  24,	25,   26,   27,
	28,   29,   30,	  31,	0x00, 0x00, 0x06, 0x1a, 0x1a, 0x13, 0x01, 0xc0, 0x2b, 0x01, 0x00,
	0x00, 0x47, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x0c, 0x00, 0x00, 0x09, 'f',	'a',  'r',  'm',
	'.',  't',  'e',  's',	't',  0x00, 0x2b, 0x00, 0x07, 0x06, 0x7a, 0x7a, 0x03, 0x04, 0x03,
	0x03, 0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1d, 0x00, 0x0d, 0x00, 0x04, 0x00, 0x02,
	0x04, 0x03, 0x00, 0x10, 0x00, 0x0e, 0x00, 0x0c, 0x02, 'h',  '2',  0x08, 'h',  't',  't',
	'p',  '/',  '1',  '.',	'1',  0x00, 0x31, 0x00, 0x00, 0x00, 0x23, 0x00, 0x00,
};

static void
a_hello_is_read_and_grease_left_out(void **state)
{
	struct hello h;
	char text[256];

	(void)state;
	hello_parse(&h, hello, sizeof(hello));
	assert_true(h.valid);
	assert_string_equal(h.server_name, "farm.test");
	assert_string_equal(hello_list_text(&h.versions, HELLO_VERSION, text, sizeof(text)),
			    "TLS 1.3, TLS 1.2");
	assert_int_equal(h.versions.total, 3);
	assert_int_equal(h.suites.count, 2);
	assert_true(hello_list_has(&h.suites, 0x1301));
	assert_string_equal(hello_list_text(&h.groups, HELLO_GROUP, text, sizeof(text)), "x25519");
	assert_string_equal(hello_list_text(&h.signatures, HELLO_SIGNATURE, text, sizeof(text)),
			    "ecdsa_secp256r1_sha256");
	assert_string_equal(h.alpn, "h2, http/1.1");
	assert_true(h.post_handshake_auth);
	assert_false(h.ticket);
	assert_int_equal(h.bytes, sizeof(hello));
}

static void
a_hello_cut_anywhere_stays_within_its_bytes(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(hello); n++) {
		unsigned char *copy = malloc(n ? n : 1);
		struct hello h;

		assert_non_null(copy);
		memcpy(copy, hello, n);
		hello_parse(&h, copy, n);
		assert_true(n >= 45 || !h.valid);
		free(copy);
	}
}

static void
a_list_too_long_for_its_text_is_marked(void **state)
{
	struct hello_list l = { .count = 3, .at = { 0x0804, 0x0805, 0x0806 } };
	char text[40];

	(void)state;
	hello_list_text(&l, HELLO_SIGNATURE, text, sizeof(text));
	assert_string_equal(text, "rsa_pss_rsae_sha256 ...");
}

static void
unknown_numbers_are_shown_as_hexadecimal(void **state)
{
	struct hello_list l = { .count = 1, .at = { 0xfefe } };
	char text[40];

	(void)state;
	assert_string_equal(hello_list_text(&l, HELLO_GROUP, text, sizeof(text)), "0xfefe");
}

static void
certificates_are_counted_in_both_versions(void **state)
{
	const unsigned char empty12[] = { 0, 0, 0 };
	const unsigned char one12[] = { 0, 0, 5, 0, 0, 2, 0x30, 0x00 };
	const unsigned char empty13[] = { 0, 0, 0, 0 };
	const unsigned char two13[] = { 0, 0, 0, 12, 0, 0, 1, 0x30, 0, 0, 0, 0, 1, 0x30, 0, 0 };
	const unsigned char bad[] = { 0, 0, 9, 0, 0, 2 };

	(void)state;
	assert_int_equal(hello_certificate_count(empty12, sizeof(empty12), false), 0);
	assert_int_equal(hello_certificate_count(one12, sizeof(one12), false), 1);
	assert_int_equal(hello_certificate_count(empty13, sizeof(empty13), true), 0);
	assert_int_equal(hello_certificate_count(two13, sizeof(two13), true), 2);
	assert_int_equal(hello_certificate_count(bad, sizeof(bad), false), -1);
}

static void
a_certificate_request_tells_its_ca_names(void **state)
{
	const unsigned char tls12[] = { 1, 0x40, 0, 2, 0x04, 0x03, 0, 6, 0, 4, 0x30, 2, 0x31, 0 };
	const unsigned char tls13[] = { 0, 0,  18, 0, 13, 0, 4, 0, 2,	 0x08, 0x04,
					0, 47, 0,  6, 0,  4, 0, 2, 0x30, 0 };
	struct hello_request q;

	(void)state;
	hello_parse_request(&q, tls12, sizeof(tls12), false);
	assert_int_equal(q.ca_count, 1);
	assert_int_equal(q.ca_bytes, 6);
	assert_true(hello_list_has(&q.signatures, 0x0403));
	hello_parse_request(&q, tls13, sizeof(tls13), true);
	assert_int_equal(q.ca_count, 1);
	assert_int_equal(q.ca_bytes, 4);
	assert_true(hello_list_has(&q.signatures, 0x0804));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_read_and_grease_left_out),
		cmocka_unit_test(a_hello_cut_anywhere_stays_within_its_bytes),
		cmocka_unit_test(a_list_too_long_for_its_text_is_marked),
		cmocka_unit_test(unknown_numbers_are_shown_as_hexadecimal),
		cmocka_unit_test(certificates_are_counted_in_both_versions),
		cmocka_unit_test(a_certificate_request_tells_its_ca_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
