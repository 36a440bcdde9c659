/* SPDX-License-Identifier: MIT */
/* test_verify - every verdict over a chain and its evidence in the trace. */
#include <config.h>

#include "core/chain/online.h"
#include "tests/unit/acme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVER_AUTH "1.3.6.1.5.5.7.3.1"

static void
a_good_chain_is_trusted_and_told_in_full(void **state)
{
	struct badge *b;

	(void)state;
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, &b, CHAIN(&leaf, &inter)),
			 FAULT_NONE);
	assert_int_equal(b->fault, FAULT_NONE);
	assert_int_equal(b->path_count, 3);
	assert_int_equal(b->sent_count, 2);
	assert_int_equal(b->path[0].origin, ORIGIN_SENT);
	assert_int_equal(b->path[1].origin, ORIGIN_SENT);
	assert_int_equal(b->path[2].origin, ORIGIN_ANCHOR);
	assert_ptr_equal(b->leaf, b->path[0].cert);
	assert_non_null(b->leaf->crt);
	assert_string_equal(b->hint, "");
	assert_null(strchr(b->leaf_base64, '\n'));
	assert_int_equal(strlen(b->leaf_base64), (leaf.der.size + 2) / 3 * 4);
	badge_unref(b);
	assert_int_equal(recorder_count(trace, "SECURITY_CHAIN_ELEMENT level=4"), 3);
	assert_told("SECURITY_CHAIN_START level=4 ModuleName=CertificateChain| SentCount=2| "
		    "AnchorCount=1| Purpose=clientAuth (1.3.6.1.5.5.7.3.2)| "
		    "Time=2026-11-23T22:00:00Z|");
	assert_told("Depth=0| Origin=sent| Subject=CN=Anna, O=Acme| Issuer=CN=Issuing, O=Acme| "
		    "SerialNumber=31| NotBefore=2026-11-22T22:00:00Z| "
		    "NotAfter=2027-11-23T22:00:00Z| DaysLeft=365|");
	assert_told("SECURITY_CHAIN_END level=4 Verdict=trusted| Reason=| ErrorCode=0| Depth=0| "
		    "Anchor=CN=Root, O=Acme| HttpStatus=200| HttpSubStatus=0|");
	assert_int_equal(recorder_count(trace, "HINT"), 0);
}

static void
a_configured_intermediate_completes_a_lone_leaf(void **state)
{
	struct trust *t = load_trust(root_file, inter_file, NULL, NULL);
	struct badge *b;

	(void)state;
	assert_int_equal(judge_full(t, &no_revocation, PKI_NOW, &b, CHAIN(&leaf)), FAULT_NONE);
	assert_int_equal(b->path[1].origin, ORIGIN_STORE);
	trust_unref(t);	/* the badge keeps what it needs */
	assert_string_equal(b->path[1].cert->subject, "CN=Issuing, O=Acme");
	badge_unref(b);
	assert_told("Depth=1| Origin=store|");
	assert_told("Depth=2| Origin=anchor|");
}

static void
an_intermediate_is_never_an_anchor(void **state)
{
	struct trust *t = load_trust(NULL, inter_file, NULL, NULL);

	(void)state;
	assert_int_equal(JUDGE(t, &leaf), FAULT_CERT_CHAINING);
	assert_told("no CA file is configured");
	trust_unref(t);
}

static void
an_intermediate_without_its_root_says_so(void **state)
{
	char *file = folder_file(folder, "other.pem");
	struct trust *t;

	(void)state;
	party_save(&other_root, file);
	t = load_trust(file, inter_file, NULL, NULL);
	assert_int_equal(JUDGE(t, &leaf), FAULT_CERT_CHAINING);
	assert_told("the configured intermediate CN=Issuing, O=Acme is known but not trusted by "
		    "itself");
	trust_unref(t);
	free(file);
}

static void
an_issuing_ca_may_be_the_anchor_itself(void **state)
{
	struct trust *t = load_trust(inter_file, NULL, NULL, NULL);

	(void)state;
	assert_int_equal(JUDGE(t, &leaf, &inter, &root), FAULT_NONE);
	assert_told("Depth=1| Origin=anchor|");
	assert_told("also sent, but no part of the path: CN=Root, O=Acme");
	assert_int_equal(recorder_count(trace, "HINT level=4"), 1);
	trust_unref(t);
}

