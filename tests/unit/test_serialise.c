/* SPDX-License-Identifier: MIT */
/*
 * test_serialise - records to XML, byte for byte.  The grammar is checked
 * twice: by literal expectations here, and by an oracle that was written
 * apart from this project (freb-grammar: FREB_TOOLS, or ../shared/tools),
 * whose tests are skipped where it is not there.
 */
#include <config.h>

#include "trace/serialise.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/escape.h"
#include "trace/freb.h"
#include "trace/record.h"

static const struct trace_options everything = {
	.verbosity = 5, .own_areas = ~0u, .iis_areas = ~0u, .max_bytes = SIZE_MAX,
};

static const struct trace_meta plain = {
	.activity = { 0x40, 0, 0, 0x0a, 0, 1, 0xfb, 0, 0xb6, 0x3f, 0x84, 0x71, 0x0c, 0x79, 0x67, 0xbb },
	.url = "https://www.example.com:443/a?b=c&d", .verb = "GET", .site_id = 3,
	.app_pool_id = "farm", .has_user = true, .user_name = "alice", .token_user_name = "E\\alice",
	.authentication_type = "SSL/PCT", .reason = TRACE_REASON_STATUS_CODE, .status = 502,
	.substatus = 3, .trigger_status = 502, .trigger_substatus = 3, .time_taken_ms = 78,
};

static struct serialiser *
new_serialiser(void)
{
	struct serialise_who who = { .process_id = 4711, .thread_id = 4712, .computer = "pr<o>xy" };
	struct serialiser *s = serialiser_new(&who);

	assert_non_null(s);
	return s;
}

static char *
xml_with(struct serialiser *s, struct trace *t)
{
	struct buf out = BUF_INIT;

	assert_int_equal(serialise_trace(s, t, &out), 0);
	return buf_take(&out);
}

static char *
xml_of(struct trace *t)
{
	struct serialiser *s = new_serialiser();
	char *xml = xml_with(s, t);

	serialiser_free(s);
	return xml;
}

static void
assert_has(const char *xml, const char *part)
{
	if (!strstr(xml, part))
		fail_msg("not found: %s\nin: %s", part, xml);
}

static struct trace *
new_trace(void)
{
	struct trace *t = trace_new(&everything);

	assert_non_null(t);
	t->meta = plain;
	return t;
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
		"  <Provider Name=\"WWW Server\" Guid=\"{3A2A4E84-4C21-4981-AE10-3FDA0D9B0F83}\"/>\r\n"
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
		"  <freb:Description Data=\"ErrorCode\">A certificate chain could not be built to a "
		"trusted root authority.\r (0x800b010a)</freb:Description>\r\n"
		" </RenderingInfo>\r\n"
		" <ExtendedTracingInfo xmlns=\"http://schemas.microsoft.com/win/2004/08/events/trace\">"
		"\r\n  <EventGuid>{002E91E3-E7AE-44AB-8E07-99230FFA6ADE}</EventGuid>\r\n"
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

/* ---- escapes ---- */

static const struct {
	const char *in;		/* bytes */
	size_t len;		/* of .in */
	const char *text;	/* as a wide string's text */
	const char *attribute;	/* as an attribute */
	const char *bytes;	/* as a narrow string */
} escapes[] = {
	{ "plain", 5, "plain", "plain", "plain" },
	{ "&<>\"'", 5, "&amp;&lt;&gt;&quot;&apos;", "&amp;&lt;&gt;&quot;&apos;",
	  "&amp;&lt;&gt;&quot;&apos;" },
	{ "a\tb\r\nc", 6, "a\tb\r\nc", "a%09b%0D%0Ac", "a%09b\r\nc" },
	{ "\0\x01\x1f\x7f%", 5, "%00%01%1F\x7f%", "%00%01%1F\x7f%", "%00%01%1F\x7f%" },
	{ "\xc3\xa9", 2, "\xc3\xa9", "\xc3\xa9", "%C3%A9" },
	{ "\xff\xfe", 2, "%FF%FE", "%FF%FE", "%FF%FE" },
	{ "\xc3", 1, "%C3", "%C3", "%C3" },
	{ "\xc3<", 2, "%C3&lt;", "%C3&lt;", "%C3&lt;" },
	{ "\xc0\xaf", 2, "%C0%AF", "%C0%AF", "%C0%AF" },
	{ "\xe0\x9f\xbf", 3, "%E0%9F%BF", "%E0%9F%BF", "%E0%9F%BF" },
	{ "\xed\xa0\x80", 3, "%ED%A0%80", "%ED%A0%80", "%ED%A0%80" },
	{ "\xef\xbf\xbd", 3, "\xef\xbf\xbd", "\xef\xbf\xbd", "%EF%BF%BD" },
	{ "\xef\xbf\xbe", 3, "%EF%BF%BE", "%EF%BF%BE", "%EF%BF%BE" },
	{ "\xf0\x9f\x94\x91", 4, "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91", "%F0%9F%94%91" },
	{ "\xf0\x8f\xbf\xbf", 4, "%F0%8F%BF%BF", "%F0%8F%BF%BF", "%F0%8F%BF%BF" },
	{ "\xf4\x90\x80\x80", 4, "%F4%90%80%80", "%F4%90%80%80", "%F4%90%80%80" },
	{ "\xf0\x9f\x94", 3, "%F0%9F%94", "%F0%9F%94", "%F0%9F%94" },
};

static void
check_escape(char *(*escape)(char *, const char *, size_t), size_t i, const char *expected)
{
	char out[64];

	memset(out, 0, sizeof(out));
	*escape(out, escapes[i].in, escapes[i].len) = '\0';
	assert_string_equal(out, expected);
	assert_true(strlen(out) <= ESCAPE_MAX * escapes[i].len);
}

static void
bytes_that_xml_forbids_are_written_as_percent_and_hex(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		check_escape(escape_text, i, escapes[i].text);
		check_escape(escape_attribute, i, escapes[i].attribute);
		check_escape(escape_bytes, i, escapes[i].bytes);
	}
}

