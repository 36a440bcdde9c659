/* SPDX-License-Identifier: MIT */
/*
 * test_ticket - files of ticket keys, lifetimes, and that the linked GnuTLS names
 * the keys of its tickets as ticket.c reckons: two sessions in memory tell.
 */
#include <config.h>

#include "core/handshake/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a client and a server in memory ---- */

struct end {
	gnutls_session_t tls;
	unsigned char sent[1 << 16];
	size_t len, read;
	struct end *peer;
	unsigned char name[HELLO_TICKET_NAME]; /* of the last ticket sent */
	unsigned int lifetime;
};

static ssize_t
push(gnutls_transport_ptr_t p, const void *data, size_t len)
{
	struct end *e = p;

	assert_true(len <= sizeof(e->sent) - e->len);
	memcpy(e->sent + e->len, data, len);
	e->len += len;
	return (ssize_t)len;
}

static ssize_t
pull(gnutls_transport_ptr_t p, void *data, size_t len)
{
	struct end *e = p, *from = e->peer;
	size_t n = from->len - from->read;

	if (n == 0) {
		gnutls_transport_set_errno(e->tls, EAGAIN);
		return -1;
	}
	n = n < len ? n : len;
	memcpy(data, from->sent + from->read, n);
	from->read += n;
	return (ssize_t)n;
}

static int
has_input(gnutls_transport_ptr_t p, unsigned int ms)
{
	struct end *e = p;

	(void)ms;
	return e->peer->len > e->peer->read;
}

/* NewSessionTicket: lifetime, age_add, nonce, ticket; RFC 8446 4.6.1. */
static int
on_ticket(gnutls_session_t s, unsigned int type, unsigned int when, unsigned int incoming,
	  const gnutls_datum_t *msg)
{
	struct end *e = gnutls_session_get_ptr(s);
	const unsigned char *p = msg->data;

	(void)when;
	if (type != GNUTLS_HANDSHAKE_NEW_SESSION_TICKET || incoming)
		return 0;
	assert_true(msg->size > 11u + p[8] + HELLO_TICKET_NAME);
	e->lifetime = (unsigned int)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	memcpy(e->name, p + 11 + p[8], sizeof(e->name));
	return 0;
}

