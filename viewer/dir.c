/* SPDX-License-Identifier: MIT */
/*
 * dir - see dir.h.
 *
 * A refresh asks stat() first and reads only what is new or changed; entries
 * are found again by path through a sorted list of pointers, so that ten
 * thousand files cost no more than ten thousand calls of stat().
 */
#include <config.h>

#include "viewer/dir_private.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
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

/* ---- heads ---- */

void
dir_read(struct dir *d, struct dir_entry *e)
{
	if (!e->unread)
		return;
	d->unread--;
	dir_entry_read(e);
}

bool
dir_read_some(struct dir *d, size_t most)
{
	for (size_t n = 0; n < most && d->unread > 0; n++) {
		while (d->next < d->count && !d->entries[d->next].unread)
			d->next++;
		if (d->next >= d->count)
			d->next = 0;
		dir_read(d, &d->entries[d->next]);
	}
	return d->unread > 0;
}

void
dir_read_all(struct dir *d)
{
	if (d->unread == 0)
		return;
	while (dir_read_some(d, SIZE_MAX))
		;
	dir_sort(d, d->sort, d->reverse);
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
	bool names_only;		/* new entries stay unread */
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
	struct dir_entry *e = &d->entries[d->count++];

	*e = (struct dir_entry){ .path = path, .file = dir_last_part(path), .unread = true,
				 .why = '?', .time_ms = INT64_MIN, .taken_ms = -1,
				 .site = -1, .pid = -1 };
	d->unread++;
	if (!s->names_only)
		dir_read(d, e);
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
	if (e->unread) {
		dir_read(s->d, e);
	} else if (e->gone || is_changed(e)) {
		dir_entry_read(e);
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
		/* What was never looked at and is not there any more leaves nothing to show. */
		if (gone)
			dir_read(d, e);
		if (gone && drop_gone)
			dir_entry_done(e);
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
dir_list(struct dir *d, char *const *paths, size_t count, char **error)
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
	s.names_only = true;
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
dir_open(struct dir *d, char *const *paths, size_t count, char **error)
{
	int result = dir_list(d, paths, count, error);

	dir_read_all(d);
	return result;
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
		dir_entry_done(&d->entries[i]);
	for (size_t i = 0; i < d->path_count; i++)
		free(d->paths[i]);
	free(d->entries);
	free(d->paths);
	memset(d, 0, sizeof(*d));
}

size_t
dir_find(const struct dir *d, const char *path)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->entries[i].path, path) == 0)
			return i;
	return SIZE_MAX;
}
