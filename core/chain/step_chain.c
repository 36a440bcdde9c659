/* SPDX-License-Identifier: MIT */
/*
 * step_chain - judges the certificates the client sent, if it sent any; also
 * those of a resumed session, against today's trust (STACK 5.3).
 */
#include <config.h>

#include "core/chain/shown.h"

enum next
step_chain(struct conn *c)
{
	if (shown_judge(c) == WAIT)
		return WAIT;
	c->step = STEP_TOKEN;
	return NEXT;
}
