/* SPDX-License-Identifier: MIT */
/*
 * test_attest - attestations of YubiKeys: a vendor root, a device certificate
 * and an attestation over the badge's key are made here.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/token/identity.h"
#include "tests/unit/scene.h"

#define YUBICO "1.3.6.1.4.1.41482.3."
#define DEVICE "CN=Yubico PIV Attestation"

static struct trace *trace;
static char *folder, *roots;
static struct buf messages = BUF_INIT;
static struct scene scene;
static struct party vendor, device;

static int
setup(void **state)
{
	const struct wish plain = { .dn = NULL };

	(void)state;
	trace = recorder_new();
	folder = folder_make();
	roots = folder_file(folder, "roots");
	scene_make(&scene, &plain, &plain, true);
	party_make(&vendor, &(struct wish){ .dn = "CN=Yubico PIV Root CA", .ca = true });
	party_make(&device, &(struct wish){ .dn = DEVICE, .ca = true, .issuer = &vendor,
					    .extras = { { YUBICO "3", "050403" } } });
	party_save(&vendor, roots);
	return trace ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	party_done(&vendor);
	party_done(&device);
	scene_done(&scene);
	recorder_free(trace);
	buf_done(&messages);
	free(roots);
	folder_done(folder);
	return 0;
}

static void
add_file(const char *name, const struct party *p)
{
	char *path = folder_file(folder, name);

	party_save(p, path);
	free(path);
}

static void
remove_files(void)
{
	static const char *const names[] = { "a.pem", "b.pem", "bad.pem", "shared.pem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = folder_file(folder, names[i]);

		remove(path);
		free(path);
	}
	buf_reset(&messages);
}

/* An attestation over the badge's key; policies: two bytes in hex. */
static void
attest(const char *name, const char *policies, const struct party *issuer)
{
	struct party p;

	party_make(&p, &(struct wish){
		.dn = "CN=YubiKey PIV Attestation 9a", .issuer = issuer, .key_of = &scene.leaf,
		.extras = { { YUBICO "3", "050403" }, { YUBICO "7", "02040098967f" },
			    { YUBICO "8", policies }, { YUBICO "9", "03" } } });
	add_file(name, &p);
	party_done(&p);
}

/* The identity with the attestations of the folder; *count = how many there are. */
static struct identity
judge(size_t count)
{
	struct identity_source source = { .attestations = NULL };
	struct attestations *a = attest_load(folder, &roots, 1, &messages);
	struct identity id;

	assert_non_null(a);
	assert_int_equal(attest_count(a), count);
	source.attestations = a;
	recorder_reset(trace);
	identity_of(scene.badge, &source, trace, &id);
	attest_free(a);
	return id;
}

#define assert_told(text) \
	do { \
		if (!strstr(recorder_text(trace), text)) \
			fail_msg("no \"%s\" in:\n%s", text, recorder_text(trace)); \
	} while (0)

static void
an_attested_key_is_e3_and_pin_backed(void **state)
{
	struct identity id;

	(void)state;
	remove_files();
	attest("a.pem", "0203", &device);
	add_file("a.pem", &device);
	id = judge(1);
	assert_int_equal(id.grade, EVIDENCE_E3);
	assert_int_equal(id.pin, PIN_YES);
	assert_string_equal(buf_text(&messages), "");
	assert_told("AUTH_TOKEN_ATTESTATION level=4 Vendor=Yubico| Serial=9999999| "
		    "Firmware=5.4.3| PinPolicy=once| TouchPolicy=cached| "
		    "FormFactor=USB-C keychain| Verified=yes| Source=a.pem|");
}

static void
the_device_certificate_may_stand_in_a_file_of_its_own(void **state)
{
	(void)state;
	remove_files();
	attest("a.pem", "0301", &device);
	add_file("shared.pem", &device);
	assert_int_equal(judge(1).grade, EVIDENCE_E3);
	assert_told("PinPolicy=always| TouchPolicy=never|");
}

static void
a_key_without_pin_is_attested_as_such(void **state)
{
	struct identity id;

	(void)state;
	remove_files();
	attest("a.pem", "0101", &device);
	add_file("a.pem", &device);
	id = judge(1);
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_NO);
	remove_files();
	attest("a.pem", "0909", &device);
	add_file("a.pem", &device);
	id = judge(1);
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_told("PinPolicy=unknown| TouchPolicy=unknown|");
}

static void
a_forged_attestation_counts_for_nothing(void **state)
{
	struct party forged, fake;
	struct identity id;

	(void)state;
	remove_files();
	party_make(&fake, &(struct wish){ .dn = "CN=Yubico PIV Root CA", .ca = true });
	party_make(&forged, &(struct wish){ .dn = DEVICE, .ca = true, .issuer = &fake });
	attest("a.pem", "0303", &forged);
	add_file("a.pem", &forged);
	add_file("a.pem", &fake);
	id = judge(1);
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_told("AUTH_TOKEN_ATTESTATION level=3");
	assert_told("Verified=no|");
	assert_non_null(strstr(buf_text(&messages), "a.pem: the attestation CN=YubiKey PIV "
			       "Attestation 9a does not lead to a root"));
	attest("b.pem", "0303", &device);	/* beside it a good one decides */
	add_file("b.pem", &device);
	assert_int_equal(judge(2).grade, EVIDENCE_E3);
	party_done(&forged);
	party_done(&fake);
}

static void
the_badge_itself_cannot_sign_attestations(void **state)
{
	(void)state;
	remove_files();
	attest("a.pem", "0303", &scene.leaf);
	add_file("a.pem", &scene.leaf);
	assert_int_equal(judge(1).grade, EVIDENCE_E0);
}

static void
another_key_has_no_attestation(void **state)
{
	struct party p;

	(void)state;
	remove_files();
	party_make(&p, &(struct wish){ .dn = "CN=other", .issuer = &device,
				       .extras = { { YUBICO "8", "0303" } } });
	add_file("a.pem", &p);
	add_file("a.pem", &device);
	assert_int_equal(judge(1).grade, EVIDENCE_E0);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_ATTESTATION"), 0);
	party_done(&p);
}

static void
what_cannot_be_read_is_named(void **state)
{
	char missing[] = "/nonexistent/attestations", *path = folder_file(folder, "bad.pem");
	FILE *f;

	(void)state;
	remove_files();
	assert_null(attest_load(missing, &roots, 1, &messages));
	assert_non_null(strstr(buf_text(&messages), "error: /nonexistent/attestations: No such"));
	buf_reset(&messages);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("no certificate", f);
	fclose(f);
	assert_null(attest_load(folder, &roots, 1, &messages));
	assert_non_null(strstr(buf_text(&messages), "bad.pem: no certificates in PEM or DER"));
	buf_reset(&messages);
	assert_null(attest_load(folder, &path, 1, &messages));
	assert_non_null(strstr(buf_text(&messages), "bad.pem: no certificates in PEM or DER"));
	free(path);
	remove_files();
	assert_null(attest_find(NULL, scene.badge->leaf->key_sha256));
	attest_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attested_key_is_e3_and_pin_backed),
		cmocka_unit_test(the_device_certificate_may_stand_in_a_file_of_its_own),
		cmocka_unit_test(a_key_without_pin_is_attested_as_such),
		cmocka_unit_test(a_forged_attestation_counts_for_nothing),
		cmocka_unit_test(the_badge_itself_cannot_sign_attestations),
		cmocka_unit_test(another_key_has_no_attestation),
		cmocka_unit_test(what_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
