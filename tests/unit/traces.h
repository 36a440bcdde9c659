/* SPDX-License-Identifier: MIT */
/*
 * traces - what test_serialise and test_hostile share: traces and preambles to
 * write, and their XML.
 */
#ifndef TESTS_UNIT_TRACES_H
#define TESTS_UNIT_TRACES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/record.h"
#include "trace/serialise.h"

static const struct trace_options everything = {
	.verbosity = 5, .own_areas = ~0u, .iis_areas = ~0u, .max_bytes = SIZE_MAX,
};

static const struct trace_meta plain = {
	.activity = {
		0x40, 0, 0, 0x0a, 0, 1, 0xfb, 0, 0xb6, 0x3f, 0x84, 0x71, 0x0c, 0x79, 0x67, 0xbb,
	},
	.url = "https://www.example.com:443/a?b=c&d", .verb = "GET", .site_id = 3,
	.app_pool_id = "farm", .has_user = true, .user_name = "alice",
	.token_user_name = "E\\alice",
	.authentication_type = "SSL/PCT", .reason = TRACE_REASON_STATUS_CODE, .status = 502,
	.substatus = 3, .trigger_status = 502, .trigger_substatus = 3, .time_taken_ms = 78,
};

static inline struct serialiser *
new_serialiser(void)
{
	struct serialise_who who = { .process_id = 4711, .thread_id = 4712, .computer = "pr<o>xy" };
	struct serialiser *s = serialiser_new(&who);

	assert_non_null(s);
	return s;
}

static inline char *
xml_with(struct serialiser *s, struct trace *t)
{
	struct buf out = BUF_INIT;

	assert_int_equal(serialise_trace(s, t, &out), 0);
	return buf_take(&out);
}

static inline char *
xml_of(struct trace *t)
{
	struct serialiser *s = new_serialiser();
	char *xml = xml_with(s, t);

	serialiser_free(s);
	return xml;
}

static inline struct trace *
new_trace(void)
{
	struct trace *t = trace_new(&everything);

	assert_non_null(t);
	t->meta = plain;
	return t;
}

static inline struct trace_preamble *
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

static inline struct trace *
trace_behind(struct trace_preamble *p, uint8_t mark)
{
	struct trace *t = new_trace();

	trace_set_preamble(t, p);
	TRACE(t, GENERAL_REQUEST_START, .RequestVerb = "GET");
	memset(t->meta.activity, mark, sizeof(t->meta.activity));
	return t;
}

#endif