static void
end_init(struct end *e, struct end *peer, unsigned int flags, const char *more)
{
	char priority[128];

	memset(e, 0, sizeof(*e));
	e->peer = peer;
	snprintf(priority, sizeof(priority), "NORMAL:-VERS-ALL:+VERS-TLS1.3:%s", more);
	assert_int_equal(gnutls_init(&e->tls, flags | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_priority_set_direct(e->tls, priority, NULL), 0);
	gnutls_session_set_ptr(e->tls, e);
	gnutls_transport_set_ptr(e->tls, e);
	gnutls_transport_set_push_function(e->tls, push);
	gnutls_transport_set_pull_function(e->tls, pull);
	gnutls_transport_set_pull_timeout_function(e->tls, has_input);
}

static int
give_psk(gnutls_session_t s, const char *user, gnutls_datum_t *key)
{
	(void)s;
	(void)user;
	key->data = gnutls_malloc(16);
	key->size = 16;
	assert_non_null(key->data);
	memset(key->data, 0, 16);
	key->data[0] = 7;
	return 0;
}

/* The name of a ticket that GnuTLS makes with that key and lifetime: needs no certificate. */
static void
make_ticket(unsigned char key[static TICKET_KEY_BYTES], int lifetime, struct end *server)
{
	static struct end client;
	static unsigned char secret[16] = { 7 };
	static const gnutls_datum_t psk = { secret, sizeof(secret) };
	gnutls_datum_t datum = { key, TICKET_KEY_BYTES };
	gnutls_psk_server_credentials_t own;
	gnutls_psk_client_credentials_t theirs;
	int a = GNUTLS_E_AGAIN, b = GNUTLS_E_AGAIN;

	end_init(server, &client, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET,
		 "-KX-ALL:+PSK:+ECDHE-PSK");
	end_init(&client, server, GNUTLS_CLIENT, "-KX-ALL:+PSK:+ECDHE-PSK");
	gnutls_psk_allocate_server_credentials(&own);
	gnutls_psk_set_server_credentials_function(own, give_psk);
	gnutls_credentials_set(server->tls, GNUTLS_CRD_PSK, own);
	gnutls_psk_allocate_client_credentials(&theirs);
	gnutls_psk_set_client_credentials(theirs, "u", &psk, GNUTLS_PSK_KEY_RAW);
	gnutls_credentials_set(client.tls, GNUTLS_CRD_PSK, theirs);
	assert_int_equal(gnutls_session_ticket_enable_server(server->tls, &datum), 0);
	gnutls_handshake_set_hook_function(server->tls, GNUTLS_HANDSHAKE_NEW_SESSION_TICKET,
					   GNUTLS_HOOK_PRE, on_ticket);
	for (int i = 0; i < 20 && (a || b); i++) {
		a = a ? gnutls_handshake(client.tls) : 0;
		b = b ? gnutls_handshake(server->tls) : 0;
	}
	assert_int_equal(a, 0);
	assert_int_equal(b, 0);
	gnutls_db_set_cache_expiration(server->tls, lifetime);
	assert_int_equal(gnutls_session_ticket_send(server->tls, 1, 0), 0);
	gnutls_deinit(client.tls);
	gnutls_deinit(server->tls);
	gnutls_psk_free_server_credentials(own);
	gnutls_psk_free_client_credentials(theirs);
}

static void
gnutls_names_its_tickets_as_we_reckon(void **state)
{
	static const int lifetimes[] = { (int)TICKET_SECONDS, 600, 1 };
	static struct end server;
	unsigned char key[TICKET_KEY_BYTES], before[HELLO_TICKET_NAME], after[HELLO_TICKET_NAME];

	(void)state;
	for (unsigned int i = 0; i < TICKET_KEY_BYTES; i++)
		key[i] = (unsigned char)(3 * i + 1);
	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		/* A period may end while the ticket is made. */
		ticket_name(key, (uint64_t)time(NULL), (uint64_t)lifetimes[i], 0, before);
		make_ticket(key, lifetimes[i], &server);
		ticket_name(key, (uint64_t)time(NULL), (uint64_t)lifetimes[i], 0, after);
		assert_int_equal(server.lifetime, lifetimes[i]);
		assert_true(memcmp(server.name, before, sizeof(before)) == 0 ||
			    memcmp(server.name, after, sizeof(after)) == 0);
	}
}

static void
the_period_before_has_the_name_it_had(void **state)
{
	unsigned char key[TICKET_KEY_BYTES] = { 1, 2 };
	unsigned char then[HELLO_TICKET_NAME], now[HELLO_TICKET_NAME];

	(void)state;
	ticket_name(key, 1000000, 100, 0, then);
	ticket_name(key, 1000300, 100, 1, now);
	assert_memory_equal(then, now, sizeof(now));
	ticket_name(key, 1000300, 100, 0, now);
	assert_memory_not_equal(then, now, sizeof(now));
}

static void
each_limit_on_signatures_has_keys_of_its_own(void **state)
{
	unsigned char key[TICKET_KEY_BYTES] = { 1, 2 }, none[TICKET_KEY_BYTES];
	unsigned char hour[TICKET_KEY_BYTES], again[TICKET_KEY_BYTES], day[TICKET_KEY_BYTES];

	(void)state;
	assert_true(ticket_key_for(key, 0, none) >= 0);
	assert_memory_equal(none, key, sizeof(key));
	assert_true(ticket_key_for(key, 3600, hour) >= 0);
	assert_true(ticket_key_for(key, 3600, again) >= 0);
	assert_true(ticket_key_for(key, 86400, day) >= 0);
	assert_memory_equal(hour, again, sizeof(hour));
	assert_memory_not_equal(hour, key, sizeof(hour));
	assert_memory_not_equal(hour, day, sizeof(hour));
}

/* ---- lifetimes ---- */

