/* SPDX-License-Identifier: MIT */
/*
 * dir - see dir.h.
 *
 * A refresh asks stat() first and reads only what is new or changed; entries
 * are found again by path through a sorted list of pointers, so that ten
 * thousand files cost no more than ten thousand calls of stat().
 */
#include <config.h>

#include "viewer/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/buf.h"

bool
dir_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- entries ---- */

static void
clear_facts(struct dir_entry *e)
{
	free(e->url);
	free(e->verb);
	free(e->status);
	free(e->reason);
	free(e->client);
	free(e->server);
	free(e->farm);
	free(e->grade);
	free(e->message);
}

static void
entry_done(struct dir_entry *e)
{
	clear_facts(e);
	free(e->path);
}

static char *
copy_of(const struct freb_root *root, const char *name)
{
	const char *value = freb_attr(root, name);

	return value ? strdup(value) : NULL;
}

static char
why_of(const char *reason)
{
	static const struct {
		const char *reason;	/* failureReason */
		char letter;
	} reasons[] = {
		{ "STATUS_CODE", 'S' },
		{ "TIME_TAKEN", 'T' },
		{ "EVENT_VERBOSITY_LEVEL", 'E' },
		{ "SERVER_VARIABLE", 'V' },
	};

	for (size_t i = 0; reason && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reason, reasons[i].reason) == 0)
			return reasons[i].letter;
	return '?';
}

static int64_t
number(const char *text)
{
	char *end;
	long long value;

	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? value : -1;
}

/* Reads the file's head into e, whose path is set. */
static void
read_entry(struct dir_entry *e)
{
	struct freb_peek p;
	int result = freb_peek(e->path, &p);
	const char *slash = strrchr(e->path, '/');
	char *path = e->path;

	clear_facts(e);
	*e = (struct dir_entry){
		.path = path,
		.file = slash ? slash + 1 : path,
		.url = copy_of(&p.root, "url"),
		.verb = copy_of(&p.root, "verb"),
		.status = copy_of(&p.root, "statusCode"),
		.reason = copy_of(&p.root, "failureReason"),
		.why = why_of(freb_attr(&p.root, "failureReason")),
		.client = copy_of(&p.root, "fp:client"),
		.server = copy_of(&p.root, "fp:server"),
		.farm = copy_of(&p.root, "fp:farm"),
		.grade = copy_of(&p.root, "fp:grade"),
		.time_ms = p.time_ms != INT64_MIN ? p.time_ms : p.mtime_ns / 1000000,
		.taken_ms = number(freb_attr(&p.root, "timeTaken")),
		.size = p.size,
		.mtime_ns = p.mtime_ns,
		.damaged = p.damaged || result < 0,
		.message = p.message ? strdup(p.message) : NULL,
	};
	if (result < 0 && !e->message)
		e->message = strdup(strerror(-result));
	freb_peek_done(&p);
}

