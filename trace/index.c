/* SPDX-License-Identifier: MIT */
/*
 * index - where the events are, in slices, whatever the damage.
 *
 * The file goes through the push parser in chunks (read, not mapped: a file
 * that shrinks must not kill the viewer).  At a break the event being read is
 * noted as damaged and a new parser begins at the next "<Event " after that
 * event's start; searching from the place of the error could find the same
 * place for ever.  Source: VIEWER 2.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FOUND UINT64_MAX
/* Of a damaged event, this much is looked at for the index. */
#define DAMAGED_LOOK ((size_t)1 << 20)
/* Restarts read bytes again; more than this many times the file is an attack. */
#define REREAD_TIMES 8u
#define REREAD_FREE ((uint64_t)64 << 20)

static bool
grow(struct freb_file *f)
{
	size_t cap = f->cap ? f->cap * 2 : 256;
	struct freb_entry *entries;
	uint32_t *partner, *parent;

	if (f->count < f->cap)
		return true;
	if (cap >= FREB_NONE)
		return false;
	entries = realloc(f->entries, cap * sizeof(*entries));
	f->entries = entries ? entries : f->entries;
	partner = realloc(f->partner, cap * sizeof(*partner));
	f->partner = partner ? partner : f->partner;
	parent = realloc(f->parent, cap * sizeof(*parent));
	f->parent = parent ? parent : f->parent;
	if (!entries || !partner || !parent)
		return false;
	f->cap = cap;
	return true;
}

static uint32_t
name_of(struct freb_file *f, const struct freb_collect *c)
{
	const char *name = freb_collect_get(c, FIELD_NAME);
	const char *id = freb_collect_get(c, FIELD_EVENT_ID);
	const char *opcode = freb_collect_get(c, FIELD_OPCODE);
	struct buf made = BUF_INIT;
	uint32_t found;

	if (name)
		return freb_intern(&f->names, name);
	buf_putf(&made, "EventID:%s Opcode:%s", id ? id : "", opcode ? opcode : "");
	found = freb_intern(&f->names, buf_text(&made));
	buf_done(&made);
	return found;
}

static uint8_t
level_of(const struct freb_collect *c)
{
	const char *level = freb_collect_get(c, FIELD_LEVEL);

	return level && level[0] >= '0' && level[0] <= '5' && !level[1] ? (uint8_t)(level[0] - '0')
								       : 255;
}

static void
add_entry(struct freb_file *f, uint64_t offset, const struct freb_collect *c, uint8_t flags)
{
	const char *time = freb_collect_get(c, FIELD_TIME);
	uint32_t name = grow(f) ? name_of(f, c) : FREB_NONE;

	if (name == FREB_NONE) {
		f->failed = -ENOMEM;
		return;
	}
	f->entries[f->count] = (struct freb_entry){
		.offset = offset,
		.hash = freb_collect_hash(c),
		.time_ms = time ? freb_time(time) : INT64_MIN,
		.opcode = name,
		.level = level_of(c),
		.flags = flags,
	};
	f->partner[f->count] = FREB_NONE;
	f->parent[f->count] = FREB_NONE;
	f->count++;
	if (freb_span_add(f, freb_collect_data(c, "ModuleName")) < 0)
		f->failed = -ENOMEM;
}

static void
on_start(void *arg, uint64_t offset)
{
	struct freb_file *f = arg;

	f->event_start = offset;
	f->event_open = true;
}

static void
on_event(void *arg, uint64_t end)
{
	struct freb_file *f = arg;

	f->event_open = false;
	f->last_end = end;
	if (!f->failed)
		add_entry(f, f->event_start, &f->collect, 0);
}

static bool
is_event_tag(const char *at, const char *end)
{
	return at + 6 < end && strchr(" \t\r\n>/", at[6]) && at[6];
}

