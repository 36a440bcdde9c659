/* SPDX-License-Identifier: MIT */
/*
 * folder - see folder.h.
 *
 * A file is written under a temporary name and renamed without overwriting, so
 * that a reader never meets half a trace and two programs can share a folder.
 * The folder stays open: names are looked up in it, not along its path.
 */
#include <config.h>

#include "trace/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/buf.h"
#include "trace/prune.h"

#define DEFAULT_MAX_FILES 50u
#define LOOK_AGAIN_MS 180000u	/* between two traces: FORMAT 1 */
#define TRIES 41u		/* numbers tried on a clash: FORMAT 1 */
#define FAILED_DELETIONS 30u	/* more than these close a folder: FORMAT 1 */
#define CLOSED_MS 30000u	/* for so long: FORMAT 1 */
#define TELL_MS 60000u		/* between two messages of a folder */
#define OPEN_FOLDERS 64u	/* more are closed and forgotten */

struct folder {
	char *path;		/* directory/W3SVC<site> */
	size_t directory_len;	/* bytes of .path that are the directory */
	uint32_t site_id;	/* of .path */
	int fd;			/* of .path, -1 = not open */
	uint32_t number;	/* of the last file */
	size_t files;		/* kept by the last clean-up, and written since */
	uint64_t used_ms;	/* last trace */
	uint64_t closed_until_ms;	/* 0 = not closed */
	uint64_t told_ms;	/* last message on a failure, 0 = none */
	uint64_t lost;		/* traces since that message */
	bool failing;		/* the last trace was lost */
	struct folder *next;	/* the next less recently used */
};

struct folders {
	struct folder *recent;	/* most recently used first */
	void (*on_message)(bool error, const char *text);	/* operator log */
	char temporary[32];	/* name of the unfinished file, this process's own */
};

/* ---- the table ---- */

struct folders *
folders_new(void (*on_message)(bool error, const char *text))
{
	struct folders *all = calloc(1, sizeof(*all));
	uint32_t random = 0;

	if (!all)
		return NULL;
	all->on_message = on_message;
	/* Processes in two containers can have one id and one folder. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint32_t)(uintptr_t)all;
	snprintf(all->temporary, sizeof(all->temporary), PRUNE_TEMPORARY "%x-%08x",
		 (unsigned int)getpid(), random);
	return all;
}

static void
folder_free(struct folder *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f);
}

void
folders_free(struct folders *all)
{
	if (!all)
		return;
	while (all->recent) {
		struct folder *f = all->recent;

		all->recent = f->next;
		folder_free(f);
	}
	free(all);
}

static struct folder *
folder_new(const char *directory, uint32_t site_id)
{
	struct folder *f = calloc(1, sizeof(*f));
	struct buf path = BUF_INIT;

	if (!f)
		return NULL;
	buf_putf(&path, "%s/W3SVC%u", directory, site_id);
	f->path = buf_take(&path);
	f->directory_len = strlen(directory);
	f->site_id = site_id;
	f->fd = -1;
	if (f->path)
		return f;
	folder_free(f);
	return NULL;
}

static bool
is_folder(const struct folder *f, const char *directory, uint32_t site_id)
{
	return f->site_id == site_id && strncmp(f->path, directory, f->directory_len) == 0 &&
		directory[f->directory_len] == '\0';
}

/* Forgets what was not used for longest, once there are too many. */
static void
forget_oldest(struct folders *all)
{
	struct folder **at = &all->recent;

	for (unsigned int i = 0; *at && i < OPEN_FOLDERS; i++)
		at = &(*at)->next;
	while (*at) {
		struct folder *f = *at;

		*at = f->next;
		folder_free(f);
	}
}

static struct folder *
find_folder(struct folders *all, const char *directory, uint32_t site_id)
{
	struct folder **at = &all->recent;
	struct folder *f;

	while (*at && !is_folder(*at, directory, site_id))
		at = &(*at)->next;
	f = *at;
	if (f)
		*at = f->next;
	else
		f = folder_new(directory, site_id);
	if (!f)
		return NULL;
	f->next = all->recent;
	all->recent = f;
	forget_oldest(all);
	return f;
}

/* ---- opening and looking up ---- */

/* mkdir -p, each level 0750. */
static int
make_path(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0750) && errno != EEXIST) {
			int err = -errno;

			*slash = '/';
			return err;
		}
		*slash = '/';
	}
	return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

static void
close_folder(struct folder *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* The number to go on from is that of the newest file, not the highest: FORMAT 1. */
static int
look_up(struct folder *f)
{
	struct prune_list list;
	int err = prune_scan(f->fd, &list);

	if (err == 0) {
		f->files = list.count;
		f->number = list.count ? list.files[list.count - 1].number : 0;
	}
	prune_list_done(&list);
	return err;
}

static int
open_folder(struct folder *f)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int err;

	close_folder(f);
	f->fd = open(f->path, flags);
	if (f->fd < 0 && errno == ENOENT) {
		err = make_path(f->path);
		if (err)
			return err;
		f->fd = open(f->path, flags);
	}
	if (f->fd < 0)
		return -errno;
	err = look_up(f);
	if (err)
		close_folder(f);
	return err;
}

