/* SPDX-License-Identifier: MIT */
/*
 * test_normalise - volatile values and the canonical form of a trace.
 */
#include <config.h>

#include "tests/unit/diff_traces.h"

#include "trace/volatile.h"

/* Pieces of a value as text: literals as they are, volatile parts as <CLASS>. */
static const char *
split(enum volatile_place place, const char *event, const char *name, const char *value)
{
	static char out[512];
	struct volatile_pieces p = VOLATILE_PIECES_INIT;
	const struct volatile_where where = { place, event, name };

	volatile_reset(&p);
	volatile_scan(&p, &where, value, strlen(value));
	volatile_finish(&p, value, strlen(value));
	assert_false(p.failed);
	out[0] = '\0';
	for (size_t i = 0; i < p.count; i++) {
		size_t n = strlen(out);

		if (p.piece[i].class)
			snprintf(out + n, sizeof(out) - n, "<%s>", volatile_name(p.piece[i].class));
		else
			snprintf(out + n, sizeof(out) - n, "%.*s", (int)p.piece[i].len,
				 p.piece[i].at);
	}
	volatile_done(&p);
	return out;
}

static const char *
data(const char *name, const char *value)
{
	return split(VOLATILE_IN_DATA, "SECURITY_CHAIN_ELEMENT", name, value);
}

static const char *
header(const char *name, const char *value)
{
	return split(VOLATILE_IN_HEADER, "GENERAL_REQUEST_HEADERS", name, value);
}

static void
whole_values_are_volatile_by_the_name_of_their_data(void **state)
{
	(void)state;
	assert_string_equal(data("ContextId", "{X}"), "<ACTIVITY>");
	assert_string_equal(data("Context ID", "{X}"), "<ACTIVITY>");
	assert_string_equal(data("ConnId", "7"), "<CONN>");
	assert_string_equal(data("RemotePort", "40001"), "<PORT>");
	assert_string_equal(data("SerialNumber", "1A2B"), "<SERIAL>");
	assert_string_equal(data("Sha256", "AB"), "<HASH>");
	assert_string_equal(data("NotAfter", "2026"), "<TIME>");
	assert_string_equal(data("Subject", "CN=a"), "CN=a");
	assert_string_equal(data("HttpStatus", "403"), "403");
}

static void
durations_are_volatile_by_the_ending_of_their_name(void **state)
{
	(void)state;
	assert_string_equal(data("ElapsedUs", "12"), "<DURATION>");
	assert_string_equal(data("WaitedMs", "12"), "<DURATION>");
	assert_string_equal(data("HttpStatus", "12"), "12");
	assert_string_equal(data("Ms", "12"), "12");
	/* A setting, not a measurement. */
	assert_string_equal(data("TimeoutMs", "20000"), "20000");
}

static void
sizes_are_volatile_only_where_certificates_make_them(void **state)
{
	(void)state;
	assert_string_equal(data("Bytes", "812"), "<COUNT>");
	assert_string_equal(split(VOLATILE_IN_DATA, "ARR_RESPONSE_ENTITY_END", "Bytes", "812"),
			    "812");
	assert_string_equal(split(VOLATILE_IN_DATA, "CONNECTION_START", "Worker", "3"), "<TID>");
	assert_string_equal(split(VOLATILE_IN_DATA, "OTHER", "Worker", "3"), "3");
}

static void
an_empty_value_has_no_volatile_part(void **state)
{
	(void)state;
	assert_string_equal(data("RevocationDate", ""), "");
	assert_string_equal(data("ContextId", ""), "");
}

static void
ports_are_found_in_urls_and_lists_of_addresses(void **state)
{
	(void)state;
	assert_string_equal(data("RequestURL", "https://portal.test:40001/a:1?b=c:2"),
			    "https://portal.test:<PORT>/a:1?b=c:2");
	assert_string_equal(data("RequestURL", "https://[::1]:40001/"), "https://[::1]:<PORT>/");
	assert_string_equal(data("RequestURL", "https://portal.test/a:1"),
			    "https://portal.test/a:1");
	assert_string_equal(header("X-Forwarded-For", "10.0.0.1:1234, [fe80::1]:99"),
			    "10.0.0.1:<PORT>, [fe80::1]:<PORT>");
	assert_string_equal(header("x-forwarded-for", "10.0.0.1"), "10.0.0.1");
	assert_string_equal(header("Host", "web1:8080"), "web1:<PORT>");
}

