/* SPDX-License-Identifier: MIT */
/*
 * serialise - see serialise.h; facts: FORMAT 2.
 *
 * plan.c holds what never changes of each event, root.c writes the root.  Room
 * is reserved once per event for the worst case, so that writing is a pointer
 * that moves (put_* take it and return it behind their text).
 */
#include <config.h>

#include "trace/serialise.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/escape.h"
#include "trace/event.h"
#include "trace/plan.h"
#include "trace/record.h"
#include "trace/root.h"

#define MAX_CACHED ((size_t)64 << 20)	/* bytes of all preambles' rendering */

struct serialiser {
	struct plans plans;		/* the fixed parts of all events */
	uint32_t process_id;		/* of the root */
	char activity[PLAN_GUID + 1];	/* of the trace at hand */
	uint64_t last_ns;		/* time of the event before */
	uint64_t second;		/* that .stamp is for */
	char stamp[24];			/* YYYY-MM-DDThh:mm:ss. */
	bool noting;			/* append to .guids */
	uint32_t *guids;		/* offsets of GUIDs written, from .origin */
	size_t guid_count;		/* used of .guids */
	size_t guid_cap;		/* allocated of .guids */
	size_t origin;			/* offset in the output that .guids count from */
};

struct value {			/* one decoded field */
	enum te_type type;
	uint64_t number;	/* U32, U64, I32, BOOL, ENUM, TEXT */
	const char *at;		/* STR, LABEL, BYTES, GUID */
	size_t len;		/* bytes of .at */
	const char *text;	/* Description of TEXT and LABEL */
	size_t text_len;	/* bytes of .text, 0 = none */
};

struct serialiser *
serialiser_new(const struct serialise_who *who)
{
	struct serialiser *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->process_id = who->process_id;
	s->second = UINT64_MAX;
	if (plans_init(&s->plans, who) == 0)
		return s;
	serialiser_free(s);
	return NULL;
}

void
serialiser_free(struct serialiser *s)
{
	if (!s)
		return;
	plans_done(&s->plans);
	free(s->guids);
	free(s);
}

/* ---- reading a record ---- */

static const char *
get_string(const char *at, const char **s, size_t *len)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	*s = at + sizeof(n);
	*len = n;
	return *s + n;
}

static const char *
get_u32(const char *at, uint64_t *number)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	*number = n;
	return at + sizeof(n);
}

static const char *
get_value(const char *at, const struct te_field *f, struct value *v)
{
	v->type = f->type;
	v->text_len = 0;
	switch (v->type) {
	case TE_U32:
	case TE_I32:
	case TE_ENUM:
	case TE_TEXT:
		at = get_u32(at, &v->number);
		break;
	case TE_U64:
		memcpy(&v->number, at, sizeof(v->number));
		at += sizeof(v->number);
		break;
	case TE_BOOL:
		v->number = *at++ != 0;
		break;
	case TE_GUID:
		v->at = at;
		at += 16;
		break;
	case TE_STR:
	case TE_LABEL:
	case TE_BYTES:
		at = get_string(at, &v->at, &v->len);
		break;
	}
	if (f->text_offset)
		at = get_string(at, &v->text, &v->text_len);
	return at;
}

/* ---- writing ---- */

static char *
put_slice(const struct serialiser *s, char *o, struct slice slice)
{
	memcpy(o, s->plans.text.data + slice.at, slice.len);
	return o + slice.len;
}

static char *
put_literal(char *o, const char *text)
{
	size_t len = strlen(text);

	memcpy(o, text, len);
	return o + len;
}

static char *
put_u64(char *o, uint64_t v)
{
	char digits[PLAN_NUMBER];
	char *d = digits + sizeof(digits);

	do
		*--d = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(o, d, (size_t)(digits + sizeof(digits) - d));
	return o + (digits + sizeof(digits) - d);
}

static char *
put_guid(char *o, const char *bytes)
{
	char text[37];
	uint8_t guid[16];

	memcpy(guid, bytes, sizeof(guid));
	trace_guid_text(guid, text);
	*o++ = '{';
	for (int i = 0; i < 36; i++)
		*o++ = (char)(text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);
	*o++ = '}';
	return o;
}

