/* SPDX-License-Identifier: MIT */
/*
 * test_policy - where does a key live?  Policies, the token registry (with
 * SoftHSM where it is installed), the identity, and how PINs are handed out.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <gnutls/crypto.h>
#include <gnutls/pkcs11.h>

#include "core/token/identity.h"
#include "core/token/pin.h"
#include "core/token/policy.h"
#include "tests/unit/pki.h"

#define PIV_AUTH "2.16.840.1.101.3.2.1.3.13"
#define CARD_AUTH "2.16.840.1.101.3.2.1.3.17"
#define SOFTWARE "0.4.0.2042.1.1"
#define TPM "1.3.6.1.4.1.311.21.30"
#define ANY_POLICY "2.5.29.32.0"
#define TEST_PIN "4321"
#define TEST_SO_PIN "87654321"

static struct trace *trace;

static int
setup(void **state)
{
	(void)state;
	trace = recorder_new();
	return trace ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	recorder_free(trace);
	return 0;
}

#define assert_told(text) \
	do { \
		if (!strstr(recorder_text(trace), text)) \
			fail_msg("no \"%s\" in:\n%s", text, recorder_text(trace)); \
	} while (0)

static bool
is_oid(const char *s)
{
	size_t arcs = 0;

	while (*s >= '0' && *s <= '9') {
		if (*s == '0' && s[1] >= '0' && s[1] <= '9')
			return false;
		s += strspn(s, "0123456789");
		arcs++;
		if (*s == '.')
			s++;
		else
			return *s == '\0' && arcs >= 4;
	}
	return false;
}

static void
every_row_is_an_oid_of_its_own_with_name_and_source(void **state)
{
	(void)state;
	assert_true(policy_count() > 40);
	for (size_t i = 0; i < policy_count(); i++) {
		const struct policy *p = policy_at(i);

		assert_true(is_oid(p->oid));
		assert_true(strlen(p->name) > 2);
		assert_true(strlen(p->source) > 1);
		assert_ptr_equal(policy_find(p->oid), p);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(policy_at(k)->name, p->name);
	}
	assert_null(policy_find("1.2.3"));
	assert_null(policy_find("0.4.0.1862.1.4"));	/* a QcStatement, no policy */
}

static void
software_never_promises_a_pin(void **state)
{
	(void)state;
	for (size_t i = 0; i < policy_count(); i++)
		if (policy_at(i)->hardware == POLICY_SAYS_NO)
			assert_int_equal(policy_at(i)->pin, POLICY_SAYS_NO);
	assert_int_equal(policy_find(CARD_AUTH)->pin, POLICY_SAYS_NO);
	assert_int_equal(policy_find(CARD_AUTH)->hardware, POLICY_SAYS_YES);
}

struct scene {		/* a leaf under an intermediate under a root */
	struct party root, inter, leaf;
	struct badge *badge;
	enum fault fault;
};

static void
scene_make(struct scene *s, const struct wish *inter, const struct wish *leaf, bool trusted)
{
	char *folder = folder_make(), *file = folder_file(folder, "root.pem");
	struct wish i = *inter, l = *leaf;
	struct config_trust c = { .ca_files = &file, .ca_count = trusted };
	struct verify_cache *cache = verify_cache_new(8);
	struct buf messages = BUF_INIT;
	struct trust *t;

	party_make(&s->root, &(struct wish){ .dn = "CN=Root", .ca = true });
	i.dn = "CN=Issuing";
	i.ca = true;
	i.issuer = &s->root;
	party_make(&s->inter, &i);
	l.dn = l.dn ? l.dn : "CN=Anna";
	l.issuer = &s->inter;
	party_make(&s->leaf, &l);
	party_save(&s->root, file);
	t = trust_load(&c, &messages);
	s->fault = verify_chain(cache, t, &c, (gnutls_datum_t[]){ s->leaf.der, s->inter.der }, 2,
				PKI_NOW, NULL, &s->badge);
	trust_unref(t);
	verify_cache_free(cache);
	buf_done(&messages);
	free(file);
	folder_done(folder);
}

static void
scene_done(struct scene *s)
{
	badge_unref(s->badge);
	party_done(&s->root);
	party_done(&s->inter);
	party_done(&s->leaf);
}

/* Grade and PIN of a leaf with policies, under an intermediate with policies. */
static struct identity
judge(const struct wish *inter, const struct wish *leaf, bool trusted)
{
	struct identity id;
	struct scene s;

	scene_make(&s, inter, leaf, trusted);
	recorder_reset(trace);
	identity_of(s.badge, NULL, false, 0, trace, &id);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_IDENTITY_START"), 1);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_IDENTITY_END"), 1);
	scene_done(&s);
	return id;
}