static void
a_port_behind_a_loopback_address_is_found_anywhere(void **state)
{
	(void)state;
	assert_string_equal(data("Server", "127.0.0.1:40001"), "127.0.0.1:<PORT>");
	assert_string_equal(data("Address", "[::1]:40001"), "[::1]:<PORT>");
	assert_string_equal(data("ErrorDescription", "connect to 127.0.0.1:40001: refused"),
			    "connect to 127.0.0.1:<PORT>: refused");
	assert_string_equal(data("Server", "web1:8080"), "web1:8080");
	assert_string_equal(data("Server", "128.0.0.1:8080"), "128.0.0.1:8080");
}

static void
guids_are_found_in_either_spelling_anywhere(void **state)
{
	static const char bare[] = "0f0e0d0c-0b0a-0908-0706-050403020100";
	char text[128];

	(void)state;
	assert_string_equal(data("Note", bare), "<GUID>");
	snprintf(text, sizeof(text), "id={%s};", bare);
	assert_string_equal(data("Note", text), "id=<GUID>;");
	snprintf(text, sizeof(text), "%sa", bare);
	assert_string_equal(data("Note", text), text);
	assert_string_equal(data("Note", "a-b-c-d-e"), "a-b-c-d-e");
}

static void
parts_of_cookies_uris_and_hints_are_found(void **state)
{
	(void)state;
	assert_string_equal(header("Set-Cookie", "ARRAffinity=abc;Path=/;expires=Wed, 1;Secure"),
			    "ARRAffinity=<OPAQUE>;Path=/;expires=<HTTPDATE>;Secure");
	assert_string_equal(data("TokenUri", "pkcs11:token=Badge;serial=00ab;model=x"),
			    "pkcs11:token=Badge;serial=<SERIAL>;model=x");
	assert_string_equal(data("Hint", "expired 120 days ago by this clock"),
			    "expired <DURATION> ago by this clock");
	assert_string_equal(data("Hint", "key id 0123456789abcdef0123456789abcdef01234567, 3 of 4"),
			    "key id <HASH>, 3 of 4");
	assert_string_equal(split(VOLATILE_IN_DATA, "SECURITY_REVOCATION_SOURCE", "Source",
				  "/srv/x.1/pki/crl.pem"), "<PATH>/crl.pem");
}

static void
certificates_are_found_by_their_form(void **state)
{
	char text[400] = "MII";

	(void)state;
	memset(text + 3, 'A', 300);
	text[303] = '\0';
	assert_string_equal(data("Note", text), "<CERT>");
	assert_string_equal(data("Note", "MIIA"), "MIIA");
	assert_string_equal(data("Note", "x -----BEGIN CERTIFICATE-----\nMIIBAAAAAAAAAAAAAAAAAAAA\n"
					 "-----END CERTIFICATE----- y"), "x <CERT> y");
}

static void
what_a_normalised_trace_holds_is_read_back_as_its_class(void **state)
{
	(void)state;
	assert_string_equal(data("ContextId", "{ACTIVITY-1}"), "<ACTIVITY>");
	assert_string_equal(data("Server", "127.0.0.1:{PORT-2}"), "127.0.0.1:<PORT>");
	assert_string_equal(data("Note", "see {guid-3} at {HTTPDATE}"), "see <GUID> at <HTTPDATE>");
	assert_string_equal(data("Note", "{NOCLASS-1} {GUID-} {GUID}"),
			    "{NOCLASS-1} {GUID-} {GUID}");
}

static void
normalising_twice_is_the_same_as_once(void **state)
{
	struct rules *rules = rules_new();

	(void)state;
	save_story("a.xml", &run_a, "200");
	save_normalised("a.xml", "n.xml", rules);
	char *once = normalised("a.xml", rules), *twice = normalised("n.xml", rules);

	assert_string_equal(once, twice);
	free(once);
	free(twice);
	rules_free(rules);
}