static char *
put_two(char *o, int v)
{
	*o++ = (char)('0' + v / 10 % 10);
	*o++ = (char)('0' + v % 10);
	return o;
}

/* Formats the part of a time that lasts a second. */
static void
make_stamp(struct serialiser *s, uint64_t second)
{
	time_t t = (time_t)second;
	struct tm tm = { 0 };
	char *o = s->stamp;

	gmtime_r(&t, &tm);
	o = put_two(put_two(o, (tm.tm_year + 1900) / 100), tm.tm_year + 1900);
	*o++ = '-';
	o = put_two(o, tm.tm_mon + 1);
	*o++ = '-';
	o = put_two(o, tm.tm_mday);
	*o++ = 'T';
	o = put_two(o, tm.tm_hour);
	*o++ = ':';
	o = put_two(o, tm.tm_min);
	*o++ = ':';
	o = put_two(o, tm.tm_sec);
	*o++ = '.';
	s->second = second;
}

#define STAMP_LEN (sizeof("YYYY-MM-DDThh:mm:ss.") - 1)

/* Times do not go back within a file, whatever order its parts were recorded in. */
static char *
put_time(struct serialiser *s, char *o, uint64_t ns)
{
	unsigned int ms;

	if (ns < s->last_ns)
		ns = s->last_ns;
	s->last_ns = ns;
	if (ns / 1000000000u != s->second)
		make_stamp(s, ns / 1000000000u);
	ms = (unsigned int)(ns % 1000000000u / 1000000u);
	memcpy(o, s->stamp, STAMP_LEN);
	o += STAMP_LEN;
	*o++ = (char)('0' + ms / 100);
	return put_two(o, (int)ms);
}

static char *
put_activity(struct serialiser *s, char *o, const char *origin)
{
	if (s->noting && s->guid_count < s->guid_cap)
		s->guids[s->guid_count++] = (uint32_t)(o - origin);
	memcpy(o, s->activity, PLAN_GUID);
	return o + PLAN_GUID;
}

static char *
put_value(char *o, const struct value *v)
{
	switch (v->type) {
	case TE_U32:
	case TE_U64:
	case TE_ENUM:
	case TE_TEXT:
		return put_u64(o, v->number);
	case TE_I32:
		if ((int32_t)v->number >= 0)
			return put_u64(o, v->number);
		*o++ = '-';
		return put_u64(o, -(int64_t)(int32_t)v->number);
	case TE_BOOL:
		return put_literal(o, v->number ? "true" : "false");
	case TE_GUID:
		return put_guid(o, v->at);
	case TE_STR:
	case TE_LABEL:
		return escape_text(o, v->at, v->len);
	case TE_BYTES:
		return escape_bytes(o, v->at, v->len);
	}
	return o;
}