static const struct wish plain = { .dn = NULL };

static void
without_policies_nothing_is_known(void **state)
{
	struct identity id = judge(&plain, &plain, true);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_true(id.fresh);
	assert_string_equal(id.kind, "DN");
	assert_string_equal(id.name, "CN=Anna");
	assert_told("IDENTITY_END level=4 Identity=CN=Anna| IdentityKind=DN| Grade=E0| "
		    "PinBacked=unknown| Fresh=yes| SecondsSinceSignature=0|");
}

static void
a_hardware_policy_of_the_leaf_alone_is_e1(void **state)
{
	struct wish leaf = { .policies = { PIV_AUTH, "1.2.3" } };
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E1);
	assert_int_equal(id.pin, PIN_YES);
	assert_told("AUTH_TOKEN_POLICY level=4 Oid=" PIV_AUTH "| Name=common-authentication (PIV "
		    "slot 9A)| Hardware=yes| Pin=yes| ValidForPath=no| Source=FPKI|");
	assert_told("Oid=1.2.3| Name=| Hardware=unknown| Pin=unknown| ValidForPath=no| Source=|");
}

static void
a_hardware_policy_of_the_whole_path_is_e2(void **state)
{
	struct wish same = { .policies = { PIV_AUTH } }, any = { .policies = { ANY_POLICY } };
	struct wish mapped = { .policies = { PIV_AUTH }, .extension = "2.5.29.33" };

	(void)state;
	assert_int_equal(judge(&same, &same, true).grade, EVIDENCE_E2);
	assert_told("ValidForPath=yes|");
	assert_int_equal(judge(&any, &same, true).grade, EVIDENCE_E2);
	assert_int_equal(judge(&mapped, &same, true).grade, EVIDENCE_E1);
	assert_told("ValidForPath=unknown|");
}

static void
an_untrusted_chain_can_claim_what_it_likes(void **state)
{
	struct wish same = { .policies = { PIV_AUTH } };
	struct identity id = judge(&same, &same, false);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_told("AUTH_TOKEN_IDENTITY_END level=3");
	assert_told("ValidForPath=unknown|");
}

static void
a_card_key_without_pin_is_never_pin_backed(void **state)
{
	struct wish leaf = { .policies = { PIV_AUTH, CARD_AUTH } };

	(void)state;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_NO);
	leaf.policies[0] = SOFTWARE;
	leaf.policies[1] = NULL;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_NO);
	leaf.policies[1] = PIV_AUTH;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_YES);
	leaf.policies[0] = TPM;
	leaf.policies[1] = NULL;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_UNKNOWN);
}

static void
the_name_is_upn_then_email_then_subject(void **state)
{
	struct wish leaf = { .upn = "anna@acme.example", .email = "a@acme.example" };
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_string_equal(id.name, "anna@acme.example");
	assert_string_equal(id.kind, "UPN");
	leaf.upn = NULL;
	id = judge(&plain, &leaf, true);
	assert_string_equal(id.name, "a@acme.example");
	assert_string_equal(id.kind, "email");
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	char upn[400] = "x";
	struct wish leaf = { .upn = upn };
	struct identity id;

	(void)state;
	while (strlen(upn) < 300)
		memcpy(upn + strlen(upn), "\xc3\xa6", 3);
	id = judge(&plain, &leaf, true);
	assert_int_equal(strlen(id.name), 255);
	assert_memory_equal(id.name, upn, 255);
	upn[0] = '\0';
	while (strlen(upn) < 300)
		memcpy(upn + strlen(upn), "\xc3\xa6", 3);
	id = judge(&plain, &leaf, true);
	assert_int_equal(strlen(id.name), 254);
}

static void
a_resumed_session_is_not_fresh(void **state)
{
	struct identity id;
	struct scene s;

	(void)state;
	scene_make(&s, &plain, &plain, true);
	recorder_reset(trace);
	identity_of(s.badge, NULL, true, UINT64_MAX, trace, &id);
	assert_false(id.fresh);
	assert_told("Fresh=no| SecondsSinceSignature=|");
	identity_of(s.badge, NULL, true, 17, trace, &id);
	assert_told("Fresh=no| SecondsSinceSignature=17|");
	identity_of(s.badge, NULL, false, 0, NULL, &id);
	scene_done(&s);
}