/* ---- preambles ---- */

static struct trace_preamble *
new_preamble(void)
{
	struct trace *conn = new_trace();
	struct trace_preamble *p;

	TRACE(conn, CONNECTION_START, .ConnId = 9, .RemoteAddress = "10.0.0.1");
	TRACE(conn, SECURITY_ALERT, .Direction = "in", .Alert = TE_ALERT_UNKNOWN_CA);
	p = trace_seal(conn);
	trace_free(conn);
	return p;
}

static struct trace *
trace_behind(struct trace_preamble *p, uint8_t mark)
{
	struct trace *t = new_trace();

	trace_set_preamble(t, p);
	TRACE(t, GENERAL_REQUEST_START, .RequestVerb = "GET");
	memset(t->meta.activity, mark, sizeof(t->meta.activity));
	return t;
}

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

/* ---- the oracle ---- */

static const char hostile[] =
	"<&>\"']]>\x01\x02\x7f\x80\xc3\xa9\xff\xed\xa0\x80\xef\xbf\xbf\r\n\t\v%00-->]]><!--\xf0\x9f\x94\x91";

/* Fills every field of the event, whichever it is, with trouble. */
static void
put_hostile(struct trace *t, enum te_id id)
{
	static const uint8_t guid[16] = { 0xff, 1 };
	const struct te_event *e = te_event(id);
	const char *text = hostile;
	const uint8_t *guid_at = guid;
	struct te_bytes bytes = { hostile, sizeof(hostile) };
	char fields[512] = { 0 };

	for (unsigned int i = 0; i < e->field_count; i++) {
		const struct te_field *f = &e->fields[i];
		char *at = fields + f->offset;

		assert_true(f->offset + sizeof(bytes) <= sizeof(fields));
		if (f->type == TE_STR || f->type == TE_LABEL)
			memcpy(at, &text, sizeof(text));
		else if (f->type == TE_BYTES)
			memcpy(at, &bytes, sizeof(bytes));
		else if (f->type == TE_GUID)
			memcpy(at, &guid_at, sizeof(guid_at));
		else
			memset(at, f->type == TE_BOOL ? 1 : 0xff, f->type == TE_BOOL ? 1 :
			       f->type == TE_U64 ? 8 : 4);
		if (f->text_offset)
			memcpy(fields + f->text_offset, &text, sizeof(text));
	}
	trace_put(t, id, e->level, fields);
}

