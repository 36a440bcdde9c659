/* SPDX-License-Identifier: MIT */
/* spare - see spare.h. */
#include <config.h>

#include "trace/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

static void
name_of(const struct spares *s, size_t n, char name[static SPARE_NAME])
{
	snprintf(name, SPARE_NAME, "%s-spare-%zu", s->own, n);
}

void
spare_learn(struct spares *s, int fd, const struct stat *st)
{
	s->mode = st->st_mode;
	s->uid = st->st_uid;
	s->gid = st->st_gid;
	s->attributes = flistxattr(fd, NULL, 0);
	s->learned = true;
}

int
spare_keep(struct spares *s, int folder, const char *name)
{
	char spare[SPARE_NAME];

	if (s->refused || !s->learned || s->count >= s->max)
		return -ENOSPC;
	name_of(s, s->count, spare);
	if (renameat(folder, name, folder, spare))
		return -errno;
	s->count++;
	return 0;
}

/* ---- taking ---- */

/*
 * A write lease is given only while no other descriptor of the file is open,
 * in any process.  Whoever opens it under the lease makes the kernel signal
 * us: SIGURG, which is ignored unless caught, instead of SIGIO, which kills.
 */
static int
lease(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) || fcntl(fd, F_SETLEASE, F_WRLCK))
		return -errno;
	return 0;
}

/* Nobody linked it or changed who may read it. */
static bool
is_as_made(const struct spares *s, int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && st->st_nlink == 1 && st->st_mode == s->mode &&
		st->st_uid == s->uid && st->st_gid == s->gid &&
		flistxattr(fd, NULL, 0) == s->attributes;
}

/* O_NONBLOCK: somebody else's lease is not waited for. */
static int
open_alone(struct spares *s, int folder, const char *name, struct stat *st)
{
	int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -1;
	err = lease(fd);
	if (err == 0 && is_as_made(s, fd, st))
		return fd;
	/* No leases on this file system, or not for us. */
	if (err && err != -EAGAIN)
		s->refused = true;
	close(fd);
	return -1;
}

int
spare_take(struct spares *s, int folder, char name[static SPARE_NAME], struct stat *st)
{
	while (s->count > 0 && !s->refused) {
		int fd;

		name_of(s, --s->count, name);
		fd = open_alone(s, folder, name, st);
		if (fd >= 0)
			return fd;
		unlinkat(folder, name, 0);
	}
	spare_drop(s, folder);
	return -1;
}

void
spare_drop(struct spares *s, int folder)
{
	char name[SPARE_NAME];

	while (s->count > 0) {
		name_of(s, --s->count, name);
		unlinkat(folder, name, 0);
	}
}
