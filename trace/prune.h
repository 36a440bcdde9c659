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

#define PRUNE_NAME 24u			/* bytes of any name here, NUL included */
#define PRUNE_TEMPORARY ".frebproxy-"	/* begins the names of unfinished files */

struct prune_file {
	int64_t written_ns;	/* time of the last write */
	uint32_t number;	/* of the name */
};

struct prune_list {
	struct prune_file *files;	/* oldest write first */
	size_t count;			/* of .files */
	size_t cap;			/* allocated */
};

/* prune_name - "fr000042.xml". */
void prune_name(uint32_t number, char name[static PRUNE_NAME]);

/*
 * prune_scan - lists the traces of a folder; removes unfinished files that a
 * crash left there more than ten minutes ago.
 * @folder  an open directory.
 * Returns 0 or -errno; prune_list_done(@out) either way.
 */
int prune_scan(int folder, struct prune_list *out);
void prune_list_done(struct prune_list *list);

/*
 * prune_delete - deletes the oldest until @keep are left.
 * @spare  number of the file just written: stays, whatever its time.
 * @left   how many are left; deletions that failed are among them.
 * Returns the number of failed deletions; files that others deleted are none.
 */
size_t prune_delete(int folder, const struct prune_list *list, size_t keep, uint32_t spare,
		    size_t *left);

#endif
