/* SPDX-License-Identifier: MIT */
/*
 * trace - appends records; see trace.h and record.h.
 *
 * This is what runs on a worker for each event, so: one clock call, one pass
 * over the fields, no format, no lock, memory that grows and is kept.  It
 * knows the catalogue, not the file format.
 */
#include <config.h>

#include "trace/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "trace/record.h"

#define FIRST_BYTES ((size_t)8 << 10)	/* a traced request fits mostly */
#define KEEP_BYTES ((size_t)64 << 10)	/* kept by trace_reset */
#define DEFAULT_MAX ((size_t)1 << 20)
#define MEMORY_MAX ((size_t)1 << 30)	/* of one trace, whatever its options say */
#define NUMBERS (24u * 16u)		/* 24 fields, a GUID each: more than any event */

atomic_size_t trace_preamble_cached;

/* ---- life ---- */

static uint32_t
wanted_areas(const struct trace_options *options)
{
	uint32_t wanted = 0;

	for (unsigned int i = 0; i < TE_AREA_COUNT; i++) {
		const struct te_area_info *a = te_area(i);
		bool ours = strcmp(a->provider, "frebproxy") == 0;
		uint32_t mask = ours ? options->own_areas : options->iis_areas;

		if (a->bit == 0 || a->bit & mask)
			wanted |= 1u << i;
	}
	return wanted;
}

struct trace *
trace_new(const struct trace_options *options)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	_Static_assert(TE_AREA_COUNT <= 32, "struct trace has 32 bits for areas");
	buf_init(&t->records, MEMORY_MAX);
	t->options = *options;
	if (t->options.max_bytes == 0)
		t->options.max_bytes = DEFAULT_MAX;
	t->areas = wanted_areas(options);
	return t;
}

void
trace_free(struct trace *t)
{
	if (!t)
		return;
	trace_preamble_unref(t->preamble);
	buf_done(&t->records);
	free(t);
}

static void
forget_events(struct trace *t)
{
	t->end = 0;
	t->count = 0;
	t->charged = 0;
	t->dropped = 0;
	t->first_ns = 0;
	t->last_ns = 0;
	t->worst = 0;
	t->full = false;
	buf_reset(&t->records);
	buf_shrink(&t->records, KEEP_BYTES);
}

void
trace_reset(struct trace *t)
{
	trace_preamble_unref(t->preamble);
	t->preamble = NULL;
	forget_events(t);
}

/* ---- one event ---- */

bool
trace_is_wanted(const struct trace *t, enum te_id id, unsigned int level)
{
	const struct te_event *e = te_event(id);

	return e && level <= t->options.verbosity && t->areas >> e->area & 1;
}

/*
 * Room for n more bytes behind .end, and for all numbers of an event behind
 * them: so numbers need no look.  False without memory.
 */
static bool
has_room(struct trace *t, size_t n)
{
	struct buf *b = &t->records;

	n += NUMBERS;
	if (b->cap - t->end > n)
		return true;
	if (t->end > b->max)
		return false;
	b->len = t->end;
	return buf_reserve(b, b->cap || n > FIRST_BYTES ? n : FIRST_BYTES);
}

static inline void
put_raw(struct trace *t, const void *data, size_t len)
{
	memcpy(t->records.data + t->end, data, len);
	t->end += len;
}

/* Where to cut a text that is too long: not inside a UTF-8 sequence. */
static size_t
cut_point(const char *s)
{
	size_t n = TRACE_STRING_MAX;

	for (int i = 0; i < 3 && n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; i++)
		n--;
	return n;
}

static bool
put_cut(struct trace *t, const char *s, size_t len)
{
	uint32_t total = (uint32_t)(len + RECORD_CUT_LEN);

	if (!has_room(t, sizeof(total) + total))
		return false;
	put_raw(t, &total, sizeof(total));
	put_raw(t, s, len);
	put_raw(t, RECORD_CUT_MARK, RECORD_CUT_LEN);
	return true;
}

static bool
put_bytes(struct trace *t, const char *s, size_t len)
{
	uint32_t total = (uint32_t)len;

	if (len > TRACE_STRING_MAX)
		return put_cut(t, s, TRACE_STRING_MAX);
	if (!has_room(t, sizeof(total) + len))
		return false;
	put_raw(t, &total, sizeof(total));
	if (len)
		put_raw(t, s, len);
	return true;
}

static bool
put_text(struct trace *t, const char *s)
{
	size_t len = s ? strnlen(s, TRACE_STRING_MAX + 1) : 0;

	return len > TRACE_STRING_MAX ? put_cut(t, s, cut_point(s)) : put_bytes(t, s, len);
}

static const char *
text_at(const char *at)
{
	const char *s;

	memcpy(&s, at, sizeof(s));
	return s;
}

static bool
put_field(struct trace *t, const struct te_field *f, const char *fields)
{
	static const char null_guid[16];
	const char *at = fields + f->offset;
	struct te_bytes bytes;

	switch ((enum te_type)f->type) {
	case TE_U32:
	case TE_I32:
	case TE_ENUM:
		put_raw(t, at, sizeof(uint32_t));
		return true;
	case TE_U64:
		put_raw(t, at, sizeof(uint64_t));
		return true;
	case TE_BOOL:
		put_raw(t, at, sizeof(bool));
		return true;
	case TE_GUID:
		at = text_at(at);
		put_raw(t, at ? at : null_guid, sizeof(null_guid));
		return true;
	case TE_BYTES:
		memcpy(&bytes, at, sizeof(bytes));
		return put_bytes(t, bytes.at, bytes.at ? bytes.len : 0);
	case TE_STR:
		return put_text(t, text_at(at));
	case TE_LABEL:
		return put_text(t, text_at(at)) && put_text(t, text_at(fields + f->text_offset));
	case TE_TEXT:
		put_raw(t, at, sizeof(uint32_t));
		return put_text(t, text_at(fields + f->text_offset));
	}
	return true;
}

