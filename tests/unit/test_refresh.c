/* SPDX-License-Identifier: MIT */
/* test_refresh - fetched lists stay fresh without anybody waiting, and lie safely in a folder. */
#include <config.h>

#include <arpa/inet.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/chain/online_ask.h"
#include "core/chain/online_cache.h"
#include "tests/unit/pki.h"

static struct party ca, other, user;
static struct cert *ca_cert, *user_cert;

/* ---- a CA's web server: one answer for everything ---- */

static struct {
	int fd;
	pthread_t thread;
	char url[64];
	pthread_mutex_t lock;	/* guards the next two */
	gnutls_datum_t body;	/* NULL = 404 */
	unsigned int asked;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *
serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		char text[2048];
		struct buf answer = BUF_INIT;

		assert_true(recv(fd, text, sizeof(text), 0) > 0);
		pthread_mutex_lock(&server.lock);
		server.asked++;
		buf_putf(&answer, "HTTP/1.1 %s\r\nContent-Length: %u\r\n\r\n",
			 server.body.data ? "200 OK" : "404 Not Found", server.body.size);
		if (server.body.data)
			buf_put(&answer, server.body.data, server.body.size);
		pthread_mutex_unlock(&server.lock);
		assert_int_equal(send(fd, answer.data, answer.len, MSG_NOSIGNAL), answer.len);
		buf_done(&answer);
		close(fd);
	}
	return NULL;
}

static void
server_start(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	server.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%u/a.crl", ntohs(sa.sin_port));
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static unsigned int
asked(void)
{
	unsigned int n;

	pthread_mutex_lock(&server.lock);
	n = server.asked;
	pthread_mutex_unlock(&server.lock);
	return n;
}

static void
serves(gnutls_datum_t body)
{
	pthread_mutex_lock(&server.lock);
	gnutls_free(server.body.data);
	server.body = body;
	server.asked = 0;
	pthread_mutex_unlock(&server.lock);
}

static void
serves_list(time_t from, time_t to, const char *serials)
{
	serves(crl_make(&(struct crl_wish){ .issuer = &ca, .from = from, .to = to,
					    .serials = serials }));
}

static void
serves_nothing(void)
{
	serves((gnutls_datum_t){ NULL, 0 });
}

/* ---- what asks it ---- */

static struct config_site site = {
	.trust = { .revocation = REVOCATION_HARD, .fetch_crl = true, .fetch_timeout = 60 },
};
static struct config config = { .sites = &site, .site_count = 1, .state_dir = (char *)"" };

static int
setup(void **state)
{
	(void)state;
	party_make(&ca, &(struct wish){ .dn = "CN=CA", .ca = true });
	party_make(&other, &(struct wish){ .dn = "CN=CA", .ca = true });
	party_make(&user, &(struct wish){ .dn = "CN=User", .issuer = &ca, .serial = 0x11 });
	ca_cert = cert_load(ca.der.data, ca.der.size);
	user_cert = cert_load(user.der.data, user.der.size);
	server_start();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
	serves_nothing();
	store_clear();
	cert_free(user_cert);
	cert_free(ca_cert);
	party_done(&user);
	party_done(&other);
	party_done(&ca);
	return 0;
}

/* As a handshake does: true if it had to fetch itself. */
static bool
use(time_t now, struct finding *f)
{
	struct subject *s = subject_new(REVOKE_CRL_URL, server.url, NULL, ca_cert);
	enum claim claim;

	assert_non_null(s);
	claim = store_claim(s->key, now, f, NULL);
	assert_int_not_equal(claim, CLAIM_PARKED);
	if (claim == CLAIM_YOURS) {
		ask_subject(s, &site.trust, "", now, f);
		store_settle(s->key, f, s, now);
	}
	subject_unref(s);
	return claim == CLAIM_YOURS;
}

/* What a handshake knows then, which has not to wait for it. */
static struct finding
known(time_t now)
{
	struct finding f;

	assert_false(use(now, &f));
	held_unref(f.list);
	return f;
}

static struct finding
first_use(void)
{
	struct finding f;

	store_clear();
	assert_true(use(PKI_NOW, &f));
	held_unref(f.list);
	return f;
}

static void
a_list_in_use_is_fetched_again_before_its_time(void **state)
{
	struct finding f;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "");
	f = first_use();
	assert_int_equal(f.error, 0);
	assert_int_equal(f.again, PKI_NOW + 900);
	assert_int_equal(f.until, PKI_NOW + 1000);
	assert_false(online_refresh(&config, PKI_NOW + 1));
	serves_list(PKI_NOW + 500, PKI_NOW + 2000, "11");
	assert_true(online_refresh(&config, PKI_NOW + 899));
	assert_int_equal(asked(), 1);
	assert_false(online_refresh(&config, PKI_NOW + 899));
	f = known(PKI_NOW + 1500);
	assert_int_equal(f.error, 0);
	assert_int_equal(f.until, PKI_NOW + 2000);
	assert_int_equal(asked(), 1);
}

