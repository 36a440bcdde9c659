/* SPDX-License-Identifier: MIT */
/* test_proxy_header - what a load balancer may say, and what it may not. */
#include <config.h>

#include "core/config.h"
#include "core/config_values.h"
#include "core/handshake/proxy_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define START "\r\n\r\n\0\r\nQUIT\n"
#define V2(command, family, length, rest) START command family length rest
#define BYTES(text) text, sizeof(text) - 1

/* Reads it byte by byte, with a client's byte behind it that must stay. */
static int
read_header(struct proxy_header *h, const char *data, size_t len, const char **wrong)
{
	size_t got = 0;
	ssize_t n;

	while ((n = proxy_header_missing(data, got, wrong)) > 0) {
		if (got == len)
			return -2;
		got++;
	}
	if (n < 0)
		return -1;
	assert_int_equal(got, len);
	return proxy_header_parse(h, data, len, wrong);
}

static void
expect(const struct sockaddr_storage *sa, const char *address, unsigned int port)
{
	char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	bool v6 = sa->ss_family == AF_INET6;

	assert_non_null(inet_ntop(sa->ss_family, v6 ? (const void *)&in6->sin6_addr
						    : (const void *)&in->sin_addr,
				  text, sizeof(text)));
	assert_string_equal(text, address);
	assert_int_equal(ntohs(v6 ? in6->sin6_port : in->sin_port), port);
}

static void
version_1_names_both_ends(void **state)
{
	struct proxy_header h;
	const char *wrong;

	(void)state;
	assert_int_equal(read_header(&h, BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 51000 443\r\n"),
				     &wrong), 0);
	assert_int_equal(h.version, 1);
	assert_true(h.has_addresses);
	assert_string_equal(h.family, "TCP4");
	expect(&h.source, "192.0.2.1", 51000);
	expect(&h.destination, "198.51.100.2", 443);
	assert_int_equal(read_header(&h, BYTES("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"),
				     &wrong), 0);
	expect(&h.source, "2001:db8::1", 0);
	expect(&h.destination, "2001:db8::2", 65535);
}

static void
version_1_may_not_know_the_client(void **state)
{
	static const char *const lines[] = {
		"PROXY UNKNOWN\r\n",
		"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
	};
	struct proxy_header h;
	const char *wrong;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_int_equal(read_header(&h, lines[i], strlen(lines[i]), &wrong), 0);
		assert_false(h.has_addresses);
		assert_string_equal(h.family, "UNKNOWN");
	}
}

