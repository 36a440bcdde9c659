/* SPDX-License-Identifier: MIT */
/* holder - see holder.h. */
#include <config.h>

#include "core/token/holder.h"

#include "core/base/clock.h"
#include "core/token/seen.h"

#include <stdlib.h>

static void
find_identity(struct conn *c)
{
	const struct config *config = c->runtime->config;
	const struct identity_source source = {
		.registry = c->worker->registry,
		.attestations = c->runtime->attestations,
		.order = config->identity_order,
		.order_count = config->identity_order_count,
		.required = c->binding->site->token_required[0] ?
				    c->binding->site->token_required : NULL,
		.resumed = c->resumed,
		.seconds_since_signature =
			seen_age(c->badge->leaf->sha256, clock_mono_ns()),
	};

	c->identity = calloc(1, sizeof(*c->identity));
	if (c->identity)
		identity_of(c->badge, &source, c->trace, c->identity);
}

/* Is the badge, or its session, in two places?  S18. */
static void
look_elsewhere(struct conn *c)
{
	char other[SEEN_ADDRESS];
	uint64_t ago;

	if (!seen_from(c->badge->leaf->sha256, c->peer.text, clock_mono_ns(), other, &ago))
		return;
	TRACE(c->trace, AUTH_TOKEN_ELSEWHERE, .Address = c->peer.text, .OtherAddress = other,
	      .SecondsAgo = ago, .Resumed = c->resumed ? "yes" : "no",
	      .Note = c->resumed ? "the session was resumed and nobody signed here: whoever has "
				   "it is taken for this user, who was at the other address"
				 : "the key signed here, and was used from the other address: its "
				   "holder has moved, or the badge or its key is in two places");
}

void
holder_find(struct conn *c)
{
	if (c->badge && c->badge->leaf && c->badge->leaf->crt)
		find_identity(c);
	if (c->badge && c->verdict == FAULT_NONE)
		look_elsewhere(c);
}