static void
while_that_fails_what_is_known_counts_to_its_end(void **state)
{
	struct finding f;
	time_t now = PKI_NOW + 899;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "");
	first_use();
	serves_nothing();
	assert_true(online_refresh(&config, now));
	f = known(now + 40);
	assert_non_null(f.list);
	assert_int_not_equal(f.error, 0);
	assert_string_equal(f.why, "the answer has another status than 200");
	assert_false(online_refresh(&config, now + 40)); /* not that soon */
	assert_true(online_refresh(&config, now + 70));
	assert_int_equal(asked(), 2);
	assert_false(online_refresh(&config, now + 70 + 10));
	f = known(PKI_NOW + 999);
	assert_non_null(f.list);
	assert_true(use(PKI_NOW + 1001, &f)); /* now somebody has to wait */
	assert_int_equal(asked(), 3);
	held_unref(f.list);
	serves_list(PKI_NOW + 1000, PKI_NOW + 9000, "");
	assert_true(online_refresh(&config, PKI_NOW + 1001 + 70));
	f = known(PKI_NOW + 1001 + 70);
	assert_int_equal(f.error, 0);
	assert_int_equal(f.until, PKI_NOW + 9000);
}

static void
what_nobody_uses_any_more_is_left_alone(void **state)
{
	struct finding f;
	time_t now = PKI_NOW + 5 * PKI_DAY;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 30 * PKI_DAY, "");
	first_use();
	assert_true(online_refresh(&config, PKI_NOW + PKI_DAY)); /* once a day */
	assert_false(online_refresh(&config, now));
	assert_int_equal(asked(), 2);
	assert_true(use(now, &f)); /* until somebody comes again */
	held_unref(f.list);
	assert_true(online_refresh(&config, now + PKI_DAY));
	assert_int_equal(asked(), 4);
}

static void
what_no_site_would_ask_is_not_asked(void **state)
{
	struct config_site closed = { .trust = { .revocation = REVOCATION_HARD } };
	struct config none = { .sites = &closed, .site_count = 1, .state_dir = (char *)"" };
	struct finding f;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "");
	first_use();
	assert_true(online_refresh(&none, PKI_NOW + 899));
	assert_int_equal(asked(), 1);
	assert_false(online_refresh(&config, PKI_NOW + 899));
	assert_true(use(PKI_NOW + 901, &f));
	held_unref(f.list);
}

static void
an_older_list_does_not_replace_a_newer_one(void **state)
{
	struct finding f;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "11");
	first_use();
	serves_list(PKI_NOW - 20, PKI_NOW + 5000, "");
	assert_true(online_refresh(&config, PKI_NOW + 899));
	assert_false(use(PKI_NOW + 900, &f));
	assert_int_equal(crl_table_at(f.list->table, 0)->entries, 1);
	assert_string_equal(f.why, "an older list than the one that is known");
	held_unref(f.list);
}

static void
a_list_that_never_says_it_is_stale_does_not_count_for_ever(void **state)
{
	struct finding f;

	(void)state;
	serves_list(PKI_NOW - 10, (time_t)-1, "");
	f = first_use();
	assert_int_equal(f.until, PKI_NOW + PKI_DAY);
	serves_nothing();
	assert_true(use(PKI_NOW + PKI_DAY + 1, &f));
	assert_null(f.list);
}

static void
failures_are_tried_again_without_a_handshake(void **state)
{
	struct finding f;

	(void)state;
	serves_nothing();
	f = first_use();
	assert_int_not_equal(f.error, 0);
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "");
	assert_true(online_refresh(&config, PKI_NOW + 25));
	f = known(PKI_NOW + 25);
	assert_int_equal(f.error, 0);
}

/* ---- many want the same ---- */

struct told {
	struct store_waiter waiter;	/* first member */
	unsigned int times;
};

