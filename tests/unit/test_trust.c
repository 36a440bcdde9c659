/* SPDX-License-Identifier: MIT */
/* test_trust - the files of trust, revocation under each policy, the cache of verdicts. */
#include <config.h>

#include "tests/unit/acme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct trust *
trust_with_crls(const struct crl_wish *crls, size_t n)
{
	char *file = folder_file(folder, "list.crl");
	struct trust *t;

	for (size_t i = 0; i < n; i++)
		crl_save(&crls[i], file, false);
	t = load_trust(root_file, NULL, file, NULL);
	remove(file);
	free(file);
	assert_non_null(t);
	return t;
}

static void
a_revoked_leaf_and_a_revoked_intermediate_are_refused(void **state)
{
	struct config_trust soft = { .revocation = REVOCATION_SOFT };
	struct crl_wish lists[] = { { .issuer = &inter, .serials = "31", .reason = 1 },
				    { .issuer = &root, .serials = "99" } };
	struct trust *t = trust_with_crls(lists, 2);

	(void)state;
	assert_int_equal(judge_full(t, &soft, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_CERT_REVOKED);
	assert_told("SECURITY_REVOCATION_START level=4 ModuleName=Revocation| Depth=0| "
		    "Policy=soft|");
	assert_told("SECURITY_REVOCATION_SOURCE level=4 Depth=0| Method=crl-file|");
	assert_told("AgeSeconds=86400| Fresh=yes| ErrorCode=0|");
	assert_told("SECURITY_REVOCATION_END level=3 Depth=0| Result=revoked| "
		    "RevocationDate=2026-11-22T22:00:00Z| RevocationReason=keyCompromise|");
	assert_told("SECURITY_REVOCATION_END level=4 Depth=1| Result=good|");
	assert_told("Reason=ClientCertCrlHit| ErrorCode=2148081680| Depth=0|");
	assert_told("HttpSubStatus=13|");
	assert_int_equal(judge_full(t, &no_revocation, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_NONE);
	assert_told("SECURITY_REVOCATION_END level=4 Depth=0| Result=skipped|");
	trust_unref(t);
	lists[0].serials = "";
	lists[1].serials = "21";
	t = trust_with_crls(lists, 2);
	assert_int_equal(judge_full(t, &soft, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_CERT_REVOKED);
	assert_told("Reason=ClientCertCrlHit| ErrorCode=2148081680| Depth=1|");
	trust_unref(t);
}

static void
without_a_list_soft_lets_in_and_hard_does_not(void **state)
{
	struct config_trust policy = { .revocation = REVOCATION_SOFT };

	(void)state;
	assert_int_equal(judge_full(usual, &policy, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_NONE);
	assert_told("Source=(no CRL of this issuer)|");
	assert_told("SECURITY_REVOCATION_END level=4 Depth=0| Result=unknown|");
	policy.revocation = REVOCATION_HARD;
	assert_int_equal(judge_full(usual, &policy, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_CERT_REVOCATION_UNKNOWN);
	assert_told("SECURITY_REVOCATION_END level=3 Depth=0| Result=unknown|");
	assert_told("no CRL of this certificate's issuer is configured");
	assert_told("ErrorCode=2148081683| Depth=0|");
}

static void
a_list_grows_stale_while_the_verdict_is_cached(void **state)
{
	struct config_trust hard = { .revocation = REVOCATION_HARD, .crl_stale_refuses = true };
	struct crl_wish lists[] = { { .issuer = &inter }, { .issuer = &root } };
	struct trust *t = trust_with_crls(lists, 2);

	(void)state;
	assert_int_equal(judge_full(t, &hard, PKI_NOW, NULL, CHAIN(&leaf, &inter)), FAULT_NONE);
	assert_int_equal(judge_full(t, &hard, PKI_NOW + 2 * PKI_DAY, NULL, CHAIN(&leaf, &inter)),
			 FAULT_CERT_REVOCATION_UNKNOWN);
	assert_told("Fresh=no| ErrorCode=2148081683|");
	assert_told("the CRL is past its nextUpdate");
	hard.crl_stale_refuses = false;
	assert_int_equal(judge_full(t, &hard, PKI_NOW + 2 * PKI_DAY, NULL, CHAIN(&leaf, &inter)),
			 FAULT_NONE);
	assert_told("SECURITY_REVOCATION_SOURCE level=3");
	trust_unref(t);
}

static void
expired_is_told_before_revoked(void **state)
{
	struct config_trust soft = { .revocation = REVOCATION_SOFT };
	struct crl_wish list = { .issuer = &inter, .serials = "31" };
	struct trust *t = trust_with_crls(&list, 1);

	(void)state;
	assert_int_equal(judge_full(t, &soft, PKI_NOW + 400 * PKI_DAY, NULL, CHAIN(&leaf, &inter)),
			 FAULT_CERT_EXPIRED);
	assert_told("Result=revoked|");
	trust_unref(t);
}

static void
a_hit_writes_the_same_events_as_a_miss(void **state)
{
	const struct party *chains[][2] = { { &leaf, &inter }, { &other_leaf, &other_root } };
	struct verify_cache *kept = cache;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct badge *first, *second;
		char *text;

		cache = verify_cache_new(8);
		judge_full(usual, &no_revocation, PKI_NOW, &first, 2, chains[i]);
		text = strdup(recorder_text(trace));
		judge_full(usual, &no_revocation, PKI_NOW, &second, 2, chains[i]);
		assert_ptr_equal(first, second);
		assert_string_equal(text, recorder_text(trace));
		free(text);
		badge_unref(first);
		badge_unref(second);
		verify_cache_free(cache);
	}
	cache = kept;
}

static void
another_trust_or_another_cut_is_another_entry(void **state)
{
	struct party joined = { .der = { NULL, 0 } };
	struct trust *t = load_trust(root_file, NULL, NULL, NULL);
	struct badge *a, *b;

	(void)state;
	assert_true(trust_generation(t) > trust_generation(usual));
	judge_full(usual, &no_revocation, PKI_NOW, &a, CHAIN(&leaf, &inter));
	judge_full(t, &no_revocation, PKI_NOW, &b, CHAIN(&leaf, &inter));
	assert_ptr_not_equal(a, b);
	badge_unref(a);
	badge_unref(b);
	trust_unref(t);
	joined.der.size = leaf.der.size + inter.der.size;
	joined.der.data = malloc(joined.der.size);
	memcpy(joined.der.data, leaf.der.data, leaf.der.size);
	memcpy(joined.der.data + leaf.der.size, inter.der.data, inter.der.size);
	assert_int_equal(JUDGE(usual, &leaf, &inter), FAULT_NONE);
	assert_int_not_equal(JUDGE(usual, &joined), FAULT_NONE);
	free(joined.der.data);
}

static void
a_full_cache_forgets_the_least_recently_used(void **state)
{
	struct verify_cache *kept = cache;
	struct party p[9];
	struct badge *first, *again, *b;

	(void)state;
	cache = verify_cache_new(8);
	for (int i = 0; i < 9; i++)
		party_make(&p[i], &(struct wish){ .dn = "CN=N", .issuer = &inter });
	judge_full(usual, &no_revocation, PKI_NOW, &first, CHAIN(&p[0], &inter));
	for (int i = 1; i < 8; i++)
		judge_full(usual, &no_revocation, PKI_NOW, NULL, CHAIN(&p[i], &inter));
	judge_full(usual, &no_revocation, PKI_NOW, &again, CHAIN(&p[0], &inter));
	assert_ptr_equal(first, again);
	badge_unref(again);
	judge_full(usual, &no_revocation, PKI_NOW, &b, CHAIN(&p[8], &inter));	/* p[1] goes */
	badge_unref(b);
	judge_full(usual, &no_revocation, PKI_NOW, &again, CHAIN(&p[0], &inter));
	assert_ptr_equal(first, again);
	badge_unref(again);
	badge_unref(first);
	verify_cache_free(cache);
	cache = kept;
	for (int i = 0; i < 9; i++)
		party_done(&p[i]);
}

static void
another_way_is_looked_for_when_an_intermediate_expires(void **state)
{
	struct party brief, p;
	struct badge *a, *b;

	(void)state;
	party_make(&brief, &(struct wish){ .dn = "O=Acme,CN=Issuing", .ca = true, .issuer = &root,
					   .key_of = &inter, .to = PKI_NOW + PKI_DAY });
	party_make(&p, &(struct wish){ .dn = "CN=P", .issuer = &inter });
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, &a,
				    CHAIN(&p, &brief, &inter)), FAULT_NONE);
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW + 2 * PKI_DAY, &b,
				    CHAIN(&p, &brief, &inter)), FAULT_NONE);
	assert_ptr_not_equal(a, b);
	badge_unref(a);
	badge_unref(b);
	party_done(&p);
	party_done(&brief);
}

