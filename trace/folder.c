/* SPDX-License-Identifier: MIT */
/*
 * folder - see folder.h.
 *
 * A file is written under a temporary name and renamed without overwriting, so
 * that a reader never meets half a trace and two programs can share a folder.
 * While files come and go fast, the temporary file is one that went: spare.c.
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
#include "trace/spare.h"

#define DEFAULT_MAX_FILES 50u
#define LOOK_AGAIN_MS 180000u	/* between two traces: FORMAT 1 */
#define TRIES 41u		/* numbers tried on a clash: FORMAT 1 */
#define FAILED_DELETIONS 30u	/* more than these close a folder: FORMAT 1 */
#define CLOSED_MS 30000u	/* for so long: FORMAT 1 */
#define TELL_MS 60000u		/* between two messages of a folder */
#define OPEN_FOLDERS 64u	/* more are closed and forgotten */
#define SPARE_MS 10000u		/* without a trace, then the spares go */

struct folder {
	char *path;		/* directory/W3SVC<site> */
	size_t directory_len;	/* bytes of .path that are the directory */
	uint32_t site_id;	/* of .path */
	int fd;			/* of .path, -1 = not open */
	uint32_t number;	/* of the last file */
	struct prune_list files;	/* kept by the last clean-up, and written since */
	struct spares spares;	/* taken away by clean-ups, to be overwritten */
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
	char own[SPARE_OWN];	/* the unfinished file; begins the spares' names */
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
	snprintf(all->own, sizeof(all->own), PRUNE_TEMPORARY "%x-%08x",
		 (unsigned int)getpid(), random);
	return all;
}

static void
close_folder(struct folder *f)
{
	if (f->fd >= 0) {
		spare_drop(&f->spares, f->fd);
		close(f->fd);
	}
	f->fd = -1;
	prune_list_done(&f->files);
	f->spares = (struct spares){ .own = f->spares.own };
}

static void
folder_free(struct folder *f)
{
	close_folder(f);
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
folder_new(const struct folders *all, const char *directory, uint32_t site_id)
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
	f->spares.own = all->own;
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
		f = folder_new(all, directory, site_id);
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

/* The number to go on from is that of the newest file, not the highest: FORMAT 1. */
static int
look_up(struct folder *f)
{
	int err = prune_scan(f->fd, &f->files);

	if (err == 0)
		f->number = f->files.count ? f->files.files[f->files.count - 1].number : 0;
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
	prune_leftovers(f->fd, f->spares.own);
	err = look_up(f);
	if (err)
		close_folder(f);
	return err;
}

/* ---- one file ---- */

/* A file that was not there before. */
static int
make_new(struct folder *f, struct stat *st)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const char *name = f->spares.own;
	int fd = openat(f->fd, name, flags, 0640);

	if (fd < 0 && errno == EEXIST) {
		unlinkat(f->fd, name, 0);
		fd = openat(f->fd, name, flags, 0640);
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, st))
		memset(st, 0, sizeof(*st));
	else
		spare_learn(&f->spares, fd, st);
	return fd;
}

/* Writes the file under a temporary name, which ends up in @name. */
static int
write_temporary(struct folder *f, const struct folder_file *file, char name[static SPARE_NAME],
		ino_t *inode)
{
	struct stat st;
	int fd = spare_take(&f->spares, f->fd, name, &st);
	int err;

	if (fd < 0) {
		snprintf(name, SPARE_NAME, "%s", f->spares.own);
		fd = make_new(f, &st);
	}
	if (fd < 0)
		return fd;
	err = buf_write(fd, file->data, file->len);
	if (err == 0 && st.st_size > (off_t)file->len && ftruncate(fd, (off_t)file->len))
		err = -errno;
	if (close(fd) && err == 0)
		err = -errno;
	if (err)
		unlinkat(f->fd, name, 0);
	*inode = st.st_ino;
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

static int
make_file(struct folder *f, const struct folder_file *file)
{
	char temporary[SPARE_NAME];
	ino_t inode;
	int err = write_temporary(f, file, temporary, &inode);

	if (err == 0)
		err = name_file(f, temporary);
	if (err == 0)
		prune_add(&f->files, f->number, inode);
	return err;
}

/* Down to half of the limit, so that not every file costs a look through all. */
static void
clean_up(struct folder *f, size_t max, uint64_t now_ms)
{
	size_t keep = max / 2 ? max / 2 : 1;
	size_t failed = 0;

	f->spares.max = max - max / 2;
	if (prune_scan(f->fd, &f->files) == 0 && f->files.count >= max)
		failed = prune_delete(f->fd, &f->files, keep, f->number, &f->spares);
	if (failed > max || failed > FAILED_DELETIONS)
		f->closed_until_ms = now_ms + CLOSED_MS;
}

static int
write_file(struct folder *f, const struct folder_file *file, uint64_t now_ms)
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
		err = make_file(f, file);
	if (err == -ENOENT) {	/* somebody removed the folder, or the temporary file */
		err = open_folder(f);
		if (err == 0)
			err = make_file(f, file);
	}
	if (err)
		return err;
	if (f->files.count >= max)
		clean_up(f, max, now_ms);
	return 0;
}

uint64_t
folders_tidy(struct folders *all, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX;

	for (struct folder *f = all->recent; f; f = f->next) {
		uint64_t idle = now_ms - f->used_ms;

		if (f->spares.count == 0)
			continue;
		if (idle >= SPARE_MS)
			spare_drop(&f->spares, f->fd);
		else if (SPARE_MS - idle < next)
			next = SPARE_MS - idle;
	}
	return next;
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
	err = write_file(f, file, now_ms);
	tell_result(all, f, err, now_ms);
	return err;
}