static void
a_missing_intermediate_names_issuer_and_address(void **state)
{
	(void)state;
	assert_int_equal(JUDGE(usual, &leaf), FAULT_CERT_CHAINING);
	assert_told("only the leaf was sent and its issuer CN=Issuing, O=Acme is not configured");
	assert_told("http://ca.acme/issuing.cer, is not followed");
	assert_told("ErrorCode=2148204810| Depth=0| Anchor=| HttpStatus=403| HttpSubStatus=16|");
	assert_told("Reason=ClientCertChainIncomplete|");
	assert_int_equal(recorder_count(trace, "SECURITY_REVOCATION"), 0);
}

static void
a_self_signed_leaf_is_untrusted(void **state)
{
	struct party p;
	struct badge *b;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Me" });
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, &b, CHAIN(&p)),
			 FAULT_CERT_UNTRUSTED);
	assert_string_equal(b->hint, "CN=Me is self-signed and none of the 1 anchors");
	badge_unref(b);
	assert_told("ErrorCode=2148204809|");
	assert_told("SECURITY_CHAIN_ELEMENT level=3 Depth=0|");
	party_done(&p);
}

static void
another_root_is_untrusted_at_its_own_depth(void **state)
{
	(void)state;
	assert_int_equal(JUDGE(usual, &other_leaf, &other_root), FAULT_CERT_UNTRUSTED);
	assert_told("SECURITY_CHAIN_ELEMENT level=4 Depth=0|");
	assert_told("SECURITY_CHAIN_ELEMENT level=3 Depth=1|");
	assert_told("CN=Root, O=Other is self-signed and none of the 1 anchors");
}

static void
the_same_name_with_a_new_key_is_pointed_out(void **state)
{
	struct party renewed, p;

	(void)state;
	party_make(&renewed, &(struct wish){ .dn = "O=Acme,CN=Root", .ca = true });
	party_make(&p, &(struct wish){ .dn = "CN=New", .issuer = &renewed });
	assert_int_equal(JUDGE(usual, &p, &renewed), FAULT_CERT_UNTRUSTED);
	assert_told("a certificate of the issuer's name is known (CN=Root, O=Acme");
	assert_told("was the CA renewed with a new key?");
	assert_int_equal(JUDGE(usual, &p), FAULT_CERT_CHAINING);
	assert_told("was the CA renewed with a new key?");
	party_done(&p);
	party_done(&renewed);
}

static void
the_same_key_under_another_name_is_pointed_out(void **state)
{
	struct party renamed, p;

	(void)state;
	party_make(&renamed, &(struct wish){ .dn = "O=Acme,CN=Root 2", .ca = true,
					   .key_of = &root });
	party_make(&p, &(struct wish){ .dn = "CN=New", .issuer = &renamed });
	assert_int_equal(JUDGE(usual, &p), FAULT_CERT_CHAINING);
	assert_told("the anchor CN=Root, O=Acme has the issuer's key id");
	party_done(&p);
	party_done(&renamed);
}

static void
the_nearest_anchor_is_found_by_name(void **state)
{
	struct party ca, sub, p;
	char *file = folder_file(folder, "near.pem");
	struct trust *t;

	(void)state;
	party_make(&ca, &(struct wish){ .dn = "CN=Root 1,O=Acme,C=NO", .ca = true });
	party_make(&sub, &(struct wish){ .dn = "CN=Issuing 9,O=Acme,C=NO", .ca = true });
	party_make(&p, &(struct wish){ .dn = "CN=New", .issuer = &sub });
	party_save(&other_root, file);
	party_save(&ca, file);
	t = load_trust(file, NULL, NULL, NULL);
	assert_int_equal(JUDGE(t, &p), FAULT_CERT_CHAINING);
	assert_told("the nearest anchor by name is C=NO, O=Acme, CN=Root 1");
	trust_unref(t);
	free(file);
	party_done(&p);
	party_done(&sub);
	party_done(&ca);
}

