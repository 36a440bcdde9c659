/* SPDX-License-Identifier: MIT */
/* test_inject - what a farm server gets: ARR's headers in order, nothing forged. */
#include <config.h>

#include "core/forward/cert_headers.h"
#include "core/forward/inject.h"
#include "core/route/farm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct config_server server;
	struct config_farm config;
	struct config_cert_header certs[2];
	struct config snapshot;
	struct runtime runtime;
	struct farm *farm;
	struct worker worker;
	struct conn conn;
	struct exchange x;
	struct cert cert;
	struct badge badge;
	struct buf head;
};

static void
setup(struct fixture *f, const char *request)
{
	const struct head_limits limits = HEAD_LIMITS_DEFAULT;
	struct head_error err;

	memset(f, 0, sizeof(*f));
	f->server = (struct config_server){ .name = (char *)"web1",
					      .host_name = (char *)"",
					      .weight = 1, .enabled = true };
	((struct sockaddr_in *)&f->server.address.sa)->sin_family = AF_INET;
	((struct sockaddr_in *)&f->server.address.sa)->sin_port = htons(8080);
	f->server.port = 8080;
	f->config = (struct config_farm){ .name = (char *)"farm",
					  .servers = &f->server,
					  .server_count = 1,
					  .xff_port = true,
					  .version = FORWARD_HTTP11,
					  .keep_alive = true,
					  .max_forwards = 10,
					  .alternate_host = (char *)"",
					  .by_header = (char *)"",
					  .by = (char *)"",
					  .software = FITNESS_COUNT,
					  .cert_headers = f->certs,
					  .cert_header_count = 1 };
	f->certs[0] = (struct config_cert_header){ .name = (char *)"X-ARR-ClientCert" };
	f->runtime.config = &f->snapshot;
	f->conn.runtime = &f->runtime;
	f->farm = farm_new(&f->config, 0);
	f->conn.worker = &f->worker;
	f->conn.peer = (struct peer_address){ .text = "192.0.2.7", .port = 49247 };
	arena_init(&f->x.arena, 0);
	f->x.conn = &f->conn;
	f->x.server = &f->farm->servers[0];
	f->x.farm = f->farm;
	f->x.original_url = f->x.forward_url = "/a?b=1";
	memcpy(f->x.log_id_text, "00000001-0000-0000-0000-000000000000", 37);
	assert_int_equal(head_parse_request(&f->x.request, request, strlen(request), &limits, &err),
			 0);
	f->x.body = f->x.request.body;
	assert_int_equal(inject_headers(&f->x), 0);
	inject_write_head(&f->x, &f->head);
}

static void
teardown(struct fixture *f)
{
	farm_free(f->farm);
	cert_headers_free(&f->conn);
	arena_done(&f->x.arena);
	buf_done(&f->head);
}

/* As on a new connection of the same client. */
static void
start_again(struct fixture *f)
{
	cert_headers_free(&f->conn);
	f->x.inject = NULL;
	f->x.inject_count = 0;
	assert_int_equal(inject_headers(&f->x), 0);
}

static void
headers_stand_in_the_order_of_arr(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET /a?b=1 HTTP/1.1\r\nHost: portal.test\r\nAccept: */*\r\n\r\n");
	assert_string_equal(f.head.data,
			    "GET /a?b=1 HTTP/1.1\r\nHost: web1:8080\r\nAccept: "
			    "*/*\r\nX-Original-URL: /a?b=1\r\n"
			    "Max-Forwards: 10\r\nX-Forwarded-For: 192.0.2.7:49247\r\n"
			    "X-ARR-LOG-ID: 00000001-0000-0000-0000-000000000000\r\n\r\n");
	teardown(&f);
}

static void
forged_headers_never_pass_in_any_spelling(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\nX-ARR-ClientCert: MIIforged\r\nx_arr_clientcert: "
		  "MIIforged\r\n"
		  "X-Arr_Ssl: forged\r\nX-ARR-Anything: forged\r\nX-Original-URL: /forged\r\n"
		  "X.ARR.ClientCert: forged\r\nx+arr+ssl: forged\r\nX!Original~URL: forged\r\n"
		  "Max.Forwards: forged\r\n\r\n");
	assert_null(strstr(f.head.data, "forged"));
	teardown(&f);
}

static void
names_of_common_proxies_are_guarded(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\nClient-Cert: forged\r\n"
		  "x-forwarded_client-cert: forged\r\nSSL_CLIENT_S_DN: forged\r\n"
		  "MS_AspNetCore_ClientCert: forged\r\nX_Forwarded_For: forged\r\n"
		  "Client.Cert: forged\r\nSSL|CLIENT|S|DN: forged\r\n"
		  "X-Client-Certificate: forged\r\nX-Client-Id: kept\r\nClient: kept too\r\n\r\n");
	assert_null(strstr(f.head.data, "forged"));
	assert_non_null(strstr(f.head.data, "X-Client-Id: kept\r\nClient: kept too\r\n"));
	teardown(&f);
}