static void
a_ticket_never_outlives_the_signature_it_stands_for(void **state)
{
	static const uint64_t limits[] = { 1, 2, 7, 8, 60, 3600, 86400, 31536000 };

	(void)state;
	assert_int_equal(ticket_lifetime(0, 5), TICKET_SECONDS);
	assert_int_equal(ticket_lifetime(0, UINT64_MAX), TICKET_SECONDS);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		uint64_t max = limits[i], step = max / 50 + 1;

		for (uint64_t age = 0; age <= max + step; age += step)
			assert_true(ticket_lifetime(max, age) + age <= max - max / 8 ||
				    ticket_lifetime(max, age) == 0);
		assert_true(ticket_lifetime(max, 0) > 0);
		assert_int_equal(ticket_lifetime(max, max), 0);
		assert_int_equal(ticket_lifetime(max, UINT64_MAX), 0);
	}
}

/* ---- files ---- */

static char path[] = P_tmpdir "/frebproxy-ticket-XXXXXX";

static void
write_keys(size_t bytes, bool alike, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char b = alike ? 'x' : (unsigned char)(i * 7 + i / 64);

		assert_int_equal(write(fd, &b, 1), 1);
	}
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
}

static void
assert_refused(const char *why)
{
	struct buf messages = BUF_INIT;

	assert_null(ticket_keys_read(path, &messages));
	assert_non_null(strstr(buf_text(&messages), path));
	assert_non_null(strstr(buf_text(&messages), why));
	buf_done(&messages);
}

static void
one_to_four_keys_of_a_private_file_are_taken(void **state)
{
	struct buf messages = BUF_INIT;

	(void)state;
	for (unsigned int n = 1; n <= TICKET_KEYS_MAX; n++) {
		struct ticket_keys *k;

		write_keys((size_t)n * TICKET_KEY_BYTES, false, n % 2 ? 0600 : 0400);
		k = ticket_keys_read(path, &messages);
		assert_non_null(k);
		ticket_keys_unref(ticket_keys_ref(k));
		ticket_keys_unref(k);
		assert_int_equal(chmod(path, 0600), 0);
	}
	assert_int_equal(messages.len, 0);
}

static void
other_files_are_refused_with_the_reason(void **state)
{
	struct buf messages = BUF_INIT;

	(void)state;
	write_keys(TICKET_KEY_BYTES, false, 0640);
	assert_refused("others may read or write it; allowed: mode 0600");
	write_keys(TICKET_KEY_BYTES, false, 0604);
	assert_refused("others may read");
	write_keys(0, false, 0600);
	assert_refused("wrong size; allowed: 64, 128");
	write_keys(TICKET_KEY_BYTES + 1, false, 0600);
	assert_refused("wrong size");
	write_keys((TICKET_KEYS_MAX + 1) * TICKET_KEY_BYTES, false, 0600);
	assert_refused("wrong size");
	write_keys(TICKET_KEY_BYTES, true, 0600);
	assert_refused("all bytes of a key are alike");
	write_keys(0, false, 0600);
	for (int i = 0; i < 2; i++) {
		int fd = open(path, O_WRONLY | O_APPEND);

		assert_int_equal(write(fd, "0123456789abcdef0123456789abcdef0123456789abcdef"
					   "0123456789abcdef", TICKET_KEY_BYTES), TICKET_KEY_BYTES);
		close(fd);
	}
	assert_refused("a key is in it twice");
	assert_null(ticket_keys_read("/nowhere/keys", &messages));
	assert_null(ticket_keys_read("/dev/zero", &messages));
	assert_non_null(strstr(buf_text(&messages), "/nowhere/keys: the ticket keys cannot be "
						    "used: No such file"));
	assert_non_null(strstr(buf_text(&messages), "/dev/zero: the ticket keys cannot be "
						    "used: it is no ordinary file"));
	buf_done(&messages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gnutls_names_its_tickets_as_we_reckon),
		cmocka_unit_test(the_period_before_has_the_name_it_had),
		cmocka_unit_test(each_limit_on_signatures_has_keys_of_its_own),
		cmocka_unit_test(a_ticket_never_outlives_the_signature_it_stands_for),
		cmocka_unit_test(one_to_four_keys_of_a_private_file_are_taken),
		cmocka_unit_test(other_files_are_refused_with_the_reason),
	};
	int fd = mkstemp(path), result;

	if (fd < 0)
		return 99;
	close(fd);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return result;
}