static void
expired_and_not_yet_valid_are_told_with_the_clock(void **state)
{
	(void)state;
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW + 368 * PKI_DAY, NULL,
				    CHAIN(&leaf, &inter)), FAULT_CERT_EXPIRED);
	assert_told("expired 3 days ago by this machine's clock");
	assert_told("DaysLeft=-3|");
	assert_told("ErrorCode=2148204801| Depth=0| Anchor=CN=Root, O=Acme| HttpStatus=403| "
		    "HttpSubStatus=17|");
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW - PKI_DAY - 600, NULL,
				    CHAIN(&leaf, &inter)), FAULT_CERT_NOT_YET);
	assert_told("becomes valid in 600 seconds by this machine's clock; does it agree");
	assert_told("Reason=ClientCertNotYetValid|");
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, NULL, CHAIN(&leaf, &inter)),
			 FAULT_NONE);
}

static void
an_expired_anchor_is_named(void **state)
{
	struct party old, p;
	char *file = folder_file(folder, "old.pem");
	struct buf messages = BUF_INIT;
	struct trust *t;

	(void)state;
	party_make(&old, &(struct wish){ .dn = "CN=Old", .ca = true, .from = 1000, .to = 2000 });
	party_make(&p, &(struct wish){ .dn = "CN=P", .issuer = &old });
	party_save(&old, file);
	t = load_trust(file, NULL, NULL, &messages);
	assert_non_null(strstr(buf_text(&messages), "CN=Old expired on 1970-01-01T00:33:20Z"));
	assert_int_equal(JUDGE(t, &p), FAULT_CERT_EXPIRED);
	assert_told("it is the configured anchor itself");
	assert_told("SECURITY_CHAIN_ELEMENT level=3 Depth=1|");
	trust_unref(t);
	buf_done(&messages);
	free(file);
	party_done(&p);
	party_done(&old);
}

static void
a_valid_way_is_preferred_to_an_expired_one(void **state)
{
	struct party old, p;

	(void)state;
	party_make(&old, &(struct wish){ .dn = "O=Acme,CN=Issuing", .ca = true, .issuer = &root,
					 .key_of = &inter, .from = 1000, .to = 2000 });
	party_make(&p, &(struct wish){ .dn = "CN=P", .issuer = &inter });
	assert_int_equal(JUDGE(usual, &p, &old, &inter), FAULT_NONE);
	assert_int_equal(JUDGE(usual, &p, &old), FAULT_CERT_EXPIRED);
	assert_told("Depth=1| Hint=expired ");
	party_done(&p);
	party_done(&old);
}

static void
a_cross_certificate_leads_around_an_unknown_root(void **state)
{
	struct party cross, p;
	struct badge *b;

	(void)state;
	party_make(&cross, &(struct wish){ .dn = "O=Other,CN=Root", .ca = true, .issuer = &root,
					   .key_of = &other_root });
	party_make(&p, &(struct wish){ .dn = "CN=P", .issuer = &other_root });
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, &b,
				    CHAIN(&p, &other_root, &cross)), FAULT_NONE);
	assert_int_equal(b->path_count, 3);
	badge_unref(b);
	party_done(&p);
	party_done(&cross);
}

static void
a_wrong_purpose_is_told_with_what_is_needed(void **state)
{
	struct party server, signer;

	(void)state;
	party_make(&server, &(struct wish){ .dn = "CN=S", .issuer = &inter,
					    .purpose = SERVER_AUTH });
	assert_int_equal(JUDGE(usual, &server, &inter), FAULT_CERT_PURPOSE);
	assert_told("the extended key usage is serverAuth; signing in needs clientAuth");
	assert_told("ErrorCode=2148204816|");
	party_make(&signer, &(struct wish){ .dn = "CN=N", .issuer = &inter,
					    .key_usage = GNUTLS_KEY_NON_REPUDIATION });
	assert_int_equal(JUDGE(usual, &signer, &inter), FAULT_CERT_KEY_USAGE);
	assert_told("the key usage is nonRepudiation; signing in needs digitalSignature");
	party_done(&server);
	party_done(&signer);
}

static void
an_unknown_critical_extension_is_named(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=C", .issuer = &inter, .critical = "1.2.3.4.5" });
	assert_int_equal(JUDGE(usual, &p, &inter), FAULT_CERT_CRITICAL);
	assert_told("critical extension 1.2.3.4.5 is not understood");
	party_done(&p);
}

