/* SPDX-License-Identifier: MIT */
/*
 * test_trace - recording events: what is wanted, what is copied, what is
 * dropped.  Records are read back as XML.
 */
#include <config.h>

#include "trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/record.h"
#include "trace/serialise.h"

static const struct trace_options everything = {
	.verbosity = 5, .own_areas = ~0u, .iis_areas = ~0u, .max_bytes = SIZE_MAX,
};

/* The XML of t; free(). */
static char *
xml_of(struct trace *t)
{
	struct serialise_who who = { .process_id = 1, .thread_id = 2, .computer = "host" };
	struct serialiser *s = serialiser_new(&who);
	struct buf out = BUF_INIT;

	assert_non_null(s);
	assert_int_equal(serialise_trace(s, t, &out), 0);
	serialiser_free(s);
	return buf_take(&out);
}

static void
assert_in_xml(struct trace *t, const char *part)
{
	char *xml = xml_of(t);

	if (!strstr(xml, part))
		fail_msg("not found: %s\nin: %s", part, xml);
	free(xml);
}

/* The k-th record's head. */
static struct record_head
head_of(const struct trace *t, size_t k)
{
	struct record_head head;
	size_t at = 0;

	do {
		assert_true(at + sizeof(head) <= t->end);
		memcpy(&head, t->records.data + at, sizeof(head));
		at += head.size;
	} while (k-- > 0);
	return head;
}

/* ---- recording ---- */

static void
strings_are_copied(void **state)
{
	struct trace *t = trace_new(&everything);
	char url[] = "https://a:443/", name[] = "Host", value[] = "b";

	(void)state;
	TRACE(t, GENERAL_REQUEST_START, .RequestURL = url);
	TRACE(t, GENERAL_SET_REQUEST_HEADER, .HeaderName = { name, 4 },
	      .HeaderValue = { value, 1 });
	memset(url, 'x', sizeof(url) - 1);
	memset(name, 'x', sizeof(name) - 1);
	memset(value, 'x', sizeof(value) - 1);
	assert_in_xml(t, "<Data Name=\"RequestURL\">https://a:443/</Data>");
	assert_in_xml(t, "<Data Name=\"HeaderName\">Host</Data>");
	assert_in_xml(t, "<Data Name=\"HeaderValue\">b</Data>");
	trace_free(t);
}

static void
misses_are_zero_or_empty(void **state)
{
	struct trace *t = trace_new(&everything);

	(void)state;
	TRACE(t, GENERAL_REQUEST_START);
	TRACE(t, GENERAL_SET_REQUEST_HEADER);
	TRACE(t, CONNECTION_END);
	assert_in_xml(t, "<Data Name=\"SiteId\">0</Data>");
	assert_in_xml(t, "<Data Name=\"AppPoolId\"></Data>");
	assert_in_xml(t, "<Data Name=\"HeaderValue\"></Data>");
	assert_in_xml(t, "<Data Name=\"Replace\">false</Data>");
	assert_in_xml(t, "<Data Name=\"Reason\">0</Data>");
	trace_free(t);
}

static int evaluated;

static const char *
count_evaluation(void)
{
	evaluated++;
	return "seen";
}

static void
arguments_are_evaluated_only_if_the_event_is_wanted(void **state)
{
	struct trace_options o = everything;
	struct trace *t;

	(void)state;
	o.verbosity = 4;
	t = trace_new(&o);
	evaluated = 0;
	TRACE(NULL, GENERAL_REQUEST_START, .RequestURL = count_evaluation());
	TRACE(t, PRE_BEGIN_REQUEST_START, .ModuleName = count_evaluation());
	assert_int_equal(evaluated, 0);
	assert_int_equal(trace_count(t), 0);
	TRACE_AT(t, TE_WARNING, PRE_BEGIN_REQUEST_START, .ModuleName = count_evaluation());
	assert_int_equal(evaluated, 1);
	assert_int_equal(trace_count(t), 1);
	trace_free(t);
}

