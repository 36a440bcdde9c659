/* SPDX-License-Identifier: MIT */
/* test_revoke - CRLs: loading, signatures, freshness, scope, and the policy. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/chain/revoke.h"
#include "tests/unit/pki.h"

static struct party ca, twin, user, sub;	/* twin: same name, other key */
static struct cert *ca_cert, *twin_cert, *user_cert, *sub_cert;

static const struct config_trust soft = { .revocation = REVOCATION_SOFT,
					  .crl_stale_refuses = true };
static const struct config_trust lax = { .revocation = REVOCATION_HARD };
static const struct config_trust off = { .revocation = REVOCATION_OFF };

static int
setup(void **state)
{
	(void)state;
	party_make(&ca, &(struct wish){ .dn = "O=Test,CN=CA", .ca = true });
	party_make(&twin, &(struct wish){ .dn = "O=Test,CN=CA", .ca = true });
	party_make(&user, &(struct wish){ .dn = "CN=User", .issuer = &ca, .serial = 0x11,
					  .crl_url = "http://ca/users.crl" });
	party_make(&sub, &(struct wish){ .dn = "CN=Sub", .issuer = &ca, .serial = 0x12,
					 .ca = true });
	ca_cert = cert_load(ca.der.data, ca.der.size);
	twin_cert = cert_load(twin.der.data, twin.der.size);
	user_cert = cert_load(user.der.data, user.der.size);
	sub_cert = cert_load(sub.der.data, sub.der.size);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cert_free(ca_cert);
	cert_free(twin_cert);
	cert_free(user_cert);
	cert_free(sub_cert);
	party_done(&ca);
	party_done(&twin);
	party_done(&user);
	party_done(&sub);
	return 0;
}

static struct crl_table *
load_list(const struct crl_wish *list, size_t n, bool der)
{
	char *folder = folder_make(), *file = folder_file(folder, "a.crl");
	struct buf messages = BUF_INIT;
	struct crl_table *t;
	bool failed = false;

	for (size_t i = 0; i < n; i++)
		crl_save(&list[i], file, der);
	t = crl_table_load(&file, 1, NULL, &messages, &failed);
	assert_string_equal(buf_text(&messages), "");
	assert_false(failed);
	assert_int_equal(crl_table_count(t), n);
	buf_done(&messages);
	free(file);
	folder_done(folder);
	return t;
}

/* What a set of lists says about a certificate of ca. */
static enum revoke_result
ask(const struct crl_wish *list, size_t n, const struct cert *c, const struct config_trust *policy,
    struct revoke_source *why)
{
	struct crl_table *t = load_list(list, n, false);
	const struct revoke_source *decisive;
	struct revoke_answer answer;
	enum revoke_result r;

	revoke_ask(t, c, ca_cert, &answer);
	r = revoke_judge(&answer, policy, PKI_NOW, &decisive);
	if (why)
		*why = decisive ? *decisive : (struct revoke_source){ .reason = "" };
	if (why)
		why->crl = NULL;
	crl_table_free(t);
	return r;
}

#define ASK(cert, policy, why, ...)                                            \
	ask((const struct crl_wish[]){ __VA_ARGS__ },                          \
	    sizeof((const struct crl_wish[]){ __VA_ARGS__ }) / sizeof(struct crl_wish), cert,  \
	    policy, why)

static void
a_listed_serial_is_revoked_with_date_and_reason(void **state)
{
	struct revoke_source why;

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, &why, { .issuer = &ca, .serials = "011122",
						       .reason = 1 }), REVOKE_REVOKED);
	assert_string_equal(why.date, "2026-11-22T22:00:00Z");
	assert_string_equal(why.reason, "keyCompromise");
	assert_int_equal(ASK(user_cert, &soft, &why, { .issuer = &ca, .serials = "11" }),
			 REVOKE_REVOKED);
	assert_string_equal(why.reason, "");
}