/* The next "<Event " at or after `from`; uses f->chunk. */
static uint64_t
find_event(struct freb_file *f, uint64_t from)
{
	size_t step = FREB_CHUNK_MIN;

	for (;;) {
		ssize_t n = freb_pread(f->fd, f->chunk, step, from);
		const char *end = f->chunk + (n > 0 ? n : 0);
		const char *at = f->chunk;

		if (n < 0)
			f->failed = (int)n;
		while (n > 0 && (at = memmem(at, (size_t)(end - at), "<Event", 6)) != NULL) {
			if (is_event_tag(at, end))
				return from + (uint64_t)(at - f->chunk);
			at++;
		}
		if (n < (ssize_t)step)
			return NOT_FOUND;
		from += (uint64_t)n - 7;	/* a tag may lie across the border */
		step = step * 2 < FREB_CHUNK ? step * 2 : FREB_CHUNK;
	}
}

/* Is the root's end tag near the end of the file? */
static bool
has_end(struct freb_file *f)
{
	uint64_t from = f->size > FREB_CHUNK_MIN ? f->size - FREB_CHUNK_MIN : 0;
	ssize_t n = freb_pread(f->fd, f->chunk, FREB_CHUNK_MIN, from);

	return n > 0 && memmem(f->chunk, (size_t)n, "</failedRequest", 15) != NULL;
}

static void
finish(struct freb_file *f)
{
	freb_feed_done(&f->feed);
	f->complete = true;
	freb_span_finish(f);
	if (!f->root_closed && !f->cut_told && !f->failed && !has_end(f))
		freb_add_damage(f, f->size, f->count, strdup("the file is cut here"));
}

/* The event at `offset`, which ends before `next`, is broken: read what can be read of it. */
static void
add_damaged(struct freb_file *f, uint64_t offset, uint64_t next)
{
	uint64_t len = (next == NOT_FOUND ? f->size : next) - offset;
	size_t want = len < DAMAGED_LOOK ? (size_t)len : DAMAGED_LOOK;
	char *bytes = malloc(want + 1);
	ssize_t n = bytes ? freb_pread(f->fd, bytes, want, offset) : -ENOMEM;

	if (n < 0)
		f->failed = (int)n;
	else if (freb_parse_event(bytes, (size_t)n, true, &f->one) == -ENOMEM)
		f->failed = -ENOMEM;
	else
		add_entry(f, offset, &f->one, FREB_DAMAGED);
	free(bytes);
}

/* Ends with the parser closed and f->pos at the next place to read, or complete. */
static void
restart(struct freb_file *f, uint64_t at)
{
	freb_feed_done(&f->feed);
	f->event_open = false;
	if (at == NOT_FOUND || f->failed) {
		finish(f);
		return;
	}
	f->reread += f->pos > at ? f->pos - at : 0;
	if (f->reread > REREAD_TIMES * f->size + REREAD_FREE) {
		freb_add_damage(f, at, f->count, strdup("too much damage: the rest is left out"));
		f->cut_told = true;
		finish(f);
		return;
	}
	f->pos = at;
	f->last_end = at;
	f->step = FREB_CHUNK_MIN;
}

static void
tell(struct freb_file *f, uint64_t offset, char *message)
{
	if (!freb_add_damage(f, offset, f->count, message)) {
		f->cut_told = true;
		finish(f);
	}
}

/*
 * Between the last event and the next one, is there an event whose start tag
 * is so broken that it is not found as one?  Its offset, else NOT_FOUND.
 */
static uint64_t
find_headless(struct freb_file *f, uint64_t next)
{
	uint64_t end = next == NOT_FOUND ? f->size : next;
	uint64_t len = end > f->last_end ? end - f->last_end : 0;
	size_t want = len < FREB_CHUNK ? (size_t)len : FREB_CHUNK;
	ssize_t n = freb_pread(f->fd, f->chunk, want, f->last_end);
	size_t blank = 0;

	if (n <= 0 || !memmem(f->chunk, (size_t)n, "</Event>", 8))
		return NOT_FOUND;
	while (blank < (size_t)n && strchr(" \t\r\n", f->chunk[blank]) && f->chunk[blank])
		blank++;
	return f->last_end + blank;
}

