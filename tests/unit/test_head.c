/* SPDX-License-Identifier: MIT */
/*
 * test_head - the battery of fixtures/corpus/http/request and /response: one
 * test per file, that it is refused for the reason and at the byte it names,
 * or accepted and understood as it says.  And that no rule lacks an example.
 */
#include <config.h>

#include "core/http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/message.h"

#define PREFIX_MAX 2000		/* longer messages are not cut at every byte */

static struct messages requests, responses, chunked;

/* What a parser made of a message; one of the two is set. */
struct parsed {
	struct http_request *request;
	struct http_response *response;
};

static struct head_limits
limits_of(const struct message *m)
{
	struct head_limits l = HEAD_LIMITS_DEFAULT;
	const char *text = message_fact(m, "limits");

	if (!text)
		return l;
	if (sscanf(text, "line=%zu", &l.line) + sscanf(text, "field=%zu", &l.field) +
	    sscanf(text, "head=%zu", &l.head) + sscanf(text, "fields=%zu", &l.fields) != 1)
		fail_msg("limits: %s: allowed is one of line= field= head= fields=", text);
	return l;
}

static bool
is_request(const struct message *m)
{
	return strncmp(m->name, "request/", 8) == 0;
}

/* A copy of exactly len bytes, so that the sanitizers see a byte too far. */
static int
parse(const struct message *m, size_t len, struct parsed *p, char **copy, struct head_error *err)
{
	struct head_limits limits = limits_of(m);
	const char *method = message_fact(m, "method");

	*copy = malloc(len ? len : 1);
	assert_non_null(*copy);
	memcpy(*copy, buf_text(&m->bytes), len);
	if (is_request(m))
		return head_parse_request(p->request, *copy, len, &limits, err);
	return head_parse_response(p->response, *copy, len,
				   method && strcmp(method, "HEAD") == 0 ? METHOD_HEAD : METHOD_GET,
				   &limits, err);
}

static void
put_body(struct buf *b, enum http_body body, uint64_t length)
{
	static const char *const names[] = {
		[BODY_NONE] = "none", [BODY_LENGTH] = "length ", [BODY_CHUNKED] = "chunked",
		[BODY_CLOSE] = "close",
	};

	buf_puts(b, names[body]);
	if (body == BODY_LENGTH)
		buf_put_u64(b, length);
}

static void
put_fields(struct buf *b, const struct headers *h)
{
	uint64_t n = 0;

	for (size_t i = 0; i < h->count; i++)
		n += !h->at[i].removed;
	buf_put_u64(b, n);
}

static bool
put_request_fact(struct buf *b, const struct http_request *r, const char *key)
{
	if (strcmp(key, "path") == 0)
		message_escape(b, r->path.at, r->path.len);
	else if (strcmp(key, "query") == 0)
		message_escape(b, r->query.at, r->query.len);
	else if (strcmp(key, "host") == 0)
		message_escape(b, r->host.at, r->host.len);
	else if (strcmp(key, "port") == 0)
		buf_put_u64(b, r->port);
	else if (strcmp(key, "body") == 0)
		put_body(b, r->body, r->content_length);
	else if (strcmp(key, "connection") == 0)
		buf_puts(b, r->keep_alive ? "keep" : "close");
	else if (strcmp(key, "expect-continue") == 0)
		buf_puts(b, r->expect_continue ? "yes" : "no");
	else if (strcmp(key, "upgrade") == 0)
		buf_puts(b, r->upgrade ? "yes" : "no");
	else if (strcmp(key, "upgrade-to") == 0)
		message_escape(b, r->upgrade_to.at, r->upgrade_to.len);
	else if (strcmp(key, "fields") == 0)
		put_fields(b, &r->headers);
	else
		return false;
	return true;
}

static bool
put_response_fact(struct buf *b, const struct http_response *r, const char *key)
{
	if (strcmp(key, "status") == 0)
		buf_put_u64(b, r->status);
	else if (strcmp(key, "reason") == 0)
		message_escape(b, r->reason.at, r->reason.len);
	else if (strcmp(key, "body") == 0)
		put_body(b, r->body, r->content_length);
	else if (strcmp(key, "connection") == 0)
		buf_puts(b, r->keep_alive ? "keep" : "close");
	else if (strcmp(key, "has-length") == 0)
		buf_puts(b, r->has_length ? "yes" : "no");
	else if (strcmp(key, "fields") == 0)
		put_fields(b, &r->headers);
	else
		return false;
	return true;
}

/* Every "key: value" of the file must be what the parser found. */
static void
check_facts(const struct message *m, const struct parsed *p)
{
	for (size_t n = 0; message_line(m, n); n++) {
		struct buf found = BUF_INIT;
		char key[32];

		if (sscanf(message_line(m, n), "%31[a-z-]:", key) != 1)
			fail_msg("%s: not \"key: value\"", message_line(m, n));
		if (!strcmp(key, "title") || !strcmp(key, "rule") || !strcmp(key, "limits") ||
		    !strcmp(key, "wire") ||
		    (!strcmp(key, "method") && !is_request(m)))
			continue;
		if (!(is_request(m) ? put_request_fact(&found, p->request, key) :
				      put_response_fact(&found, p->response, key)))
			fail_msg("%s: no such fact", key);
		assert_string_equal(buf_text(&found), message_fact(m, key));
		buf_done(&found);
	}
}

