/* SPDX-License-Identifier: MIT */
/*
 * spare - files that clean-up took away and the next traces are written into.
 *
 * A file system pays for each file made and deleted (ext4 without a journal a
 * millisecond); overwriting one costs what copying its bytes costs.  A spare
 * bears a hidden name of this process and is overwritten only if nobody else
 * has it open, linked, or opened to others.  Belongs to the writer thread.
 */
#ifndef TRACE_SPARE_H
#define TRACE_SPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define SPARE_OWN 32u		/* bytes of a process's own name, NUL included */
#define SPARE_NAME 64u		/* bytes of a spare's name, NUL included */

struct spares {			/* of one folder */
	const char *own;	/* begins their names, set by the folder; borrowed */
	size_t count;		/* they are called <own>-spare-0 and so on */
	size_t max;		/* of .count */
	bool refused;		/* files here cannot be leased: none are kept */
	bool learned;		/* the four below are known */
	mode_t mode;		/* of a file made here: type and permissions */
	uid_t uid;		/* its owner */
	gid_t gid;		/* its group */
	ssize_t attributes;	/* bytes of its extended attributes' names */
};

/* spare_learn - notes whose a file just made is and who may read it. */
void spare_learn(struct spares *s, int fd, const struct stat *st);

/*
 * spare_keep - puts @name of @folder aside.
 * Returns 0, -ENOSPC when no more are kept, or -errno of the renaming.
 */
int spare_keep(struct spares *s, int folder, const char *name);

/*
 * spare_take - opens a spare for writing from its start, under a lease: who
 * opens it by a name found earlier waits until it is closed.  Those in use by
 * others are deleted: the others keep what they have.
 * @name  of the spare; the caller renames or deletes it.
 * @st    of the spare: it may be longer than what is written now.
 * Returns the descriptor, -1 when there is none.
 */
int spare_take(struct spares *s, int folder, char name[static SPARE_NAME], struct stat *st);

/* spare_drop - deletes all. */
void spare_drop(struct spares *s, int folder);

#endif