static void
trust_says_what_is_odd_about_its_files(void **state)
{
	char *file = folder_file(folder, "odd.pem"), *crl = folder_file(folder, "odd.crl");
	struct crl_wish list = { .issuer = &other_root, .from = 1000, .to = 2000 };
	struct buf messages = BUF_INIT;
	struct trust *t;

	(void)state;
	party_save(&root, file);
	party_save(&root, file);
	party_save(&inter, file);
	party_save(&leaf, file);
	crl_save(&list, crl, false);
	t = load_trust(file, inter_file, crl, &messages);
	assert_non_null(t);
	assert_int_equal(trust_anchor_count(t), 3);
	assert_int_equal(trust_intermediate_count(t), 1);
	assert_int_equal(trust_ca_name_count(t), 3);
	assert_non_null(strstr(buf_text(&messages), "warning: "));
	assert_null(strstr(buf_text(&messages), "error: "));
	assert_non_null(strstr(buf_text(&messages), "odd.pem: CN=Root, O=Acme is there twice"));
	assert_non_null(strstr(buf_text(&messages), "CN=Issuing, O=Acme is not self-signed"));
	assert_non_null(strstr(buf_text(&messages), "CN=Anna, O=Acme is not a CA certificate"));
	assert_non_null(strstr(buf_text(&messages), "neither an anchor nor a configured"));
	assert_non_null(strstr(buf_text(&messages), "is stale (1970-01-01T00:16:40Z to"));
	assert_string_equal(trust_ca_names(t),
			    "CN=Root, O=Acme; CN=Issuing, O=Acme; CN=Anna, O=Acme");
	trust_unref(t);
	buf_done(&messages);
	free(file);
	free(crl);
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	char *missing = folder_file(folder, "missing.pem");
	char *empty = folder_file(folder, "empty.pem");
	struct buf messages = BUF_INIT;

	(void)state;
	fclose(fopen(empty, "w"));
	assert_null(load_trust(missing, empty, root_file, &messages));
	assert_non_null(strstr(buf_text(&messages), "missing.pem: No such file or directory"));
	assert_non_null(strstr(buf_text(&messages), "empty.pem: empty file"));
	assert_non_null(strstr(buf_text(&messages), "root.pem: no CRL in PEM or DER"));
	buf_done(&messages);
	free(missing);
	free(empty);
}