static void
malformed_lines_are_refused(void **state)
{
	static const struct { const char *line, *wrong; } bad[] = {
		{ "PROXY\r\n", "no PROXY header" },
		{ "GET / HTTP/1.1\r\n", "no PROXY header" },
		{ "\x16\x03\x01\x02", "no PROXY header" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n", "does not end with CR LF" },
		{ "PROXY \n", "does not end with CR LF" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n", "five words" },
		{ "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n", "five words" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n", "behind the ports" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n", "behind the ports" },
		{ "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n", "family of version 1" },
		{ "PROXY UNKNOWNS\r\n", "five words" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n", "a port" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n", "a port" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n", "a port" },
		{ "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n", "an address" },
		{ "PROXY TCP4 ::1 ::1 1 2\r\n", "an address" },
		{ "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n", "an address" },
		{ "PROXY TCP4\t192.0.2.1 198.51.100.2 1 2\r\n", "control character" },
		{ "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\r\n", "control character" },
	};
	struct proxy_header h;
	const char *wrong;
	char longest[PROXY_V1_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_header(&h, bad[i].line, strlen(bad[i].line), &wrong), -1);
		if (!strstr(wrong, bad[i].wrong))
			fail_msg("%s: %s", bad[i].line, wrong);
	}
	assert_int_equal(read_header(&h, BYTES("PROXY TCP4 192.0.2.1\0 198.51.100.2 1 2\r\n"),
				     &wrong), -1);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "PROXY UNKNOWN ", 14);
	memcpy(longest + PROXY_V1_MAX - 2, "\r\n", 2);
	assert_int_equal(read_header(&h, longest, PROXY_V1_MAX, &wrong), 0);
	memcpy(longest + PROXY_V1_MAX - 2, "xx", 2);
	assert_int_equal(read_header(&h, longest, PROXY_V1_MAX, &wrong), -1);
	assert_string_equal(wrong, "the line of version 1 is longer than 107 bytes");
}

static void
version_2_names_both_ends(void **state)
{
	static const char v4[] = V2("\x21", "\x11", "\0\x0c",
				    "\xc0\0\2\1\xc6\x33\x64\2\xc7\x38\1\xbb");
	static const char v6[] = V2("\x21", "\x21", "\0\x24",
				    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
				    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\xc7\x38\1\xbb");
	struct proxy_header h;
	const char *wrong;

	(void)state;
	assert_int_equal(read_header(&h, BYTES(v4), &wrong), 0);
	assert_int_equal(h.version, 2);
	assert_string_equal(h.family, "TCP4");
	expect(&h.source, "192.0.2.1", 51000);
	expect(&h.destination, "198.51.100.2", 443);
	assert_int_equal(read_header(&h, BYTES(v6), &wrong), 0);
	assert_string_equal(h.family, "TCP6");
	expect(&h.source, "2001:db8::1", 51000);
	expect(&h.destination, "2001:db8::2", 443);
}

static void
version_2_without_addresses_of_a_client_counts(void **state)
{
	static const char local[] = V2("\x20", "\0", "\0\0", "");
	static const char local_with_block[] = V2("\x20", "\x11", "\0\2", "??");
	static const char unspecified[] = V2("\x21", "\0", "\0\3", "???");
	static const char datagram[] = V2("\x21", "\x12", "\0\x0c", "????????????");
	struct proxy_header h;
	const char *wrong;
	char local_socket[16 + 216] = V2("\x21", "\x31", "\0\xd8", "/run/one");

	(void)state;
	assert_int_equal(read_header(&h, BYTES(local), &wrong), 0);
	assert_true(h.local);
	assert_int_equal(read_header(&h, BYTES(local_with_block), &wrong), 0);
	assert_true(h.local);
	assert_int_equal(read_header(&h, BYTES(unspecified), &wrong), 0);
	assert_false(h.local || h.has_addresses);
	assert_int_equal(read_header(&h, BYTES(datagram), &wrong), 0);
	assert_string_equal(h.family, "UDP4");
	assert_false(h.has_addresses);
	memset(local_socket + 16 + 108, 'd', 108);
	assert_int_equal(read_header(&h, local_socket, sizeof(local_socket), &wrong), 0);
	assert_string_equal(h.source_path, "/run/one");
	assert_int_equal(strlen(h.destination_path), 108);
	assert_false(h.has_addresses);
}

static void
malformed_headers_of_version_2_are_refused(void **state)
{
	static const struct { const char *data; size_t len; const char *wrong; } bad[] = {
		{ BYTES(V2("\x11", "\x11", "\0\0", "")), "the version is" },
		{ BYTES(V2("\x22", "\x11", "\0\0", "")), "the command" },
		{ BYTES(V2("\x21", "\x41", "\0\0", "")), "the family" },
		{ BYTES(V2("\x21", "\x13", "\0\0", "")), "the family" },
		{ BYTES(V2("\x21", "\x11", "\0\x0b", "???????????")), "shorter than its" },
		{ BYTES(V2("\x21", "\x31", "\0\x0c", "????????????")), "shorter than its" },
		{ BYTES(V2("\x21", "\x11", "\0\x0e", "????????????\4\0")), "cut off" },
		{ BYTES(V2("\x21", "\x11", "\0\x0f", "????????????\4\0\1")), "past the end" },
		{ BYTES(V2("\x21", "\x11", "\0\x11", "????????????\3\0\2..")), "not one CRC32c" },
		{ BYTES(V2("\x21", "\x11", "\0\x13", "????????????\3\0\4....")), "is wrong" },
	};
	static const char too_long[] = V2("\x21", "\x11", "\x1f\xf1", "");
	struct proxy_header h;
	const char *wrong;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_header(&h, bad[i].data, bad[i].len, &wrong), -1);
		if (!strstr(wrong, bad[i].wrong))
			fail_msg("%zu: %s", i, wrong);
	}
	assert_int_equal(proxy_header_missing(too_long, 16, &wrong), -1);
	assert_int_equal(proxy_header_missing(V2("\x21", "\x11", "\x1f\xf0", ""), 16, &wrong),
			 PROXY_HEADER_MAX - 16);
}

