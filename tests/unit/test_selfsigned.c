/* SPDX-License-Identifier: MIT */
/*
 * test_selfsigned - the certificate of a first start: what is in it, when it
 * is used again, and what is said when its files are unusable.
 */
#include <config.h>

#include "core/handshake/selfsigned.h"

#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct made {			/* what one call gave */
	char *cert, *key;
	char fingerprint[65];
	struct buf error;
	int result;
};

static char folder[] = P_tmpdir "/frebproxy-selfsigned-XXXXXX";

static void
make(struct made *m, const char *below, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	*m = (struct made){ .result = 0 };
	m->result = selfsigned_ensure(path, name, &m->cert, &m->key, m->fingerprint, &m->error);
}

static void
drop(struct made *m)
{
	free(m->cert);
	free(m->key);
	buf_done(&m->error);
}

static void
load(const char *path, gnutls_x509_crt_t *crt)
{
	gnutls_datum_t data;

	assert_int_equal(gnutls_load_file(path, &data), 0);
	assert_int_equal(gnutls_x509_crt_init(crt), 0);
	assert_int_equal(gnutls_x509_crt_import(*crt, &data, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(data.data);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
a_new_pair_is_for_one_server_name(void **state)
{
	char purpose[64];
	size_t size = sizeof(purpose);
	gnutls_x509_crt_t crt;
	struct made m;
	struct stat st;
	time_t now = time(NULL);

	(void)state;
	make(&m, "deep/state", "www.example.org");
	assert_int_equal(m.result, 0);
	assert_int_equal(strlen(m.fingerprint), 64);
	load(m.cert, &crt);
	assert_true(gnutls_x509_crt_check_hostname(crt, "www.example.org"));
	assert_false(gnutls_x509_crt_check_hostname(crt, "example.org"));
	assert_int_equal(gnutls_x509_crt_get_key_purpose_oid(crt, 0, purpose, &size, NULL), 0);
	assert_string_equal(purpose, GNUTLS_KP_TLS_WWW_SERVER);
	assert_int_equal(gnutls_x509_crt_get_pk_algorithm(crt, NULL), GNUTLS_PK_ECDSA);
	assert_true(gnutls_x509_crt_get_expiration_time(crt) - now > 396 * 86400);
	assert_true(gnutls_x509_crt_get_expiration_time(crt) - now <= 397 * 86400);
	assert_int_equal(stat(m.key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	gnutls_x509_crt_deinit(crt);
	drop(&m);
}

static void
an_address_is_named_as_an_address(void **state)
{
	static const unsigned char loopback[16] = { [15] = 1 };
	gnutls_x509_crt_t crt;
	struct made m;

	(void)state;
	make(&m, "address", "::1");
	assert_int_equal(m.result, 0);
	load(m.cert, &crt);
	assert_true(gnutls_x509_crt_check_ip(crt, loopback, 16, 0));
	gnutls_x509_crt_deinit(crt);
	drop(&m);
}

static void
a_good_pair_is_used_again(void **state)
{
	struct made first, second, other;

	(void)state;
	make(&first, "again", "a.example");
	make(&second, "again", "a.example");
	make(&other, "again", "b.example");
	assert_int_equal(second.result, 0);
	assert_string_equal(first.fingerprint, second.fingerprint);
	assert_string_not_equal(first.fingerprint, other.fingerprint);
	drop(&first);
	drop(&second);
	drop(&other);
}

static void
a_pair_that_does_not_match_is_made_anew(void **state)
{
	struct made a, b, again;

	(void)state;
	make(&a, "mixed", "a.example");
	make(&b, "mixed", "b.example");
	assert_int_equal(rename(b.key, a.key), 0);
	make(&again, "mixed", "a.example");
	assert_int_equal(again.result, 0);
	assert_string_not_equal(a.fingerprint, again.fingerprint);
	drop(&a);
	drop(&b);
	drop(&again);
}

static void
a_missing_key_is_made_anew(void **state)
{
	struct made a, again;

	(void)state;
	make(&a, "half", "a.example");
	assert_int_equal(unlink(a.key), 0);
	make(&again, "half", "a.example");
	assert_int_equal(again.result, 0);
	assert_int_equal(access(again.key, R_OK), 0);
	drop(&a);
	drop(&again);
}

static void
a_damaged_file_is_named_and_kept(void **state)
{
	struct made a, again;

	(void)state;
	make(&a, "damaged", "a.example");
	write_text(a.cert, "no certificate\n");
	make(&again, "damaged", "a.example");
	assert_int_equal(again.result, -1);
	assert_null(again.cert);
	assert_non_null(strstr(buf_text(&again.error), a.cert));
	assert_non_null(strstr(buf_text(&again.error), "remove the file"));
	drop(&a);
	drop(&again);
}

static void
a_folder_that_cannot_be_made_is_named(void **state)
{
	char path[256];
	struct made m;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	write_text(path, "");
	make(&m, "file/state", "a.example");
	assert_int_equal(m.result, -1);
	assert_non_null(strstr(buf_text(&m.error), "file"));
	drop(&m);
}

static void
without_a_name_it_is_this_machines(void **state)
{
	struct made m;

	(void)state;
	make(&m, "machine", NULL);
	assert_int_equal(m.result, 0);
	assert_non_null(strstr(m.cert, "self-signed-"));
	drop(&m);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	char command[64] = "rm";
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		execlp(command, command, "-rf", folder, (char *)NULL);
		_exit(1);
	}
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_pair_is_for_one_server_name),
		cmocka_unit_test(an_address_is_named_as_an_address),
		cmocka_unit_test(a_good_pair_is_used_again),
		cmocka_unit_test(a_pair_that_does_not_match_is_made_anew),
		cmocka_unit_test(a_missing_key_is_made_anew),
		cmocka_unit_test(a_damaged_file_is_named_and_kept),
		cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
		cmocka_unit_test(without_a_name_it_is_this_machines),
	};

	return cmocka_run_group_tests_name("selfsigned", tests, set_up, tear_down);
}