/* ---- one file ---- */

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_temporary(const struct folder *f, const char *name, const struct folder_file *file)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(f->fd, name, flags, 0640);
	int err;

	if (fd < 0 && errno == EEXIST) {
		unlinkat(f->fd, name, 0);
		fd = openat(f->fd, name, flags, 0640);
	}
	if (fd < 0)
		return -errno;
	err = write_all(fd, file->data, file->len);
	if (close(fd) && err == 0)
		err = -errno;
	if (err)
		unlinkat(f->fd, name, 0);
	return err;
}

static int
rename_without_overwriting(int folder, const char *from, const char *to)
{
	if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Some file systems know no such rename; a link never overwrites either. */
	if (linkat(folder, from, folder, to, 0))
		return -errno;
	unlinkat(folder, from, 0);
	return 0;
}

static int
name_file(struct folder *f, const char *temporary)
{
	int err = -EEXIST;

	for (int round = 0; round < 2 && err == -EEXIST; round++) {
		for (unsigned int i = 0; i < TRIES && err == -EEXIST; i++) {
			char name[PRUNE_NAME];

			f->number = f->number == UINT32_MAX ? 1 : f->number + 1;
			prune_name(f->number, name);
			err = rename_without_overwriting(f->fd, temporary, name);
		}
		if (err == -EEXIST && look_up(f))
			break;
	}
	if (err)
		unlinkat(f->fd, temporary, 0);
	return err;
}

/* Down to half of the limit, so that not every file costs a look through all. */
static void
clean_up(struct folder *f, size_t max, uint64_t now_ms)
{
	size_t keep = max / 2 ? max / 2 : 1;
	struct prune_list list;
	size_t failed = 0;

	if (prune_scan(f->fd, &list) == 0) {
		f->files = list.count;
		if (list.count >= max)
			failed = prune_delete(f->fd, &list, keep, f->number, &f->files);
	}
	prune_list_done(&list);
	if (failed > max || failed > FAILED_DELETIONS)
		f->closed_until_ms = now_ms + CLOSED_MS;
}

static int
write_file(struct folders *all, struct folder *f, const struct folder_file *file, uint64_t now_ms)
{
	size_t max = file->max_log_files ? file->max_log_files : DEFAULT_MAX_FILES;
	bool stale = f->fd < 0 || now_ms - f->used_ms > LOOK_AGAIN_MS;
	int err = 0;

	f->used_ms = now_ms;
	if (now_ms < f->closed_until_ms)
		return -EBUSY;
	if (stale)
		err = open_folder(f);
	if (err == 0)
		err = write_temporary(f, all->temporary, file);
	if (err == -ENOENT && !stale) {	/* somebody removed the folder */
		err = open_folder(f);
		if (err == 0)
			err = write_temporary(f, all->temporary, file);
	}
	if (err == 0)
		err = name_file(f, all->temporary);
	if (err)
		return err;
	f->files++;
	if (f->files >= max)
		clean_up(f, max, now_ms);
	return 0;
}

/* ---- telling ---- */

static void
tell(const struct folders *all, const struct folder *f, int err)
{
	struct buf text = BUF_INIT;
	char reason[128];

	if (err == -EBUSY)
		buf_putf(&text, "%s: old traces cannot be deleted, so none are written for 30 "
			 "seconds (maxLogFiles)", f->path);
	else if (err)
		buf_putf(&text, "%s: a trace cannot be written: %s", f->path,
			 strerror_r(-err, reason, sizeof(reason)));
	else
		buf_putf(&text, "%s: traces are written again", f->path);
	if (f->lost > 1)
		buf_putf(&text, "; %llu traces were lost since the last message",
			 (unsigned long long)f->lost);
	if (!text.error)
		all->on_message(err != 0, buf_text(&text));
	buf_done(&text);
}

static void
tell_result(const struct folders *all, struct folder *f, int err, uint64_t now_ms)
{
	bool recovered = err == 0 && f->failing;

	f->failing = err != 0;
	f->lost += err != 0;
	if (recovered || (err && (f->told_ms == 0 || now_ms - f->told_ms >= TELL_MS))) {
		tell(all, f, err);
		f->lost = 0;
		f->told_ms = err ? now_ms : f->told_ms;
	}
}

int
folders_write(struct folders *all, const struct folder_file *file, uint64_t now_ms)
{
	bool named = file->directory && *file->directory;
	struct folder *f = find_folder(all, named ? file->directory : ".", file->site_id);
	int err;

	if (!f)
		return -ENOMEM;
	err = write_file(all, f, file, now_ms);
	tell_result(all, f, err, now_ms);
	return err;
}