static void
a_serial_that_is_not_listed_is_good(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .serials = "0122" }),
			 REVOKE_GOOD);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca }), REVOKE_GOOD);
}

static void
an_entry_that_was_taken_off_again_is_not_revoked(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .serials = "11",
						       .reason = 8 }), REVOKE_GOOD);
}

static void
without_a_list_revocation_is_unknown_or_skipped(void **state)
{
	struct revoke_answer none = { .count = 0 };
	const struct revoke_source *decisive;

	(void)state;
	assert_int_equal(revoke_judge(&none, &soft, PKI_NOW, &decisive), REVOKE_UNKNOWN);
	assert_int_equal(revoke_judge(&none, &off, PKI_NOW, &decisive), REVOKE_SKIPPED);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &sub, .serials = "11" }),
			 REVOKE_UNKNOWN);
}

static void
a_stale_list_is_unknown_unless_it_may_be_stale(void **state)
{
	struct crl_wish stale = { .issuer = &ca, .from = PKI_NOW - 9 * PKI_DAY,
				  .to = PKI_NOW - PKI_DAY };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, stale), REVOKE_UNKNOWN);
	assert_int_equal(ASK(user_cert, &lax, NULL, stale), REVOKE_GOOD);
	stale.serials = "11";
	assert_int_equal(ASK(user_cert, &soft, NULL, stale), REVOKE_REVOKED);
}

static void
freshness_has_two_ends_and_the_second_may_be_open(void **state)
{
	struct crl c = { .this_update = 100, .next_update = 200 };

	(void)state;
	assert_false(crl_is_fresh(&c, 39)); /* a CA may be a minute ahead */
	assert_true(crl_is_fresh(&c, 40));
	assert_true(crl_is_fresh(&c, 200));
	assert_false(crl_is_fresh(&c, 201));
	c.next_update = (time_t)-1;
	assert_true(crl_is_fresh(&c, 1000000));
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .to = -1 }), REVOKE_GOOD);
}

static void
a_list_signed_by_another_key_counts_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .signer = &twin,
						       .serials = "11" }), REVOKE_UNKNOWN);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .signer = &twin,
						       .serials = "11" }, { .issuer = &ca }),
			 REVOKE_GOOD);
}

static void
the_signer_is_told_apart_by_key_not_by_name(void **state)
{
	struct crl_wish w = { .issuer = &ca };
	struct crl_table *t = load_list(&w, 1, true);
	const struct crl *c = crl_table_at(t, 0);

	(void)state;
	assert_false(crl_is_signed_by(c, twin_cert));
	for (int i = 0; i < 2; i++) {	/* the second time from memory */
		assert_true(crl_is_signed_by(c, ca_cert));
		assert_false(crl_is_signed_by(c, twin_cert));
		assert_false(crl_is_signed_by(c, user_cert));
	}
	crl_table_free(t);
}

static void
an_issuer_that_may_not_sign_lists_does_not(void **state)
{
	struct party strict;
	struct cert *c;
	struct crl_wish w = { .issuer = &strict };
	struct crl_table *t;

	(void)state;
	party_make(&strict, &(struct wish){ .dn = "CN=Strict", .ca = true,
					    .key_usage = GNUTLS_KEY_KEY_CERT_SIGN });
	c = cert_load(strict.der.data, strict.der.size);
	t = load_list(&w, 1, false);
	assert_false(crl_is_signed_by(crl_table_at(t, 0), c));
	crl_table_free(t);
	cert_free(c);
	party_done(&strict);
}

static void
of_two_lists_the_newer_decides(void **state)
{
	struct crl_wish old = { .issuer = &ca, .serials = "11", .from = PKI_NOW - 3 * PKI_DAY };
	struct crl_wish new = { .issuer = &ca, .from = PKI_NOW - PKI_DAY };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, old, new), REVOKE_GOOD);
	assert_int_equal(ASK(user_cert, &soft, NULL, new, old), REVOKE_GOOD);
	old.from = PKI_NOW - 100;
	assert_int_equal(ASK(user_cert, &soft, NULL, old, new), REVOKE_REVOKED);
	assert_int_equal(ASK(user_cert, &soft, NULL, new, old), REVOKE_REVOKED);
}

