/* SPDX-License-Identifier: MIT */
/*
 * trace_files - what test_folder and test_writer share: a temporary folder per
 * test, looking into it, and an on_message that counts.
 */
#ifndef TESTS_UNIT_TRACE_FILES_H
#define TESTS_UNIT_TRACE_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/buf.h"

static char top[64];		/* of one test; removed after it */
static atomic_int errors, infos;	/* messages so far */
static char message[512];	/* the last one */

static inline void
on_message(bool error, const char *text)
{
	atomic_fetch_add(error ? &errors : &infos, 1);
	snprintf(message, sizeof(message), "%s", text);
}

static inline int
make_top(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), P_tmpdir "/test_writer.XXXXXX");
	atomic_store(&errors, 0);
	atomic_store(&infos, 0);
	message[0] = '\0';
	return mkdtemp(top) ? 0 : -1;
}

static inline int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* Removes a folder and all that is in it. */
static inline void
remove_all(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int
remove_top(void **state)
{
	(void)state;
	remove_all(top);
	return access(top, F_OK) == 0 ? -1 : 0;
}

static inline const char *
path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static inline bool
is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

/* Entries of top/name, whatever they are called. */
static inline size_t
count_entries(const char *name)
{
	DIR *dir = opendir(path_of(name));
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	return n;
}

static inline char *
read_file(const char *name)
{
	struct buf text = BUF_INIT;
	char part[4096];
	ssize_t n;
	int fd = open(path_of(name), O_RDONLY);

	assert_true(fd >= 0);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_put(&text, part, (size_t)n);
	close(fd);
	return buf_take(&text);
}

static inline void
make_file(const char *name, time_t written)
{
	struct timespec times[2] = { { .tv_sec = written }, { .tv_sec = written } };
	int fd = open(path_of(name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

#endif
