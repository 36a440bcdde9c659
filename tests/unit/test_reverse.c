/* SPDX-License-Identifier: MIT */
/*
 * test_reverse - what a server's answer says between the lines: its own address
 * where the client's should stand, and that it wants TLS.
 */
#include <config.h>

#include "core/forward/reverse.h"
#include "core/forward/wants_tls.h"
#include "core/route/farm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

static struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

/* What a client of https://portal.test:8443 gets for that field; 10.0.0.7:port is web1. */
static const char *
rewritten_at(const char *name, const char *value, bool on, unsigned int port, bool tls)
{
	static char out[1024];
	struct config_server server = { .name = (char *)"web1",
					.host_name = (char *)"app.internal" };
	struct config_farm config = { .servers = &server,
				      .server_count = 1,
				      .reverse_rewrite = on,
				      .tls = { .on = tls },
				      .alternate_host = (char *)"alias.test" };
	struct sockaddr_in *in = (struct sockaddr_in *)&server.address.sa;
	struct farm farm = { .config = &config };
	struct farm_server live = { .config = &server, .farm = &farm };
	static struct headers headers;
	struct conn conn = { .tls = (void *)&farm };
	struct exchange x = { .conn = &conn,
			      .farm = &farm,
			      .request = { .authority = slice_of("portal.test:8443"),
					   .host = slice_of("portal.test") } };

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	server.port = port;
	snprintf(server.address.text, sizeof(server.address.text), "10.0.0.7:%u", port);
	x.server = &live;
	x.address = server.address;
	arena_init(&x.arena, 0);
	headers.count = 0;
	headers_add(&headers, slice_of(name), slice_of(value));
	reverse_rewrite(&x, &headers);
	assert_true(headers.at[0].value.len < sizeof(out));
	memcpy(out, headers.at[0].value.at, headers.at[0].value.len);
	out[headers.at[0].value.len] = '\0';
	arena_done(&x.arena);
	return out;
}

static const char *
rewritten(const char *name, const char *value, bool on)
{
	return rewritten_at(name, value, on, 8080, false);
}

/* "//host" is of the scheme in which the server was asked. */
static void
a_port_that_is_not_written_is_that_of_the_scheme(void **state)
{
	static const char mine[] = "https://portal.test:8443/a";

	(void)state;
	assert_string_equal(rewritten_at("Location", "//web1/a", true, 443, true), mine);
	assert_string_equal(rewritten_at("Location", "https://web1/a", true, 443, true), mine);
	assert_string_equal(rewritten_at("Location", "//web1/a", true, 80, false), mine);
	assert_string_equal(rewritten_at("Location", "//web1/a", true, 80, true), "//web1/a");
	assert_string_equal(rewritten_at("Location", "http://web1/a", true, 443, true),
			    "http://web1/a");
}

static void
addresses_of_servers_become_the_clients(void **state)
{
	static const char *const ours[][2] = {
		{ "http://web1:8080/a?b#c", "https://portal.test:8443/a?b#c" },
		{ "HTTP://WEB1:8080", "https://portal.test:8443" },
		{ "http://10.0.0.7:8080/a", "https://portal.test:8443/a" },
		{ "//web1:8080/a", "https://portal.test:8443/a" },
		{ "http://app.internal/a", "https://portal.test:8443/a" },
		{ "https://app.internal?q", "https://portal.test:8443?q" },
		{ "http://alias.test/a", "https://portal.test:8443/a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_string_equal(rewritten("Location", ours[i][0], true), ours[i][1]);
		assert_string_equal(rewritten("content-location", ours[i][0], true), ours[i][1]);
		assert_string_equal(rewritten("Location", ours[i][0], false), ours[i][0]);
		assert_string_equal(rewritten("X-Location", ours[i][0], true), ours[i][0]);
	}
}

static void
other_addresses_stay(void **state)
{
	static const char *const others[] = {
		"/a", "a", "", "//", "http://", "https:///a", "http:/web1:8080/a", "mailto:web1",
		"http://web1/a",		/* its port 80 is somebody else */
		"http://web1:8081/a", "http://web1:808000000000000/a", "http://web1:80x/a",
		"https://web1/a", "http://web1.example:8080/a", "http://xweb1:8080/",
		"http://user@web1:8080/a", "http://login.example/?to=http://web1:8080/",
		"http://[::1]:8080/a", "http://10.0.0.70:8080/", "http://alias.test:9/a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(rewritten("Location", others[i], true), others[i]);
}

static void
cookies_of_servers_become_cookies_of_the_client(void **state)
{
	(void)state;
	assert_string_equal(rewritten("Set-Cookie", "a=b; Path=/; domain=.WEB1; Secure", true),
			    "a=b; Path=/; domain=.portal.test; Secure");
	assert_string_equal(rewritten("Set-Cookie", "a=b;Domain=10.0.0.7", true),
			    "a=b;Domain=portal.test");
	assert_string_equal(rewritten("Set-Cookie", "a=domain=web1; Path=/", true),
			    "a=domain=web1; Path=/");
	assert_string_equal(rewritten("Set-Cookie", "a=b; Domain=example.org", true),
			    "a=b; Domain=example.org");
	assert_string_equal(rewritten("Set-Cookie", "a=b; Domain=", true), "a=b; Domain=");
	assert_string_equal(rewritten("Set-Cookie", "a=b;", true), "a=b;");
	assert_string_equal(rewritten("Set-Cookie", "a=b; Domain=web1", false), "a=b; Domain=web1");
}

static void
pages_that_want_tls_are_known(void **state)
{
	static const char nginx[] = "<h1>The plain HTTP request was sent to HTTPS port</h1>";
	static const char cert[] = "<center>No required SSL certificate was sent</center>";
	struct http_response r = { .status = 400, .body = BODY_LENGTH };

	(void)state;
	r.content_length = sizeof(nginx) - 1;
	assert_true(wants_tls_needs(&r, 10));
	assert_false(wants_tls_needs(&r, sizeof(nginx) - 1));
	assert_int_equal(wants_tls_says(&r, false, nginx, sizeof(nginx) - 1), FAULT_SERVER_TLS);
	assert_int_equal(wants_tls_says(&r, false, nginx, 20), FAULT_NONE);
	assert_int_equal(wants_tls_says(&r, true, cert, sizeof(cert) - 1), FAULT_SERVER_WANTS_CERT);
	assert_int_equal(wants_tls_says(&r, true, nginx, sizeof(nginx) - 1), FAULT_NONE);
	assert_int_equal(wants_tls_says(&r, false, cert, sizeof(cert) - 1), FAULT_NONE);
	r.content_length = 100000; /* too long for such a page */
	assert_false(wants_tls_needs(&r, 10));
	r.status = 200;
	r.content_length = 100;
	assert_false(wants_tls_needs(&r, 10));
	assert_int_equal(wants_tls_says(&r, false, nginx, sizeof(nginx) - 1), FAULT_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_is_not_written_is_that_of_the_scheme),
		cmocka_unit_test(addresses_of_servers_become_the_clients),
		cmocka_unit_test(other_addresses_stay),
		cmocka_unit_test(cookies_of_servers_become_cookies_of_the_client),
		cmocka_unit_test(pages_that_want_tls_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
