/* SPDX-License-Identifier: MIT */
/*
 * test_verify - every verdict over a chain, its evidence in the trace, and the
 * cache.  GnuTLS's clock is set to 2001: dates are judged by us, not by it.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/pki.h"

#define SERVER_AUTH "1.3.6.1.5.5.7.3.1"

static struct party root, inter, leaf, other_root, other_leaf;
static char *folder, *root_file, *inter_file;
static struct trust *usual;	/* root as anchor, nothing else */
static struct verify_cache *cache;
static struct trace *trace;
static const struct config_trust no_revocation = { .revocation = REVOCATION_OFF };

static time_t
year_2001(time_t *t)
{
	if (t)
		*t = 1000000000;
	return 1000000000;
}

/* Trust in files; NULL = none. */
static struct trust *
load_trust(char *anchors, char *intermediates, char *crls, struct buf *messages)
{
	struct config_trust c = {
		.ca_files = &anchors, .ca_count = anchors != NULL,
		.intermediate_files = &intermediates, .intermediate_count = intermediates != NULL,
		.crl_files = &crls, .crl_count = crls != NULL,
	};
	struct buf own = BUF_INIT;
	struct trust *t = trust_load(&c, messages ? messages : &own);

	buf_done(&own);
	return t;
}

static int
setup(void **state)
{
	(void)state;
	gnutls_global_set_time_function(year_2001);
	party_make(&root, &(struct wish){ .dn = "O=Acme,CN=Root", .ca = true });
	party_make(&inter, &(struct wish){ .dn = "O=Acme,CN=Issuing", .ca = true, .issuer = &root,
					   .serial = 0x21 });
	party_make(&leaf, &(struct wish){ .dn = "O=Acme,CN=Anna", .issuer = &inter, .serial = 0x31,
					  .aia = "http://ca.acme/issuing.cer" });
	party_make(&other_root, &(struct wish){ .dn = "O=Other,CN=Root", .ca = true });
	party_make(&other_leaf, &(struct wish){ .dn = "O=Other,CN=Eve", .issuer = &other_root });
	folder = folder_make();
	root_file = folder_file(folder, "root.pem");
	inter_file = folder_file(folder, "inter.pem");
	party_save(&root, root_file);
	party_save(&inter, inter_file);
	usual = load_trust(root_file, NULL, NULL, NULL);
	cache = verify_cache_new(0);
	trace = recorder_new();
	return usual && cache && trace ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	recorder_free(trace);
	verify_cache_free(cache);
	trust_unref(usual);
	free(root_file);
	free(inter_file);
	folder_done(folder);
	party_done(&root);
	party_done(&inter);
	party_done(&leaf);
	party_done(&other_root);
	party_done(&other_leaf);
	gnutls_global_set_time_function(time);
	return 0;
}

/* The verdict over parties (leaf first) with everything said. */
static enum fault
judge_full(const struct trust *t, const struct config_trust *policy, time_t now,
	   struct badge **badge, size_t n, const struct party *const *parties)
{
	gnutls_datum_t raw[32];
	struct badge *b = NULL;
	enum fault f;

	for (size_t i = 0; i < n; i++)
		raw[i] = parties[i]->der;
	recorder_reset(trace);
	f = verify_chain(cache, t, policy, raw, (unsigned int)n, now, trace, &b);
	assert_non_null(b);
	assert_int_equal(recorder_count(trace, "SECURITY_CHAIN_START"), 1);
	assert_int_equal(recorder_count(trace, "SECURITY_CHAIN_END"), 1);
	assert_int_equal(recorder_count(trace, "SECURITY_REVOCATION_START"),
			 recorder_count(trace, "SECURITY_REVOCATION_END"));
	if (badge)
		*badge = b;
	else
		badge_unref(b);
	return f;
}

#define CHAIN(...) (sizeof((const struct party *const[]){ __VA_ARGS__ }) / sizeof(void *)), \
	(const struct party *const[]){ __VA_ARGS__ }
#define JUDGE(t, ...) judge_full(t, &no_revocation, PKI_NOW, NULL, CHAIN(__VA_ARGS__))
#define assert_told(text) \
	do { \
		if (!strstr(recorder_text(trace), text)) \
			fail_msg("no \"%s\" in:\n%s", text, recorder_text(trace)); \
	} while (0)

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
	party_make(&renamed, &(struct wish){ .dn = "O=Acme,CN=Root 2", .ca = true, .key_of = &root });
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
	assert_non_null(strstr(buf_text(&messages), "old.pem: CN=Old expired on 1970-01-01T00:33:20Z"));
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
	party_make(&server, &(struct wish){ .dn = "CN=S", .issuer = &inter, .purpose = SERVER_AUTH });
	assert_int_equal(JUDGE(usual, &server, &inter), FAULT_CERT_PURPOSE);
	assert_told("the extended key usage is serverAuth; signing in needs clientAuth");
	assert_told("ErrorCode=2148204816|");
	party_make(&signer, &(struct wish){ .dn = "CN=N", .issuer = &inter,
					    .key_usage = GNUTLS_KEY_NON_REPUDIATION });
	assert_int_equal(JUDGE(usual, &signer, &inter), FAULT_CERT_PURPOSE);
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
	assert_int_equal(JUDGE(usual, &p, &inter), FAULT_CERT_CONSTRAINTS);
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
	assert_int_equal(JUDGE(t, &p, &sub, &top), FAULT_CERT_CONSTRAINTS);
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
	assert_int_equal(JUDGE(usual, &p, &inter), FAULT_CERT_SIGNATURE);
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
	assert_told("SECURITY_REVOCATION_START level=4 ModuleName=Revocation| Depth=0| Policy=soft|");
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
	assert_string_equal(trust_ca_names(t), "CN=Root, O=Acme; CN=Issuing, O=Acme; CN=Anna, O=Acme");
	trust_unref(t);
	buf_done(&messages);
	free(file);
	free(crl);
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	char *missing = folder_file(folder, "missing.pem"), *empty = folder_file(folder, "empty.pem");
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
	assert_int_equal(verify_chain(cache, usual, &no_revocation, &leaf.der, 1, PKI_NOW, NULL, &b),
			 FAULT_CERT_CHAINING);
	badge_unref(badge_ref(b));
	badge_unref(b);
	badge_unref(NULL);
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

	return cmocka_run_group_tests(tests, setup, teardown);
}
