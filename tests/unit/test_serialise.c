/* SPDX-License-Identifier: MIT */
/*
 * test_serialise - records to XML, byte for byte: the root, an event, texts of
 * numbers, times, and preambles that are rendered once.
 */
#include <config.h>

#include "trace/serialise.h"

#include "tests/unit/traces.h"

static void
assert_has(const char *xml, const char *part)
{
	if (!strstr(xml, part))
		fail_msg("not found: %s\nin: %s", part, xml);
}

/* Sets the times of all records: 2026-06-08T19:54:51.596Z and 7 ms more each. */
static void
set_times(struct trace *t)
{
	uint64_t ns = 1780948491596000000u;
	struct record_head head;

	for (size_t at = 0; at < t->end; at += head.size) {
		memcpy(&head, t->records.data + at, sizeof(head));
		head.time_ns = ns;
		memcpy(t->records.data + at, &head, sizeof(head));
		ns += 7000000;
	}
}

/* ---- literal expectations ---- */

#define HEAD                                                                            \
	"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"                               \
	"<?xml-stylesheet type='text/xsl' href='freb.xsl'?>\r\n"                        \
	"<!-- saved from url=(0014)about:internet -->\r\n"
#define ACTIVITY "{4000000A-0001-FB00-B63F-84710C7967BB}"
#define IN "               "

static void
the_root_is_written_as_iis_writes_it(void **state)
{
	struct trace *t = new_trace();
	char *xml = xml_of(t);

	(void)state;
	assert_string_equal(xml, HEAD
		"<failedRequest url=\"https://www.example.com:443/a?b=c&amp;d\"\r\n"
		IN "siteId=\"3\"\r\n"
		IN "appPoolId=\"farm\"\r\n"
		IN "processId=\"4711\"\r\n"
		IN "verb=\"GET\"\r\n"
		IN "remoteUserName=\"\"\r\n"
		IN "userName=\"alice\"\r\n"
		IN "tokenUserName=\"E\\alice\"\r\n"
		IN "authenticationType=\"SSL/PCT\"\r\n"
		IN "activityId=\"" ACTIVITY "\"\r\n"
		IN "failureReason=\"STATUS_CODE\"\r\n"
		IN "statusCode=\"502.3\"\r\n"
		IN "triggerStatusCode=\"502.3\"\r\n"
		IN "timeTaken=\"78\"\r\n"
		IN "xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\"\r\n"
		IN ">\r\n"
		"</failedRequest>");
	free(xml);
	trace_free(t);
}

static void
without_a_user_the_root_has_the_glued_line_of_iis(void **state)
{
	struct trace *t = new_trace();
	char *xml;

	(void)state;
	t->meta.has_user = false;
	t->meta.reason = TRACE_REASON_TIME_TAKEN;
	t->meta.substatus = 0;
	t->meta.trigger_status = t->meta.trigger_substatus = 0;
	xml = xml_of(t);
	assert_has(xml, IN "verb=\"GET\"\r\n" IN "authenticationType=\"NOT_AVAILABLE\"" IN
		   "activityId=\"" ACTIVITY "\"\r\n" IN "failureReason=\"TIME_TAKEN\"\r\n"
		   IN "statusCode=\"502\"\r\n" IN "triggerStatusCode=\"0\"\r\n");
	assert_null(strstr(xml, "serName"));
	free(xml);
	trace_free(t);
}

static void
own_attributes_stand_between_time_taken_and_the_namespace(void **state)
{
	struct trace *t = new_trace();
	char *xml;

	(void)state;
	t->meta.client = "CN=\"Alice\" <a&b>";
	t->meta.log_id = "4000000a";
	xml = xml_of(t);
	assert_has(xml, IN "timeTaken=\"78\"\r\n" IN "xmlns:fp=\"urn:frebproxy:trace:1\"\r\n"
		   IN "fp:client=\"CN=&quot;Alice&quot; &lt;a&amp;b&gt;\"\r\n"
		   IN "fp:logId=\"4000000a\"\r\n" IN "xmlns:freb=");
	free(xml);
	trace_free(t);
}

