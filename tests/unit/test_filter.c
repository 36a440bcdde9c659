/* SPDX-License-Identifier: MIT */
/*
 * The filter language and the search, over a small trace written here.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/buf.h"
#include "viewer/filter.h"
#include "viewer/glance.h"
#include "viewer/search.h"

static char path[] = P_tmpdir "/test_filter_XXXXXX";
static struct freb_file *file;
static struct facts facts;
static struct dir_entry head;

static void
put_event(struct buf *b, const char *name, int level, const char *time, const char *data)
{
	buf_putf(b, "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n"
		 " <System>\r\n  <Provider Name=\"WWW Server\" "
		 "Guid=\"{3A2A4E84-4C21-4981-AE10-3FDA0D9B0F83}\"/>\r\n"
		 "  <EventID>0</EventID>\r\n  <Level>%d</Level>\r\n  <Opcode>1</Opcode>\r\n"
		 "  <TimeCreated SystemTime=\"2026-06-08T19:54:%sZ\"/>\r\n </System>\r\n"
		 " <EventData>\r\n%s </EventData>\r\n"
		 " <RenderingInfo Culture=\"en-US\">\r\n  <Opcode>%s</Opcode>\r\n"
		 " </RenderingInfo>\r\n</Event>\r\n", level, time, data, name);
}

static void
write_trace(int fd)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "<failedRequest url=\"http://farm.test:80/portal/?id=7\" siteId=\"2\" "
		 "processId=\"41\" verb=\"GET\" failureReason=\"STATUS_CODE\" statusCode=\"502.3\" "
		 "triggerStatusCode=\"502.3\" timeTaken=\"8001\" "
		 "xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\">\r\n");
	put_event(&b, "GENERAL_REQUEST_START", 0, "51.000", "  <Data Name=\"SiteId\">2</Data>\r\n");
	put_event(&b, "GENERAL_SET_REQUEST_HEADER", 4, "51.001",
		  "  <Data Name=\"HeaderName\">Host</Data>\r\n"
		  "  <Data Name=\"HeaderValue\">web2:8080</Data>\r\n");
	put_event(&b, "MODULE_SET_RESPONSE_ERROR_STATUS", 3, "59.000",
		  "  <Data Name=\"ModuleName\">ApplicationRequestRouting</Data>\r\n"
		  "  <Data Name=\"HttpStatus\">502</Data>\r\n"
		  "  <Data Name=\"HttpSubStatus\">3</Data>\r\n"
		  "  <Data Name=\"ErrorCode\">2147954429</Data>\r\n");
	put_event(&b, "GENERAL_REQUEST_END", 0, "59.001",
		  "  <Data Name=\"Note\">a &amp; b</Data>\r\n");
	buf_puts(&b, "</failedRequest>");
	assert_int_equal(write(fd, b.data, b.len), (ssize_t)b.len);
	buf_done(&b);
}

static int
open_trace(void **state)
{
	char *error = NULL;
	int fd = mkstemp(path);

	(void)state;
	write_trace(fd);
	close(fd);
	if (freb_open(path, &file, &error) != 0 || freb_index_all(file) != 0)
		return -1;
	facts_gather(&facts, file);
	head = (struct dir_entry){
		.path = path, .file = "fr000070.xml", .size = 5000, .time_ms = 1780948491000,
	};
	dir_describe(freb_root(file), &head);
	return 0;
}

static int
close_trace(void **state)
{
	(void)state;
	facts_done(&facts);
	freb_close(file);
	unlink(path);
	return 0;
}

/* Bits of the events that pass, lowest bit first event. */
static unsigned int
events(const char *text)
{
	char *error = NULL;
	struct filter *f = filter_new(text, &error);
	unsigned int bits = 0;

	if (!f)
		fail_msg("%s: %s", text, error);
	for (size_t e = 0; e < freb_count(file); e++) {
		struct filter_subject s = { .trace = &head, .facts = &facts, .file = file,
					    .event = e };

		bits |= (unsigned int)filter_event(f, &s) << e;
	}
	filter_free(f);
	return bits;
}

static bool
trace(const char *text)
{
	char *error = NULL;
	struct filter *f = filter_new(text, &error);
	struct filter_subject s = { .trace = &head, .facts = &facts };

	if (!f)
		fail_msg("%s: %s", text, error);
	bool yes = filter_trace(f, &s);
	filter_free(f);
	return yes;
}

static void
assert_refused(const char *text, const char *why)
{
	char *error = NULL;
	struct filter *f = filter_new(text, &error);

	assert_null(f);
	assert_non_null(error);
	if (!strstr(error, why))
		fail_msg("%s: said \"%s\", not \"%s\"", text, error, why);
	free(error);
}