/* The sum was made by another implementation of CRC32c. */
static void
additional_fields_are_skipped_and_their_sum_is_checked(void **state)
{
	char data[] = V2("\x21", "\x11", "\0\x1a", "\xc0\0\2\1\xc6\x33\x64\2\xc7\x38\1\xbb"
			 "\4\0\4????" "\3\0\4" "\x7f\xc8\xb0\x4e");
	struct proxy_header h;
	const char *wrong;

	(void)state;
	assert_int_equal(read_header(&h, BYTES(data), &wrong), 0);
	assert_int_equal(h.tlvs, 2);
	assert_true(h.checked);
	data[17] ^= 1;
	assert_int_equal(read_header(&h, BYTES(data), &wrong), -1);
	assert_string_equal(wrong, "the CRC32c is wrong");
}

static void
networks_are_compared_by_their_prefix(void **state)
{
	struct config_network list[NETWORKS_MAX];
	size_t n = 0;

	(void)state;
	assert_int_equal(value_networks("10.0.0.0/8; 192.0.2.4/31;127.0.0.1 ;2001:db8::/33;::1",
					list, &n), 0);
	assert_int_equal(n, 5);
	assert_true(config_networks_have(list, n, "10.255.0.1"));
	assert_false(config_networks_have(list, n, "11.0.0.1"));
	assert_true(config_networks_have(list, n, "192.0.2.5"));
	assert_false(config_networks_have(list, n, "192.0.2.6"));
	assert_false(config_networks_have(list, n, "127.0.0.2"));
	assert_true(config_networks_have(list, n, "2001:db8:7fff::1"));
	assert_false(config_networks_have(list, n, "2001:db8:8000::1"));
	assert_true(config_networks_have(list, n, "::1"));
	assert_false(config_networks_have(list, n, ""));
	assert_int_equal(value_networks("0.0.0.0/0", list, &n), 0);
	assert_true(config_networks_have(list, n, "203.0.113.9"));
	assert_false(config_networks_have(list, n, "::1"));
}

static void
lists_of_networks_are_strict(void **state)
{
	static const char *const bad[] = {
		"", ";", "10.0.0.0/8;", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "::/129",
		"10.0.0",
		"localhost", "10.0.0.0/8,10.1.0.0/16", "10.0.0.0/8 10.1.0.0/16", "2001:db8::1/64",
		"10.0.0.0/-1", "[::1]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (value_networks(bad[i], NULL, NULL) == 0)
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1_names_both_ends),
		cmocka_unit_test(version_1_may_not_know_the_client),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(version_2_names_both_ends),
		cmocka_unit_test(version_2_without_addresses_of_a_client_counts),
		cmocka_unit_test(malformed_headers_of_version_2_are_refused),
		cmocka_unit_test(additional_fields_are_skipped_and_their_sum_is_checked),
		cmocka_unit_test(networks_are_compared_by_their_prefix),
		cmocka_unit_test(lists_of_networks_are_strict),
	};

	return cmocka_run_group_tests_name("proxy_header", tests, NULL, NULL);
}
