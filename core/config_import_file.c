/* SPDX-License-Identifier: MIT */
/* config_import_file - reading the input of an import and writing its result. */
#include <config.h>

#include "core/config_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At most a byte more than is allowed.  0 or -errno. */
static int
read_all(const char *file, struct buf *out)
{
	char part[16384];
	int fd = open(file, O_RDONLY | O_CLOEXEC), r = fd < 0 ? -errno : 0;

	while (r == 0 && out->len <= IMPORT_MAX) {
		ssize_t n = read(fd, part, sizeof(part));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = -errno;
		if (n <= 0)
			break;
		buf_put(out, part, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
	return r ? r : out->error;
}

static bool
is_same(const char *file, const struct buf *text)
{
	struct buf old = BUF_INIT;
	bool same = read_all(file, &old) == 0 && old.len == text->len &&
		    !memcmp(buf_text(&old), buf_text(text), text->len);

	buf_done(&old);
	return same;
}

/* Whole or not there, and never over a file somebody has worked on.  0 or -errno. */
static int
write_new(const char *file, const struct buf *text)
{
	struct buf name = BUF_INIT;
	int fd = -1, r = 0;

	buf_putf(&name, "%s.XXXXXX", file);
	if (name.error)
		return name.error;
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd < 0)
		r = -errno;
	if (r == 0)
		r = buf_write(fd, text->data, text->len);
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0 || link(name.data, file) < 0))
		r = -errno;
	if (fd >= 0) {
		close(fd);
		unlink(name.data);
	}
	buf_done(&name);
	return r == -EEXIST && is_same(file, text) ? 0 : r;
}

static int
print_all(const struct buf *text)
{
	fwrite(text->data, 1, text->len, stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -errno;
}

int
config_import(const char *file, const char *output, const char *roots, struct messages *m)
{
	struct buf in = BUF_INIT, out = BUF_INIT, notes = BUF_INIT;
	unsigned int before = m->errors;
	int r = read_all(file, &in);

	if (r < 0)
		message_add(m, false, file, "%s; allowed: a file that can be read", strerror(-r));
	else
		r = config_import_text(file, buf_text(&in), in.len, roots, &out, &notes, m);
	fputs(buf_text(&notes), stderr);
	if (m->errors == before) {
		r = output ? write_new(output, &out) : print_all(&out);
		if (r == -EEXIST)
			message_add(m, false, output, "it is there already and differs; allowed: "
				    "the name of a new file");
		else if (r < 0)
			message_add(m, false, output ? output : "standard output", "%s",
				    strerror(-r));
	}
	buf_done(&in);
	buf_done(&out);
	buf_done(&notes);
	return m->errors == before ? 0 : -EINVAL;
}