static void
names_of_any_farm_are_guarded(void **state)
{
	struct config_guarded names[] = { { "x-who", 5, NULL } };
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\nX_WHO: forged\r\nX-Whose: kept\r\n\r\n");
	f.snapshot.guarded = (struct config_guard){ names, 1 };
	start_again(&f);
	buf_reset(&f.head);
	inject_write_head(&f.x, &f.head);
	assert_null(strstr(f.head.data, "forged"));
	assert_non_null(strstr(f.head.data, "X-Whose: kept\r\n"));
	teardown(&f);
}

static void
headers_have_the_names_of_the_farm(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\nX-From: 198.51.100.1\r\n\r\n");
	f.config.xff_header = (char *)"X-From";
	f.config.log_id_header = (char *)"";
	start_again(&f);
	buf_reset(&f.head);
	inject_write_head(&f.x, &f.head);
	assert_null(strstr(f.head.data, "LOG-ID"));
	teardown(&f);
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	f.config.xff_header = (char *)"";
	start_again(&f);
	buf_reset(&f.head);
	inject_write_head(&f.x, &f.head);
	assert_null(strstr(f.head.data, "192.0.2.7"));
	teardown(&f);
}

static void
the_badge_goes_in_only_when_it_is_trusted(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	f.badge.leaf_base64 = (char *)"MIIBadge";
	f.badge.leaf = &f.cert;
	f.conn.badge = &f.badge;
	f.conn.verdict = FAULT_CERT_REVOKED;
	start_again(&f);
	assert_int_equal(f.x.inject[INJECT_ARR_CLIENT_CERT].value.len, 0);
	f.conn.verdict = FAULT_NONE;
	start_again(&f);
	assert_int_equal(f.x.inject[INJECT_ARR_CLIENT_CERT].value.len, 8);
	teardown(&f);
}

static void
the_list_of_addresses_grows_at_its_end(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n");
	assert_non_null(strstr(f.head.data, "X-Forwarded-For: 198.51.100.1, 192.0.2.7:49247\r\n"));
	f.conn.peer = (struct peer_address){ .text = "fe80::1", .v6 = true, .port = 63354 };
	start_again(&f);
	assert_memory_equal(f.x.inject[INJECT_FORWARDED_FOR].value.at,
			    "198.51.100.1, [fe80::1]:63354", 29);
	teardown(&f);
}

#define LONG_NAME "X-Field-With-A-Name-That-Is-Longer-Than-Sixty-Four-Bytes-As-Names-May-Be"

static void
headers_of_one_hop_stay_here(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f,
	      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Private, "
	      LONG_NAME "\r\nX-Private: hop\r\n" LONG_NAME ": hop\r\n"
	      "Keep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: keep-alive\r\nX-Public: "
	      "kept\r\n\r\n");
	assert_null(strstr(f.head.data, "hop"));
	assert_null(strstr(f.head.data, "Connection"));
	assert_null(strstr(f.head.data, "Keep-Alive"));
	assert_null(strstr(f.head.data, "TE:"));
	assert_non_null(strstr(f.head.data, "X-Public: kept\r\n"));
	teardown(&f);
}

static void
framing_is_written_from_what_was_parsed(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:    12  \r\n\r\n");
	assert_non_null(strstr(f.head.data, "Content-Length: 12\r\n"));
	teardown(&f);
	setup(&f, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_non_null(strstr(f.head.data, "Transfer-Encoding: chunked\r\n"));
	assert_null(strstr(f.head.data, "Content-Length"));
	teardown(&f);
}

static void
max_forwards_counts_down(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 4\r\n\r\n");
	assert_non_null(strstr(f.head.data, "Max-Forwards: 3\r\n"));
	teardown(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_stand_in_the_order_of_arr),
		cmocka_unit_test(forged_headers_never_pass_in_any_spelling),
		cmocka_unit_test(names_of_common_proxies_are_guarded),
		cmocka_unit_test(names_of_any_farm_are_guarded),
		cmocka_unit_test(headers_have_the_names_of_the_farm),
		cmocka_unit_test(the_badge_goes_in_only_when_it_is_trusted),
		cmocka_unit_test(the_list_of_addresses_grows_at_its_end),
		cmocka_unit_test(headers_of_one_hop_stay_here),
		cmocka_unit_test(framing_is_written_from_what_was_parsed),
		cmocka_unit_test(max_forwards_counts_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
