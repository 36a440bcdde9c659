/* SPDX-License-Identifier: MIT */
/*
 * folder - the folders traces go to: directory/W3SVC<site>/, their numbers,
 * their limits and their troubles.  FORMAT 1.
 *
 * Belongs to the writer thread.  It knows files, not events.
 */
#ifndef TRACE_FOLDER_H
#define TRACE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folders;

struct folder_file {			/* one finished trace */
	const char *directory;		/* the site's; NULL or empty = "." */
	uint32_t site_id;		/* of W3SVC<site> */
	unsigned int max_log_files;	/* 0 = 50 */
	const void *data;		/* the whole file */
	size_t len;			/* bytes of .data */
};

/* @on_message as in struct trace_writer_options.  NULL without memory. */
struct folders *folders_new(void (*on_message)(bool error, const char *text));
void folders_free(struct folders *all);		/* NULL is fine */

/*
 * folders_write - writes one file under the folder's next number, complete or
 * not at all; makes the folder when it is missing; deletes old files.
 * @now_ms  monotonic time.
 * Returns 0 or -errno.  A failure is told to on_message once a minute and
 * folder; -EBUSY: old files could not be deleted, none are written for 30 s.
 */
int folders_write(struct folders *all, const struct folder_file *file, uint64_t now_ms);

/*
 * folders_tidy - deletes the spare files of folders without a trace for ten
 * seconds; to be called when there is nothing to write, and now and then.
 * Returns the milliseconds until it is due again, UINT64_MAX = nothing to tidy.
 */
uint64_t folders_tidy(struct folders *all, uint64_t now_ms);

#endif