static void
an_issuer_that_is_no_ca_is_named(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Child", .issuer = &leaf });
	assert_int_equal(JUDGE(usual, &p, &leaf, &inter), FAULT_CERT_CONSTRAINTS);
	assert_told("CN=Anna, O=Acme is not a CA certificate, yet it issued CN=Child");
	party_done(&p);
}

static void
a_path_length_is_kept(void **state)
{
	struct party top, sub, p;
	char *file = folder_file(folder, "short.pem");
	struct trust *t;

	(void)state;
	party_make(&top, &(struct wish){ .dn = "CN=Short", .ca = true, .path_length = -1,
					 .issuer = &root });
	party_make(&sub, &(struct wish){ .dn = "CN=Sub", .ca = true, .issuer = &top });
	party_make(&p, &(struct wish){ .dn = "CN=P", .issuer = &sub });
	party_save(&root, file);
	t = load_trust(file, NULL, NULL, NULL);
	assert_int_equal(JUDGE(t, &p, &sub, &top), FAULT_CERT_PATH_LENGTH);
	assert_told("Reason=ClientCertPathLength| ErrorCode=2148204804| Depth=2|");
	assert_told("CN=Short allows 0 CA certificates below it, and there are 1");
	trust_unref(t);
	free(file);
	party_done(&p);
	party_done(&sub);
	party_done(&top);
}

static void
a_wrong_signature_is_found(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Sig", .issuer = &inter });
	p.der.data[p.der.size - 1] ^= 1;
	assert_int_equal(JUDGE(usual, &p, &inter), FAULT_CERT_SIGNATURE);
	assert_told("the signature does not fit the key of CN=Issuing, O=Acme");
	assert_told("ErrorCode=2148098052|");
	party_done(&p);
}

static void
an_issuer_known_by_name_only_must_still_have_signed(void **state)
{
	struct party fake, p;

	(void)state;
	party_make(&fake, &(struct wish){ .dn = "O=Acme,CN=Root", .ca = true, .no_key_ids = true });
	party_make(&p, &(struct wish){ .dn = "CN=Eve", .issuer = &fake, .no_key_ids = true });
	assert_int_equal(JUDGE(usual, &p), FAULT_CERT_SIGNATURE);
	assert_int_equal(JUDGE(usual, &p, &fake), FAULT_CERT_UNTRUSTED);
	party_done(&p);
	party_done(&fake);
}

static void
a_weak_signature_is_told(void **state)
{
	struct party p;

	(void)state;
	party_make(&p, &(struct wish){ .dn = "CN=Weak", .issuer = &inter, .sha1 = true });
	assert_int_equal(JUDGE(usual, &p, &inter), FAULT_CERT_WEAK);
	assert_told("too weak: signature algorithm ECDSA-SHA1");
	party_done(&p);
}

static void
bytes_that_are_no_certificate_are_malformed(void **state)
{
	struct party junk = { .der = { (unsigned char *)(uintptr_t)"junk", 4 } };
	struct badge *b;

	(void)state;
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, &b, CHAIN(&junk, &inter)),
			 FAULT_CERT_MALFORMED);
	assert_false(b->leaf->readable);
	assert_string_equal(b->leaf_base64, "anVuaw==");
	badge_unref(b);
	assert_told("the 4 bytes sent as the client's certificate cannot be read as one");
	assert_int_equal(JUDGE(usual, &leaf, &junk), FAULT_CERT_MALFORMED);
	assert_told("one of the certificates sent cannot be read (4 bytes");
	assert_int_equal(JUDGE(usual, &leaf, &inter, &junk), FAULT_NONE);
}

static void
more_certificates_than_are_read_are_refused(void **state)
{
	const struct party *many[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		many[i] = i == 0 ? &leaf : &inter;
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, NULL, 20, many),
			 FAULT_CERT_DEPTH);
	assert_told("20 certificates were sent; at most 16 are read");
	assert_told("SentCount=20|");
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, NULL, 16, many), FAULT_NONE);
}