static void
a_word_is_looked_for_anywhere_in_an_event(void **state)
{
	(void)state;
	assert_int_equal(events("host"), 2);
	assert_int_equal(events("web2:8080"), 2);
	assert_int_equal(events("general"), 11);
	assert_int_equal(events("\"a & b\""), 8);
	assert_int_equal(events("General"), 0);	/* a capital letter means just that */
}

static void
levels_compare_by_severity_and_level_0_is_none(void **state)
{
	(void)state;
	assert_int_equal(events("level<=3"), 4);
	assert_int_equal(events("level<=5"), 6);
	assert_int_equal(events("level=warning"), 4);
	assert_int_equal(events("level>3"), 2);
}

static void
data_and_names_are_compared(void **state)
{
	(void)state;
	assert_int_equal(events("data.ErrorCode=2147954429"), 4);
	assert_int_equal(events("data.HttpStatus>=500"), 4);
	assert_int_equal(events("op=GENERAL_REQUEST_END"), 8);
	assert_int_equal(events("op~^general_"), 11);
	assert_int_equal(events("op!~^general_"), 4);
	assert_int_equal(events("module=applicationrequestrouting"), 4);
	assert_int_equal(events("text~\"^web\""), 2);
	assert_int_equal(events("data.None=1"), 0);
}

static void
times_numbers_and_gaps_are_compared(void **state)
{
	(void)state;
	assert_int_equal(events("gap>5s"), 4);
	assert_int_equal(events("t>=8s"), 12);
	assert_int_equal(events("no=2"), 2);
	assert_int_equal(events("span>1s"), 9);
}

static void
conditions_combine_as_in_c(void **state)
{
	(void)state;
	assert_int_equal(events("no=1 || no=2 && level=4"), 3);
	assert_int_equal(events("(no=1 or no=2) and level=4"), 2);
	assert_int_equal(events("!op~general"), 4);
	assert_int_equal(events("not no=1 general"), 10);
	assert_int_equal(events("no=1 or not (no=2 or no=3)"), 9);
}

static void
traces_are_chosen_by_their_head_and_facts(void **state)
{
	(void)state;
	assert_true(trace("status=502"));
	assert_true(trace("status=502.3"));
	assert_true(trace("status=5xx"));
	assert_true(trace("status>=500"));
	assert_false(trace("status=502.4"));
	assert_false(trace("status<500"));
	assert_true(trace("taken>5s && url~/portal/"));
	assert_true(trace("warnings=1 && errors=0"));
	assert_true(trace("size>=4k"));
	assert_true(trace("site=2 pid=41"));
	assert_true(trace("portal"));
	assert_false(trace("elsewhere"));
	assert_true(trace("time>2026-06-08 && time<2026-06-09"));
	assert_false(trace("damaged=yes"));
	assert_false(trace("issuer=x"));
}

/* Ten thousand files are not opened for what their heads tell. */
static void
only_what_no_head_tells_needs_a_look_inside(void **state)
{
	static const struct {
		const char *text;
		bool foreign, ours;	/* in a trace of IIS without user, in one of ours */
	} cases[] = {
		{ "status=5xx && url~x && taken>1s && site=2 && pid=1", false, false },
		{ "client~Kuhn", true, false }, { "server=web2", true, false },
		{ "errors>0", true, true }, { "status=200 || issuer~CA", true, true },
		{ "portal", false, false },
	};
	struct dir_entry foreign = { .status = (char *)"200" }, ours = { .ours = true };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *error = NULL;
		struct filter *f = filter_new(cases[i].text, &error);

		assert_non_null(f);
		assert_int_equal(filter_asks_facts(f, &foreign), cases[i].foreign);
		assert_int_equal(filter_asks_facts(f, &ours), cases[i].ours);
		filter_free(f);
	}
}

