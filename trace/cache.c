/* SPDX-License-Identifier: MIT */
/*
 * cache - single events on demand: read again by offset, decoded, the last
 * ones kept.  Also the small questions about an event's data.
 *
 * Reading one event again costs 20 microseconds, keeping all of a gigabyte
 * would cost gigabytes: hence offsets and a cache of 256.  Source: VIEWER 2.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char end_tag[] = "</Event>";

/* Where the bytes of an event end at the latest: the next event, or what was read so far. */
static uint64_t
limit_of(const struct freb_file *f, size_t index)
{
	uint64_t end = index + 1 < f->count ? f->entries[index + 1].offset : f->size;

	if (end - f->entries[index].offset > FREB_EVENT_MAX)
		end = f->entries[index].offset + FREB_EVENT_MAX;
	return end;
}

static int
read_bytes(const struct freb_file *f, uint64_t offset, uint64_t end, char **bytes, size_t *len)
{
	size_t want = (size_t)(end - offset);
	char *data = malloc(want + 1);
	ssize_t got;

	*bytes = NULL;
	*len = 0;
	if (!data)
		return -ENOMEM;
	got = freb_pread(f->fd, data, want, offset);
	if (got < 0) {
		free(data);
		return (int)got;
	}
	data[got] = '\0';
	*bytes = data;
	*len = (size_t)got;
	return 0;
}

static const char *
last_of(const char *bytes, size_t len, const char *word)
{
	const char *found = NULL;
	const char *at = bytes;

	while ((at = memmem(at, len - (size_t)(at - bytes), word, strlen(word))) != NULL)
		found = at++;
	return found;
}

/* Without what follows the event: up to the last </Event>, else to the end of the trace. */
static size_t
raw_length(const char *bytes, size_t len)
{
	const char *at = last_of(bytes, len, end_tag);

	if (at)
		return (size_t)(at - bytes) + sizeof(end_tag) - 1;
	at = last_of(bytes, len, "</failedRequest>");
	if (at)
		len = (size_t)(at - bytes);
	while (len > 0 && strchr(" \t\r\n", bytes[len - 1]))
		len--;
	return len;
}

int
freb_event_raw(struct freb_file *f, size_t index, char **bytes, size_t *len)
{
	int result;

	*bytes = NULL;
	*len = 0;
	if (index >= f->count)
		return -EINVAL;
	result = read_bytes(f, f->entries[index].offset, limit_of(f, index), bytes, len);
	if (result == 0) {
		*len = raw_length(*bytes, *len);
		(*bytes)[*len] = '\0';
	}
	return result;
}

static struct freb_event *
parse(struct freb_file *f, size_t index)
{
	bool damaged = f->entries[index].flags & FREB_DAMAGED;
	struct freb_event *e;
	char *bytes;
	size_t len;
	int result;

	if (read_bytes(f, f->entries[index].offset, limit_of(f, index), &bytes, &len) < 0)
		return NULL;
	if (damaged)
		len = raw_length(bytes, len);
	result = freb_parse_event(bytes, len, damaged, &f->one);
	/* The file may have changed since the index was made. */
	if (result == -EBADMSG && !damaged)
		result = freb_parse_event(bytes, len, true, &f->one);
	free(bytes);
	if (result == -ENOMEM)
		return NULL;
	e = freb_collect_event(&f->one);
	if (e) {
		e->no = index + 1;
		e->damaged = e->damaged || damaged || result < 0;
		if (f->change)
			f->change(e, f->change_context);
	}
	return e;
}

static struct freb_cached *
oldest(struct freb_file *f)
{
	struct freb_cached *best = &f->lru[0];

	for (size_t i = 0; i < FREB_LRU && best->event; i++)
		if (!f->lru[i].event || f->lru[i].used < best->used)
			best = &f->lru[i];
	return best;
}

const struct freb_event *
freb_event(struct freb_file *f, size_t index)
{
	struct freb_cached *slot;
	struct freb_event *e;

	if (index >= f->count)
		return NULL;
	for (size_t i = 0; i < FREB_LRU; i++) {
		if (f->lru[i].event && f->lru[i].index == index) {
			f->lru[i].used = ++f->tick;
			return f->lru[i].event;
		}
	}
	e = parse(f, index);
	if (!e)
		return NULL;
	slot = oldest(f);
	free(slot->event);
	*slot = (struct freb_cached){ .event = e, .index = index, .used = ++f->tick };
	return e;
}

void
freb_on_event(struct freb_file *f, void (*change)(struct freb_event *e, void *context),
	      void *context)
{
	freb_cache_done(f);
	f->change = change;
	f->change_context = context;
}

void
freb_cache_done(struct freb_file *f)
{
	for (size_t i = 0; i < FREB_LRU; i++)
		free(f->lru[i].event);
	memset(f->lru, 0, sizeof(f->lru));
}

const struct freb_data *
freb_data_get(const struct freb_event *e, const char *name)
{
	for (size_t i = 0; i < e->data_count; i++)
		if (strcmp(e->data[i].name, name) == 0)
			return &e->data[i];
	return NULL;
}

const char *
freb_data_shown(const struct freb_data *d)
{
	return d->text && d->text[0] ? d->text : d->value;
}

bool
freb_data_is_hidden(const struct freb_data *d)
{
	return strcmp(d->name, "ContextId") == 0 || strcmp(d->name, "ConnID") == 0 ||
	       strcmp(d->name, "Context ID") == 0;
}
