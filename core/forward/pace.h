/* SPDX-License-Identifier: MIT */
/*
 * pace - is a client slower than minBytesPerSecond?  Only the time in which
 * nothing but the client was waited for counts, so that a slow server or a
 * pause between two pieces is not held against it.
 * Source: IIS webLimits/@minBytesPerSecond.
 */
#ifndef CORE_FORWARD_PACE_H
#define CORE_FORWARD_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace { /* one direction; all zero to begin with */
	uint64_t from_ns; /* monotonic: the client is waited for since; 0 = it is not */
	uint64_t waited_ns; /* before that, in this window */
	uint64_t bytes; /* of the direction when the window began */
	bool begun;
};

enum pace_state {
	PACE_BEGINS, /* a window does: the bytes so far are wanted (pace_begin) */
	PACE_GOES_ON,
	PACE_ENDS, /* and were judged: the bytes so far are wanted (pace_end) */
};

/* At each wait and at its end; waits: for the client. */
enum pace_state pace_run(struct pace *p, unsigned int window, bool waits, uint64_t now_ns);
void pace_begin(struct pace *p, uint64_t bytes);
/* Ends the window: bytes that moved in it; *seconds of waiting, at least 1.  A new one begins. */
uint64_t pace_end(struct pace *p, uint64_t bytes, unsigned int *seconds);

#endif
