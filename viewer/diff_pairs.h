/* SPDX-License-Identifier: MIT */
/*
 * diff_pairs - which trace of one directory belongs to which of another.
 *
 * By file name, or by request: verb, path of the URL, and the how-many-th of
 * that request, in the order of file names.
 */
#ifndef VIEWER_DIFF_PAIRS_H
#define VIEWER_DIFF_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diff_total {		/* of all traces of two directories */
	size_t compared, different, missing, extra, trouble, updated;
	uint64_t masked;	/* values */
};

struct diff_found {		/* one pair, or one trace without partner */
	char *path[2];		/* in A and B; NULL = there is none */
};

struct diff_pairs {
	struct diff_found *found;	/* in order of A, then those of B alone */
	size_t count;
};

/*
 * diff_pairs_find - lists *.xml of both directories and of their W3SVC<n> folders.
 * @error  "PATH: why" on failure; free().
 * Returns 0 or -errno; diff_pairs_done() in either case.
 */
int diff_pairs_find(struct diff_pairs *p, const char *a, const char *b, bool by_request,
		    char **error);
void diff_pairs_done(struct diff_pairs *p);

#endif
