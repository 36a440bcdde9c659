/* SPDX-License-Identifier: MIT */
/* hint - see hint.h. */
#include <config.h>

#include "core/handshake/hint.h"

#include "core/base/clock.h"
#include "core/handshake/story_private.h"
#include "core/handshake/ticket.h"
#include "core/token/seen.h"

#include <stdio.h>

void
hint_look(struct hint *h, const unsigned char sha256[static 32])
{
	uint64_t now = clock_mono_ns();

	h->last_end = seen_last_end(sha256);
	h->age = seen_age(sha256, now);
	h->signatures = seen_signed(sha256, now);
}

static const char *
why(const struct conn *c)
{
	if (!c->runtime->tickets)
		return "session tickets are off here (tickets)";
	if (gnutls_protocol_get_version(c->tls) != GNUTLS_TLS1_3)
		return "sessions are resumed with TLS 1.3 only, and this client uses TLS 1.2";
	if (!c->story->hello.ticket)
		return "the client offers no session ticket: it keeps none, for example because "
		       "each time another program or host name is used";
	return ticket_refusal(c);
}

void
hint_tell(struct conn *c, const struct hint *h)
{
	char text[320], age[24] = "";

	if (h->signatures <= SEEN_MANY || !c->trace)
		return;
	snprintf(text, sizeof(text),
		 "the key of this certificate signed %u times within a minute, and each time the "
		 "PIN may be asked for: %s%s",
		 h->signatures,
		 c->story->hello.ticket ? "the client's session ticket was not accepted: " : "",
		 why(c));
	if (h->age != UINT64_MAX)
		snprintf(age, sizeof(age), "%llu", (unsigned long long)h->age);
	TRACE(c->trace, SECURITY_HANDSHAKE_HINT, .Hint = text, .FullHandshakes = h->signatures,
	      .WithinSeconds = SEEN_SECONDS, .Resumed = c->resumed ? "yes" : "no",
	      .OfferedTicket = c->story->hello.ticket ? "yes" : "no",
	      .SecondsSinceSignature = age, .ServerName = c->story->hello.server_name,
	      .PreviousEnd = h->last_end ? conn_end_text((enum conn_end)h->last_end) : "");
}