static void
an_event_is_written_as_iis_writes_it(void **state)
{
	struct trace *t = new_trace();
	char *xml, *event;

	(void)state;
	TRACE(t, MODULE_SET_RESPONSE_ERROR_STATUS, .ModuleName = "IIS Web Core",
	      .Notification = TE_NOTIFICATION_BEGIN_REQUEST, .HttpStatus = 403,
	      .HttpReason = "Forbidden", .HttpSubStatus = 16,
	      .ErrorCode = TE_ERROR_CERT_CHAINING);
	set_times(t);
	xml = xml_of(t);
	event = strstr(xml, "<Event ");
	assert_non_null(event);
	assert_string_equal(event,
		"<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n"
		" <System>\r\n"
		"  <Provider Name=\"WWW Server\""
		" Guid=\"{3A2A4E84-4C21-4981-AE10-3FDA0D9B0F83}\"/>\r\n"
		"  <EventID>0</EventID>\r\n  <Version>1</Version>\r\n  <Level>3</Level>\r\n"
		"  <Opcode>16</Opcode>\r\n  <Keywords>0x100</Keywords>\r\n"
		"  <TimeCreated SystemTime=\"2026-06-08T19:54:51.596Z\"/>\r\n"
		"  <Correlation ActivityID=\"" ACTIVITY "\"/>\r\n"
		"  <Execution ProcessID=\"4711\" ThreadID=\"4712\"/>\r\n"
		"  <Computer>pr&lt;o&gt;xy</Computer>\r\n </System>\r\n <EventData>\r\n"
		"  <Data Name=\"ContextId\">" ACTIVITY "</Data>\r\n"
		"  <Data Name=\"ModuleName\">IIS Web Core</Data>\r\n"
		"  <Data Name=\"Notification\">1</Data>\r\n"
		"  <Data Name=\"HttpStatus\">403</Data>\r\n"
		"  <Data Name=\"HttpReason\">Forbidden</Data>\r\n"
		"  <Data Name=\"HttpSubStatus\">16</Data>\r\n"
		"  <Data Name=\"ErrorCode\">2148204810</Data>\r\n"
		"  <Data Name=\"ConfigExceptionInfo\"></Data>\r\n"
		" </EventData>\r\n <RenderingInfo Culture=\"en-US\">\r\n"
		"  <Opcode>MODULE_SET_RESPONSE_ERROR_STATUS</Opcode>\r\n"
		"  <Keywords>\r\n   <Keyword>RequestNotifications</Keyword>\r\n  </Keywords>\r\n"
		"  <freb:Description Data=\"Notification\">BEGIN_REQUEST</freb:Description>\r\n"
		"  <freb:Description Data=\"ErrorCode\">"
		"A certificate chain could not be built to a "
		"trusted root authority.\r (0x800b010a)</freb:Description>\r\n"
		" </RenderingInfo>\r\n"
		" <ExtendedTracingInfo"
		" xmlns=\"http://schemas.microsoft.com/win/2004/08/events/trace\">\r\n"
		"  <EventGuid>{002E91E3-E7AE-44AB-8E07-99230FFA6ADE}</EventGuid>\r\n"
		" </ExtendedTracingInfo>\r\n</Event>\r\n</failedRequest>");
	free(xml);
	trace_free(t);
}

static void
the_truncation_event_has_no_data_and_version_0(void **state)
{
	struct trace *t = new_trace();
	char *xml;

	(void)state;
	t->options.max_bytes = 1;
	TRACE(t, GENERAL_REQUEST_START);
	xml = xml_of(t);
	assert_has(xml, "<EventID>0</EventID>\r\n  <Version>0</Version>\r\n  <Level>3</Level>\r\n"
		   "  <Opcode>0</Opcode>\r\n  <Keywords>0x0</Keywords>\r\n");
	assert_has(xml, " <EventData>\r\n </EventData>\r\n <RenderingInfo Culture=\"en-US\">\r\n"
		   "  <Opcode>LOG_FILE_MAX_SIZE_TRUNCATE</Opcode>\r\n </RenderingInfo>\r\n");
	assert_has(xml, "<EventGuid>{00000000-0000-0000-0000-000000000000}</EventGuid>");
	free(xml);
	trace_free(t);
}

static void
descriptions_come_from_the_table_the_caller_or_not_at_all(void **state)
{
	struct trace *t = new_trace();
	char *xml;

	(void)state;
	TRACE(t, AUTH_START, .AuthTypeSupported = TE_AUTHTYPE_MAPCLICERT);
	TRACE(t, CONNECTION_END, .Reason = 2, .Reason_text = "the client's reset");
	TRACE(t, AUTH_TOKEN_IDENTITY_END, .Grade = "E2", .Grade_text = "on a token");
	TRACE(t, GENERAL_FLUSH_RESPONSE_END, .ErrorCode = 0);
	xml = xml_of(t);
	assert_has(xml, "Data=\"AuthTypeSupported\">MapCliCert</freb:Description>");
	assert_has(xml, "<Data Name=\"Reason\">2</Data>");
	assert_has(xml, "Data=\"Reason\">the client&apos;s reset</freb:Description>");
	assert_has(xml, "<Data Name=\"Grade\">E2</Data>");
	assert_has(xml, "Data=\"Grade\">on a token</freb:Description>");
	assert_has(xml, ">The operation completed successfully.\r (0x0)</freb:Description>");
	free(xml);
	trace_reset(t);
	TRACE(t, CONNECTION_END, .Reason = 2);
	TRACE(t, UPSTREAM_CONNECT_END, .ErrorCode = TE_ERROR_WINHTTP_CANNOT_CONNECT);
	TRACE(t, SECURITY_HANDSHAKE_END, .ErrorCode = -110);
	TRACE(t, AUTH_START, .AuthTypeSupported = 77);
	xml = xml_of(t);
	assert_has(xml, "<Data Name=\"ErrorCode\">2147954429</Data>");
	assert_has(xml, "<Data Name=\"ErrorCode\">-110</Data>");
	assert_null(strstr(xml, "freb:Description"));
	free(xml);
	trace_free(t);
}

