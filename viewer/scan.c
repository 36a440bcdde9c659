/* SPDX-License-Identifier: MIT */
/*
 * The list's look into traces.  A slice is a megabyte of indexing or some
 * hundred events of a filter: a key never waits longer.
 */
#include <config.h>
#include "viewer/scan.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/glance.h"

enum {
	SLICE_BYTES = 1 << 20, SLICE_EVENTS = 500,
	GLANCE_MAX = 16 << 20,	/* bytes read in one go: some milliseconds */
};

void
scan_init(struct scan *s)
{
	*s = (struct scan){ .generation = 1 };
}

static void
close_file(struct scan *s)
{
	freb_close(s->file);
	free(s->path);
	s->file = NULL;
	s->path = NULL;
	s->event = 0;
}

void
scan_done(struct scan *s)
{
	if (s->file)
		close_file(s);
	for (size_t i = 0; i < s->cap; i++) {
		if (s->items[i].path)
			facts_done(&s->items[i].facts);
		free(s->items[i].path);
	}
	free(s->items);
	*s = (struct scan){ .generation = 1 };
}

/* ---- table ---- */

static size_t
slot_of(const struct scan_item *items, size_t cap, const char *path)
{
	uint64_t h = 1469598103934665603u;	/* FNV-1a */

	for (const char *p = path; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	size_t i = (size_t)h & (cap - 1);

	while (items[i].path && strcmp(items[i].path, path) != 0)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool
grow(struct scan *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct scan_item *items = calloc(cap, sizeof(*items));

	if (!items)
		return false;
	for (size_t i = 0; i < s->cap; i++) {
		if (s->items[i].path)
			items[slot_of(items, cap, s->items[i].path)] = s->items[i];
	}
	free(s->items);
	s->items = items;
	s->cap = cap;
	return true;
}

static struct scan_item *
find(const struct scan *s, const struct dir_entry *e)
{
	if (!s->cap)
		return NULL;
	struct scan_item *item = &s->items[slot_of(s->items, s->cap, e->path)];

	return item->path && item->mtime_ns == e->mtime_ns ? item : NULL;
}

/* The item of that file as it is now; a changed file starts anew. */
static struct scan_item *
obtain(struct scan *s, const struct dir_entry *e)
{
	if (s->used * 2 >= s->cap && !grow(s))
		return NULL;
	struct scan_item *item = &s->items[slot_of(s->items, s->cap, e->path)];

	if (!item->path) {
		item->path = strdup(e->path);
		if (!item->path)
			return NULL;
		s->used++;
	} else if (item->mtime_ns == e->mtime_ns) {
		return item;
	}
	facts_done(&item->facts);
	item->mtime_ns = e->mtime_ns;
	item->failed = false;
	item->asked = 0;
	return item;
}

const struct facts *
scan_facts(const struct scan *s, const struct dir_entry *e)
{
	const struct scan_item *item = find(s, e);

	return item && item->facts.known ? &item->facts : NULL;
}

bool
scan_is_known(const struct scan *s, const struct dir_entry *e)
{
	const struct scan_item *item = find(s, e);

	return item && (item->facts.known || item->failed);
}

void
scan_new_filter(struct scan *s)
{
	s->generation++;
	s->event = 0;
}

/* ---- work ---- */

/* Opens and indexes; SCAN_YES when the whole trace is indexed, SCAN_NO when it cannot be. */
static enum scan_answer
index_step(struct scan *s, const struct dir_entry *e)
{
	char *error = NULL;

	if (s->file && (strcmp(s->path, e->path) != 0 || s->mtime_ns != e->mtime_ns))
		close_file(s);
	if (!s->file) {
		int rc = freb_open(e->path, &s->file, &error);

		free(error);
		if (rc) {
			s->file = NULL;
			return SCAN_NO;
		}
		s->path = strdup(e->path);
		if (!s->path) {
			close_file(s);
			return SCAN_NO;
		}
		s->mtime_ns = e->mtime_ns;
		s->event = 0;
	}
	if (freb_is_complete(s->file))
		return SCAN_YES;
	int rc = freb_index(s->file, SLICE_BYTES);
	return rc < 0 ? SCAN_NO : rc > 0 ? SCAN_MORE : SCAN_YES;
}

static enum scan_answer
know(struct scan *s, struct scan_item *item, const struct dir_entry *e)
{
	enum scan_answer a = index_step(s, e);

	if (a == SCAN_NO) {
		item->failed = true;
		return SCAN_YES;
	}
	if (a == SCAN_YES)
		facts_gather(&item->facts, s->file);
	return a;
}

enum scan_answer
scan_facts_step(struct scan *s, const struct dir_entry *e)
{
	struct scan_item *item = obtain(s, e);

	if (!item || item->facts.known || item->failed)
		return SCAN_YES;
	return know(s, item, e);
}

/* The trace's own fields first; then its events, some at a time. */
static enum scan_answer
ask_events(struct scan *s, struct scan_item *item, struct filter_subject *q,
	   const struct filter *filter)
{
	if (!filter_asks_events(filter)) {
		item->match = filter_trace(filter, q);
		return item->match ? SCAN_YES : SCAN_NO;
	}
	q->file = s->file;
	for (int n = 0; n < SLICE_EVENTS; n++) {
		if (s->event >= freb_count(s->file))
			return SCAN_NO;
		q->event = s->event++;
		if (filter_event(filter, q))
			return SCAN_YES;
	}
	return SCAN_MORE;
}

/* The bytes say that no event can pass; asked once, before the file is indexed. */
static bool
cannot_match(const struct scan *s, const struct dir_entry *e, const struct filter *filter)
{
	const char *word = filter_word(filter);

	if (!word || !filter_asks_events(filter) || e->size > GLANCE_MAX ||
	    (s->file && strcmp(s->path, e->path) == 0))
		return false;
	return !glance(e->path, word);
}

enum scan_answer
scan_filter_step(struct scan *s, const struct dir_entry *e, const struct filter *filter,
		 int64_t now_ms)
{
	struct scan_item *item = obtain(s, e);

	if (!item)
		return SCAN_NO;
	if (item->asked == s->generation)
		return item->match ? SCAN_YES : SCAN_NO;
	struct filter_subject q = { .trace = e, .facts = &item->facts, .now_ms = now_ms };
	enum scan_answer a;

	if (!filter_asks_events(filter) && !filter_asks_facts(filter, e)) {
		a = filter_trace(filter, &q) ? SCAN_YES : SCAN_NO;
	} else if (cannot_match(s, e, filter)) {
		a = SCAN_NO;
	} else {
		a = index_step(s, e);
		if (a == SCAN_MORE)
			return a;
		if (a == SCAN_YES && !item->facts.known)
			facts_gather(&item->facts, s->file);
		item->failed = a == SCAN_NO;
		a = a == SCAN_NO ? SCAN_NO : ask_events(s, item, &q, filter);
	}
	if (a != SCAN_MORE) {
		item->asked = s->generation;
		item->match = a == SCAN_YES;
		s->event = 0;
	}
	return a;
}
