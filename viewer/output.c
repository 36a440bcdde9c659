/* SPDX-License-Identifier: MIT */
/*
 * output - see output.h.
 */
#include <config.h>

#include "viewer/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/buf.h"
#include "trace/freb.h"

static bool
is_trace(const char *path)
{
	struct freb_peek p;
	struct stat st;
	int result;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	result = freb_peek(path, &p);
	freb_peek_done(&p);
	return result == 0;
}

static int
give_up(struct output *o, int error, const char *text, char **why)
{
	*why = strdup(text);
	free(o->path);
	free(o->part);
	memset(o, 0, sizeof(*o));
	return error;
}

int
output_open(struct output *o, const char *path, char **why)
{
	struct buf part = BUF_INIT;
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	*why = NULL;
	memset(o, 0, sizeof(*o));
	if (is_trace(path))
		return give_up(o, -EEXIST, "this is a trace; it is not overwritten", why);
	buf_putf(&part, "%s.XXXXXX", path);
	o->part = buf_take(&part);
	o->path = strdup(path);
	if (!o->part || !o->path)
		return give_up(o, -ENOMEM, strerror(ENOMEM), why);
	fd = mkstemp(o->part);
	if (fd < 0)
		return give_up(o, -errno, strerror(errno), why);
	o->file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
	if (!o->file) {
		int error = errno;

		unlink(o->part);
		close(fd);
		return give_up(o, -error, strerror(error), why);
	}
	return 0;
}

int
output_end(struct output *o)
{
	int result = fflush(o->file) < 0 || ferror(o->file) ? -(errno ? errno : EIO) : 0;

	if (fclose(o->file) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(o->part, o->path) < 0)
		result = -errno;
	if (result < 0)
		unlink(o->part);
	free(o->part);
	free(o->path);
	memset(o, 0, sizeof(*o));
	return result;
}
