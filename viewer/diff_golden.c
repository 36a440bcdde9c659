/* SPDX-License-Identifier: MIT */
/*
 * diff_golden - the only part of frebdiff that writes files, and only when
 * asked to.
 */
#include <config.h>

#include "viewer/diff_golden.h"
#include "trace/buf.h"
#include "trace/normalise.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RULES_BYTES_MAX = 1 << 20 };

static int
to_stream(void *arg, const void *data, size_t len)
{
	errno = 0;
	return fwrite(data, 1, len, arg) == len ? 0 : errno ? -errno : -EIO;
}

int
diff_golden_print(struct freb_file *f, struct rules *rules, FILE *out)
{
	return normalise_write(f, rules, to_stream, out);
}

/* All bytes of a file; -EMSGSIZE above @max. */
static int
read_all(const char *path, size_t max, struct buf *out)
{
	FILE *in = fopen(path, "rb");
	char chunk[16384];
	size_t n;

	if (!in)
		return -errno;
	buf_init(out, max);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_put(out, chunk, n);
	int rc = ferror(in) ? -EIO : out->error;

	fclose(in);
	return rc;
}

static bool
same_files(const char *a, const char *b)
{
	FILE *f = fopen(a, "rb"), *g = f ? fopen(b, "rb") : NULL;
	char x[16384], y[16384];
	size_t n = 1, m = 1;
	bool same = f && g;

	while (same && n) {
		n = fread(x, 1, sizeof(x), f);
		m = fread(y, 1, sizeof(y), g);
		same = n == m && !memcmp(x, y, n);
	}
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	return same;
}

/* Mode of the file that is replaced, else what the umask leaves of 0666. */
static mode_t
mode_for(const char *path)
{
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	return stat(path, &st) ? 0666 & ~mask : st.st_mode & 0777;
}

static int
write_temporary(struct freb_file *f, struct rules *rules, char *temporary, mode_t mode)
{
	int fd = mkstemp(temporary);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
	int rc = out ? 0 : -errno;

	if (!out && fd >= 0)
		close(fd);
	if (!rc)
		rc = diff_golden_print(f, rules, out);
	if (!rc && fchmod(fd, mode) < 0)
		rc = -errno;
	if (out && fclose(out) && !rc)
		rc = -errno;
	if (rc && fd >= 0)
		unlink(temporary);
	return rc;
}

int
diff_golden_write(struct freb_file *f, struct rules *rules, const char *path, bool *written)
{
	char *temporary;
	int rc;

	*written = false;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	rc = write_temporary(f, rules, temporary, mode_for(path));
	if (!rc && same_files(temporary, path)) {
		unlink(temporary);
	} else if (!rc) {
		rc = rename(temporary, path) ? -errno : 0;
		*written = !rc;
		if (rc)
			unlink(temporary);
	}
	free(temporary);
	return rc;
}

static bool
exists_in(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       !access(path, F_OK);
}

/* The directory @golden stands in, or is; false when there is none yet. */
static bool
directory_of(const char *golden, char dir[static PATH_MAX])
{
	struct stat st;
	char *slash;

	if (!strcmp(golden, "-"))
		return false;
	if (realpath(golden, dir)) {
		slash = strrchr(dir, '/');
		if (!stat(dir, &st) && !S_ISDIR(st.st_mode) && slash)
			*slash = '\0';
		return true;
	}
	/* An expectation that is still to be written. */
	char *copy = strdup(golden);

	slash = copy ? strrchr(copy, '/') : NULL;
	if (slash)
		slash[slash == copy] = '\0';
	bool found = copy && realpath(slash ? copy : ".", dir);

	free(copy);
	return found;
}

/*
 * The nearest .frebdiff; NULL = there is none.  Parents count only within a
 * repository, so that nobody's file in /tmp decides what is equal.
 */
static char *
find_rules(const char *golden)
{
	char dir[PATH_MAX], found[PATH_MAX + sizeof("/.frebdiff")] = "", *path = NULL;
	bool own = true, repository = false;

	if (!directory_of(golden, dir))
		return NULL;
	while (!repository) {
		if (!*found && exists_in(dir, ".frebdiff"))
			snprintf(found, sizeof(found), "%s/.frebdiff", dir);
		if (*found && own)
			break;
		own = false;
		repository = exists_in(dir, ".git");
		if (!*dir || !strrchr(dir, '/'))
			break;
		if (!repository)
			*strrchr(dir, '/') = '\0';
	}
	if (*found && (own || repository))
		path = strdup(found);
	return path;
}

char *
diff_golden_rules_path(const char *golden)
{
	char dir[PATH_MAX], *path = find_rules(golden);
	const char *slash = strrchr(golden, '/');

	if (!directory_of(golden, dir))
		return path;
	if (path && (strncmp(path, dir, strlen(dir)) != 0 ||
		     strcmp(path + strlen(dir), "/.frebdiff") != 0))
		return path;
	/* Beside it: called as the user calls the place. */
	free(path);
	return asprintf(&path, "%.*s.frebdiff", slash ? (int)(slash + 1 - golden) : 0, golden) < 0
		? NULL : path;
}

bool
diff_golden_is(const struct freb_file *f)
{
	static const char begins[] = "{ACTIVITY-";
	const char *id = freb_root_get(f, "activityId");

	return id && strncmp(id, begins, sizeof(begins) - 1) == 0;
}

struct rules *
diff_golden_rules(const char *path, const char *golden, bool none, char **error)
{
	char *found = path || none ? NULL : find_rules(golden);
	const char *name = path ? path : found;
	struct buf text = BUF_INIT;
	struct rules *rules = NULL;
	int rc;

	*error = NULL;
	if (!name)
		return rules_new();
	rc = read_all(name, RULES_BYTES_MAX, &text);
	if (rc && asprintf(error, "%s: %s", name, strerror(-rc)) < 0)
		*error = NULL;
	if (!rc)
		rules = rules_parse(name, buf_text(&text), text.len, error);
	buf_done(&text);
	free(found);
	return rules;
}
