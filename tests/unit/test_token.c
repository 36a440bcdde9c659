/* SPDX-License-Identifier: MIT */
/*
 * test_token - the registry of visible tokens (with SoftHSM where it is
 * installed) and how PINs are handed out.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <gnutls/pkcs11.h>

#include "core/token/identity.h"
#include "core/token/pin.h"
#include "tests/unit/scene.h"

#define TEST_PIN "4321"
#define TEST_SO_PIN "87654321"

static const struct wish plain = { .dn = NULL };
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

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
remove_tree(const char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
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
	identity_of(s->badge, &(struct identity_source){ .registry = r }, trace, &id);
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
	r = registry_scan(&module, 1, NULL, 0, &messages);
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
	struct registry *r = registry_scan(modules, 2, NULL, 0, &messages);
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
	identity_of(s.badge, &(struct identity_source){ .registry = r }, trace, &id);
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
	struct pin_source s = { .from = file };

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
	struct pin_source s = { .from = file };

	(void)state;
	write_text(file, TEST_PIN);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER | GNUTLS_PIN_WRONG, pin, 16) < 0);
	assert_true(s.wrong);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER, pin, 16) < 0); /* never again */
	s.wrong = false;
	pin_wrong_forget();
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER | GNUTLS_PIN_FINAL_TRY, pin,
				 16) < 0);
	assert_non_null(strstr(s.refused, "only one try left"));
	assert_int_equal(s.flags, GNUTLS_PIN_USER | GNUTLS_PIN_FINAL_TRY);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_SO, pin, 16) < 0);
	assert_int_equal(pin_callback(&s, 0, "", "", GNUTLS_PIN_COUNT_LOW, pin, 16), 0);
	assert_true(pin_callback(&s, 0, "", "", GNUTLS_PIN_USER, pin, 4) < 0);
	s.allow_final_try = true;
	assert_int_equal(pin_callback(&s, 0, "", "", GNUTLS_PIN_FINAL_TRY, pin, 16), 0);
	free(file);
	folder_done(folder);
}

/* GnuTLS says more of a token than the registry. */
static void
a_wrong_pin_is_given_to_its_token_by_nobody_else(void **state)
{
	static const char gnutls[] = "pkcs11:library-version=2.6;token=badge;serial=1";
	static const char ours[] = "pkcs11:serial=1;token=badge", other[] = "pkcs11:token=other";
	char *folder = folder_make(), *file = folder_file(folder, "pin"), pin[16], same[4096];
	struct pin_source first = { .from = file }, second = { .from = same };

	(void)state;
	write_text(file, TEST_PIN);
	snprintf(same, sizeof(same), "file:%s", file);
	assert_int_equal(pin_callback(&first, 0, gnutls, "", GNUTLS_PIN_USER, pin, 16), 0);
	assert_true(pin_callback(&first, 1, gnutls, "", GNUTLS_PIN_USER, pin, 16) < 0);
	assert_int_equal(pin_callback(&second, 0, other, "", GNUTLS_PIN_USER, pin, 16), 0);
	assert_true(pin_callback(&second, 0, ours, "", GNUTLS_PIN_USER, pin, 16) < 0);
	assert_non_null(strstr(second.refused, "wrong"));
	assert_true(second.wrong);
	pin_wrong_forget(); /* as a reload does */
	second.wrong = false;
	assert_int_equal(pin_callback(&second, 0, ours, "", GNUTLS_PIN_USER, pin, 16), 0);
	free(file);
	folder_done(folder);
}

static void
a_pin_file_that_is_no_pin_file_gives_a_reason(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "pin"), pin[128];
	char longer[400];
	struct pin_source s = { .from = file };

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
	s.from = NULL;
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	free(file);
	folder_done(folder);
}

