/* SPDX-License-Identifier: MIT */
/*
 * diff_pairs - lists two directories and joins the lists on a key.
 *
 * The key is the file's name below the directory, or verb, path and ordinal
 * of the request; of a trace only its head is read for that.
 */
#include <config.h>

#include "viewer/diff_pairs.h"
#include "trace/freb.h"
#include "trace/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char *path;	/* owned */
	char *name;	/* below the directory; owned */
	char *key;	/* owned */
};

struct list {
	struct entry *entry;
	size_t count;
	size_t room;
};

static void
list_done(struct list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->entry[i].path);
		free(l->entry[i].name);
		free(l->entry[i].key);
	}
	free(l->entry);
}

static int
add(struct list *l, const char *dir, const char *below, const char *name)
{
	if (l->count == l->room) {
		size_t room = l->room * 2 + 32;
		struct entry *more = realloc(l->entry, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->entry = more;
		l->room = room;
	}
	struct entry e = { 0 };

	if (asprintf(&e.name, "%s%s%s", below, *below ? "/" : "", name) < 0)
		return -ENOMEM;
	if (asprintf(&e.path, "%s/%s", dir, e.name) < 0) {
		free(e.name);
		return -ENOMEM;
	}
	l->entry[l->count++] = e;
	return 0;
}

static bool
is_trace_name(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && name[0] != '.' && !strcmp(name + n - 4, ".xml");
}

static int
read_folder(struct list *l, const char *dir, const char *below)
{
	char *path;
	struct dirent *d;
	int rc = 0;

	if (asprintf(&path, "%s/%s", dir, below) < 0)
		return -ENOMEM;
	DIR *folder = opendir(path);

	free(path);
	if (!folder)
		return -errno;
	while (!rc && (d = readdir(folder))) {
		if (is_trace_name(d->d_name))
			rc = add(l, dir, below, d->d_name);
		else if (!*below && !strncmp(d->d_name, "W3SVC", 5))
			rc = read_folder(l, dir, d->d_name);
		if (rc == -ENOTDIR)
			rc = 0;
	}
	closedir(folder);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Path of a URL, without host, port and query; all of it when it is none. */
static void
path_of(const char *url, size_t *from, size_t *len)
{
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;

	path = path ? path : url;
	*from = (size_t)(path - url);
	*len = strcspn(path, "?#");
}

/* "GET /portal/doc", "" when the head cannot be read. */
static char *
request_of(const char *path)
{
	struct freb_peek peek;
	char *request = NULL;
	size_t from, len;

	if (!freb_peek(path, &peek)) {
		const char *url = freb_attr(&peek.root, "url");
		const char *verb = freb_attr(&peek.root, "verb");

		url = url ? url : "";
		path_of(url, &from, &len);
		if (asprintf(&request, "%s %.*s", verb ? verb : "-", (int)len, url + from) < 0)
			request = NULL;
	} else {
		request = strdup("");
	}
	freb_peek_done(&peek);
	return request;
}

/* Keys by request: the how-many-th of its kind is part of the key. */
static int
key_by_request(struct list *l)
{
	struct names seen = NAMES_INIT;
	unsigned int *count = calloc(l->count + 1, sizeof(*count));
	int rc = count ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < l->count; i++) {
		char *request = request_of(l->entry[i].path);
		uint32_t n = request ? names_add(&seen, request, strlen(request)) : 0;

		if (!n || asprintf(&l->entry[i].key, "%s %09u", request, count[n - 1]++) < 0) {
			l->entry[i].key = NULL;
			rc = -ENOMEM;
		}
		free(request);
	}
	free(count);
	names_done(&seen);
	return rc;
}

static int
key_by_name(struct list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		l->entry[i].key = strdup(l->entry[i].name);
		if (!l->entry[i].key)
			return -ENOMEM;
	}
	return 0;
}

static int
read_list(struct list *l, const char *dir, bool by_request)
{
	int rc = read_folder(l, dir, "");

	if (rc)
		return rc;
	if (l->count)
		qsort(l->entry, l->count, sizeof(*l->entry), by_name);
	return by_request ? key_by_request(l) : key_by_name(l);
}

static int
join(struct diff_pairs *p, struct list *a, struct list *b)
{
	p->found = calloc(a->count + b->count + 1, sizeof(*p->found));
	if (!p->found)
		return -ENOMEM;
	if (b->count)
		qsort(b->entry, b->count, sizeof(*b->entry), by_key);
	for (size_t i = 0; i < a->count; i++) {
		struct entry *e = b->count ? bsearch(&a->entry[i], b->entry, b->count,
						     sizeof(*b->entry), by_key) : NULL;
		struct diff_found *f = &p->found[p->count++];

		f->path[0] = a->entry[i].path;
		a->entry[i].path = NULL;
		if (!e)
			continue;
		f->path[1] = e->path;
		e->path = NULL;
	}
	if (b->count)
		qsort(b->entry, b->count, sizeof(*b->entry), by_name);
	for (size_t i = 0; i < b->count; i++) {
		if (!b->entry[i].path)
			continue;
		p->found[p->count++].path[1] = b->entry[i].path;
		b->entry[i].path = NULL;
	}
	return 0;
}

int
diff_pairs_find(struct diff_pairs *p, const char *a, const char *b, bool by_request, char **error)
{
	const char *dir[2] = { a, b };
	struct list list[2] = { 0 };
	int rc = 0;

	*p = (struct diff_pairs){ 0 };
	*error = NULL;
	for (int s = 0; !rc && s < 2; s++) {
		rc = read_list(&list[s], dir[s], by_request);
		if (rc && asprintf(error, "%s: %s", dir[s], strerror(-rc)) < 0)
			*error = NULL;
	}
	if (!rc)
		rc = join(p, &list[0], &list[1]);
	list_done(&list[0]);
	list_done(&list[1]);
	return rc;
}

void
diff_pairs_done(struct diff_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->found[i].path[0]);
		free(p->found[i].path[1]);
	}
	free(p->found);
	*p = (struct diff_pairs){ 0 };
}