static void
on_wake(struct store_waiter *w)
{
	((struct told *)w)->times++;
}

static void
who_wants_what_another_fetches_is_told_and_holds_no_thread(void **state)
{
	struct told told = { .waiter.wake = on_wake };
	struct finding mine, theirs;

	(void)state;
	store_clear();
	assert_int_equal(store_claim("a", PKI_NOW, &mine, NULL), CLAIM_YOURS);
	assert_int_equal(store_claim("a", PKI_NOW, &theirs, &told.waiter), CLAIM_PARKED);
	assert_int_equal(told.times, 0);
	mine.again = PKI_NOW + 10;
	store_settle("a", &mine, NULL, PKI_NOW);
	assert_int_equal(told.times, 1);
	assert_int_equal(store_claim("a", PKI_NOW, &theirs, &told.waiter), CLAIM_KNOWN);
}

static void
nobody_waits_for_a_fetch_before_its_time(void **state)
{
	struct told told = { .waiter.wake = on_wake };
	struct finding f, before;
	struct subject *s;

	(void)state;
	serves_list(PKI_NOW - 10, PKI_NOW + 1000, "");
	first_use();
	s = store_due(PKI_NOW + 899, &before);
	assert_non_null(s);
	assert_int_equal(store_claim(s->key, PKI_NOW + 950, &f, &told.waiter), CLAIM_KNOWN);
	assert_int_equal(f.again, PKI_NOW + 955); /* a look soon after */
	held_unref(f.list);
	store_settle(s->key, &before, s, PKI_NOW + 950);
	assert_int_equal(told.times, 0);
	held_unref(before.list);
	subject_unref(s);
}

/* ---- the folder ---- */

static void
save(const char *path, const gnutls_datum_t *data, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data->data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The only file of the cache. */
static char *
kept_file(const char *folder)
{
	char pattern[4096], *path;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/crl-cache/*.crl", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	path = strdup(found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static bool
is_there(const char *folder)
{
	struct held *h = cache_load(folder, "key", ca_cert);
	bool there = h != NULL;

	held_unref(h);
	return there;
}

static void
only_whole_lists_of_our_own_are_read(void **state)
{
	struct crl_wish w = { .issuer = &ca, .serials = "11" }, forged = { .issuer = &other };
	gnutls_datum_t der = crl_make(&w), wrong = crl_make(&forged);
	struct buf data = BUF_INIT;
	char *folder = folder_make(), *path, aside[4096];

	(void)state;
	assert_false(is_there(folder));
	buf_put(&data, der.data, der.size);
	cache_keep(folder, "key", &data);
	path = kept_file(folder);
	assert_true(is_there(folder));
	save(path, &der, der.size - 1, 0640); /* half written */
	assert_false(is_there(folder));
	save(path, &wrong, wrong.size, 0640); /* of another key */
	assert_false(is_there(folder));
	save(path, &der, der.size, 0660); /* others may write */
	assert_false(is_there(folder));
	snprintf(aside, sizeof(aside), "%s/aside", folder);
	save(aside, &der, der.size, 0640);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(aside, path), 0);
	assert_false(is_there(folder));
	cache_keep(folder, "key", &data); /* replaces the link, not what it leads to */
	assert_true(is_there(folder));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(aside), 0);
	snprintf(aside, sizeof(aside), "%s/crl-cache", folder);
	assert_int_equal(chmod(aside, 0770), 0); /* a folder of others, too */
	cache_keep(folder, "key", &data);
	assert_int_equal(rmdir(aside), 0);
	free(path);
	folder_done(folder);
	buf_done(&data);
	gnutls_free(der.data);
	gnutls_free(wrong.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_in_use_is_fetched_again_before_its_time),
		cmocka_unit_test(while_that_fails_what_is_known_counts_to_its_end),
		cmocka_unit_test(what_nobody_uses_any_more_is_left_alone),
		cmocka_unit_test(what_no_site_would_ask_is_not_asked),
		cmocka_unit_test(an_older_list_does_not_replace_a_newer_one),
		cmocka_unit_test(a_list_that_never_says_it_is_stale_does_not_count_for_ever),
		cmocka_unit_test(failures_are_tried_again_without_a_handshake),
		cmocka_unit_test(who_wants_what_another_fetches_is_told_and_holds_no_thread),
		cmocka_unit_test(nobody_waits_for_a_fetch_before_its_time),
		cmocka_unit_test(only_whole_lists_of_our_own_are_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