/* Nothing less than the whole head is ever accepted. */
static void
check_prefixes(const struct message *m, struct parsed *p)
{
	size_t from = 0;

	for (size_t len = 0; len < m->bytes.len && m->bytes.len <= PREFIX_MAX; len++) {
		struct head_error err;
		char *copy;

		assert_int_equal(parse(m, len, p, &copy, &err), -1);
		assert_int_not_equal(err.rule, HEAD_OK);
		assert_in_range(err.offset, 0, len);
		assert_int_equal(head_find_end(copy, len, &from), 0);
		free(copy);
	}
}

static void
check_end(const struct message *m)
{
	size_t from = 0, n = head_find_end(buf_text(&m->bytes), m->bytes.len, &from);

	if (m->rule == HEAD_INCOMPLETE)
		assert_int_equal(n, 0);
	else if (m->rule == HEAD_AFTER_END)
		assert_int_equal(n, m->offset);
	else
		assert_true(n > m->offset || m->rule == HEAD_OK);
	if (m->rule == HEAD_OK)
		assert_int_equal(n, m->bytes.len);
}

static void
check_refused(const struct message *m, size_t len, struct parsed *p)
{
	struct head_error err = { HEAD_OK, 0 };
	char *copy;

	assert_int_equal(parse(m, len, p, &copy, &err), -1);
	assert_string_equal(head_rule_name(err.rule), head_rule_name(m->rule));
	assert_int_equal(err.offset, m->offset);
	free(copy);
}

static void
is_read_as_its_file_says(void **state)
{
	const struct message *m = *state;
	struct parsed p = { calloc(1, sizeof(*p.request)), calloc(1, sizeof(*p.response)) };
	struct head_error err = { HEAD_OK, 0 };
	size_t from = 0, n = head_find_end(buf_text(&m->bytes), m->bytes.len, &from);
	char *copy;

	assert_non_null(p.request);
	assert_non_null(p.response);
	check_end(m);
	if (m->rule != HEAD_OK) {
		check_refused(m, m->bytes.len, &p);
		if (n && m->rule != HEAD_AFTER_END)
			check_refused(m, n, &p);	/* as the proxy would see it */
	} else {
		check_prefixes(m, &p);
		if (parse(m, m->bytes.len, &p, &copy, &err) < 0)
			fail_msg("refused: %s at byte %zu", head_rule_name(err.rule), err.offset);
		check_facts(m, &p);
		free(copy);
	}
	free(p.request);
	free(p.response);
}

static void
every_rule_has_a_message_that_breaks_it(void **state)
{
	const struct messages *lists[] = { &requests, &responses, &chunked };
	static const char *const names[] = {
		"OK",
#define HEAD_RULE(id, status, text) #id,
#include "core/http/head.def"
#undef HEAD_RULE
	};

	(void)state;
	for (size_t rule = 0; rule < sizeof(names) / sizeof(names[0]); rule++) {
		size_t found = 0;

		for (size_t l = 0; l < 3; l++)
			for (size_t i = 0; i < lists[l]->count; i++)
				found += lists[l]->at[i].rule == (enum head_rule)rule;
		if (found == 0)
			fail_msg("no message for %s", names[rule]);
	}
}

static void
every_rule_has_a_status_and_a_text(void **state)
{
	(void)state;
	for (unsigned int rule = 1; *head_rule_name((enum head_rule)rule) &&
	     strcmp(head_rule_name((enum head_rule)rule), "OK"); rule++) {
		unsigned int status = head_rule_status((enum head_rule)rule);

		assert_in_range(status, 400, 505);
		assert_string_not_equal(http_reason(status), "");
		assert_true(strlen(head_rule_text((enum head_rule)rule)) > 4);
	}
	assert_string_equal(head_rule_name((enum head_rule)10000), "OK");
}

static void
the_end_of_a_head_is_found_however_it_arrives(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
	const size_t whole = sizeof(text) - 4;
	size_t from = 0;

	(void)state;
	for (size_t len = 0; len < whole; len++)
		assert_int_equal(head_find_end(text, len, &from), 0);
	assert_int_equal(head_find_end(text, whole, &from), whole);
	from = 0;
	assert_int_equal(head_find_end(text, sizeof(text) - 1, &from), whole);
}

static void
unknown_statuses_have_no_reason(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(505), "HTTP Version Not Supported");
	assert_string_equal(http_reason(0), "");
	assert_string_equal(http_reason(299), "");
	assert_string_equal(http_reason(99999), "");
}

static size_t
add_messages(struct CMUnitTest *tests, struct messages *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct buf title = BUF_INIT;

		buf_putf(&title, "%s: %s", list->at[i].name, message_fact(&list->at[i], "title"));
		tests[i] = (struct CMUnitTest){ .name = buf_take(&title),
						.test_func = is_read_as_its_file_says,
						.initial_state = &list->at[i] };
	}
	return list->count;
}

int
main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(every_rule_has_a_message_that_breaks_it),
		cmocka_unit_test(every_rule_has_a_status_and_a_text),
		cmocka_unit_test(the_end_of_a_head_is_found_however_it_arrives),
		cmocka_unit_test(unknown_statuses_have_no_reason),
	};
	const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
	struct CMUnitTest *tests;
	size_t n = 0;
	int failed;

	messages_read(&requests, "request");
	messages_read(&responses, "response");
	messages_read(&chunked, "chunked");
	tests = calloc(fixed_count + requests.count + responses.count, sizeof(*tests));
	if (!tests)
		return 99;
	n += add_messages(tests, &requests);
	n += add_messages(tests + n, &responses);
	memcpy(tests + n, fixed, sizeof(fixed));
	failed = _cmocka_run_group_tests("head", tests, n + fixed_count, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)tests[i].name);
	free(tests);
	messages_done(&requests);
	messages_done(&responses);
	messages_done(&chunked);
	return failed;
}
