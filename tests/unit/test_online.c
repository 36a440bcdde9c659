/* SPDX-License-Identifier: MIT */
/* test_online - what was fetched is known again, joined while it is fetched; OCSP. */
#include <config.h>

#include <arpa/inet.h>
#include <ev.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/chain/crl_index.h"
#include "core/chain/ocsp.h"
#include "core/chain/online_cache.h"
#include "core/chain/online_store.h"
#include "core/refresh.h"
#include "tests/unit/pki.h"
#include "trace/event.h"

#define ASKERS 8

static struct party ca, user;
static struct cert *ca_cert, *user_cert;

static int
setup(void **state)
{
	(void)state;
	party_make(&ca, &(struct wish){ .dn = "CN=CA", .ca = true });
	party_make(&user, &(struct wish){ .dn = "CN=User", .issuer = &ca, .serial = 0x11 });
	ca_cert = cert_load(ca.der.data, ca.der.size);
	user_cert = cert_load(user.der.data, user.der.size);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	store_clear();
	cert_free(user_cert);
	cert_free(ca_cert);
	party_done(&user);
	party_done(&ca);
	return 0;
}

static void
what_was_found_is_known_until_its_time(void **state)
{
	struct finding f;

	(void)state;
	assert_int_equal(store_claim("crl a", 100, &f, NULL), CLAIM_YOURS);
	assert_int_equal(f.error, 0);
	f.error = 7;
	f.again = 130;
	store_settle("crl a", &f, NULL, 1);
	memset(&f, 0, sizeof(f));
	assert_int_equal(store_claim("crl a", 129, &f, NULL), CLAIM_KNOWN);
	assert_int_equal(f.error, 7);
	assert_int_equal(store_claim("crl a", 130, &f, NULL), CLAIM_YOURS);
	store_settle("crl a", &f, NULL, 1);
	assert_int_equal(store_claim("crl b", 100, &f, NULL), CLAIM_YOURS);
	store_settle("crl b", &f, NULL, 1);
}

static void
a_list_is_indexed_only_once_its_issuer_is_known_to_have_signed_it(void **state)
{
	struct crl_wish w = { .issuer = &ca, .serials = "11" };
	gnutls_datum_t der = crl_make(&w);
	struct crl_table *t = crl_table_from(der.data, der.size, "list");
	struct held *h;

	(void)state;
	assert_non_null(t);
	assert_null(crl_table_at(t, 0)->index->slots);
	h = cache_check(t, ca_cert);
	assert_non_null(h);
	assert_non_null(crl_table_at(h->table, 0)->index->slots);
	held_unref(h);
	assert_null(cache_check(crl_table_from(der.data, der.size, "list"), user_cert));
	gnutls_free(der.data);
}

/* Anybody can send one who answers in a CA's place: read in little time and memory. */
static void
one_serial_half_a_million_times_is_no_burden(void **state)
{
	struct crl_wish w = { .issuer = &ca, .serials = "11", .times = 500000 };
	gnutls_datum_t der = crl_make(&w);
	struct rusage before, after;
	struct revoke_answer answer;
	struct crl_table *t;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	t = crl_table_from(der.data, der.size, "huge");
	assert_non_null(t);
	assert_true(crl_table_index(t));
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_utime.tv_sec - before.ru_utime.tv_sec < 10);
	assert_true(after.ru_maxrss - before.ru_maxrss < 128 * 1024); /* KiB */
	assert_int_equal(crl_table_at(t, 0)->entries, w.times);
	revoke_ask(t, user_cert, ca_cert, &answer);
	assert_true(answer.count == 1 && answer.sources[0].listed);
	crl_table_free(t);
	gnutls_free(der.data);
}

static void
a_list_lives_as_long_as_somebody_reads_it(void **state)
{
	struct crl_wish w = { .issuer = &ca, .serials = "11" };
	gnutls_datum_t der = crl_make(&w);
	struct finding f = { .again = 0 }, mine;

	(void)state;
	assert_int_equal(store_claim("list", 1, &f, NULL), CLAIM_YOURS);
	f.list = held_new(crl_table_from(der.data, der.size, "list"));
	assert_non_null(f.list);
	f.again = 10;
	store_settle("list", &f, NULL, 1);
	held_unref(f.list);
	assert_int_equal(store_claim("list", 2, &mine, NULL), CLAIM_KNOWN);
	store_clear();
	assert_int_equal(crl_table_at(mine.list->table, 0)->entries, 1);
	held_unref(mine.list);
	gnutls_free(der.data);
	assert_null(crl_table_from("garbage", 7, "x"));
	assert_null(crl_table_from("-----BEGIN X509 CRL-----", 24, "x"));
	assert_null(crl_table_from("", 0, "x"));
}

/* A little while ago n addresses of a server did not answer: they are due. */
static void
fetched_from(uint16_t port, unsigned int n)
{
	time_t now = time(NULL);
	struct finding f = { .why = "", .again = now - 90, .until = now - 90 };
	char url[64];

	for (unsigned int i = 0; i < n; i++) {
		struct finding claimed;
		struct subject *s;

		snprintf(url, sizeof(url), "http://127.0.0.1:%u/%u.crl", port, i);
		s = subject_new(REVOKE_CRL_URL, url, NULL, ca_cert);
		assert_int_equal(store_claim(s->key, now, &claimed, NULL), CLAIM_YOURS);
		store_settle(s->key, &f, s, now - 100);
		subject_unref(s);
	}
}

/* Those of runtime.c would bring all of the proxy with them. */
struct runtime *
runtime_ref(struct runtime *r)
{
	return r;
}

void
runtime_unref(struct runtime *r)
{
	(void)r;
}

