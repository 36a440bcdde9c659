/* SPDX-License-Identifier: MIT */
/* test_crl_files - lists in folders, and a list as big as those of a country. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/chain/crl_files.h"
#include "core/chain/revoke.h"
#include "tests/unit/pki.h"

static struct party ca, user;
static struct cert *ca_cert;

static int
setup(void **state)
{
	(void)state;
	party_make(&ca, &(struct wish){ .dn = "CN=CA", .ca = true });
	party_make(&user, &(struct wish){ .dn = "CN=User", .issuer = &ca, .serial = 0x11 });
	ca_cert = cert_load(ca.der.data, ca.der.size);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cert_free(ca_cert);
	party_done(&user);
	party_done(&ca);
	return 0;
}

static void
put_tlv(struct buf *b, unsigned char tag, const void *content, size_t len)
{
	buf_putc(b, (char)tag);
	if (len < 0x80) {
		buf_putc(b, (char)len);
	} else {
		buf_putc(b, (char)0x84);
		for (int shift = 24; shift >= 0; shift -= 8)
			buf_putc(b, (char)(len >> shift));
	}
	buf_put(b, content, len);
}

/* A list of the CA with that many serials, 40 00 00 and up by twos.  By hand: GnuTLS is too
 * slow to write one. */
static void
save_big_list(const char *path, size_t entries)
{
	static const char algorithm[] = /* ecdsa-with-SHA256 */
		"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
	static const char times[] = "\x17\x0d" "261122220000Z" "\x17\x0d" "261124220000Z";
	struct buf list = BUF_INIT, tbs = BUF_INIT, all = BUF_INIT, out = BUF_INIT;
	gnutls_datum_t dn, data, signature;
	gnutls_privkey_t key;
	FILE *f = fopen(path, "w");

	for (size_t i = 0; i < entries; i++) {
		size_t n = 0x400000 + 2 * i;
		char entry[20] = { 0x02, 3, (char)(n >> 16), (char)(n >> 8), (char)n };

		memcpy(entry + 5, times, 15);
		put_tlv(&list, 0x30, entry, 20);
	}
	assert_int_equal(gnutls_x509_crt_get_raw_dn(ca.crt, &dn), 0);
	put_tlv(&all, 0x02, "\1", 1);
	buf_put(&all, algorithm, 12);
	buf_put(&all, dn.data, dn.size);
	buf_put(&all, times, 30);
	put_tlv(&all, 0x30, list.data, list.len);
	put_tlv(&tbs, 0x30, all.data, all.len);
	data = (gnutls_datum_t){ (unsigned char *)tbs.data, (unsigned int)tbs.len };
	assert_int_equal(gnutls_privkey_init(&key), 0);
	assert_int_equal(gnutls_privkey_import_x509(key, ca.key, 0), 0);
	assert_int_equal(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &data, &signature), 0);
	buf_reset(&list);
	buf_putc(&list, 0);
	buf_put(&list, signature.data, signature.size);
	buf_put(&tbs, algorithm, 12);
	put_tlv(&tbs, 0x03, list.data, list.len);
	put_tlv(&out, 0x30, tbs.data, tbs.len);
	assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
	assert_int_equal(fclose(f), 0);
	gnutls_privkey_deinit(key);
	gnutls_free(signature.data);
	gnutls_free(dn.data);
	buf_done(&list);
	buf_done(&tbs);
	buf_done(&all);
	buf_done(&out);
}

static void
a_list_of_a_hundred_thousand_is_loaded_and_searched(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "big.crl");
	struct cert *c = cert_load(user.der.data, user.der.size);
	struct buf messages = BUF_INIT;
	struct revoke_answer a;
	struct crl_table *t;
	bool failed = false;
	uint64_t start;

	(void)state;
	save_big_list(file, 100000);
	start = clock_mono_ns();
	t = crl_table_load(NULL, 0, folder, &messages, &failed);
	print_message("# loaded in %llu us\n",
		      (unsigned long long)(clock_mono_ns() - start) / 1000);
	assert_string_equal(buf_text(&messages), "");
	assert_false(failed);
	assert_int_equal(crl_table_count(t), 1);
	assert_int_equal(crl_table_at(t, 0)->entries, 100000);
	c->serial_len = 3;
	start = clock_mono_ns();
	for (size_t i = 0; i < 200000; i += 7) {
		size_t n = 0x400000 + i;

		c->serial_der[0] = (unsigned char)(n >> 16);
		c->serial_der[1] = (unsigned char)(n >> 8);
		c->serial_der[2] = (unsigned char)n;
		revoke_ask(t, c, ca_cert, &a);
		assert_int_equal(a.count, 1);
		assert_true(a.sources[0].signed_by_issuer);
		assert_int_equal(a.sources[0].listed, i % 2 == 0);
	}
	print_message("# a look-up took %llu ns\n",
		      (unsigned long long)(clock_mono_ns() - start) / (200000 / 7));
	crl_table_free(t);
	cert_free(c);
	free(file);
	folder_done(folder);
	buf_done(&messages);
}

static void
of_a_folder_only_finished_lists_are_read(void **state)
{
	static const char *const names[] = { "a.crl", "b.r0", ".hidden.crl", "note.txt",
					     "c.crl.tmp" };
	struct crl_wish w = { .issuer = &ca };
	char *folder = folder_make();
	struct config_trust c = { .crl_directory = folder };
	struct buf messages = BUF_INIT;
	struct crl_table *t;
	bool failed = false;
	uint64_t before, after;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char *file = folder_file(folder, names[i]);

		crl_save(&w, file, true);
		free(file);
	}
	before = crl_files_stamp(&c);
	t = crl_table_load(NULL, 0, folder, &messages, &failed);
	assert_false(failed);
	assert_int_equal(crl_table_count(t), 2);
	assert_non_null(strstr(crl_table_at(t, 0)->file, "/a.crl"));
	assert_non_null(strstr(crl_table_at(t, 1)->file, "/b.r0"));
	crl_table_free(t);
	assert_true(before == crl_files_stamp(&c));
	{
		char *file = folder_file(folder, "a.crl");

		remove(file);
		after = crl_files_stamp(&c);
		assert_true(before != after);
		free(file);
	}
	t = crl_table_load(NULL, 0, "/nowhere", &messages, &failed);
	assert_true(failed);
	assert_non_null(strstr(buf_text(&messages), "error: /nowhere: No such file"));
	crl_table_free(t);
	folder_done(folder);
	buf_done(&messages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_a_hundred_thousand_is_loaded_and_searched),
		cmocka_unit_test(of_a_folder_only_finished_lists_are_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
