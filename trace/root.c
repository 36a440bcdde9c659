/* SPDX-License-Identifier: MIT */
/* root - see root.h; facts: FORMAT 2.1, OWN-EVENTS (attributes of ours). */
#include <config.h>

#include "trace/root.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "trace/escape.h"

static const char *const reasons[] = {
	[TRACE_REASON_STATUS_CODE] = "STATUS_CODE",
	[TRACE_REASON_SERVER_VARIABLE] = "SERVER_VARIABLE",
	[TRACE_REASON_EVENT_VERBOSITY_LEVEL] = "EVENT_VERBOSITY_LEVEL",
	[TRACE_REASON_TIME_TAKEN] = "TIME_TAKEN",
	[TRACE_REASON_UNKNOWN] = "UNKNOWN",
};

static void
put_escaped(struct buf *b, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	if (len && buf_reserve(b, ESCAPE_MAX * len))
		b->len = (size_t)(escape_attribute(b->data + b->len, value, len) - b->data);
}

static void
begin_attr(struct buf *b, const char *name)
{
	buf_puts(b, "               ");
	buf_puts(b, name);
	buf_puts(b, "=\"");
}

static void
put_attr(struct buf *b, const char *name, const char *value)
{
	begin_attr(b, name);
	put_escaped(b, value);
	buf_puts(b, "\"\r\n");
}

/* substatus is written unless it is 0. */
static void
put_numbers(struct buf *b, const char *name, uint64_t value, uint64_t substatus)
{
	begin_attr(b, name);
	buf_put_u64(b, value);
	if (substatus) {
		buf_putc(b, '.');
		buf_put_u64(b, substatus);
	}
	buf_puts(b, "\"\r\n");
}

static void
put_user(struct buf *b, const struct trace_meta *m)
{
	if (!m->has_user) {
		/* IIS writes no line break here: FORMAT 2. */
		buf_puts(b, "               authenticationType=\"NOT_AVAILABLE\"");
		return;
	}
	put_attr(b, "remoteUserName", m->remote_user_name);
	put_attr(b, "userName", m->user_name);
	put_attr(b, "tokenUserName", m->token_user_name);
	put_attr(b, "authenticationType", m->authentication_type);
}

static void
put_own_attrs(struct buf *b, const struct trace_meta *m)
{
	const struct {
		const char *name, *value;
	} own[] = {
		{ "fp:client", m->client }, { "fp:server", m->server }, { "fp:farm", m->farm },
		{ "fp:grade", m->grade }, { "fp:logId", m->log_id },
	};
	bool declared = false;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!own[i].value)
			continue;
		if (!declared)
			put_attr(b, "xmlns:fp", "urn:frebproxy:trace:1");
		declared = true;
		put_attr(b, own[i].name, own[i].value);
	}
}

static const char *
reason_text(enum trace_reason reason)
{
	size_t i = (size_t)reason;

	return i < sizeof(reasons) / sizeof(reasons[0]) ? reasons[i] : "UNKNOWN";
}

void
root_put(struct buf *b, const struct trace_meta *m, uint32_t process_id, const char *activity)
{
	buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"
		 "<?xml-stylesheet type='text/xsl' href='freb.xsl'?>\r\n"
		 "<!-- saved from url=(0014)about:internet -->\r\n<failedRequest url=\"");
	put_escaped(b, m->url);
	buf_puts(b, "\"\r\n");
	put_numbers(b, "siteId", m->site_id, 0);
	put_attr(b, "appPoolId", m->app_pool_id);
	put_numbers(b, "processId", process_id, 0);
	put_attr(b, "verb", m->verb);
	put_user(b, m);
	put_attr(b, "activityId", activity);
	put_attr(b, "failureReason", reason_text(m->reason));
	put_numbers(b, "statusCode", m->status, m->substatus);
	put_numbers(b, "triggerStatusCode", m->trigger_status, m->trigger_substatus);
	put_numbers(b, "timeTaken", m->time_taken_ms, 0);
	put_own_attrs(b, m);
	put_attr(b, "xmlns:freb", "http://schemas.microsoft.com/win/2006/06/iis/freb");
	buf_puts(b, "               >\r\n");
}