static struct trace *
hostile_trace(void)
{
	struct trace *t = new_trace();

	for (unsigned int id = 0; id < TE_COUNT; id++)
		put_hostile(t, id);
	assert_int_equal(trace_count(t), TE_COUNT);
	t->meta.url = t->meta.verb = t->meta.app_pool_id = hostile;
	t->meta.user_name = t->meta.remote_user_name = t->meta.token_user_name = hostile;
	t->meta.authentication_type = t->meta.client = t->meta.server = hostile;
	t->meta.farm = t->meta.grade = t->meta.log_id = hostile;
	return t;
}

/* Writes xml to a new file; its name is for the caller to unlink. */
static void
save(const char *xml, char name[static 32])
{
	size_t len = strlen(xml);
	int fd;

	snprintf(name, 32, "/tmp/test_serialise.XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml, len), len);
	close(fd);
}

static bool
find_oracle(char *path, size_t size)
{
	const char *tools = getenv("FREB_TOOLS");
	const char *top = getenv("top_srcdir");

	if (tools)
		snprintf(path, size, "%s/freb-grammar", tools);
	else
		snprintf(path, size, "%s/../shared/tools/freb-grammar", top ? top : ".");
	return access(path, R_OK) == 0;
}

/* Exit status of the oracle on one file; 127 without python3. */
static int
ask_oracle(char *oracle, char *file)
{
	char *const argv[] = { (char []){ "python3" }, oracle, file, NULL };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
check_by_oracle(struct trace *t)
{
	char oracle[4096], file[32];
	char *xml;
	int status;

	if (!find_oracle(oracle, sizeof(oracle))) {
		trace_free(t);
		skip();
	}
	xml = xml_of(t);
	save(xml, file);
	status = ask_oracle(oracle, file);
	unlink(file);
	free(xml);
	trace_free(t);
	if (status == 127)
		skip();
	assert_int_equal(status, 0);
}

static void
every_event_with_hostile_data_passes_the_grammar_oracle(void **state)
{
	(void)state;
	check_by_oracle(hostile_trace());
}

static void
a_hostile_root_without_a_user_passes_the_grammar_oracle(void **state)
{
	struct trace *t = hostile_trace();

	(void)state;
	t->meta.has_user = false;
	check_by_oracle(t);
}

static void
a_trace_behind_a_preamble_passes_the_grammar_oracle(void **state)
{
	struct trace_preamble *p = new_preamble();
	struct trace *t = trace_behind(p, 0xab);

	(void)state;
	trace_preamble_unref(p);
	check_by_oracle(t);
}

static void
every_event_with_hostile_data_is_read_back_undamaged(void **state)
{
	struct trace *t = hostile_trace();
	char *xml = xml_of(t), *error = NULL;
	struct freb_file *f = NULL;
	char file[32];

	(void)state;
	save(xml, file);
	assert_int_equal(freb_open(file, &f, &error), 0);
	assert_int_equal(freb_index_all(f), 0);
	assert_int_equal(freb_damage_count(f), 0);
	assert_int_equal(freb_count(f), TE_COUNT);
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct freb_event *e = freb_event(f, id);

		assert_non_null(e);
		assert_string_equal(e->name, te_event(id)->name);
		if (id == TE_LOG_FILE_MAX_SIZE_TRUNCATE)
			assert_int_equal(e->data_count, 0);
		else
			assert_int_equal(e->data_count, te_event(id)->field_count + 1u);
	}
	freb_close(f);
	unlink(file);
	free(xml);
	trace_free(t);
}

static void
a_limit_of_the_output_is_an_error_not_a_half_file(void **state)
{
	struct serialiser *s = new_serialiser();
	struct trace *t = hostile_trace();
	struct buf out;

	(void)state;
	buf_init(&out, 5000);
	assert_int_equal(serialise_trace(s, t, &out), -EMSGSIZE);
	buf_done(&out);
	trace_free(t);
	serialiser_free(s);
	serialiser_free(NULL);
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
		cmocka_unit_test(bytes_that_xml_forbids_are_written_as_percent_and_hex),
		cmocka_unit_test(a_preamble_is_the_same_with_each_trace_but_for_its_guid),
		cmocka_unit_test(every_event_with_hostile_data_passes_the_grammar_oracle),
		cmocka_unit_test(a_hostile_root_without_a_user_passes_the_grammar_oracle),
		cmocka_unit_test(a_trace_behind_a_preamble_passes_the_grammar_oracle),
		cmocka_unit_test(every_event_with_hostile_data_is_read_back_undamaged),
		cmocka_unit_test(a_limit_of_the_output_is_an_error_not_a_half_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