static void
recover(struct freb_file *f)
{
	bool cut = f->feed.at_end && !f->feed.root_closed && !has_end(f);
	uint64_t at = cut ? f->size : f->feed.error_offset;
	char *message = cut ? strdup("the file is cut here") : f->feed.error;
	uint64_t from = f->event_open ? f->event_start : find_event(f, f->last_end);
	uint64_t next = from;

	if (!cut)
		f->feed.error = NULL;
	/* No event was begun since the parser started there: its own start tag is broken. */
	if (f->event_open || from == f->feed.start) {
		next = find_event(f, from + 1);
		add_damaged(f, from, next);
	} else if (from <= at) {
		free(message);	/* told when the parser that begins there meets it again */
		restart(f, from);
		return;
	} else {
		from = find_headless(f, next);
		if (from != NOT_FOUND)
			add_damaged(f, from, next);
	}
	f->cut_told = f->cut_told || cut;
	tell(f, at, message);
	if (!f->complete)
		restart(f, next);
}

static size_t
step(struct freb_file *f)
{
	ssize_t n;

	if (!f->feed.parser) {
		if (freb_feed_open(&f->feed, &f->collect, f->pos, false) < 0) {
			f->failed = -ENOMEM;
			return 0;
		}
		f->feed.arg = f;
		f->feed.on_start = on_start;
		f->feed.on_event = on_event;
	}
	n = freb_pread(f->fd, f->chunk, f->step, f->pos);
	if (n < 0) {
		f->failed = (int)n;
		return 0;
	}
	if (n > 0)
		freb_feed_push(&f->feed, f->chunk, (size_t)n);
	else
		freb_feed_end(&f->feed);
	f->pos += (uint64_t)n;
	f->step = f->step * 2 < FREB_CHUNK ? f->step * 2 : FREB_CHUNK;
	f->root_closed = f->root_closed || f->feed.root_closed;
	if (f->feed.failed)
		recover(f);
	else if (n == 0)
		finish(f);
	return (size_t)n;
}

int
freb_index(struct freb_file *f, size_t bytes)
{
	size_t done = 0;

	while (!f->complete && !f->failed && done <= bytes)
		done += step(f) + 1;
	if (f->failed && !f->complete)
		finish(f);
	return f->failed ? f->failed : !f->complete;
}

int
freb_index_all(struct freb_file *f)
{
	int result;

	do
		result = freb_index(f, SIZE_MAX / 2);
	while (result > 0);
	return result;
}

bool
freb_is_complete(const struct freb_file *f)
{
	return f->complete;
}

uint64_t
freb_indexed(const struct freb_file *f)
{
	return f->complete ? f->size : f->pos;
}

size_t
freb_count(const struct freb_file *f)
{
	return f->count;
}

const struct freb_entry *
freb_entry(const struct freb_file *f, size_t index)
{
	return index < f->count ? &f->entries[index] : NULL;
}

const char *
freb_opcode_name(const struct freb_file *f, uint32_t opcode)
{
	return opcode < f->names.count ? f->names.at[opcode].name : "";
}

bool
freb_is_truncated(const struct freb_file *f)
{
	return f->complete && f->count > 0 &&
	       strcmp(freb_opcode_name(f, f->entries[f->count - 1].opcode),
		      "LOG_FILE_MAX_SIZE_TRUNCATE") == 0;
}

size_t
freb_partner(const struct freb_file *f, size_t index)
{
	return index < f->count && f->partner[index] != FREB_NONE ? f->partner[index] : SIZE_MAX;
}

size_t
freb_parent(const struct freb_file *f, size_t index)
{
	return index < f->count && f->parent[index] != FREB_NONE ? f->parent[index] : SIZE_MAX;
}