static void
a_descriptor_is_read_once_and_kept(void **state)
{
	char pin[32], from[32];
	int fds[2], pair[2];
	struct pin_source s = { .from = from };

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	snprintf(from, sizeof(from), "fd:%d", fds[0]);
	assert_int_equal(write(fds[1], TEST_PIN "\nrest", sizeof(TEST_PIN) + 4),
			 sizeof(TEST_PIN) + 4);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)), 0);
	assert_string_equal(pin, TEST_PIN);
	assert_true(pin_callback(&s, 1, "", "", GNUTLS_PIN_WRONG, pin, sizeof(pin)) < 0);
	s.wrong = false; /* as after a reload: the wrong one is not kept */
	pin_wrong_forget();
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "not handed over"));
	snprintf(from, sizeof(from), "fd:%d", pair[0]); /* one of our own */
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "not handed over"));
	close(fds[1]);
	close(pair[0]);
	close(pair[1]);
	pin_forget();
}

static void
a_credential_lies_in_the_folder_of_systemd(void **state)
{
	char *folder = folder_make(), *file = folder_file(folder, "token-pin"), pin[16];
	struct pin_source s = { .from = "credential:token-pin" };

	(void)state;
	write_text(file, TEST_PIN "\n");
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	assert_non_null(strstr(s.refused, "CREDENTIALS_DIRECTORY"));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	assert_int_equal(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)), 0);
	assert_string_equal(pin, TEST_PIN);
	s.from = "credential:../token-pin";
	assert_true(pin_callback(&s, 0, "", "", 0, pin, sizeof(pin)) < 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_string_equal(pin_kind_text(s.from), "credential");
	free(file);
	folder_done(folder);
}

static void
a_uri_is_split_from_its_pin_source(void **state)
{
	static const struct {
		const char *text, *uri, *source, *why;
	} rows[] = {
		{ "pkcs11:token=a;object=b", "pkcs11:token=a;object=b", NULL, NULL },
		{ "pkcs11:token=a?pin-source=file:/run/p%20in", "pkcs11:token=a",
		  "file:/run/p in", NULL },
		{ "pkcs11:token=a?module-name=m&pin-source=/p", "pkcs11:token=a?module-name=m",
		  "/p", NULL },
		{ "pkcs11:token=a?pin-source=/p&module-name=m", "pkcs11:token=a?module-name=m",
		  "/p", NULL },
		{ "pkcs11:pin-source=/p;token=a", "pkcs11:token=a", "/p", NULL },
		{ "pkcs11:token=a?pin-value=" TEST_PIN, NULL, NULL, "pin-value" },
		{ "pkcs11:token=a?pin-source=|cat", NULL, NULL, "command" },
		{ "pkcs11:token=a?pin-source=%7Ccat", NULL, NULL, "command" },
		{ "pkcs11:token=a?pin-source=", NULL, NULL, "empty" },
		{ "pkcs11:token=a?pin-source=%2", NULL, NULL, "escape" },
		{ "pkcs11:token=a?pin-source=%00", NULL, NULL, "escape" },
		{ "pkcs11:token=a?pin-source=/p&pin-source=/q", NULL, NULL, "twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf why = BUF_INIT;
		char *uri, *source;
		int r = pin_uri_split(rows[i].text, &uri, &source, &why);

		assert_int_equal(r, rows[i].why ? -EINVAL : 0);
		if (rows[i].why) {
			assert_non_null(strstr(buf_text(&why), rows[i].why));
			assert_null(strstr(buf_text(&why), TEST_PIN));
		} else {
			assert_string_equal(uri, rows[i].uri);
			assert_int_equal(!source, !rows[i].source);
			assert_true(!source || !strcmp(source, rows[i].source));
		}
		buf_done(&why);
		free(uri);
		free(source);
	}
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
		cmocka_unit_test(a_certificate_on_a_visible_token_is_found_without_a_pin),
		cmocka_unit_test(a_module_that_fails_is_told_and_the_scan_goes_on),
		cmocka_unit_test(a_pin_is_the_first_line_and_given_once),
		cmocka_unit_test(no_pin_is_risked_on_the_last_try),
		cmocka_unit_test(a_wrong_pin_is_given_to_its_token_by_nobody_else),
		cmocka_unit_test(a_pin_file_that_is_no_pin_file_gives_a_reason),
		cmocka_unit_test(a_descriptor_is_read_once_and_kept),
		cmocka_unit_test(a_credential_lies_in_the_folder_of_systemd),
		cmocka_unit_test(a_uri_is_split_from_its_pin_source),
		cmocka_unit_test(a_uri_is_shown_without_anything_about_pins),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