static void
anchors_are_found_by_name_and_by_key(void **state)
{
	struct cert *c = cert_load(inter.der.data, inter.der.size);

	(void)state;
	assert_ptr_equal(trust_find_subject(usual, &c->issuer_der), trust_anchor(usual, 0));
	assert_null(trust_find_subject(usual, &c->subject_der));
	assert_ptr_equal(trust_find_key_id(usual, c->authority_key_id), trust_anchor(usual, 0));
	assert_null(trust_find_key_id(usual, c->subject_key_id));
	assert_null(trust_find_key_id(usual, ""));
	cert_free(c);
}

static void
too_many_ca_names_are_an_error_before_anyone_connects(void **state)
{
	char *file = folder_file(folder, "many.pem");
	struct buf messages = BUF_INIT;
	char dn[256];
	size_t bytes;
	struct trust *t;

	(void)state;
	for (int i = 0; i < 320; i++) {
		struct party p;

		snprintf(dn, sizeof(dn), "OU=%060d,OU=%060d,CN=%040d", i, i, i);
		party_make(&p, &(struct wish){ .dn = dn, .ca = true });
		party_save(&p, file);
		party_done(&p);
		if (i != 150)
			continue;
		t = load_trust(file, NULL, NULL, &messages);
		assert_non_null(t);
		bytes = trust_ca_name_bytes(t);
		assert_in_range(bytes, 16 << 10, 60 << 10);
		assert_non_null(strstr(buf_text(&messages), "warning: CA files: the 151 CA names"));
		assert_true(strlen(trust_ca_names(t)) <= 4096);
		trust_unref(t);
	}
	t = load_trust(file, NULL, NULL, &messages);
	assert_null(t);
	assert_non_null(strstr(buf_text(&messages), "error: CA files: the 320 CA names"));
	buf_done(&messages);
	free(file);
}

static void
names_go_to_credentials_and_no_trace_is_fine(void **state)
{
	gnutls_certificate_credentials_t cred;
	struct badge *b;

	(void)state;
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(trust_set_ca_names(usual, cred), 0);
	gnutls_certificate_free_credentials(cred);
	assert_int_equal(verify_chain(cache, usual, &no_revocation, &leaf.der, 1, PKI_NOW, NULL,
				      &b), FAULT_CERT_CHAINING);
	badge_unref(badge_ref(b));
	badge_unref(b);
	badge_unref(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revoked_leaf_and_a_revoked_intermediate_are_refused),
		cmocka_unit_test(without_a_list_soft_lets_in_and_hard_does_not),
		cmocka_unit_test(a_list_grows_stale_while_the_verdict_is_cached),
		cmocka_unit_test(expired_is_told_before_revoked),
		cmocka_unit_test(a_hit_writes_the_same_events_as_a_miss),
		cmocka_unit_test(another_trust_or_another_cut_is_another_entry),
		cmocka_unit_test(a_full_cache_forgets_the_least_recently_used),
		cmocka_unit_test(another_way_is_looked_for_when_an_intermediate_expires),
		cmocka_unit_test(trust_says_what_is_odd_about_its_files),
		cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(anchors_are_found_by_name_and_by_key),
		cmocka_unit_test(too_many_ca_names_are_an_error_before_anyone_connects),
		cmocka_unit_test(names_go_to_credentials_and_no_trace_is_fine),
	};

	return cmocka_run_group_tests(tests, acme_setup, acme_teardown);
}