static void
a_delta_proves_revocation_but_never_the_opposite(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .delta = true }),
			 REVOKE_UNKNOWN);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca }, { .issuer = &ca,
			     .serials = "11", .delta = true }), REVOKE_REVOKED);
}

static void
a_later_delta_does_not_hide_what_an_earlier_one_names(void **state)
{
	struct crl_wish early = { .issuer = &ca, .serials = "11", .delta = true,
				  .from = PKI_NOW - 3 * PKI_DAY };
	struct crl_wish late = { .issuer = &ca, .serials = "22", .delta = true };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca }, early, late),
			 REVOKE_REVOKED);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca }, late, early),
			 REVOKE_REVOKED);
}

/* More than there are places, each of a scope of its own, or of nobody's signature. */
static void
of_many_lists_the_one_that_names_it_is_not_forgotten(void **state)
{
	struct crl_wish lists[3 * REVOKE_SOURCES_MAX];
	char scopes[2 * REVOKE_SOURCES_MAX][16];
	size_t n = 0;

	(void)state;
	for (; n < REVOKE_SOURCES_MAX; n++)
		lists[n] = (struct crl_wish){ .issuer = &ca, .signer = &twin };
	for (; n < 3 * REVOKE_SOURCES_MAX; n++) {
		char *scope = scopes[n - REVOKE_SOURCES_MAX];

		snprintf(scope, sizeof(scopes[0]), "3003%02x0100", 0x86 + (unsigned int)n);
		lists[n] = (struct crl_wish){ .issuer = &ca, .scope = scope };
	}
	for (n = 0; n < 3 * REVOKE_SOURCES_MAX; n++) {
		lists[n].serials = lists[n].signer ? NULL : "11";
		assert_int_equal(ask(lists, 3 * REVOKE_SOURCES_MAX, user_cert, &soft, NULL),
				 lists[n].signer ? REVOKE_GOOD : REVOKE_REVOKED);
		lists[n].serials = NULL;
	}
}

static void
a_list_of_users_says_nothing_about_authorities(void **state)
{
	struct crl_wish users = { .issuer = &ca, .scope = "30038101ff" };
	struct crl_wish authorities = { .issuer = &ca, .scope = "30038201ff" };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, users), REVOKE_GOOD);
	assert_int_equal(ASK(sub_cert, &soft, NULL, users), REVOKE_UNKNOWN);
	assert_int_equal(ASK(user_cert, &soft, NULL, authorities), REVOKE_UNKNOWN);
	assert_int_equal(ASK(sub_cert, &soft, NULL, authorities), REVOKE_GOOD);
	assert_int_equal(ASK(sub_cert, &soft, NULL, users, authorities), REVOKE_GOOD);
}

static void
a_distribution_point_covers_those_that_name_it(void **state)
{
	/* [0] { [0] { URI "http://ca/users.crl" } } */
	struct crl_wish w = { .issuer = &ca, .scope =
		"3019a017a0158613687474703a2f2f63612f75736572732e63726c" };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, w), REVOKE_GOOD);
	assert_int_equal(ASK(sub_cert, &soft, NULL, w), REVOKE_UNKNOWN);
	/* "http://ca/users.crl1" is another one, and so is a directory name */
	w.scope = "301aa018a0168614687474703a2f2f63612f75736572732e63726c31";
	assert_int_equal(ASK(user_cert, &soft, NULL, w), REVOKE_UNKNOWN);
	w.scope = "3019a017a0158213687474703a2f2f63612f75736572732e63726c";
	assert_int_equal(ASK(user_cert, &soft, NULL, w), REVOKE_UNKNOWN);
	w.scope = "3019a017a1158613687474703a2f2f63612f75736572732e63726c";
	assert_int_equal(ASK(user_cert, &soft, NULL, w), REVOKE_UNKNOWN);
	w.scope = "3004a002a000";
	assert_int_equal(ASK(user_cert, &soft, NULL, w), REVOKE_UNKNOWN);
}