static void
verbosity_and_areas_choose_the_events(void **state)
{
	struct trace_options o = { .verbosity = 3, .own_areas = 0x2, .iis_areas = 0 };
	struct trace *t = trace_new(&o);

	(void)state;
	assert_true(trace_is_wanted(t, TE_GENERAL_REQUEST_START, TE_ALWAYS));
	assert_false(trace_is_wanted(t, TE_GENERAL_REQUEST_HEADERS, TE_INFO));
	assert_true(trace_is_wanted(t, TE_SECURITY_ALERT, TE_WARNING));
	assert_false(trace_is_wanted(t, TE_SECURITY_CHAIN_HINT, TE_WARNING));
	assert_false(trace_is_wanted(t, TE_SET_RESPONSE_ERROR_DESCRIPTION, TE_WARNING));
	assert_false(trace_is_wanted(t, TE_COUNT, TE_ALWAYS));
	trace_free(t);
}

static void
a_string_too_long_is_cut_with_a_mark_between_characters(void **state)
{
	struct trace *t = trace_new(&everything);
	size_t len = TRACE_STRING_MAX + 10;
	char *text = malloc(len + 1);
	char *xml, *at;

	(void)state;
	memset(text, 'a', len);
	text[len] = '\0';
	memcpy(text + TRACE_STRING_MAX - 1, "\xc3\xa9", 2);
	TRACE(t, URL_CHANGED, .OldUrl = text);
	xml = xml_of(t);
	at = strstr(xml, "<Data Name=\"OldUrl\">");
	assert_non_null(at);
	at += strlen("<Data Name=\"OldUrl\">");
	assert_int_equal(strspn(at, "a"), TRACE_STRING_MAX - 1);
	assert_memory_equal(at + TRACE_STRING_MAX - 1, "TRUNCATED...</Data>", 19);
	free(xml);
	trace_reset(t);
	TRACE(t, GENERAL_REQUEST_HEADERS, .Headers = { text, len });
	xml = xml_of(t);
	assert_non_null(strstr(xml, "aaaa%C3TRUNCATED...</Data>"));
	free(xml);
	trace_reset(t);
	text[TRACE_STRING_MAX] = '\0';
	text[TRACE_STRING_MAX - 1] = 'a';
	TRACE(t, URL_CHANGED, .OldUrl = text);
	xml = xml_of(t);
	assert_null(strstr(xml, "TRUNCATED"));
	free(xml);
	free(text);
	trace_free(t);
}

static void
times_never_go_backwards(void **state)
{
	struct trace *t = trace_new(&everything);
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		TRACE(t, GENERAL_READ_ENTITY_START);
	/* As if the clock had been set back by a minute. */
	t->last_ns += 60000000000u;
	TRACE(t, GENERAL_READ_ENTITY_START);
	assert_int_equal(trace_count(t), 101);
	for (size_t i = 0; i < 101; i++) {
		struct record_head head = head_of(t, i);

		assert_true(head.time_ns >= last);
		last = head.time_ns;
	}
	assert_true(last == t->last_ns);
	assert_true(trace_start_ns(t) == head_of(t, 0).time_ns);
	trace_free(t);
}

static void
the_worst_level_is_the_lowest_above_zero(void **state)
{
	struct trace *t = trace_new(&everything);

	(void)state;
	assert_int_equal(trace_worst_level(t), 0);
	TRACE(t, GENERAL_REQUEST_START);
	assert_int_equal(trace_worst_level(t), 0);
	TRACE(t, PRE_BEGIN_REQUEST_START);
	assert_int_equal(trace_worst_level(t), 5);
	TRACE(t, SECURITY_ALERT);
	TRACE(t, GENERAL_REQUEST_HEADERS);
	assert_int_equal(trace_worst_level(t), 3);
	TRACE_AT(t, TE_ERROR, SERVER_TOKEN_LOGIN);
	assert_int_equal(trace_worst_level(t), 2);
	trace_free(t);
}