/* Real time that never goes back within a trace. */
static uint64_t
stamp(struct trace *t)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	if (ns > t->last_ns)
		t->last_ns = ns;
	return t->last_ns;
}

/* Writes the head at start, where its room was left. */
static void
close_record(struct trace *t, size_t start, enum te_id id, unsigned int level)
{
	struct record_head head = {
		.size = (uint32_t)(t->end - start),
		.id = (uint16_t)id,
		.level = (uint16_t)level,
		.time_ns = stamp(t),
	};

	memcpy(t->records.data + start, &head, sizeof(head));
	t->count++;
	if (!t->first_ns)
		t->first_ns = head.time_ns;
}

/* The last record: what follows is dropped.  The event at start goes too. */
static void
close_trace(struct trace *t, size_t start)
{
	t->full = true;
	t->dropped++;
	t->end = start + sizeof(struct record_head);
	close_record(t, start, TE_LOG_FILE_MAX_SIZE_TRUNCATE, TE_WARNING);
}

void
trace_put(struct trace *t, enum te_id id, unsigned int level, const void *fields)
{
	const struct te_event *e = te_event(id);
	size_t start = t->end;
	bool ok = true;

	if (!e || t->full || !has_room(t, sizeof(struct record_head))) {
		t->dropped++;
		return;
	}
	t->end += sizeof(struct record_head);
	for (const struct te_field *f = e->fields; f->name && ok; f++)
		ok = put_field(t, f, fields);
	t->charged += t->end - start + RECORD_CHARGE + RECORD_CHARGE_FIELD * e->field_count;
	if (!ok || t->charged > t->options.max_bytes) {
		close_trace(t, start);
		return;
	}
	close_record(t, start, id, level);
	if (level > 0 && (t->worst == 0 || level < t->worst))
		t->worst = level;
}

size_t
trace_count(const struct trace *t)
{
	return t->count;
}

uint64_t
trace_start_ns(const struct trace *t)
{
	return t->first_ns;
}

unsigned int
trace_worst_level(const struct trace *t)
{
	return t->worst;
}

/* ---- the preamble ---- */

struct trace_preamble *
trace_seal(struct trace *t)
{
	struct trace_preamble *p = malloc(sizeof(*p) + t->end);

	if (p) {
		memset(p, 0, sizeof(*p));
		atomic_init(&p->refs, 1);
		p->count = t->count;
		p->last_ns = t->last_ns;
		p->charged = t->charged;
		p->full = t->full;
		p->len = t->end;
		if (t->end)
			memcpy(p->records, t->records.data, t->end);
	}
	forget_events(t);
	return p;
}

struct trace_preamble *
trace_preamble_ref(struct trace_preamble *p)
{
	if (p)
		atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
trace_preamble_unref(struct trace_preamble *p)
{
	/* The last one to go must see what the writer rendered into it. */
	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (p->xml)
		atomic_fetch_sub_explicit(&trace_preamble_cached, p->xml_len, memory_order_relaxed);
	free(p->xml);
	free(p->guids);
	free(p);
}

void
trace_set_preamble(struct trace *t, struct trace_preamble *p)
{
	trace_preamble_ref(p);
	trace_preamble_unref(t->preamble);
	t->preamble = p;
	if (!p)
		return;
	t->charged += p->charged;
	t->full = t->full || p->full;
	if (p->last_ns > t->last_ns)
		t->last_ns = p->last_ns;
}

/* ---- GUIDs ---- */

static _Thread_local struct {
	uint64_t counter;	/* of this thread */
	uint8_t random[8];	/* sets threads and processes apart */
	bool seeded;		/* .random is set */
} guids;

static void
seed_guids(void)
{
	if (getrandom(guids.random, sizeof(guids.random), 0) != sizeof(guids.random)) {
		struct timespec now;
		uint64_t mix;

		clock_gettime(CLOCK_REALTIME, &now);
		mix = (uint64_t)now.tv_nsec << 34 ^ (uint64_t)now.tv_sec << 16 ^
			(uint64_t)getpid() ^ (uintptr_t)&guids;
		memcpy(guids.random, &mix, sizeof(mix));
	}
	guids.seeded = true;
}

/*
 * As IIS's look: {400000nn-nnnn-nnnn-<8 bytes that stay>}, FORMAT 2.2.  The
 * counter fills the first half but for its leading 4.
 */
void
trace_guid_new(uint8_t guid[static 16])
{
	uint64_t n;

	if (!guids.seeded)
		seed_guids();
	n = ++guids.counter;
	guid[0] = (uint8_t)(0x40 | (n >> 24 & 0x0f));
	guid[1] = (uint8_t)(n >> 16);
	guid[2] = (uint8_t)(n >> 8);
	guid[3] = (uint8_t)n;
	for (int i = 0; i < 4; i++)
		guid[4 + i] = (uint8_t)(n >> (28 + 8 * i));
	memcpy(guid + 8, guids.random, sizeof(guids.random));
}

void
trace_guid_text(const uint8_t guid[static 16], char out[static 37])
{
	static const char digit[] = "0123456789abcdef";
	char *o = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*o++ = '-';
		*o++ = digit[guid[i] >> 4];
		*o++ = digit[guid[i] & 15];
	}
	*o = '\0';
}
