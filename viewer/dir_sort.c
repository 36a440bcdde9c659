/* SPDX-License-Identifier: MIT */
/*
 * The order of the list, and which traces of a directory are meant.
 */
#include <config.h>

#include "viewer/dir_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
by_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* "502.3" as a number, so that 404.11 comes after 404.2. */
static int64_t
status_number(const char *status)
{
	unsigned int major = 0, minor = 0;

	if (!status || sscanf(status, "%9u.%9u", &major, &minor) < 1)
		return -1;
	return (int64_t)major * 1000000000 + minor;
}

static int
compare_by(const struct dir_entry *a, const struct dir_entry *b, enum dir_sort sort)
{
	switch (sort) {
	case DIR_BY_TIME:
		return -by_number(a->time_ms, b->time_ms);
	case DIR_BY_FILE:
		return 0;
	case DIR_BY_STATUS:
		return by_number(status_number(a->status), status_number(b->status));
	case DIR_BY_TAKEN:
		return by_number(a->taken_ms, b->taken_ms);
	case DIR_BY_URL:
		return by_text(a->url, b->url);
	case DIR_BY_CLIENT:
		return by_text(a->client, b->client);
	case DIR_BY_SIZE:
		return by_number((int64_t)a->size, (int64_t)b->size);
	}
	return 0;
}

static int
compare_entries(const void *a, const void *b, void *arg)
{
	const struct dir_entry *x = a;
	const struct dir_entry *y = b;
	const struct dir *d = arg;
	int result = compare_by(x, y, d->sort);

	/* Of one moment, the higher number is the later one. */
	if (result == 0)
		result = d->sort == DIR_BY_TIME ? -strcmp(x->file, y->file)
						: strcmp(x->file, y->file);
	if (result == 0)
		result = strcmp(x->path, y->path);
	return d->reverse ? -result : result;
}

void
dir_sort(struct dir *d, enum dir_sort sort, bool reverse)
{
	d->sort = sort;
	d->reverse = reverse;
	if (d->count > 1)
		qsort_r(d->entries, d->count, sizeof(*d->entries), compare_entries, d);
}

void
dir_limit(struct dir *d, int64_t since_ms, int64_t until_ms, size_t tail)
{
	enum dir_sort sort = d->sort;
	bool reverse = d->reverse;
	size_t kept = 0;

	if (since_ms == INT64_MIN && until_ms == INT64_MAX && tail == 0)
		return;
	dir_read_all(d);
	dir_sort(d, DIR_BY_TIME, false);
	for (size_t i = 0; i < d->count; i++) {
		struct dir_entry *e = &d->entries[i];

		if (e->time_ms < since_ms || e->time_ms > until_ms || (tail && kept == tail))
			dir_entry_done(e);
		else
			d->entries[kept++] = *e;
	}
	d->count = kept;
	dir_sort(d, sort, reverse);
}