/* ---- limits ---- */

static void
a_full_trace_ends_with_one_truncation_event(void **state)
{
	struct trace_options o = everything;
	struct trace *t;
	size_t count;

	(void)state;
	o.max_bytes = 10000;
	t = trace_new(&o);
	for (int i = 0; i < 50; i++)
		TRACE(t, PRE_BEGIN_REQUEST_START, .ModuleName = "Module");
	count = trace_count(t);
	/* 1,100 and a little for each: FORMAT 4. */
	assert_int_equal(count, 10000 / (1100 + 40 + 16 + 4 + 6) + 1);
	assert_int_equal(head_of(t, count - 1).id, TE_LOG_FILE_MAX_SIZE_TRUNCATE);
	assert_int_equal(head_of(t, count - 1).level, 3);
	assert_int_equal(head_of(t, count - 2).id, TE_PRE_BEGIN_REQUEST_START);
	assert_int_equal(t->dropped, 50 - (count - 1));
	assert_int_equal(trace_worst_level(t), 5);
	trace_reset(t);
	assert_int_equal(trace_count(t), 0);
	TRACE(t, GENERAL_REQUEST_START);
	assert_int_equal(head_of(t, 0).id, TE_GENERAL_REQUEST_START);
	trace_free(t);
}

static void
the_default_limit_is_that_of_iis(void **state)
{
	struct trace_options o = everything;
	struct trace *t;

	(void)state;
	o.max_bytes = 0;
	t = trace_new(&o);
	for (int i = 0; i < 2000; i++)
		TRACE(t, GENERAL_READ_ENTITY_START);
	assert_int_equal(trace_count(t), (1 << 20) / (1100 + 16) + 1);
	trace_free(t);
}

static void
without_memory_the_trace_ends_early_and_stays_whole(void **state)
{
	struct trace *t = trace_new(&everything);
	char *text = malloc(TRACE_STRING_MAX + 1);
	size_t count;

	(void)state;
	memset(text, 'a', TRACE_STRING_MAX);
	text[TRACE_STRING_MAX] = '\0';
	t->records.max = 40000;
	for (int i = 0; i < 10; i++)
		TRACE(t, URL_CHANGED, .OldUrl = text);
	count = trace_count(t);
	assert_int_equal(count, 4);	/* three fit the 64 KiB that hold 40,000 */
	assert_int_equal(head_of(t, count - 1).id, TE_LOG_FILE_MAX_SIZE_TRUNCATE);
	free(text);
	trace_free(t);
}

static void
a_reset_keeps_little_memory_and_the_options(void **state)
{
	struct trace_options o = everything;
	struct trace *t;
	char text[1000];

	(void)state;
	o.verbosity = 4;
	t = trace_new(&o);
	memset(text, 'a', sizeof(text));
	for (int i = 0; i < 1000; i++)
		TRACE(t, GENERAL_REQUEST_HEADERS, .Headers = { text, sizeof(text) });
	assert_true(t->records.cap > 1000000);
	trace_reset(t);
	assert_true(t->records.cap <= 65536);
	for (int i = 0; i < 10; i++)
		TRACE(t, GENERAL_REQUEST_HEADERS, .Headers = { text, sizeof(text) });
	trace_reset(t);
	assert_true(t->records.cap > 0);
	TRACE(t, PRE_BEGIN_REQUEST_START);
	assert_int_equal(trace_count(t), 0);
	assert_int_equal(trace_start_ns(t), 0);
	trace_free(t);
	trace_free(NULL);
}

/* ---- preambles ---- */