/* " (0x...)" behind a system text, whose LF Windows cuts but not its CR: FORMAT 2.4. */
static char *
put_code(char *o, uint32_t code)
{
	static const char digit[] = "0123456789abcdef";
	int shift = 28;

	o = put_literal(o, "\r (0x");
	while (shift > 0 && code >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*o++ = digit[code >> shift & 15];
	*o++ = ')';
	return o;
}

static char *
put_description(const struct serialiser *s, char *o, const struct te_field *f,
		const struct value *v, struct slice start)
{
	const char *text = v->text;
	size_t len = v->text_len;

	if (v->type == TE_ENUM) {
		text = te_enum_text(f->enumeration, (uint32_t)v->number);
		len = text ? strlen(text) : 0;
	}
	if (len == 0)
		return o;
	o = put_slice(s, o, start);
	o = escape_text(o, text, len);
	if (f->enumeration == TE_ENUM_ErrorCode)
		o = put_code(o, (uint32_t)v->number);
	return put_literal(o, "</freb:Description>\r\n");
}

static char *
put_event(struct serialiser *s, char *o, const struct record_head *head, const char *at,
	  const char *origin)
{
	const struct te_event *e = te_event(head->id);
	const struct plan *p = &s->plans.of[head->id];
	struct value values[PLAN_FIELDS];

	o = put_slice(s, o, p->start);
	o = put_u64(o, head->level);
	o = put_slice(s, o, p->system);
	o = put_time(s, o, head->time_ns);
	o = put_slice(s, o, s->plans.correlate);
	o = put_activity(s, o, origin);
	if (head->id == TE_LOG_FILE_MAX_SIZE_TRUNCATE) {
		o = put_slice(s, o, s->plans.execute_bare);
	} else {
		o = put_slice(s, o, s->plans.execute);
		o = put_activity(s, o, origin);
	}
	for (unsigned int i = 0; i < e->field_count; i++) {
		at = get_value(at, &e->fields[i], &values[i]);
		o = put_slice(s, o, p->data[i]);
		o = put_value(o, &values[i]);
	}
	o = put_slice(s, o, p->render);
	for (unsigned int i = 0; p->has_texts && i < e->field_count; i++)
		o = put_description(s, o, &e->fields[i], &values[i], p->describe[i]);
	return put_slice(s, o, p->close);
}

static void
put_records(struct serialiser *s, const char *at, size_t len, struct buf *out)
{
	const char *end = at + len;
	struct record_head head;

	while (at < end) {
		memcpy(&head, at, sizeof(head));
		if (!buf_reserve(out, s->plans.of[head.id].fixed + ESCAPE_MAX * head.size))
			return;
		out->len = (size_t)(put_event(s, out->data + out->len, &head, at + sizeof(head),
					      out->data + s->origin) - out->data);
		at += head.size;
	}
}

/* ---- the preamble: rendered at its second use, then copied and patched ---- */

static bool
has_guid_room(struct serialiser *s, size_t want)
{
	uint32_t *guids;

	if (want <= s->guid_cap)
		return true;
	guids = realloc(s->guids, want * sizeof(*guids));
	if (!guids)
		return false;
	s->guids = guids;
	s->guid_cap = want;
	return true;
}

/* Keeps the bytes just written at s->origin.  Without memory nothing is kept. */
static void
keep_preamble(struct serialiser *s, struct trace_preamble *p, const struct buf *out)
{
	size_t len = out->len - s->origin;

	if (out->error || len > UINT32_MAX)
		return;
	p->xml = malloc(len ? len : 1);
	p->guids = malloc((s->guid_count ? s->guid_count : 1) * sizeof(*p->guids));
	if (!p->xml || !p->guids) {
		free(p->xml);
		free(p->guids);
		p->xml = NULL;
		p->guids = NULL;
		return;
	}
	memcpy(p->xml, out->data + s->origin, len);
	p->xml_len = len;
	memcpy(p->guids, s->guids, s->guid_count * sizeof(*p->guids));
	p->guid_count = s->guid_count;
	atomic_fetch_add_explicit(&trace_preamble_cached, len, memory_order_relaxed);
}

static void
put_preamble(struct serialiser *s, struct trace_preamble *p, struct buf *out)
{
	s->origin = out->len;
	if (p->xml) {
		buf_put(out, p->xml, p->xml_len);
		for (size_t i = 0; !out->error && i < p->guid_count; i++)
			memcpy(out->data + s->origin + p->guids[i], s->activity, PLAN_GUID);
		s->last_ns = p->last_ns;
		return;
	}
	/* Most connections give one trace only: not worth the memory. */
	s->noting = p->uses++ > 0 && has_guid_room(s, 2 * p->count) &&
		atomic_load_explicit(&trace_preamble_cached, memory_order_relaxed) < MAX_CACHED;
	s->guid_count = 0;
	put_records(s, p->records, p->len, out);
	if (s->noting)
		keep_preamble(s, p, out);
	s->noting = false;
}

int
serialise_trace(struct serialiser *s, struct trace *t, struct buf *out)
{
	*put_guid(s->activity, (const char *)t->meta.activity) = '\0';
	s->last_ns = 0;
	root_put(out, &t->meta, s->process_id, s->activity);
	if (t->preamble)
		put_preamble(s, t->preamble, out);
	put_records(s, t->records.data, t->end, out);
	buf_puts(out, "</failedRequest>");
	return out->error;
}