static void
numbers_keep_their_whole_range(void **state)
{
	struct trace *t = new_trace();
	char *xml;

	(void)state;
	TRACE(t, GENERAL_REQUEST_START, .SiteId = UINT32_MAX, .ConnId = UINT64_MAX);
	TRACE(t, SECURITY_HANDSHAKE_END, .ErrorCode = INT32_MIN);
	TRACE(t, USER_SET, .SupportsIsInRole = true);
	xml = xml_of(t);
	assert_has(xml, "<Data Name=\"SiteId\">4294967295</Data>");
	assert_has(xml, "<Data Name=\"ConnId\">18446744073709551615</Data>");
	assert_has(xml, "<Data Name=\"ErrorCode\">-2147483648</Data>");
	assert_has(xml, "<Data Name=\"SupportsIsInRole\">true</Data>");
	free(xml);
	trace_free(t);
}

static void
times_follow_the_clock_and_never_go_back(void **state)
{
	struct trace *t = new_trace();
	struct record_head head;
	char *xml;

	(void)state;
	for (int i = 0; i < 3; i++)
		TRACE(t, GENERAL_READ_ENTITY_START);
	set_times(t);
	memcpy(&head, t->records.data, sizeof(head));
	head.time_ns = 1780948491999999999u;	/* after the second */
	memcpy(t->records.data, &head, sizeof(head));
	head.time_ns += 60000000001u;
	memcpy(t->records.data + 2 * head.size, &head, sizeof(head));
	xml = xml_of(t);
	assert_null(strstr(xml, "19:54:51.603Z"));
	assert_has(xml, "SystemTime=\"2026-06-08T19:54:51.999Z\"");
	assert_has(xml, "SystemTime=\"2026-06-08T19:55:52.000Z\"");
	free(xml);
	trace_free(t);
}

/* ---- preambles ---- */

static size_t
occurrences(const char *xml, const char *part)
{
	size_t n = 0;

	for (const char *at = strstr(xml, part); at; at = strstr(at + 1, part))
		n++;
	return n;
}

/* Makes fresh what t is, with a preamble of its own that was never rendered. */
static void
copy_trace(struct trace *fresh, const struct trace *t)
{
	fresh->meta = t->meta;
	fresh->preamble = new_preamble();
	assert_int_equal(fresh->preamble->len, t->preamble->len);
	memcpy(fresh->preamble->records, t->preamble->records, t->preamble->len);
	fresh->preamble->last_ns = t->preamble->last_ns;
	buf_put(&fresh->records, t->records.data, t->end);
	fresh->end = t->end;
}

static void
a_preamble_is_the_same_with_each_trace_but_for_its_guid(void **state)
{
	static const char *const guids[] = {
		"{11111111-1111-1111-1111-111111111111}", "{22222222-2222-2222-2222-222222222222}",
		"{33333333-3333-3333-3333-333333333333}", "{44444444-4444-4444-4444-444444444444}",
	};
	struct serialiser *s = new_serialiser();
	struct trace_preamble *p = new_preamble();

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		struct trace *t = trace_behind(p, (uint8_t)(0x11 * (i + 1)));
		struct trace *fresh = trace_new(&everything);
		char *xml = xml_with(s, t), *expected;

		/* The root, and two for each event. */
		assert_int_equal(occurrences(xml, guids[i]), 7);
		assert_int_equal(occurrences(xml, "<Event "), 3);
		/* Rendered once, copied later: no difference is to be seen. */
		copy_trace(fresh, t);
		expected = xml_with(s, fresh);
		assert_string_equal(xml, expected);
		free(expected);
		free(xml);
		trace_free(fresh);
		trace_free(t);
		assert_true((p->xml != NULL) == (i > 0));
	}
	trace_preamble_unref(p);
	assert_int_equal(atomic_load(&trace_preamble_cached), 0);
	serialiser_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_written_as_iis_writes_it),
		cmocka_unit_test(without_a_user_the_root_has_the_glued_line_of_iis),
		cmocka_unit_test(own_attributes_stand_between_time_taken_and_the_namespace),
		cmocka_unit_test(an_event_is_written_as_iis_writes_it),
		cmocka_unit_test(the_truncation_event_has_no_data_and_version_0),
		cmocka_unit_test(descriptions_come_from_the_table_the_caller_or_not_at_all),
		cmocka_unit_test(numbers_keep_their_whole_range),
		cmocka_unit_test(times_follow_the_clock_and_never_go_back),
		cmocka_unit_test(a_preamble_is_the_same_with_each_trace_but_for_its_guid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
