/* SPDX-License-Identifier: MIT */
/*
 * step_token - is the certificate a badge, and whose?  Then the story of the
 * connection is complete: it is sealed, to stand ahead of every request's.
 */
#include <config.h>

#include "core/conn.h"
#include "core/handshake/tls.h"
#include "core/token/fresh.h"

#include <stdlib.h>

enum next
step_token(struct conn *c)
{
	if (c->badge && c->badge->leaf && c->badge->leaf->crt) {
		c->identity = calloc(1, sizeof(*c->identity));
		if (c->identity)
			identity_of(c->badge, c->worker->registry, c->resumed,
				    fresh_age(c->badge->leaf->sha256), c->trace, c->identity);
	}
	if (c->badge && c->verdict == FAULT_NONE)
		tls_send_ticket(c); /* never before a badge was accepted */
	if (c->trace) {
		c->preamble = trace_seal(c->trace);
		trace_free(c->trace);
		c->trace = NULL;
	}
	c->step = STEP_SERVE;
	return NEXT;
}
