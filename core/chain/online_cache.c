/* SPDX-License-Identifier: MIT */
/* online_cache - see online_cache.h. */
#include <config.h>

#include "core/chain/online_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"

#define UNUSED_SECONDS (90 * 86400)	/* a list nobody has fetched anew for so long goes */
#define HALF_SECONDS 3600		/* what a crash left half written goes sooner */

static struct log_gate cannot_keep;

/* A folder of this user's that nobody else may write to. */
static bool
is_ours(const struct stat *s, mode_t type)
{
	return (s->st_mode & S_IFMT) == type && s->st_uid == geteuid() &&
	       !(s->st_mode & (S_IWGRP | S_IWOTH));
}

/* Lists of CAs that are no longer asked, and halves of lists, do not lie there for ever. */
static void
tidy(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	time_t now = time(NULL);
	struct stat s;

	while (d && (e = readdir(d))) {
		const char *end = strstr(e->d_name, ".crl");

		if (end && fstatat(dirfd(d), e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - s.st_mtime > (end[4] ? HALF_SECONDS : UNUSED_SECONDS))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

/* The folder, made if need be; false with a line in the log. */
static bool
open_folder(const char *state_dir, const char *folder)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards tidied */
	static bool tidied;
	struct stat s;

	if ((mkdir(state_dir, 0750) < 0 && errno != EEXIST) ||
	    (mkdir(folder, 0750) < 0 && errno != EEXIST) || lstat(folder, &s) < 0) {
		log_limited(&cannot_keep, LOG_LEVEL_WARNING, "%s: %s; fetched lists are kept in "
			    "memory only", folder, strerror(errno));
		return false;
	}
	if (!is_ours(&s, S_IFDIR)) {
		log_limited(&cannot_keep, LOG_LEVEL_WARNING, "%s: not a folder of this user alone; "
			    "fetched lists are kept in memory only", folder);
		return false;
	}
	pthread_mutex_lock(&lock);
	if (!tidied)
		tidy(folder);
	tidied = true;
	pthread_mutex_unlock(&lock);
	return true;
}

/* free(); NULL = nothing can be kept. */
static char *
path_of(const char *state_dir, const char *key)
{
	unsigned char hash[32];
	struct buf path = BUF_INIT;

	if (!state_dir[0] || gnutls_hash_fast(GNUTLS_DIG_SHA256, key, strlen(key), hash) < 0)
		return NULL;
	buf_putf(&path, "%s/crl-cache", state_dir);
	if (path.error || !open_folder(state_dir, buf_text(&path))) {
		buf_done(&path);
		return NULL;
	}
	buf_putc(&path, '/');
	for (size_t i = 0; i < sizeof(hash); i++)
		buf_putf(&path, "%02x", hash[i]);
	buf_puts(&path, ".crl");
	return buf_take(&path);
}

struct held *
cache_check(struct crl_table *t, const struct cert *issuer)
{
	if (t && crl_table_count(t) == 1 && crl_is_signed_by(crl_table_at(t, 0), issuer) &&
	    crl_table_index(t))
		return held_new(t);
	crl_table_free(t);
	return NULL;
}

/* All of a file that is ours; false = it is none. */
static bool
read_own(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat s;
	char part[16384];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &s) == 0 && is_ours(&s, S_IFREG) && (uintmax_t)s.st_size <= LIST_MAX)
		while ((n = read(fd, part, sizeof(part))) > 0 && out->len <= LIST_MAX)
			buf_put(out, part, (size_t)n);
	close(fd);
	return n == 0 && !out->error && out->len > 0;
}

struct held *
cache_load(const char *state_dir, const char *key, const struct cert *issuer)
{
	char *path = path_of(state_dir, key);
	struct crl_table *t = NULL;
	struct buf data = BUF_INIT;

	if (path && read_own(path, &data))
		t = crl_table_from(data.data, data.len, path);
	buf_done(&data);
	free(path);
	return cache_check(t, issuer);
}

/* By rename: a crash leaves the old one or the new one. */
void
cache_keep(const char *state_dir, const char *key, const struct buf *data)
{
	char *path = path_of(state_dir, key);
	struct buf name = BUF_INIT;
	bool ok = false;
	int fd = -1;

	if (!path)
		return;
	buf_putf(&name, "%s.%ld", path, (long)getpid());
	if (!name.error) {
		unlink(name.data);	/* of a process that had our number */
		fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	}
	if (fd >= 0) {
		ok = buf_write(fd, data->data, data->len) == 0;
		ok = close(fd) == 0 && ok;
		ok = ok && rename(name.data, path) == 0;
		if (!ok)
			unlink(name.data);
	}
	if (!ok)
		log_limited(&cannot_keep, LOG_LEVEL_WARNING, "%s: cannot be written; the list is "
			    "kept in memory only", path);
	buf_done(&name);
	free(path);
}
