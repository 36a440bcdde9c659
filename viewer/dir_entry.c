/* SPDX-License-Identifier: MIT */
/*
 * One entry of the list: what the head of its file tells.
 */
#include <config.h>

#include "viewer/dir_private.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
clear_facts(struct dir_entry *e)
{
	free(e->url);
	free(e->verb);
	free(e->status);
	free(e->reason);
	free(e->client);
	free(e->server);
	free(e->farm);
	free(e->grade);
	free(e->message);
}

void
dir_entry_done(struct dir_entry *e)
{
	clear_facts(e);
	free(e->path);
}

static char
why_of(const char *reason)
{
	static const struct {
		const char *reason;	/* failureReason */
		char letter;
	} reasons[] = {
		{ "STATUS_CODE", 'S' },
		{ "TIME_TAKEN", 'T' },
		{ "EVENT_VERBOSITY_LEVEL", 'E' },
		{ "SERVER_VARIABLE", 'V' },
	};

	for (size_t i = 0; reason && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reason, reasons[i].reason) == 0)
			return reasons[i].letter;
	return '?';
}

static int64_t
number(const char *text)
{
	char *end;
	long long value;

	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? value : -1;
}

const char *
dir_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Their names begin so: FREB's own have no prefix. */
static bool
has_own(const struct freb_root *root)
{
	for (size_t i = 0; i < root->attr_count; i++) {
		if (strncmp(root->attrs[i].name, "fp:", 3) == 0)
			return true;
	}
	return false;
}

void
dir_describe(const struct freb_root *root, struct dir_entry *e)
{
	static const struct {
		const char *name;
		size_t at;
	} texts[] = {
		{ "url", offsetof(struct dir_entry, url) },
		{ "verb", offsetof(struct dir_entry, verb) },
		{ "statusCode", offsetof(struct dir_entry, status) },
		{ "failureReason", offsetof(struct dir_entry, reason) },
		{ "fp:client", offsetof(struct dir_entry, client) },
		{ "fp:server", offsetof(struct dir_entry, server) },
		{ "fp:farm", offsetof(struct dir_entry, farm) },
		{ "fp:grade", offsetof(struct dir_entry, grade) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char **field = (char **)((char *)e + texts[i].at);

		*field = (char *)(uintptr_t)freb_attr(root, texts[i].name);
	}
	e->ours = has_own(root);
	if (!e->client && !e->ours)
		e->client = (char *)(uintptr_t)freb_attr(root, "userName");
	if (e->client && !*e->client)
		e->client = NULL;
	e->why = why_of(e->reason);
	e->taken_ms = number(freb_attr(root, "timeTaken"));
	e->site = number(freb_attr(root, "siteId"));
	e->pid = number(freb_attr(root, "processId"));
}

static void
own(char **text)
{
	*text = *text ? strdup(*text) : NULL;
}

void
dir_entry_read(struct dir_entry *e)
{
	struct freb_peek p;
	int result = freb_peek(e->path, &p);
	char *path = e->path;

	clear_facts(e);
	*e = (struct dir_entry){
		.path = path,
		.file = dir_last_part(path),
		.time_ms = p.time_ms != INT64_MIN ? p.time_ms : p.mtime_ns / 1000000,
		.size = p.size,
		.mtime_ns = p.mtime_ns,
		.damaged = p.damaged || result < 0,
		.message = p.message ? strdup(p.message) : NULL,
	};
	dir_describe(&p.root, e);
	own(&e->url);
	own(&e->verb);
	own(&e->status);
	own(&e->reason);
	own(&e->client);
	own(&e->server);
	own(&e->farm);
	own(&e->grade);
	if (result < 0 && !e->message)
		e->message = strdup(strerror(-result));
	freb_peek_done(&p);
}