static void
a_list_that_may_name_certificates_of_others_proves_nothing(void **state)
{
	struct crl_wish indirect = { .issuer = &ca, .serials = "11", .scope = "30038401ff" };

	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, indirect), REVOKE_UNKNOWN);
	indirect.scope = "3003840100";
	assert_int_equal(ASK(user_cert, &soft, NULL, indirect), REVOKE_REVOKED);
}

static void
a_ca_may_be_a_minute_ahead(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .from = PKI_NOW + 60 }),
			 REVOKE_GOOD);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .from = PKI_NOW + 61 }),
			 REVOKE_UNKNOWN);
}

static void
an_answer_that_never_says_it_is_stale_counts_for_a_day(void **state)
{
	struct revoke_source s = { .method = REVOKE_OCSP, .good = true, .signed_by_issuer = true,
				   .this_update = PKI_NOW, .next_update = (time_t)-1 };

	(void)state;
	assert_true(revoke_source_is_fresh(&s, PKI_NOW + PKI_DAY));
	assert_false(revoke_source_is_fresh(&s, PKI_NOW + PKI_DAY + 1));
	s.next_update = PKI_NOW + 2 * PKI_DAY;
	assert_true(revoke_source_is_fresh(&s, PKI_NOW + 2 * PKI_DAY));
	assert_false(revoke_source_is_fresh(&s, PKI_NOW + 2 * PKI_DAY + 1));
}

static void
a_list_of_some_reasons_is_only_a_part(void **state)
{
	(void)state;
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .scope = "300483020640" }),
			 REVOKE_UNKNOWN);
	assert_int_equal(ASK(user_cert, &soft, NULL, { .issuer = &ca, .serials = "11",
						       .scope = "300483020640" }), REVOKE_REVOKED);
}

static void
files_may_hold_several_lists_in_pem_or_one_in_der(void **state)
{
	struct crl_wish two[] = { { .issuer = &ca }, { .issuer = &sub } };
	struct crl_table *t = load_list(two, 2, false);

	(void)state;
	assert_string_equal(crl_table_at(t, 1)->issuer, "CN=Sub");
	assert_string_equal(crl_table_at(t, 0)->next_update_text, "2026-11-24T22:00:00Z");
	crl_table_free(t);
	t = load_list(two, 1, true);
	assert_string_equal(crl_table_at(t, 0)->issuer, ca_cert->subject);
	crl_table_free(t);
	assert_int_equal(crl_table_count(NULL), 0);
}

static void
many_entries_are_all_found_and_no_others(void **state)
{
	char serials[2 * 127 + 1] = "";
	struct crl_wish w = { .issuer = &ca, .serials = serials };
	struct crl_table *t;
	struct cert *c = cert_load(user.der.data, user.der.size);

	(void)state;
	for (unsigned int i = 0; i < 63; i++)	/* 01, 03, 05 ... 7d */
		snprintf(serials + 2 * i, 3, "%02x", 2 * i + 1);
	t = load_list(&w, 1, false);
	assert_int_equal(crl_table_at(t, 0)->entries, 63);
	for (unsigned int i = 1; i < 0x7f; i++) {
		struct revoke_answer a;

		c->serial_der[0] = (unsigned char)i;
		revoke_ask(t, c, ca_cert, &a);
		assert_int_equal(a.count, 1);
		assert_int_equal(a.sources[0].listed, i % 2);
	}
	crl_table_free(t);
	cert_free(c);
}