static const char *
softhsm(void)
{
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static int
give_pin(void *userdata, int attempt, const char *url, const char *label, unsigned int flags,
	 char *pin, size_t max)
{
	(void)userdata;
	(void)url;
	(void)label;
	snprintf(pin, max, "%s", flags & GNUTLS_PIN_SO ? TEST_SO_PIN : TEST_PIN);
	return attempt ? -1 : 0;
}

/* A SoftHSM token "badge" that holds one certificate; files in folder. */
static void
make_token(const char *folder, const struct party *p)
{
	char *conf = folder_file(folder, "softhsm2.conf");
	FILE *f = fopen(conf, "w");

	assert_non_null(f);
	fprintf(f, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
		folder);
	fclose(f);
	setenv("SOFTHSM2_CONF", conf, 1);
	free(conf);
	assert_int_equal(gnutls_pkcs11_init(GNUTLS_PKCS11_FLAG_MANUAL, NULL), 0);
	assert_int_equal(gnutls_pkcs11_add_provider(softhsm(), NULL), 0);
	gnutls_pkcs11_set_pin_function(give_pin, NULL);
	assert_int_equal(gnutls_pkcs11_token_init("pkcs11:manufacturer=SoftHSM%20project",
						  TEST_SO_PIN, "badge"), 0);
	assert_int_equal(gnutls_pkcs11_token_set_pin("pkcs11:token=badge", NULL, TEST_PIN,
						     GNUTLS_PIN_USER), 0);
	assert_int_equal(gnutls_pkcs11_copy_x509_crt2("pkcs11:token=badge", p->crt, "c", NULL,
			 GNUTLS_PKCS11_OBJ_FLAG_LOGIN), 0);
	gnutls_pkcs11_deinit();
}

static void
remove_tree(const char *folder)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	assert_int_equal(system(command), 0);
}

static void
check_found(const struct registry *r, const struct scene *s)
{
	const struct token *k = registry_find(r, s->badge->leaf->sha256);
	struct identity id;

	assert_non_null(k);
	assert_string_equal(k->label, "badge");
	assert_string_equal(k->module, "libsofthsm2.so");
	assert_true(k->login_required);
	assert_true(k->pin_initialized);
	assert_false(k->pin_locked);
	assert_true(strncmp(k->uri, "pkcs11:", 7) == 0);
	assert_non_null(strstr(k->uri, "token=badge"));
	assert_null(strchr(k->uri, '?'));
	assert_int_equal(registry_module(r, 0)->tokens_seen, 1);
	assert_int_equal(registry_module(r, 0)->error, 0);
	recorder_reset(trace);
	identity_of(s->badge, r, false, 0, trace, &id);
	assert_int_equal(id.pin, PIN_YES);
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_told("AUTH_TOKEN_LOOKUP level=4 Module=libsofthsm2.so| TokensSeen=1| Found=yes| "
		    "ErrorCode=0|");
	assert_told("AUTH_TOKEN_FOUND level=4 Module=libsofthsm2.so| TokenLabel=badge|");
	assert_told("LoginRequired=yes| PinInitialized=yes|");
}

static void
a_certificate_on_a_visible_token_is_found_without_a_pin(void **state)
{
	char *folder = folder_make(), *module = (char *)(uintptr_t)softhsm();
	unsigned char other[32] = { 1 };
	struct buf messages = BUF_INIT;
	struct registry *r;
	struct scene s;

	(void)state;
	if (!module) {
		folder_done(folder);
		skip();
	}
	scene_make(&s, &plain, &plain, true);
	make_token(folder, &s.leaf);
	r = registry_scan(&module, 1, &messages);
	assert_non_null(r);
	assert_string_equal(buf_text(&messages), "");
	check_found(r, &s);
	assert_null(registry_find(r, other));
	registry_unref(registry_ref(r));
	registry_unref(r);
	registry_unref(NULL);
	scene_done(&s);
	buf_done(&messages);
	remove_tree(folder);
	free(folder);
	gnutls_pkcs11_set_pin_function(NULL, NULL);
	unsetenv("SOFTHSM2_CONF");
}

