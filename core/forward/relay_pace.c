/* SPDX-License-Identifier: MIT */
/* relay_pace - see relay_pace.h. */
#include <config.h>

#include "core/forward/relay_pace.h"

#include "core/base/clock.h"

/* A body's bytes, or those the client's side has acknowledged: what fills our own socket's
 * buffer has not been read by anybody. */
static uint64_t
moved(const struct exchange *x, bool reads)
{
	return reads ? transport_taken(x->conn) : x->body_bytes;
}

/* Bytes of a window that was too slow, and its seconds; false = it goes on. */
static bool
fell_short(struct exchange *x, bool reads, bool waits, uint64_t *bytes, unsigned int *seconds)
{
	struct pace *p = reads ? &x->reading : &x->sending;
	const struct config_limits *l = &x->site->limits;
	uint64_t least;

	switch (pace_run(p, l->body_timeout, waits, clock_mono_ns())) {
	case PACE_BEGINS: pace_begin(p, moved(x, reads)); return false;
	case PACE_GOES_ON: return false;
	default: break;
	}
	*bytes = pace_end(p, moved(x, reads), seconds);
	least = (uint64_t)l->min_rate * *seconds;
	return *bytes < (least ? least : 1);
}

bool
relay_client_is_slow(struct exchange *x, bool sends, bool reads)
{
	unsigned int seconds = 0;
	uint64_t bytes = 0;

	if (fell_short(x, false, sends, &bytes, &seconds)) {
		x->conn->close_after = true;
		exchange_fail(x, FAULT_REQUEST_TIMEOUT,
			      arena_printf(&x->arena,
					   "%llu bytes of the body in %u s, %u a second are the "
					   "least; %llu had come in all",
					   (unsigned long long)bytes, seconds,
					   x->site->limits.min_rate,
					   (unsigned long long)x->body_bytes));
		return true;
	}
	if (!fell_short(x, true, reads, &bytes, &seconds))
		return false;
	x->conn->close_after = true;
	if (x->conn->end == CONN_END_NONE)
		x->conn->end = CONN_END_TIMEOUT;
	exchange_fail(x, FAULT_CLIENT_GONE,
		      arena_printf(&x->arena,
				   "it read %llu bytes in %u s, %u a second are the least; %llu "
				   "body bytes of the request and %llu of the response had passed",
				   (unsigned long long)bytes, seconds, x->site->limits.min_rate,
				   (unsigned long long)x->body_bytes,
				   (unsigned long long)x->response_bytes));
	return true;
}