static void
a_bad_file_is_one_error_that_names_it(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "bad.crl");
	char *missing = folder_file(folder, "missing.crl");
	char *files[] = { file, missing, folder };
	struct buf messages = BUF_INIT;
	struct crl_table *t;
	bool failed = false;
	FILE *f = fopen(file, "w");

	(void)state;
	fputs("-----BEGIN X509 CRL-----\nnonsense\n-----END X509 CRL-----\n", f);
	fclose(f);
	t = crl_table_load(files, 3, NULL, &messages, &failed);
	assert_true(failed);
	assert_non_null(t);
	assert_int_equal(crl_table_count(t), 0);
	assert_non_null(strstr(buf_text(&messages), "bad.crl: no CRL in PEM or DER"));
	assert_non_null(strstr(buf_text(&messages), "missing.crl: No such file"));
	assert_non_null(strstr(buf_text(&messages), "not a regular file"));
	crl_table_free(t);
	buf_done(&messages);
	free(file);
	free(missing);
	folder_done(folder);
}

static void
every_damaged_list_is_survived(void **state)
{
	gnutls_datum_t crl = crl_make(&(struct crl_wish){ .issuer = &ca, .serials = "1112",
				.reason = 3, .scope = "30038101ff" });

	(void)state;
	for (unsigned int i = 0; i < crl.size; i++) {
		char *folder = folder_make(), *file = folder_file(folder, "x.crl");
		struct buf messages = BUF_INIT;
		struct revoke_answer a;
		struct crl_table *t;
		bool failed = false;
		FILE *f = fopen(file, "wb");

		crl.data[i] ^= 0x21;
		fwrite(crl.data, 1, crl.size, f);
		crl.data[i] ^= 0x21;
		fclose(f);
		t = crl_table_load(&file, 1, NULL, &messages, &failed);
		assert_int_equal(failed, messages.len > 0);
		revoke_ask(t, user_cert, ca_cert, &a);
		for (size_t k = 0; k < a.count; k++)	/* no damaged byte leaves it signed */
			if (a.sources[k].signed_by_issuer)
				fail_msg("byte %u of %u", i, crl.size);
		crl_table_free(t);
		buf_done(&messages);
		free(file);
		folder_done(folder);
	}
	gnutls_free(crl.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listed_serial_is_revoked_with_date_and_reason),
		cmocka_unit_test(a_serial_that_is_not_listed_is_good),
		cmocka_unit_test(an_entry_that_was_taken_off_again_is_not_revoked),
		cmocka_unit_test(without_a_list_revocation_is_unknown_or_skipped),
		cmocka_unit_test(a_stale_list_is_unknown_unless_it_may_be_stale),
		cmocka_unit_test(freshness_has_two_ends_and_the_second_may_be_open),
		cmocka_unit_test(a_list_signed_by_another_key_counts_for_nothing),
		cmocka_unit_test(the_signer_is_told_apart_by_key_not_by_name),
		cmocka_unit_test(an_issuer_that_may_not_sign_lists_does_not),
		cmocka_unit_test(of_two_lists_the_newer_decides),
		cmocka_unit_test(a_delta_proves_revocation_but_never_the_opposite),
		cmocka_unit_test(a_later_delta_does_not_hide_what_an_earlier_one_names),
		cmocka_unit_test(of_many_lists_the_one_that_names_it_is_not_forgotten),
		cmocka_unit_test(a_list_of_users_says_nothing_about_authorities),
		cmocka_unit_test(a_distribution_point_covers_those_that_name_it),
		cmocka_unit_test(a_list_that_may_name_certificates_of_others_proves_nothing),
		cmocka_unit_test(a_ca_may_be_a_minute_ahead),
		cmocka_unit_test(an_answer_that_never_says_it_is_stale_counts_for_a_day),
		cmocka_unit_test(a_list_of_some_reasons_is_only_a_part),
		cmocka_unit_test(files_may_hold_several_lists_in_pem_or_one_in_der),
		cmocka_unit_test(many_entries_are_all_found_and_no_others),
		cmocka_unit_test(a_bad_file_is_one_error_that_names_it),
		cmocka_unit_test(every_damaged_list_is_survived),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