static void
a_preamble_is_shared_and_its_times_come_first(void **state)
{
	struct trace *conn = trace_new(&everything);
	struct trace *a = trace_new(&everything), *b = trace_new(&everything);
	struct trace_preamble *p;

	(void)state;
	TRACE(conn, CONNECTION_START, .ConnId = 77);
	conn->last_ns += 3600000000000u;	/* the clock is set back later */
	TRACE(conn, SECURITY_ALERT);
	p = trace_seal(conn);
	assert_int_equal(trace_count(conn), 0);
	trace_free(conn);
	trace_set_preamble(a, p);
	trace_set_preamble(b, p);
	trace_preamble_unref(p);
	TRACE(a, GENERAL_REQUEST_START, .RequestVerb = "GET");
	assert_int_equal(trace_count(a), 1);
	assert_true(trace_start_ns(a) >= a->preamble->last_ns);
	assert_int_equal(trace_worst_level(a), 0);
	assert_in_xml(a, "<Data Name=\"ConnId\">77</Data>");
	trace_free(a);
	assert_in_xml(b, "<Data Name=\"ConnId\">77</Data>");
	trace_reset(b);
	assert_null(b->preamble);
	trace_free(b);
	trace_preamble_unref(NULL);
}

static void
a_preamble_counts_against_the_limit(void **state)
{
	struct trace_options o = everything;
	struct trace *t;
	struct trace_preamble *p;

	(void)state;
	o.max_bytes = 5000;
	t = trace_new(&o);
	TRACE(t, GENERAL_READ_ENTITY_START);
	TRACE(t, GENERAL_READ_ENTITY_START);
	p = trace_seal(t);
	trace_set_preamble(t, p);
	for (int i = 0; i < 5; i++)
		TRACE(t, GENERAL_READ_ENTITY_START);
	assert_int_equal(trace_count(t), 3);
	assert_int_equal(head_of(t, 2).id, TE_LOG_FILE_MAX_SIZE_TRUNCATE);
	trace_preamble_unref(p);
	trace_free(t);
}

/* ---- GUIDs ---- */

static int
compare_guids(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void
guids_differ(void **state)
{
	enum { MANY = 50000 };
	uint8_t (*guids)[16] = malloc(MANY * sizeof(*guids));

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		trace_guid_new(guids[i]);
	qsort(guids, MANY, sizeof(*guids), compare_guids);
	for (size_t i = 1; i < MANY; i++)
		assert_memory_not_equal(guids[i - 1], guids[i], 16);
	free(guids);
}

static void
a_guid_is_written_left_to_right_in_lower_case(void **state)
{
	static const uint8_t guid[16] = {
		0x40, 0, 0, 0x0a, 0, 1, 0xfb, 0, 0xb6, 0x3f, 0x84, 0x71, 0x0c, 0x79, 0x67, 0xbb,
	};
	char text[37];

	(void)state;
	trace_guid_text(guid, text);
	assert_string_equal(text, "4000000a-0001-fb00-b63f-84710c7967bb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(misses_are_zero_or_empty),
		cmocka_unit_test(arguments_are_evaluated_only_if_the_event_is_wanted),
		cmocka_unit_test(verbosity_and_areas_choose_the_events),
		cmocka_unit_test(a_string_too_long_is_cut_with_a_mark_between_characters),
		cmocka_unit_test(times_never_go_backwards),
		cmocka_unit_test(the_worst_level_is_the_lowest_above_zero),
		cmocka_unit_test(a_full_trace_ends_with_one_truncation_event),
		cmocka_unit_test(the_default_limit_is_that_of_iis),
		cmocka_unit_test(without_memory_the_trace_ends_early_and_stays_whole),
		cmocka_unit_test(a_reset_keeps_little_memory_and_the_options),
		cmocka_unit_test(a_preamble_is_shared_and_its_times_come_first),
		cmocka_unit_test(a_preamble_counts_against_the_limit),
		cmocka_unit_test(guids_differ),
		cmocka_unit_test(a_guid_is_written_left_to_right_in_lower_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
