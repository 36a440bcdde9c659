/* SPDX-License-Identifier: MIT */
/*
 * freb_file - opening a trace: its bytes, its root, its damage list.
 *
 * Opening reads no further than the root's start tag (head.c); the events are
 * the index's business (index.c).
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- damage ---- */

static uint64_t
count_lines(const struct freb_file *f, uint64_t from, uint64_t to)
{
	char bytes[FREB_CHUNK_MIN];
	uint64_t lines = 0;

	while (from < to) {
		size_t want = to - from < sizeof(bytes) ? (size_t)(to - from) : sizeof(bytes);
		ssize_t n = freb_pread(f->fd, bytes, want, from);

		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			lines += bytes[i] == '\n';
		from += (uint64_t)n;
	}
	return lines;
}

/* Lines are counted on from the last damage, which is rarely behind the new one. */
static uint64_t
line_of(struct freb_file *f, uint64_t offset)
{
	if (offset < f->line_offset) {
		f->line_offset = 0;
		f->line = 1;
	}
	f->line += count_lines(f, f->line_offset, offset);
	f->line_offset = offset;
	return f->line;
}

bool
freb_add_damage(struct freb_file *f, uint64_t offset, size_t event, char *message)
{
	bool last = f->damage_count + 1 >= FREB_DAMAGE_MAX;

	if (f->damage_count == f->damage_cap) {
		size_t cap = f->damage_cap ? f->damage_cap * 2 : 8;
		struct freb_damage *d = realloc(f->damage, cap * sizeof(*d));

		if (!d) {
			free(message);
			f->failed = -ENOMEM;
			return false;
		}
		f->damage = d;
		f->damage_cap = cap;
	}
	if (last) {
		free(message);
		message = strdup("too many breaks: the rest is left out");
	}
	if (!message) {
		f->failed = -ENOMEM;
		return false;
	}
	f->damage[f->damage_count++] = (struct freb_damage){
		.offset = offset, .line = line_of(f, offset), .event = event, .message = message };
	return !last;
}

/* ---- opening ---- */

static int
open_bytes(struct freb_file *f, size_t *unconvertible)
{
	int fd = strcmp(f->path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					   : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int result;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	result = freb_spool(fd, unconvertible, &f->fd);
	if (result < 0)
		return result;
	if (fstat(f->fd, &st) < 0)
		return -errno;
	f->size = (uint64_t)st.st_size;
	return 0;
}

static int
open_root(struct freb_file *f, char **error)
{
	struct freb_head h = { 0 };
	int result = freb_head_read(f->fd, false, &h);

	if (result == 0) {
		f->root = h.root;
		memset(&h.root, 0, sizeof(h.root));
		f->body = h.body;
		f->pos = h.body;
		f->last_end = h.body;
		f->complete = h.empty || h.body >= f->size;
		if (h.error) {
			freb_add_damage(f, h.error_at, 0, h.error);
			f->cut_told = h.error_at >= f->size;
			h.error = NULL;
		}
	} else if (result == -EBADMSG && error) {
		*error = h.error;
		h.error = NULL;
	}
	freb_head_done(&h);
	return f->failed ? f->failed : result;
}

static struct freb_file *
new_file(const char *path)
{
	struct freb_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->fd = -1;
	f->line = 1;
	f->step = FREB_CHUNK_MIN;
	f->path = strdup(path);
	f->chunk = malloc(FREB_CHUNK);
	if (f->path && f->chunk)
		return f;
	freb_close(f);
	return NULL;
}

int
freb_open(const char *path, struct freb_file **file, char **error)
{
	struct freb_file *f = new_file(path);
	size_t unconvertible = 0;
	int result;

	*file = NULL;
	if (error)
		*error = NULL;
	if (!f)
		return -ENOMEM;
	result = open_bytes(f, &unconvertible);
	if (result == 0)
		result = open_root(f, error);
	if (result == 0 && unconvertible)
		freb_add_damage(f, 0, 0, strdup("characters that its encoding does not know"));
	if (result < 0)
		freb_close(f);
	else
		*file = f;
	return result;
}

void
freb_close(struct freb_file *f)
{
	if (!f)
		return;
	if (f->feed.parser)
		freb_feed_done(&f->feed);
	freb_cache_done(f);
	freb_collect_done(&f->collect);
	freb_collect_done(&f->one);
	freb_names_done(&f->names);
	freb_names_done(&f->spans);
	freb_root_done(&f->root);
	for (size_t i = 0; i < f->damage_count; i++)
		free(f->damage[i].message);
	free(f->damage);
	free(f->entries);
	free(f->partner);
	free(f->parent);
	free(f->open);
	free(f->chunk);
	free(f->path);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

const char *
freb_path(const struct freb_file *f)
{
	return f->path;
}

const struct freb_root *
freb_root(const struct freb_file *f)
{
	return &f->root;
}

/* n digits as a number, -1 when they are none. */
static int
digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Days since 1970 in the Gregorian calendar, counted in years that begin in March. */
static int64_t
days_since_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t shifted = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 + day - 1 - 719468;
}

static bool
is_date_shaped(const char *t)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == 'd' ? t[i] < '0' || t[i] > '9' : t[i] != shape[i])
			return false;
	return true;
}

int64_t
freb_time(const char *t)
{
	int year, month, day, hour, minute, second, ms = 0;

	if (!is_date_shaped(t))
		return INT64_MIN;
	year = digits(t, 4);
	month = digits(t + 5, 2);
	day = digits(t + 8, 2);
	hour = digits(t + 11, 2);
	minute = digits(t + 14, 2);
	second = digits(t + 17, 2);
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
	    second > 60)
		return INT64_MIN;
	t += 19;
	if (*t == '.')
		for (int place = 100; *++t >= '0' && *t <= '9'; place /= 10)
			ms += (*t - '0') * place;
	if (*t != '\0' && strcmp(t, "Z") != 0)
		return INT64_MIN;
	return ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60000 +
	       second * 1000 + ms;
}

const char *
freb_root_get(const struct freb_file *f, const char *name)
{
	return freb_attr(&f->root, name);
}

uint64_t
freb_size(const struct freb_file *f)
{
	return f->size;
}

size_t
freb_damage_count(const struct freb_file *f)
{
	return f->damage_count;
}

const struct freb_damage *
freb_damage(const struct freb_file *f, size_t i)
{
	return i < f->damage_count ? &f->damage[i] : NULL;
}