static void
two_runs_of_one_story_have_the_same_normalised_form(void **state)
{
	struct rules *rules = rules_new();

	(void)state;
	save_story("a.xml", &run_a, "200");
	save_story("b.xml", &run_b, "200");
	char *a = normalised("a.xml", rules), *b = normalised("b.xml", rules);

	assert_string_equal(a, b);
	assert_null(strstr(a, "\r"));
	assert_null(strstr(a, run_a.activity));
	assert_non_null(strstr(a, "<Data Name=\"ContextId\">{ACTIVITY-1}</Data>"));
	assert_non_null(strstr(a, "a=1&amp;b=2"));
	free(a);
	free(b);
	rules_free(rules);
}

static void
a_guid_without_braces_keeps_its_spelling(void **state)
{
	struct rules *rules = rules_new();

	(void)state;
	save_story("a.xml", &run_a, "200");
	char *a = normalised("a.xml", rules);

	assert_non_null(strstr(a, "<Data Name=\"HeaderValue\">{guid-1}</Data>"));
	assert_non_null(strstr(a, "fp:logId=\"{guid-1}\""));
	free(a);
	rules_free(rules);
}

static void
a_value_with_a_tolerance_is_kept(void **state)
{
	static const char text[] = "frebdiff 1\ntolerance attr.timeTaken 25% min 16ms\n";
	char *error;
	struct rules *rules = rules_parse("test", text, strlen(text), &error), *plain = rules_new();

	(void)state;
	save_story("a.xml", &run_a, "200");
	assert_non_null(rules);
	char *kept = normalised("a.xml", rules), *masked = normalised("a.xml", plain);

	assert_non_null(strstr(kept, "timeTaken=\"77\""));
	assert_non_null(strstr(masked, "timeTaken=\"0\""));
	free(kept);
	free(masked);
	rules_free(rules);
	rules_free(plain);
}

static void
characters_that_parsers_would_change_survive(void **state)
{
	struct rules *rules = rules_new();
	struct buf out = BUF_INIT, d = BUF_INIT;

	(void)state;
	put_root(&out, &run_a, "200");
	put_data(&d, "Note", "a&#13;b &lt;c&gt; &quot;d&quot; &apos;e&apos; &amp;amp; \xC3\xA9");
	put_event(&out, &run_a, "X", buf_text(&d));
	buf_done(&d);
	save("a.xml", &out);
	save_normalised("a.xml", "n.xml", rules);
	struct freb_file *f = open_trace("n.xml");
	const struct freb_data *note = freb_data_get(freb_event(f, 0), "Note");

	assert_non_null(note);
	assert_string_equal(note->value, "a\rb <c> \"d\" 'e' &amp; \xC3\xA9");
	freb_close(f);
	rules_free(rules);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_values_are_volatile_by_the_name_of_their_data),
		cmocka_unit_test(durations_are_volatile_by_the_ending_of_their_name),
		cmocka_unit_test(sizes_are_volatile_only_where_certificates_make_them),
		cmocka_unit_test(an_empty_value_has_no_volatile_part),
		cmocka_unit_test(ports_are_found_in_urls_and_lists_of_addresses),
		cmocka_unit_test(a_port_behind_a_loopback_address_is_found_anywhere),
		cmocka_unit_test(guids_are_found_in_either_spelling_anywhere),
		cmocka_unit_test(parts_of_cookies_uris_and_hints_are_found),
		cmocka_unit_test(certificates_are_found_by_their_form),
		cmocka_unit_test(what_a_normalised_trace_holds_is_read_back_as_its_class),
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
		IN_FOLDER(normalising_twice_is_the_same_as_once),
		IN_FOLDER(two_runs_of_one_story_have_the_same_normalised_form),
		IN_FOLDER(a_guid_without_braces_keeps_its_spelling),
		IN_FOLDER(a_value_with_a_tolerance_is_kept),
		IN_FOLDER(characters_that_parsers_would_change_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
