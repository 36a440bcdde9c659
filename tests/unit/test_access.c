/* SPDX-License-Identifier: MIT */
/*
 * test_access - which access rule a path gets: patterns, locations, and paths
 * that a proxy and a server could read differently.
 */
#include <config.h>

#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_FLAGS (SSL_FLAG_SSL | SSL_FLAG_NEGOTIATE_CERT | SSL_FLAG_REQUIRE_CERT)

/* Longest first, as the configuration sorts them. */
static struct config_location locations[] = {
	{ .path = "/portal/open" },
	{ .path = "/portal", .access.ssl_flags = ALL_FLAGS },
	{ .path = "*.pdf", .access.ssl_flags = SSL_FLAG_SSL },
};

static const struct config_site site = {
	.locations = locations, .location_count = COUNT(locations),
};

static const char *
location_of(const struct config_site *s, const char *path, size_t len)
{
	const char *location = NULL;

	assert_non_null(config_access_for(s, path, len, &location));
	return location;
}

static void
patterns_match_whole_paths_without_case(void **state)
{
	static const struct { const char *pattern, *path; bool matches; } rows[] = {
		{ "*", "", true }, { "*", "/a", true }, { "", "", true }, { "", "/", false },
		{ "/a/*", "/a/", true }, { "/a/*", "/a", false }, { "/A/?", "/a/b", true },
		{ "/a/?", "/a/", false }, { "*.aspx", "/x/y.ASPX", true },
		{ "*.aspx", "/y.aspx/x", false }, { "*a*b*", "/xaxxbx", true },
		{ "*a*b*", "/xbxxa", false }, { "**", "/", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(config_path_matches(rows[i].pattern, rows[i].path,
						     strlen(rows[i].path)), rows[i].matches);
}

static void
the_strictest_reading_of_a_path_decides(void **state)
{
	static const struct { const char *path, *location; } rows[] = {
		{ "/", "" }, { "/portal", "/portal" }, { "/portal/x", "/portal" },
		{ "/portals", "" },
		{ "/PORTAL/", "/portal" }, { "/portal/open", "/portal/open" },
		{ "/portal/open/x.css", "/portal/open" }, { "/%70ortal", "/portal" },
		{ "/%2570ortal", "/portal" }, { "//portal", "/portal" }, { "/./portal", "/portal" },
		{ "/x/../portal", "/portal" }, { "/x\\..\\portal", "/portal" },
		{ "/x%2f..%2fportal", "/portal" }, { "/portal;v=1/x", "/portal" },
		{ "/x;a/..;/portal", "/portal" }, { "/portal.", "/portal" },
		{ "/portal/open/../secret", "/portal" }, { "/portal/open/..%2fsecret", "/portal" },
		{ "/portal/x/../open/", "/portal" }, { "/../../portal", "/portal" },
		{ "*", "" }, { "", "" }, { "/a/report.pdf", "*.pdf" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *location = location_of(&site, rows[i].path, strlen(rows[i].path));

		if (strcmp(location, rows[i].location))
			fail_msg("%s: location %s", rows[i].path, location);
	}
}

static void
a_nul_ends_a_location_as_well(void **state)
{
	(void)state;
	assert_string_equal(location_of(&site, "/portal\0.css", 12), "/portal");
	assert_string_equal(location_of(&site, "/portal%00.css", 14), "/portal");
}

static void
a_location_of_the_root_has_every_path(void **state)
{
	struct config_location root = { .path = "/", .access.ssl_flags = SSL_FLAG_SSL };
	struct config_site s = { .locations = &root, .location_count = 1 };

	(void)state;
	assert_string_equal(location_of(&s, "/", 1), "/");
	assert_string_equal(location_of(&s, "/a/b", 4), "/");
}

static void
without_locations_the_site_decides(void **state)
{
	struct config_site s = { .access.ssl_flags = SSL_FLAG_SSL };
	const struct config_access *access = config_access_for(&s, "/%70/..;/", 9, NULL);

	(void)state;
	assert_ptr_equal(access, &s.access);
}

static void
rules_on_badges_are_stricter_than_certificates_alone(void **state)
{
	struct config_location two[] = {
		{ .path = "/portal", .access.ssl_flags = ALL_FLAGS },
		{ .path = "/vault", .access = { .ssl_flags = ALL_FLAGS, .require_grade = 2 } },
	};
	struct config_site s = { .locations = two, .location_count = COUNT(two) };

	(void)state;
	assert_string_equal(location_of(&s, "/portal/..%2fvault", 18), "/vault");
	two[1].access.require_grade = 0;
	assert_string_equal(location_of(&s, "/portal/..%2fvault", 18), "/portal");
	two[1].access.require_pin = true;
	assert_string_equal(location_of(&s, "/portal/..%2fvault", 18), "/vault");
	two[1].access.require_pin = false;
	two[1].access.max_signature_age = 60;
	assert_string_equal(location_of(&s, "/portal/..%2fvault", 18), "/vault");
	two[0].access.denied_policies.count = 1;
	assert_string_equal(location_of(&s, "/portal/..%2fvault", 18), "/portal");
}

static void
a_very_long_path_is_judged_too(void **state)
{
	static char path[70000];
	size_t len;

	(void)state;
	for (len = 0; len + 16 < sizeof(path); len += 2)
		memcpy(path + len, "/.", 2);
	memcpy(path + len, "/portal", 7);
	assert_string_equal(location_of(&site, path, len + 7), "/portal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_whole_paths_without_case),
		cmocka_unit_test(the_strictest_reading_of_a_path_decides),
		cmocka_unit_test(a_nul_ends_a_location_as_well),
		cmocka_unit_test(a_location_of_the_root_has_every_path),
		cmocka_unit_test(without_locations_the_site_decides),
		cmocka_unit_test(rules_on_badges_are_stricter_than_certificates_alone),
		cmocka_unit_test(a_very_long_path_is_judged_too),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
