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

static void
find_identity(struct conn *c)
{
	const struct identity_source source = {
		.registry = c->worker->registry,
		.resumed = c->resumed,
		.seconds_since_signature = fresh_age(c->badge->leaf->sha256),
	};

	c->identity = calloc(1, sizeof(*c->identity));
	if (c->identity)
		identity_of(c->badge, &source, c->trace, c->identity);
}

enum next
step_token(struct conn *c)
{
	if (c->badge && c->badge->leaf && c->badge->leaf->crt)
		find_identity(c);
	if (c->badge && c->verdict == FAULT_NONE)
		tls_send_ticket(c); /* never before a badge was accepted */
	conn_seal_story(c);
	c->step = STEP_SERVE;
	return NEXT;
}
