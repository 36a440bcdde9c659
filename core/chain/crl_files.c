/* SPDX-License-Identifier: MIT */
/* crl_files - see crl_files.h. */
#include <config.h>

#include "core/chain/crl_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/hash.h"

static bool
is_list(const char *name)
{
	static const char *const ends[] = { ".crl", ".pem", ".der" };
	const char *dot = strrchr(name, '.');

	if (name[0] == '.' || !dot)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(dot, ends[i]) == 0)
			return true;
	return dot[1] == 'r' && dot[2] >= '0' && dot[2] <= '9' && !dot[3];
}

static int
select_list(const struct dirent *e)
{
	return is_list(e->d_name);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
crl_names_read(struct crl_names *out, const char *directory, struct buf *messages)
{
	struct dirent **list = NULL;
	int n = scandir(directory, &list, select_list, by_name);
	bool ok = n >= 0 && n <= CRL_FILES_MAX;

	*out = (struct crl_names){ NULL, 0 };
	if (n < 0)
		buf_putf(messages, "error: %s: %s (allowed: a readable folder)\n", directory,
			 strerror(errno));
	else if (!ok)
		buf_putf(messages, "error: %s: %d CRLs (allowed: at most %d)\n", directory, n,
			 CRL_FILES_MAX);
	else
		out->paths = calloc((size_t)n + 1, sizeof(*out->paths));
	for (int i = 0; i < n; i++) {
		struct buf path = BUF_INIT;

		buf_putf(&path, "%s/%s", directory, list[i]->d_name);
		free(list[i]);
		if (out->paths)
			out->paths[out->count] = buf_take(&path);
		if (out->paths && out->paths[out->count])
			out->count++;
		buf_done(&path);
	}
	free(list);
	if (!ok || (out->paths && out->count == (size_t)n))
		return ok;
	buf_putf(messages, "error: %s: no memory\n", directory);
	return false;
}

void
crl_names_done(struct crl_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->paths[i]);
	free(n->paths);
	*n = (struct crl_names){ NULL, 0 };
}

static uint64_t
mix_file(uint64_t h, const char *path)
{
	struct stat st;

	h = hash_text(h, path);
	if (stat(path, &st) < 0)
		return hash_bytes(h, "-", 1);
	h = hash_bytes(h, &st.st_ino, sizeof(st.st_ino));
	h = hash_bytes(h, &st.st_size, sizeof(st.st_size));
	h = hash_bytes(h, &st.st_mtim, sizeof(st.st_mtim));
	return hash_bytes(h, &st.st_ctim, sizeof(st.st_ctim));
}

uint64_t
crl_files_stamp(const struct config_trust *c)
{
	uint64_t h = HASH_START;
	struct crl_names names = { NULL, 0 };
	struct buf unread = BUF_INIT; /* loading tells the same, in its place */

	for (size_t i = 0; i < c->crl_count; i++)
		h = mix_file(h, c->crl_files[i]);
	if (c->crl_directory)
		crl_names_read(&names, c->crl_directory, &unread);
	for (size_t i = 0; i < names.count; i++)
		h = mix_file(h, names.paths[i]);
	crl_names_done(&names);
	buf_done(&unread);
	return h;
}