static void
a_filter_names_a_word_that_every_match_has(void **state)
{
	static const char *const cases[][2] = {
		{ "data.ErrorCode=2147954429", "2147954429" }, { "data.ErrorCode=12", "ErrorCode" },
		{ "data.Header!=x", "Header" }, { "status=502 && data.Server~web", "Server" },
		{ "data.A=1 || data.B=2", NULL }, { "!data.A=1", NULL }, { "op=X", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *error = NULL;
		struct filter *f = filter_new(cases[i][0], &error);

		assert_non_null(f);
		if (cases[i][1])
			assert_string_equal(filter_word(f), cases[i][1]);
		else
			assert_null(filter_word(f));
		filter_free(f);
	}
}

/* What could hide a word must not make it look absent. */
static void
a_glance_says_no_only_where_it_is_certain(void **state)
{
#define ROOT "<?xml version=\"1.0\"?><!-- x --><failedRequest>"
	static const struct {
		const char *bytes;
		size_t len;
		bool may;
	} cases[] = {
#define CASE(text, may) { text, sizeof(text) - 1, may }
		CASE(ROOT "<Event>Needle</Event>", true),
		CASE(ROOT "<Event>other</Event>", false),
		CASE(ROOT "<Event>a&#13;&#10;b</Event>", false),
		CASE(ROOT "<Event>&#78;eedle</Event>", true),
		CASE(ROOT "<Event>&#x4E;eedle</Event>", true),
		CASE(ROOT "<Event>Nee<![CDATA[dle]]></Event>", true),
		CASE(ROOT "<Event>Nee<!-- -->dle</Event>", true),
		CASE(ROOT "<Event>Nee<?x?>dle</Event>", true),
		CASE("<?xml version=\"1.0\" encoding=\"UTF-8\"?><failedRequest><Event/>", false),
		CASE("<?xml version=\"1.0\" encoding=\"UTF-7\"?><failedRequest><Event/>", true),
		CASE("\xFF\xFE<\0f\0a\0i\0l\0", true), CASE("no trace at all", true),
#undef CASE
	};
	char name[] = "glance.XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, cases[i].bytes, cases[i].len, 0), cases[i].len);
		if (glance(name, "Needle") != cases[i].may)
			fail_msg("%s", cases[i].bytes);
	}
	assert_true(glance(name, "not a plain word"));
	/* A word on the border of two chunks. */
	char *big = malloc(300000);

	memset(big, ' ', 300000);
	memcpy(big, ROOT, sizeof(ROOT) - 1);
	assert_int_equal(pwrite(fd, big, 300000, 0), 300000);
	assert_false(glance(name, "Needle"));
	for (size_t at = 262144 - 6; at <= 262144; at++) {
		assert_int_equal(pwrite(fd, big, 300000, 0), 300000);
		assert_int_equal(pwrite(fd, "Needle", 6, (off_t)at), 6);
		assert_true(glance(name, "Needle"));
	}
	free(big);
	close(fd);
	unlink(name);
	assert_true(glance(name, "Needle"));
#undef ROOT
}

static void
mistakes_are_named_with_their_place(void **state)
{
	(void)state;
	assert_refused("colour=red", "character 1: unknown field");
	assert_refused("no=1 && ", "a word or a field is missing");
	assert_refused("(no=1", "character 1: the parenthesis is not closed");
	assert_refused("no=1)", "character 5: nothing is expected here");
	assert_refused("level=9", "character 7: a level is 0 to 5");
	assert_refused("taken>long", "a duration is");
	assert_refused("status=5", "a status is");
	assert_refused("op~(", "pattern");
	assert_refused("op=\"x", "the quote is not closed");
	assert_refused("no~1", "~ compares texts only");
	assert_refused("", "missing");
}

static void
what_is_too_long_or_too_deep_is_refused(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_putc(&b, '(');
	assert_refused(b.data, "too deep");
	buf_reset(&b);
	for (int i = 0; i < 100; i++)
		buf_puts(&b, "no=1 ");
	assert_refused(b.data, "too long");
	buf_done(&b);
}

static void
a_hostile_pattern_ends_by_itself(void **state)
{
	char *error = NULL;
	struct search *s = search_new("(a+)+$", &error);
	struct buf b = BUF_INIT;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 5000; i++)
		buf_putc(&b, 'a');
	buf_putc(&b, '!');
	assert_false(search_text(s, b.data));
	buf_done(&b);
	search_free(s);
	assert_null(search_new("(unclosed", &error));
	assert_non_null(strstr(error, "pattern, character"));
	free(error);
	s = search_new("=(literal", &error);
	assert_non_null(s);
	assert_true(search_text(s, "a (literal b"));
	search_free(s);
}

static void
the_culprit_is_the_event_that_set_the_status(void **state)
{
	(void)state;
	assert_int_equal(facts.culprit, 2);
	assert_string_equal(facts.culprit_name, "MODULE_SET_RESPONSE_ERROR_STATUS");
	assert_int_equal(facts.culprit_ms, 8000);
	assert_int_equal(facts.counts.warnings, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_looked_for_anywhere_in_an_event),
		cmocka_unit_test(levels_compare_by_severity_and_level_0_is_none),
		cmocka_unit_test(data_and_names_are_compared),
		cmocka_unit_test(times_numbers_and_gaps_are_compared),
		cmocka_unit_test(conditions_combine_as_in_c),
		cmocka_unit_test(traces_are_chosen_by_their_head_and_facts),
		cmocka_unit_test(only_what_no_head_tells_needs_a_look_inside),
		cmocka_unit_test(a_filter_names_a_word_that_every_match_has),
		cmocka_unit_test(a_glance_says_no_only_where_it_is_certain),
		cmocka_unit_test(mistakes_are_named_with_their_place),
		cmocka_unit_test(what_is_too_long_or_too_deep_is_refused),
		cmocka_unit_test(a_hostile_pattern_ends_by_itself),
		cmocka_unit_test(the_culprit_is_the_event_that_set_the_status),
	};

	return cmocka_run_group_tests(tests, open_trace, close_trace);
}
