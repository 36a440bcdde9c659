/* SPDX-License-Identifier: MIT */
/* test_cert - the facts of a certificate and how they look as text. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/chain/cert_text.h"
#include "core/chain/der.h"
#include "tests/unit/pki.h"

static struct cert *
make(const struct wish *w)
{
	struct party p;
	struct cert *c;

	party_make(&p, w);
	c = cert_load(p.der.data, p.der.size);
	party_done(&p);
	assert_non_null(c);
	return c;
}

static void
all_facts_are_decoded(void **state)
{
	struct cert *c = make(&(struct wish){ .dn = "C=NO,O=Acme\\, Inc,CN=Anna", .serial = 0x0a,
		.upn = "anna@acme.example", .email = "a@acme.example", .aia = "http://ca/i.cer",
		.crl_url = "http://ca/i.crl", .policies = { "1.2.3", "1.2.4" } });

	(void)state;
	assert_true(c->readable);
	assert_non_null(c->crt);
	assert_string_equal(c->serial, "0A");
	assert_string_equal(c->key_algorithm, "ECDSA P-256");
	assert_string_equal(c->signature_algorithm, "ECDSA-SHA256");
	assert_int_equal(c->key_bits, 256);
	assert_string_equal(c->not_before_text, "2026-11-22T22:00:00Z");
	assert_string_equal(c->not_after_text, "2027-11-23T22:00:00Z");
	assert_string_equal(c->key_usage, "digitalSignature");
	assert_string_equal(c->extended_key_usage, "clientAuth");
	assert_string_equal(c->policies, "1.2.3, 1.2.4");
	assert_string_equal(c->upn, "anna@acme.example");
	assert_string_equal(c->email, "a@acme.example");
	assert_string_equal(c->alt_names, "email:a@acme.example, UPN:anna@acme.example");
	assert_string_equal(c->aia_url, "http://ca/i.cer");
	assert_string_equal(c->crl_url, "http://ca/i.crl");
	assert_int_equal(strlen(c->sha1_text), CERT_THUMB_LEN);
	assert_int_equal(strlen(c->sha256_text), 64);
	assert_int_equal(strlen(c->subject_key_id), 40);
	assert_string_equal(c->subject_key_id, c->authority_key_id);
	assert_true(c->self_issued);
	assert_false(c->is_ca);
	cert_free(c);
}

static void
names_stand_in_encoding_order_with_a_blank_after_commas(void **state)
{
	struct cert *c = make(&(struct wish){ .dn = "CN=Anna,O=Acme\\, Inc,C=NO" });
	const char *a = strstr(c->subject, "C=NO"), *b = strstr(c->subject, "O=Acme\\, Inc");
	const char *d = strstr(c->subject, "CN=Anna");

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(d);
	assert_int_equal(strlen(c->subject), strlen("C=NO, O=Acme\\, Inc, CN=Anna"));
	assert_string_equal(c->subject, c->issuer);
	cert_free(c);
}

static void
the_hash_is_that_of_the_bytes_received(void **state)
{
	static const unsigned char abc[] = { 'a', 'b', 'c' };
	struct cert *c = cert_load(abc, 3);

	(void)state;
	assert_string_equal(c->sha256_text,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(c->sha1_text, "A9993E364706816ABA3E25717850C26C9CD0D89D");
	cert_free(c);
}

static void
bytes_that_are_no_certificate_give_empty_texts(void **state)
{
	struct cert *c = cert_load((const unsigned char *)"\x30\x03\x02\x01", 4);

	(void)state;
	assert_non_null(c);
	assert_null(c->crt);
	assert_false(c->readable);
	assert_string_equal(c->subject, "");
	assert_string_equal(c->alt_names, "");
	assert_string_equal(c->key_algorithm, "");
	cert_free(c);
	c = cert_load((const unsigned char *)"", 0);
	assert_non_null(c);
	assert_false(c->readable);
	cert_free(c);
	cert_free(NULL);
}

static void
every_truncation_of_a_certificate_is_survived(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Cut", .upn = "u@x", .policies = { "1.2.3" } });
	for (size_t n = 0; n < p.der.size; n++) {
		struct cert *c = cert_load(p.der.data, n);

		assert_non_null(c);
		assert_false(c->readable);
		cert_free(c);
	}
	party_done(&p);
}

static void
every_flipped_byte_of_a_certificate_is_survived(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Flip", .upn = "u@x", .policies = { "1.2.3" },
				       .email = "e@x", .crl_url = "http://c/" });
	for (size_t n = 0; n < p.der.size; n++) {
		struct cert *c;

		p.der.data[n] ^= 0x41;
		c = cert_load(p.der.data, p.der.size);
		p.der.data[n] ^= 0x41;
		assert_non_null(c);
		assert_non_null(c->subject);
		cert_free(c);
	}
	party_done(&p);
}

static void
trimming_keeps_the_facts(void **state)
{
	struct cert *c = make(&(struct wish){ .dn = "CN=Anna" });
	gnutls_datum_t dn;

	(void)state;
	cert_trim(c);
	assert_null(c->crt);
	assert_true(c->readable);
	assert_string_equal(c->subject, "CN=Anna");
	assert_int_equal(cert_raw_subject(c, &dn), 0);
	assert_true(dn.size > 10);
	gnutls_free(dn.data);
	assert_int_equal(cert_raw_issuer(c, &dn), 0);
	gnutls_free(dn.data);
	cert_free(c);
}

static void
bytes_that_are_no_text_are_made_visible(void **state)
{
	static const char raw[] = "a\0\n\xff\xc3\xa6\xe2\x80\xae\xed\xa0\x80\xc0\xaf"
				  "\xf4\x90\x80\x80z";
	struct buf b = BUF_INIT;

	(void)state;
	cert_put_safe(&b, raw, sizeof(raw) - 1);
	assert_string_equal(buf_text(&b), "a\\00\\0A\\FF\xc3\xa6\\E2\\80\\AE\\ED\\A0\\80\\C0\\AF"
			    "\\F4\\90\\80\\80z");
	buf_done(&b);
}

static void
unknown_critical_extensions_and_policy_limits_are_noted(void **state)
{
	struct cert *c = make(&(struct wish){ .dn = "CN=X", .critical = "1.2.3.4.5" });

	(void)state;
	assert_string_equal(c->critical_unknown, "1.2.3.4.5");
	assert_false(c->policy_limits);
	cert_free(c);
	c = make(&(struct wish){ .dn = "CN=X", .ca = true, .extension = "2.5.29.33" });
	assert_string_equal(c->critical_unknown, "");
	assert_true(c->policy_limits);
	assert_true(c->is_ca);
	cert_free(c);
}

static void
lists_are_searched_by_whole_items(void **state)
{
	(void)state;
	assert_true(cert_list_has("1.2.3, 1.2.4", "1.2.4"));
	assert_true(cert_list_has("1.2.3", "1.2.3"));
	assert_false(cert_list_has("1.2.34, 1.2.4", "1.2.3"));
	assert_false(cert_list_has("", "1.2.3"));
}

static void
der_lengths_are_never_believed(void **state)
{
	static const unsigned char good[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };
	static const char *const bad[] = {
		"\x30\x06\x02\x01\x05", "\x30\x80\x00\x00\x00", "\x30\x85\x01\x01\x01",
		"\x1f\x01\x01\x01\x01", "\x30\x84\xff\xff\xff",
	};
	struct der d = der_from(good, sizeof(good)), inner, number;
	unsigned char tag;

	(void)state;
	assert_false(der_take(&d, DER_OID, &inner));
	assert_true(der_take(&d, DER_SEQUENCE, &inner));
	assert_true(der_take(&inner, DER_INTEGER, &number));
	assert_int_equal(der_left(&number), 1);
	assert_int_equal(*number.at, 5);
	assert_int_equal(der_left(&d), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		d = der_from(bad[i], 5);
		assert_false(der_next(&d, &tag, &inner));
		assert_int_equal(der_left(&d), 0);
	}
}

static void
times_of_both_kinds_become_text(void **state)
{
	struct der utc = der_from("261123220000Z", 13), old = der_from("991123220000Z", 13);
	struct der general = der_from("20501123220000Z", 15), bad = der_from("26x123220000Z", 13);
	char text[32];

	(void)state;
	assert_true(der_time_text(DER_UTC_TIME, &utc, text));
	assert_string_equal(text, "2026-11-23T22:00:00Z");
	assert_true(der_time_text(DER_UTC_TIME, &old, text));
	assert_string_equal(text, "1999-11-23T22:00:00Z");
	assert_true(der_time_text(DER_GENERALIZED_TIME, &general, text));
	assert_string_equal(text, "2050-11-23T22:00:00Z");
	assert_false(der_time_text(DER_UTC_TIME, &bad, text));
	assert_false(der_time_text(DER_GENERALIZED_TIME, &utc, text));
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_facts_are_decoded),
		cmocka_unit_test(names_stand_in_encoding_order_with_a_blank_after_commas),
		cmocka_unit_test(the_hash_is_that_of_the_bytes_received),
		cmocka_unit_test(bytes_that_are_no_certificate_give_empty_texts),
		cmocka_unit_test(every_truncation_of_a_certificate_is_survived),
		cmocka_unit_test(every_flipped_byte_of_a_certificate_is_survived),
		cmocka_unit_test(trimming_keeps_the_facts),
		cmocka_unit_test(bytes_that_are_no_text_are_made_visible),
		cmocka_unit_test(unknown_critical_extensions_and_policy_limits_are_noted),
		cmocka_unit_test(lists_are_searched_by_whole_items),
		cmocka_unit_test(der_lengths_are_never_believed),
		cmocka_unit_test(times_of_both_kinds_become_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