static void
a_path_that_never_ends_is_too_long(void **state)
{
	struct party p[17];
	const struct party *chain[16];
	char dn[32];

	(void)state;
	for (int i = 16; i >= 0; i--) {
		snprintf(dn, sizeof(dn), "CN=Level %d", i);
		party_make(&p[i], &(struct wish){ .dn = dn, .ca = i > 0,
						  .issuer = i < 16 ? &p[i + 1] : NULL });
	}
	for (size_t i = 0; i < 16; i++)
		chain[i] = &p[i];
	assert_int_equal(judge_full(usual, &no_revocation, PKI_NOW, NULL, 16, chain),
			 FAULT_CERT_DEPTH);
	assert_told("no anchor within 16 certificates");
	for (int i = 0; i < 17; i++)
		party_done(&p[i]);
}

/* Sites of one worker share verdicts, but not whom they ask. */
static void
answers_of_one_policy_do_not_count_for_another(void **state)
{
	const struct config_trust ask = { .revocation = REVOCATION_HARD, .fetch_crl = true };
	char *one[] = { (char *)"ca.example" };
	const struct config_trust few = { .revocation = REVOCATION_HARD, .fetch_crl = true,
					  .fetch_hosts = { .items = one, .count = 1 } };
	const struct config_trust none = { .revocation = REVOCATION_HARD };
	const gnutls_datum_t raw[] = { leaf.der, inter.der };
	struct badge *b = verify_wants_online(cache, usual, &few, raw, 2, PKI_NOW);

	(void)state;
	assert_non_null(b);
	verify_take_online(b, online_none(b, &few, 5, PKI_NOW + 60));
	badge_unref(b);
	assert_null(verify_wants_online(cache, usual, &few, raw, 2, PKI_NOW));
	assert_null(verify_wants_online(cache, usual, &none, raw, 2, PKI_NOW));
	b = verify_wants_online(cache, usual, &ask, raw, 2, PKI_NOW);
	verify_take_online(b, online_none(b, &ask, 5, PKI_NOW + 60));
	badge_unref(b);
	judge_full(usual, &ask, PKI_NOW, NULL, CHAIN(&leaf, &inter));
	assert_told("(nobody was asked)");
	judge_full(usual, &none, PKI_NOW, NULL, CHAIN(&leaf, &inter));
	assert_null(strstr(recorder_text(trace), "(nobody was asked)"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_chain_is_trusted_and_told_in_full),
		cmocka_unit_test(a_configured_intermediate_completes_a_lone_leaf),
		cmocka_unit_test(an_intermediate_is_never_an_anchor),
		cmocka_unit_test(an_intermediate_without_its_root_says_so),
		cmocka_unit_test(an_issuing_ca_may_be_the_anchor_itself),
		cmocka_unit_test(a_missing_intermediate_names_issuer_and_address),
		cmocka_unit_test(a_self_signed_leaf_is_untrusted),
		cmocka_unit_test(another_root_is_untrusted_at_its_own_depth),
		cmocka_unit_test(the_same_name_with_a_new_key_is_pointed_out),
		cmocka_unit_test(the_same_key_under_another_name_is_pointed_out),
		cmocka_unit_test(the_nearest_anchor_is_found_by_name),
		cmocka_unit_test(expired_and_not_yet_valid_are_told_with_the_clock),
		cmocka_unit_test(an_expired_anchor_is_named),
		cmocka_unit_test(a_valid_way_is_preferred_to_an_expired_one),
		cmocka_unit_test(a_cross_certificate_leads_around_an_unknown_root),
		cmocka_unit_test(a_wrong_purpose_is_told_with_what_is_needed),
		cmocka_unit_test(an_unknown_critical_extension_is_named),
		cmocka_unit_test(an_issuer_that_is_no_ca_is_named),
		cmocka_unit_test(a_path_length_is_kept),
		cmocka_unit_test(a_wrong_signature_is_found),
		cmocka_unit_test(an_issuer_known_by_name_only_must_still_have_signed),
		cmocka_unit_test(a_weak_signature_is_told),
		cmocka_unit_test(bytes_that_are_no_certificate_are_malformed),
		cmocka_unit_test(more_certificates_than_are_read_are_refused),
		cmocka_unit_test(a_path_that_never_ends_is_too_long),
		cmocka_unit_test(answers_of_one_policy_do_not_count_for_another),
	};

	return cmocka_run_group_tests(tests, acme_setup, acme_teardown);
}