/* At most two threads fetch; behind them lie more that are due. */
static void
who_stops_waits_for_no_more_than_what_is_under_way(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct config_site site = {
		.trust = { .revocation = REVOCATION_HARD, .fetch_crl = true, .fetch_timeout = 1 },
	};
	struct config config = { .sites = &site, .site_count = 1, .state_dir = (char *)"" };
	struct runtime runtime = { .config = &config };
	struct ev_loop *loop = ev_loop_new(0);
	socklen_t len = sizeof(sa);
	struct refresh *r = refresh_new(loop);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), came = 0, one;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 16), 0); /* who connects is never answered */
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	store_clear();
	fetched_from(ntohs(sa.sin_port), 6);
	refresh_use(r, &runtime);
	ev_run(loop, EVRUN_ONCE);
	assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 20000), 1);
	refresh_stop(r);
	refresh_free(r);
	for (; (one = accept(fd, NULL, NULL)) >= 0; came++)
		close(one);
	assert_in_range(came, 1, 2);
	close(fd);
	ev_loop_destroy(loop);
}

struct askers {
	pthread_mutex_t lock;	/* guards the next two */
	unsigned int fetched;	/* who had the duty */
	unsigned int wrong;	/* who got something else than what was found */
};

static void *
ask(void *arg)
{
	struct askers *a = arg;
	struct finding f;
	bool known = store_claim("joined", 50, &f, NULL) == CLAIM_KNOWN;

	pthread_mutex_lock(&a->lock);
	a->fetched += !known;
	a->wrong += known && f.error != 42;
	pthread_mutex_unlock(&a->lock);
	if (!known) {
		f.error = 42;
		f.again = 99;
		store_settle("joined", &f, NULL, 1);
	}
	return NULL;
}

static void
many_who_want_the_same_fetch_it_once(void **state)
{
	struct askers a = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[ASKERS];
	struct finding f;

	(void)state;
	/* ours: all others have to wait */
	assert_int_equal(store_claim("joined", 50, &f, NULL), CLAIM_YOURS);
	for (size_t i = 0; i < ASKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &a), 0);
	pthread_mutex_lock(&a.lock);
	assert_int_equal(a.fetched, 0);
	pthread_mutex_unlock(&a.lock);
	f.error = 42;
	f.again = 99;
	store_settle("joined", &f, NULL, 1);
	for (size_t i = 0; i < ASKERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(a.fetched, 0);
	assert_int_equal(a.wrong, 0);
}

static void
the_least_lately_used_gives_way(void **state)
{
	struct finding f;
	char key[32];

	(void)state;
	store_clear();
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "ocsp %d", i);
		assert_int_equal(store_claim(key, 1, &f, NULL), CLAIM_YOURS);
		f.again = 100;
		store_settle(key, &f, NULL, 1);
	}
	assert_int_equal(store_claim("ocsp 4999", 2, &f, NULL), CLAIM_KNOWN);
	assert_int_equal(store_claim("ocsp 1000", 2, &f, NULL), CLAIM_KNOWN);
	assert_int_equal(store_claim("ocsp 0", 2, &f, NULL), CLAIM_YOURS);
	store_settle("ocsp 0", &f, NULL, 1);
}

static void
a_question_names_the_certificate_and_may_carry_a_nonce(void **state)
{
	struct ocsp_question q, other_q;

	(void)state;
	assert_true(ocsp_ask(&q, user_cert, ca_cert, false));
	assert_int_equal(q.nonce_len, 0);
	assert_true(q.der.size > 40);
	ocsp_question_done(&q);
	assert_true(ocsp_ask(&q, user_cert, ca_cert, true));
	assert_true(ocsp_ask(&other_q, user_cert, ca_cert, true));
	assert_true(q.nonce_len >= 8);
	assert_memory_not_equal(q.nonce, other_q.nonce, 8);
	ocsp_question_done(&q);
	ocsp_question_done(&other_q);
}

static void
what_is_no_answer_counts_for_nothing(void **state)
{
	static const unsigned char try_later[] = { 0x30, 0x03, 0x0a, 0x01, 0x03 };
	struct ocsp_question q;
	struct ocsp_answer a;

	(void)state;
	assert_true(ocsp_ask(&q, user_cert, ca_cert, false));
	assert_int_equal(ocsp_read("", 0, &q, user_cert, ca_cert, &a), TE_ERROR_INVALID_DATA);
	assert_int_equal(ocsp_read("<html>", 6, &q, user_cert, ca_cert, &a),
			 TE_ERROR_INVALID_DATA);
	assert_int_equal(ocsp_read(q.der.data, q.der.size, &q, user_cert, ca_cert, &a),
			 TE_ERROR_INVALID_DATA);
	assert_int_equal(ocsp_read(try_later, sizeof(try_later), &q, user_cert, ca_cert, &a),
			 TE_ERROR_CRYPT_REVOCATION_OFFLINE);
	assert_false(a.good || a.revoked);
	ocsp_question_done(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_is_known_until_its_time),
		cmocka_unit_test(
			a_list_is_indexed_only_once_its_issuer_is_known_to_have_signed_it),
		cmocka_unit_test(one_serial_half_a_million_times_is_no_burden),
		cmocka_unit_test(who_stops_waits_for_no_more_than_what_is_under_way),
		cmocka_unit_test(a_list_lives_as_long_as_somebody_reads_it),
		cmocka_unit_test(many_who_want_the_same_fetch_it_once),
		cmocka_unit_test(the_least_lately_used_gives_way),
		cmocka_unit_test(a_question_names_the_certificate_and_may_carry_a_nonce),
		cmocka_unit_test(what_is_no_answer_counts_for_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
