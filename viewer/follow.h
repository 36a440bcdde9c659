/* SPDX-License-Identifier: MIT */
/*
 * follow - tells when something happened in the directories of the list.
 *
 * By inotify where it works; where it does not (limits, network file systems
 * that refuse it) by saying "look again" every 2 s.  What changed is found by
 * dir_refresh(), so a lost or doubled notice does no harm.  Facts: VIEWER 5.
 */
#ifndef VIEWER_FOLLOW_H
#define VIEWER_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FOLLOW_POLL_MS = 2000 };

struct follow {
	int fd;			/* inotify, -1 = polling */
	int64_t next_ms;	/* polling: when to look again (CLOCK_MONOTONIC) */
	char *const *paths;	/* operands, borrowed until follow_close */
	size_t count;		/* of paths */
};

/* Watches the directories among the operands and their W3SVC<n> folders. */
void follow_open(struct follow *f, char *const *paths, size_t count);
void follow_close(struct follow *f);	/* also after { .fd = -1 } */
/* True when the directories should be read again. Reads all pending notices. */
bool follow_changed(struct follow *f, int64_t now_ms);
/* Longest sensible wait: ms until the next poll, -1 with inotify. */
int follow_timeout(const struct follow *f, int64_t now_ms);

#endif
