/* SPDX-License-Identifier: MIT */
/*
 * step_token - is the certificate a badge, and whose?  Then the story of the
 * connection is complete: it is sealed, to stand ahead of every request's.
 */
#include <config.h>

#include "core/handshake/ticket.h"
#include "core/token/holder.h"

enum next
step_token(struct conn *c)
{
	holder_find(c);
	/* Never before a badge was accepted, and none that outlives its signature. */
	if (c->badge && c->verdict == FAULT_NONE)
		ticket_send(c, c->identity ? c->identity->seconds_since_signature : UINT64_MAX);
	conn_seal_story(c);
	c->step = STEP_SERVE;
	return NEXT;
}
