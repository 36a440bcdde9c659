/* SPDX-License-Identifier: MIT */
/* prune - see prune.h. */
#include <config.h>

#include "trace/prune.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE_SECONDS 600

void
prune_name(uint32_t number, char name[static PRUNE_NAME])
{
	snprintf(name, PRUNE_NAME, "fr%06u.xml", number);
}

/* The number of a trace's name; false for every other name. */
static bool
number_of(const char *name, uint32_t *number)
{
	char same[PRUNE_NAME];
	unsigned long long n;

	if (strncmp(name, "fr", 2) != 0 || !isdigit((unsigned char)name[2]))
		return false;
	n = strtoull(name + 2, NULL, 10);
	if (n > UINT32_MAX)
		return false;
	prune_name((uint32_t)n, same);
	*number = (uint32_t)n;
	return strcmp(name, same) == 0;
}

static int
add(struct prune_list *list, uint32_t number, const struct timespec *written)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		struct prune_file *files = realloc(list->files, cap * sizeof(*files));

		if (!files)
			return -ENOMEM;
		list->files = files;
		list->cap = cap;
	}
	list->files[list->count++] = (struct prune_file){
		.written_ns = (int64_t)written->tv_sec * 1000000000 + written->tv_nsec,
		.number = number,
	};
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct prune_file *x = a, *y = b;

	if (x->written_ns != y->written_ns)
		return x->written_ns < y->written_ns ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int
scan_entry(int folder, const char *name, time_t now, struct prune_list *out)
{
	bool temporary = strncmp(name, PRUNE_TEMPORARY, sizeof(PRUNE_TEMPORARY) - 1) == 0;
	uint32_t number = 0;
	struct stat st;

	if (!temporary && !number_of(name, &number))
		return 0;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	if (!temporary)
		return add(out, number, &st.st_mtim);
	if (st.st_mtime < now - STALE_SECONDS)
		unlinkat(folder, name, 0);
	return 0;
}

int
prune_scan(int folder, struct prune_list *out)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	time_t now = time(NULL);
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	while (err == 0 && (entry = readdir(dir)))
		err = scan_entry(folder, entry->d_name, now, out);
	closedir(dir);
	if (out->count)
		qsort(out->files, out->count, sizeof(*out->files), by_time);
	return err;
}

void
prune_list_done(struct prune_list *list)
{
	free(list->files);
	memset(list, 0, sizeof(*list));
}

size_t
prune_delete(int folder, const struct prune_list *list, size_t keep, uint32_t spare, size_t *left)
{
	size_t failed = 0, gone = 0;

	for (size_t i = 0; i < list->count && list->count - gone - failed > keep; i++) {
		char name[PRUNE_NAME];

		if (list->files[i].number == spare)
			continue;
		prune_name(list->files[i].number, name);
		if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
			gone++;
		else
			failed++;
	}
	*left = list->count - gone;
	return failed;
}
