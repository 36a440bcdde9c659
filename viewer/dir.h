/* SPDX-License-Identifier: MIT */
/*
 * dir - the list of traces: one entry per fr*.xml of the given directories.
 *
 * Reads only the head of each file (the root's attributes and the time of the
 * first event) and its last bytes (is it whole?), so that 10 000 traces are
 * listed at once.  Texts are untrusted: show them through cell.h.
 * Facts: VIEWER 2 and 3.
 */
#ifndef VIEWER_DIR_H
#define VIEWER_DIR_H

#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dir_entry {
	char *path;		/* what to give to freb_open */
	const char *file;	/* last part of path */
	char *url;		/* NULL = the attribute is absent (so all below) */
	char *verb;
	char *status;		/* "502.3" */
	char *reason;		/* failureReason as in the file */
	char why;		/* S T E V (SERVER_VARIABLE) or ? */
	char *client;		/* fp:client, in traces of others userName */
	char *server;		/* fp:server */
	char *farm;		/* fp:farm */
	char *grade;		/* fp:grade */
	int64_t time_ms;	/* of the first event, else of the file; since 1970, UTC */
	int64_t taken_ms;	/* timeTaken; -1 = absent */
	int64_t site, pid;	/* siteId, processId; -1 = absent */
	bool ours;		/* has attributes of ours: no client there means that none came */
	uint64_t size;		/* bytes */
	int64_t mtime_ns;	/* of the file, to see changes */
	bool damaged;		/* cut, or its head cannot be read */
	char *message;		/* what is wrong, NULL = nothing known */
	bool unread;		/* only path and file are known yet: see dir_read() */
	bool gone;		/* deleted since: kept until dir_refresh is told to drop it */
};

enum dir_sort { DIR_BY_TIME, DIR_BY_FILE, DIR_BY_STATUS, DIR_BY_TAKEN, DIR_BY_URL, DIR_BY_CLIENT,
		DIR_BY_SIZE };

struct dir {
	struct dir_entry *entries;	/* sorted; borrowed until the next refresh or sort */
	size_t count;
	enum dir_sort sort;		/* the order now */
	bool reverse;			/* false: time latest first, others ascending */
	char **paths;			/* the operands, owned */
	size_t path_count;
	size_t cap;			/* of entries */
	size_t unread;			/* entries whose heads were not read yet */
	size_t next;			/* where to look for the next of them */
};

struct dir_change {		/* what a refresh found */
	size_t added;
	size_t changed;
	size_t gone;
};

/*
 * dir_open - lists the operands: a directory gives its fr*.xml and those of
 * its W3SVC<n> folders, a file gives itself whatever its name.
 * @d      filled; dir_done() also after an error.
 * @error  what could not be read: "PATH: why" (free()), NULL on success.
 * Returns 0 or -errno.
 */
int dir_open(struct dir *d, char *const *paths, size_t count, char **error);
void dir_done(struct dir *d);

/*
 * dir_list - the same without a look into the files: by name, the highest first,
 * which is mostly the latest.  Their heads are read with dir_read().
 */
int dir_list(struct dir *d, char *const *paths, size_t count, char **error);
void dir_read(struct dir *d, struct dir_entry *e);	/* one entry of d, if it is unread */
bool dir_read_some(struct dir *d, size_t most);		/* whether there are more; not sorted */
void dir_read_all(struct dir *d);			/* and sorts */

/* What the root tells of a trace; texts are borrowed from root.  Times and sizes stay. */
void dir_describe(const struct freb_root *root, struct dir_entry *e);

/*
 * dir_refresh - looks again: new files are added, changed ones read again,
 * deleted ones marked gone (or dropped with @drop_gone).  Keeps the order.
 * Returns 0 or -ENOMEM; a directory that vanished makes its entries gone.
 */
int dir_refresh(struct dir *d, bool drop_gone, struct dir_change *change);

void dir_sort(struct dir *d, enum dir_sort sort, bool reverse);
/* Index of the entry of that path, SIZE_MAX = none. */
size_t dir_find(const struct dir *d, const char *path);
/* Keeps only traces that began in [since, until], and of these the newest @tail (0 = all). */
void dir_limit(struct dir *d, int64_t since_ms, int64_t until_ms, size_t tail);
bool dir_is_directory(const char *path);

#endif