static bool
is_changed(const struct dir_entry *e)
{
	struct stat st;

	return stat(e->path, &st) == 0 &&
	       ((uint64_t)st.st_size != e->size ||
		(int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != e->mtime_ns);
}

/* ---- looking at the folders ---- */

struct scan {
	struct dir *d;
	struct dir_entry **by_path;	/* the entries before the scan, sorted */
	bool *seen;			/* one per entry before the scan */
	size_t known;			/* entries before the scan */
	struct dir_change change;
	int failed;			/* -ENOMEM */
};

static int
compare_paths(const void *a, const void *b)
{
	const struct dir_entry *const *x = a;
	const struct dir_entry *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static struct dir_entry *
find_known(const struct scan *s, const char *path)
{
	struct dir_entry key = { .path = (char *)(uintptr_t)path };
	struct dir_entry *at = &key;
	struct dir_entry **found;

	if (s->known == 0)
		return NULL;
	found = bsearch(&at, s->by_path, s->known, sizeof(at), compare_paths);
	return found ? *found : NULL;
}

/* New entries wait behind the known ones; by_path points at copies until then. */
static void
add_new(struct scan *s, char *path)
{
	struct dir *d = s->d;

	if (d->count == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 64;
		struct dir_entry *entries = realloc(d->entries, cap * sizeof(*entries));

		if (!entries) {
			free(path);
			s->failed = -ENOMEM;
			return;
		}
		/* The known entries moved with the array. */
		for (size_t i = 0; i < s->known; i++)
			s->by_path[i] = entries + (s->by_path[i] - d->entries);
		d->entries = entries;
		d->cap = cap;
	}
	d->entries[d->count] = (struct dir_entry){ .path = path };
	read_entry(&d->entries[d->count++]);
	s->change.added++;
}

/* Takes path. */
static void
take_file(struct scan *s, char *path)
{
	struct dir_entry *e;

	if (!path) {
		s->failed = -ENOMEM;
		return;
	}
	e = find_known(s, path);
	if (!e) {
		add_new(s, path);
		return;
	}
	free(path);
	s->seen[e - s->d->entries] = true;
	if (e->gone || is_changed(e)) {
		read_entry(e);
		s->change.changed++;
	}
}

static char *
join(const char *folder, const char *name)
{
	struct buf path = BUF_INIT;
	size_t len = strlen(folder);

	while (len > 1 && folder[len - 1] == '/')
		len--;
	buf_put(&path, folder, len);
	if (len != 1 || folder[0] != '/')
		buf_putc(&path, '/');
	buf_puts(&path, name);
	return buf_take(&path);
}

static bool
is_site_folder(const char *name)
{
	return strncmp(name, "W3SVC", 5) == 0 && name[5] &&
	       strspn(name + 5, "0123456789") == strlen(name + 5);
}

static int
scan_folder(struct scan *s, const char *folder, bool sites)
{
	DIR *dir = opendir(folder);
	struct dirent *item;

	if (!dir)
		return -errno;
	while (!s->failed && (item = readdir(dir)) != NULL) {
		char *path;

		if (fnmatch("fr*.xml", item->d_name, FNM_CASEFOLD) == 0) {
			take_file(s, join(folder, item->d_name));
		} else if (sites && is_site_folder(item->d_name)) {
			path = join(folder, item->d_name);
			if (path)
				scan_folder(s, path, false);
			free(path);
		}
	}
	closedir(dir);
	return 0;
}

static int
scan_operand(struct scan *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return scan_folder(s, path, true);
	take_file(s, strdup(path));
	return 0;
}

static int
scan_begin(struct scan *s, struct dir *d)
{
	memset(s, 0, sizeof(*s));
	s->d = d;
	s->known = d->count;
	if (d->count == 0)
		return 0;
	s->by_path = calloc(d->count, sizeof(struct dir_entry *));
	s->seen = calloc(d->count, sizeof(bool));
	if (!s->by_path || !s->seen) {
		free(s->by_path);
		free(s->seen);
		return -ENOMEM;
	}
	for (size_t i = 0; i < d->count; i++)
		s->by_path[i] = &d->entries[i];
	qsort(s->by_path, d->count, sizeof(struct dir_entry *), compare_paths);
	return 0;
}

static void
scan_end(struct scan *s, bool drop_gone)
{
	struct dir *d = s->d;
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++) {
		struct dir_entry *e = &d->entries[i];
		bool gone = i < s->known && !s->seen[i];

		s->change.gone += gone && !e->gone;
		e->gone = gone;
		if (gone && drop_gone)
			entry_done(e);
		else
			d->entries[kept++] = *e;
	}
	d->count = kept;
	free(s->by_path);
	free(s->seen);
	dir_sort(d, d->sort, d->reverse);
}

/* ---- the public side ---- */

static int
copy_paths(struct dir *d, char *const *paths, size_t count)
{
	d->paths = calloc(count ? count : 1, sizeof(char *));
	if (!d->paths)
		return -ENOMEM;
	for (d->path_count = 0; d->path_count < count; d->path_count++) {
		d->paths[d->path_count] = strdup(paths[d->path_count]);
		if (!d->paths[d->path_count])
			return -ENOMEM;
	}
	return 0;
}

int
dir_open(struct dir *d, char *const *paths, size_t count, char **error)
{
	struct scan s;
	int result;

	memset(d, 0, sizeof(*d));
	*error = NULL;
	result = copy_paths(d, paths, count);
	if (result == 0)
		result = scan_begin(&s, d);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count && !s.failed; i++) {
		int one = scan_operand(&s, paths[i]);

		if (one < 0 && result == 0) {
			struct buf text = BUF_INIT;

			result = one;
			buf_putf(&text, "%s: %s", paths[i], strerror(-one));
			*error = buf_take(&text);
		}
	}
	scan_end(&s, false);
	return s.failed ? s.failed : result;
}

int
dir_refresh(struct dir *d, bool drop_gone, struct dir_change *change)
{
	struct scan s;
	int result = scan_begin(&s, d);

	memset(change, 0, sizeof(*change));
	if (result < 0)
		return result;
	for (size_t i = 0; i < d->path_count && !s.failed; i++)
		scan_operand(&s, d->paths[i]);
	scan_end(&s, drop_gone);
	*change = s.change;
	return s.failed;
}

void
dir_done(struct dir *d)
{
	for (size_t i = 0; i < d->count; i++)
		entry_done(&d->entries[i]);
	for (size_t i = 0; i < d->path_count; i++)
		free(d->paths[i]);
	free(d->entries);
	free(d->paths);
	memset(d, 0, sizeof(*d));
}

/* ---- order ---- */

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

size_t
dir_find(const struct dir *d, const char *path)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->entries[i].path, path) == 0)
			return i;
	return SIZE_MAX;
}

void
dir_limit(struct dir *d, int64_t since_ms, int64_t until_ms, size_t tail)
{
	enum dir_sort sort = d->sort;
	bool reverse = d->reverse;
	size_t kept = 0;

	dir_sort(d, DIR_BY_TIME, false);
	for (size_t i = 0; i < d->count; i++) {
		struct dir_entry *e = &d->entries[i];

		if (e->time_ms < since_ms || e->time_ms > until_ms || (tail && kept == tail))
			entry_done(e);
		else
			d->entries[kept++] = *e;
	}
	d->count = kept;
	dir_sort(d, sort, reverse);
}
