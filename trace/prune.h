/* SPDX-License-Identifier: MIT */
/*
 * prune - which fr*.xml files lie in a folder, and which of them go.
 *
 * Facts: FORMAT 1.  Only names that IIS or we would have written count
 * (fr000001.xml, fr1000000.xml): nobody else's file is ever deleted.
 */
#ifndef TRACE_PRUNE_H
#define TRACE_PRUNE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/spare.h"

#define PRUNE_NAME 24u			/* bytes of a trace's name, NUL included */
/* Begins the names of unfinished and spare files; the process id in hex and "-" follow. */
#define PRUNE_TEMPORARY ".frebproxy-"

struct prune_file {
	int64_t written_ns;	/* time of the last write */
	ino_t inode;		/* tells a file from another that took its name */
	uint32_t number;	/* of the name */
};

struct prune_list {
	struct prune_file *files;	/* after prune_scan: oldest write first */
	size_t count;			/* of .files */
	size_t cap;			/* allocated */
};

/* prune_name - "fr000042.xml". */
void prune_name(uint32_t number, char name[static PRUNE_NAME]);

/* prune_add - a file written just now; without memory the next scan will find it. */
void prune_add(struct prune_list *list, uint32_t number, ino_t inode);
void prune_list_done(struct prune_list *list);

/*
 * prune_scan - lists the traces of a folder.
 * @folder  an open directory.
 * @list    in: what is known or nothing, out: what lies there.  Only files not
 *          known are looked at, the others just have to be there still.
 * Returns 0 or -errno, @list then as known.
 */
int prune_scan(int folder, struct prune_list *list);

/*
 * prune_delete - takes the oldest off @list and off the folder until @keep are
 * left; those written within a minute become spares while there is room.
 * @newest  number of the file just written: stays, whatever its time.
 * Returns the number of failed deletions, which stay listed; files that others
 * deleted are none.
 */
size_t prune_delete(int folder, struct prune_list *list, size_t keep, uint32_t newest,
		    struct spares *spares);

/*
 * prune_leftovers - removes unfinished and spare files of processes that are
 * no more, and any from more than ten minutes ago.  A process in another
 * container may look gone: who loses a file this way makes it anew.
 * @own  begins the names of this process's files, which stay.
 */
void prune_leftovers(int folder, const char *own);

#endif
