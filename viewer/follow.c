/* SPDX-License-Identifier: MIT */
/*
 * inotify on the directories, or polling.  One watch that fails makes all of
 * it polling: half a notice would be worse than a slow one.
 */
#include <config.h>
#include "viewer/follow.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "trace/buf.h"
#include "viewer/dir.h"

#define WANTED (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR)

/* The folders IIS makes per site: dir_open lists what is in them too. */
static bool
watch_sites(int fd, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool ok = true;

	while (d && ok && (e = readdir(d)) != NULL) {
		struct buf b = BUF_INIT;

		if (strncmp(e->d_name, "W3SVC", 5) != 0)
			continue;
		buf_putf(&b, "%s/%s", path, e->d_name);
		if (dir_is_directory(buf_text(&b)))
			ok = inotify_add_watch(fd, buf_text(&b), WANTED) >= 0;
		buf_done(&b);
	}
	if (d)
		closedir(d);
	return ok;
}

static bool
watch_all(int fd, char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!dir_is_directory(paths[i]))
			continue;
		if (inotify_add_watch(fd, paths[i], WANTED) < 0 || !watch_sites(fd, paths[i]))
			return false;
	}
	return true;
}

void
follow_open(struct follow *f, char *const *paths, size_t count)
{
	f->next_ms = 0;
	f->paths = paths;
	f->count = count;
	f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->fd >= 0 && !watch_all(f->fd, paths, count))
		follow_close(f);
}

void
follow_close(struct follow *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool
follow_changed(struct follow *f, int64_t now_ms)
{
	char notices[4096] __attribute__((aligned(8)));
	bool any = false;

	if (f->fd >= 0) {
		/* What a notice says does not matter: an overflow is a notice too. */
		while (read(f->fd, notices, sizeof(notices)) > 0)
			any = true;
		/* A site's folder may be new; a second watch of an old one changes nothing. */
		if (any && !watch_all(f->fd, f->paths, f->count))
			follow_close(f);
		return any;
	}
	if (now_ms < f->next_ms)
		return false;
	any = f->next_ms != 0;
	f->next_ms = now_ms + FOLLOW_POLL_MS;
	return any;
}

int
follow_timeout(const struct follow *f, int64_t now_ms)
{
	if (f->fd >= 0)
		return -1;
	return f->next_ms > now_ms ? (int)(f->next_ms - now_ms) : 0;
}