static void
a_module_that_fails_is_told_and_the_scan_goes_on(void **state)
{
	char missing[] = "/nonexistent/pkcs11.so", relative[] = "pkcs11.so";
	char *modules[] = { missing, relative };
	struct buf messages = BUF_INIT;
	struct registry *r = registry_scan(modules, 2, &messages);
	struct identity id;
	struct scene s;

	(void)state;
	assert_non_null(r);
	assert_int_equal(registry_module_count(r), 2);
	assert_int_not_equal(registry_module(r, 0)->error, 0);
	assert_int_not_equal(registry_module(r, 1)->error, 0);
	assert_non_null(strstr(buf_text(&messages), "/nonexistent/pkcs11.so: the module cannot"));
	assert_non_null(strstr(buf_text(&messages), "pkcs11.so: not an absolute path"));
	scene_make(&s, &plain, &plain, true);
	recorder_reset(trace);
	identity_of(s.badge, r, false, 0, trace, &id);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_LOOKUP level=3"), 2);
	assert_told("AUTH_TOKEN_IDENTITY_START level=4 ModuleName=TokenIdentity| Required=no| "
		    "Registries=2|");
	scene_done(&s);
	registry_unref(r);
	buf_done(&messages);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
a_pin_is_the_first_line_and_given_once(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "pin"), pin[16];
	struct pin_source s = { .file = file };

	(void)state;
	write_text(file, TEST_PIN "\r\nsecond line\n");
	assert_int_equal(pin_callback(&s, 0, "pkcs11:", "badge", GNUTLS_PIN_USER, pin,
				      sizeof(pin)), 0);
	assert_string_equal(pin, TEST_PIN);
	assert_string_equal(s.refused, "");
	assert_int_equal(pin_callback(&s, 0, "pkcs11:", "badge",
				      GNUTLS_PIN_USER | GNUTLS_PIN_CONTEXT_SPECIFIC, pin,
				      sizeof(pin)), 0);
	assert_true(pin_callback(&s, 1, "pkcs11:", "badge", GNUTLS_PIN_USER, pin,
				 sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "wrong"));
	assert_int_equal(s.attempts, 3);
	free(file);
	folder_done(folder);
}

static void
no_pin_is_risked_on_the_last_try(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "pin"), pin[16] = "";
	struct pin_source s = { .file = file };

	(void)state;
	write_text(file, TEST_PIN);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER | GNUTLS_PIN_WRONG, pin, 16) < 0);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER | GNUTLS_PIN_FINAL_TRY, pin, 16) < 0);
	assert_non_null(strstr(s.refused, "only one try left"));
	assert_int_equal(s.flags, GNUTLS_PIN_USER | GNUTLS_PIN_FINAL_TRY);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_SO, pin, 16) < 0);
	assert_int_equal(pin_callback(&s, 0, "", "", GNUTLS_PIN_COUNT_LOW, pin, 16), 0);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER, pin, 4) < 0);
	free(file);
	folder_done(folder);
}

static void
a_pin_file_that_is_no_pin_file_gives_a_reason(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "pin"), pin[128];
	char longer[400];
	struct pin_source s = { .file = file };

	(void)state;
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "cannot be opened"));
	write_text(file, "\n" TEST_PIN "\n");
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "empty first line"));
	memset(longer, '7', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	write_text(file, longer);
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "larger than 256"));
	longer[65] = '\0';
	write_text(file, longer);
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "longer than 64"));
	longer[64] = '\0';
	write_text(file, longer);
	assert_int_equal(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)), 0);
	s.file = NULL;
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	free(file);
	folder_done(folder);
}

static void
a_uri_is_shown_without_anything_about_pins(void **state)
{
	static const char *const pairs[][2] = {
		{ "pkcs11:token=badge;id=%0A?pin-value=4321", "pkcs11:token=badge;id=%0A" },
		{ "pkcs11:token=badge;pin-value=4321;id=%0A", "pkcs11:token=badge;id=%0A" },
		{ "pkcs11:token=badge;PIN-Value=4321", "pkcs11:token=badge" },
		{ "pkcs11:pin-value=4321", "" },
		{ "pkcs11:token=a?module-path=/x&pin-source=/y", "pkcs11:token=a" },
		{ "pkcs11:", "pkcs11:" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *text = pin_uri_public(pairs[i][0]);

		assert_string_equal(text, pairs[i][1]);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_an_oid_of_its_own_with_name_and_source),
		cmocka_unit_test(software_never_promises_a_pin),
		cmocka_unit_test(without_policies_nothing_is_known),
		cmocka_unit_test(a_hardware_policy_of_the_leaf_alone_is_e1),
		cmocka_unit_test(a_hardware_policy_of_the_whole_path_is_e2),
		cmocka_unit_test(an_untrusted_chain_can_claim_what_it_likes),
		cmocka_unit_test(a_card_key_without_pin_is_never_pin_backed),
		cmocka_unit_test(the_name_is_upn_then_email_then_subject),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(a_resumed_session_is_not_fresh),
		cmocka_unit_test(a_certificate_on_a_visible_token_is_found_without_a_pin),
		cmocka_unit_test(a_module_that_fails_is_told_and_the_scan_goes_on),
		cmocka_unit_test(a_pin_is_the_first_line_and_given_once),
		cmocka_unit_test(no_pin_is_risked_on_the_last_try),
		cmocka_unit_test(a_pin_file_that_is_no_pin_file_gives_a_reason),
		cmocka_unit_test(a_uri_is_shown_without_anything_about_pins),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
