/* SPDX-License-Identifier: MIT */
/* pace - see pace.h. */
#include <config.h>

#include "core/forward/pace.h"

#include "core/base/clock.h"

#define SLACK_NS (50 * CLOCK_NS_PER_MS) /* timers may be early by a little */

enum pace_state
pace_run(struct pace *p, unsigned int window, bool waits, uint64_t now_ns)
{
	bool begins = !p->begun && waits;

	if (p->from_ns)
		p->waited_ns += now_ns - p->from_ns;
	p->from_ns = waits ? now_ns : 0;
	p->begun |= waits;
	if (begins)
		return PACE_BEGINS;
	return p->waited_ns + SLACK_NS >= window * CLOCK_NS_PER_S ? PACE_ENDS : PACE_GOES_ON;
}

void
pace_begin(struct pace *p, uint64_t bytes)
{
	p->bytes = bytes;
}

uint64_t
pace_end(struct pace *p, uint64_t bytes, unsigned int *seconds)
{
	uint64_t moved = bytes - p->bytes;

	*seconds = (unsigned int)((p->waited_ns + SLACK_NS) / CLOCK_NS_PER_S);
	if (*seconds == 0)
		*seconds = 1;
	p->waited_ns = 0;
	p->bytes = bytes;
	return moved;
}
