/* SPDX-License-Identifier: MIT */
/* prune - see prune.h. */
#include <config.h>

#include "trace/prune.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE_SECONDS 600
#define YOUNG_NS ((int64_t)60 * 1000000000)	/* pruned earlier than this: churn */

void
prune_name(uint32_t number, char name[static PRUNE_NAME])
{
	snprintf(name, PRUNE_NAME, "fr%06u.xml", number);
}

/*
 * The number of a trace's name; false for every other name.  The very form
 * prune_name makes: six digits, more only without a leading zero.
 */
static bool
number_of(const char *name, uint32_t *number)
{
	const char *digit = name + 2;
	uint64_t n = 0;

	if (strncmp(name, "fr", 2) != 0)
		return false;
	for (; isdigit((unsigned char)*digit) && n <= UINT32_MAX; digit++)
		n = n * 10 + (uint64_t)(*digit - '0');
	*number = (uint32_t)n;
	return n <= UINT32_MAX && strcmp(digit, ".xml") == 0 &&
		(digit == name + 8 || (digit > name + 8 && name[2] != '0'));
}

/* ---- the list ---- */

static int64_t
ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* The clock that file systems stamp with. */
static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return ns_of(&now);
}

static int
add(struct prune_list *list, const struct prune_file *file)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		struct prune_file *files = realloc(list->files, cap * sizeof(*files));

		if (!files)
			return -ENOMEM;
		list->files = files;
		list->cap = cap;
	}
	list->files[list->count++] = *file;
	return 0;
}

void
prune_add(struct prune_list *list, uint32_t number, ino_t inode)
{
	add(list, &(struct prune_file){
		.written_ns = now_ns(), .inode = inode, .number = number,
	});
}

void
prune_list_done(struct prune_list *list)
{
	free(list->files);
	memset(list, 0, sizeof(*list));
}

static int
by_number(const void *a, const void *b)
{
	const struct prune_file *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int
by_time(const void *a, const void *b)
{
	const struct prune_file *x = a, *y = b;

	if (x->written_ns != y->written_ns)
		return x->written_ns < y->written_ns ? -1 : 1;
	return by_number(a, b);
}

static void
sort(struct prune_list *list, int (*by)(const void *, const void *))
{
	if (list->count)
		qsort(list->files, list->count, sizeof(*list->files), by);
}

/* ---- looking through a folder ---- */

static DIR *
open_dir(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* @known is sorted by number. */
static const struct prune_file *
find(const struct prune_list *known, uint32_t number, ino_t inode)
{
	struct prune_file key = { .number = number };
	const struct prune_file *file = NULL;

	if (known->count)
		file = bsearch(&key, known->files, known->count, sizeof(key), by_number);
	return file && file->inode == inode ? file : NULL;
}

static int
scan_entry(int folder, const struct dirent *entry, const struct prune_list *known,
	   struct prune_list *out)
{
	const struct prune_file *same;
	struct prune_file file;
	struct stat st;

	if (!number_of(entry->d_name, &file.number))
		return 0;
	same = find(known, file.number, entry->d_ino);
	if (same)
		return add(out, same);
	if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	file.written_ns = ns_of(&st.st_mtim);
	file.inode = st.st_ino;
	return add(out, &file);
}

int
prune_scan(int folder, struct prune_list *list)
{
	struct prune_list found = { 0 };
	const struct dirent *entry;
	DIR *dir = open_dir(folder);
	int err = 0;

	if (!dir)
		return -errno;
	sort(list, by_number);
	while (err == 0 && (entry = readdir(dir)))
		err = scan_entry(folder, entry, list, &found);
	closedir(dir);
	if (err) {
		prune_list_done(&found);
		return err;
	}
	sort(&found, by_time);
	prune_list_done(list);
	*list = found;
	return 0;
}

/* ---- deleting ---- */

static bool
is_young(const struct prune_file *file, int64_t now)
{
	return file->written_ns <= now && now - file->written_ns < YOUNG_NS;
}

/* Returns 0 when the file is gone, whoever did it. */
static int
take_away(int folder, const struct prune_file *file, struct spares *spares, int64_t now)
{
	char name[PRUNE_NAME];
	int err = -ENOSPC;

	prune_name(file->number, name);
	if (is_young(file, now))
		err = spare_keep(spares, folder, name);
	if (err && err != -ENOENT)
		err = unlinkat(folder, name, 0) ? -errno : 0;
	return err == -ENOENT ? 0 : err;
}

size_t
prune_delete(int folder, struct prune_list *list, size_t keep, uint32_t newest,
	     struct spares *spares)
{
	size_t failed = 0, gone = 0, kept = 0;
	int64_t now = now_ns();

	for (size_t i = 0; i < list->count; i++) {
		const struct prune_file *file = &list->files[i];
		int err = -EBUSY;

		if (list->count - gone - failed > keep && file->number != newest) {
			err = take_away(folder, file, spares, now);
			failed += err != 0;
			gone += err == 0;
		}
		if (err)
			list->files[kept++] = *file;
	}
	list->count = kept;
	return failed;
}

/* ---- what crashes leave behind ---- */

static bool
is_leftover(int folder, const char *name, time_t now)
{
	unsigned long pid = strtoul(name + sizeof(PRUNE_TEMPORARY) - 1, NULL, 16);
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	if (st.st_mtime < now - STALE_SECONDS)
		return true;
	/* One with our id that is not ours is of a time before us. */
	if (pid == 0 || pid > INT_MAX)
		return false;
	return (pid_t)pid == getpid() || (kill((pid_t)pid, 0) && errno == ESRCH);
}

void
prune_leftovers(int folder, const char *own)
{
	const struct dirent *entry;
	DIR *dir = open_dir(folder);
	time_t now = time(NULL);

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strncmp(name, PRUNE_TEMPORARY, sizeof(PRUNE_TEMPORARY) - 1) == 0 &&
		    strncmp(name, own, strlen(own)) != 0 && is_leftover(folder, name, now))
			unlinkat(folder, name, 0);
	}
	if (dir)
		closedir(dir);
}
