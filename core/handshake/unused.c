/* SPDX-License-Identifier: MIT */
/* unused - see unused.h. */
#include <config.h>

#include "core/handshake/unused.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/handshake/story.h"

#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SLOTS 256u /* power of two */

static struct slot {
	_Atomic bool busy; /* one thread at a time; nobody waits for it */
	char address[46];
	uint64_t at_s;
	unsigned int others;
} slots[SLOTS];

static struct slot *
slot_of(const char *address)
{
	uint64_t h = hash_text(HASH_START, address);

	return &slots[(h ^ h >> 32) & (SLOTS - 1)];
}

bool
unused_is_due(const char *address, uint64_t now_s, unsigned int *others)
{
	struct slot *s = slot_of(address);
	bool same, due;

	*others = 0;
	if (atomic_exchange_explicit(&s->busy, true, memory_order_acquire))
		return false;
	same = strcmp(s->address, address) == 0;
	due = !same || now_s - s->at_s >= UNUSED_SECONDS;
	if (due) {
		*others = same ? s->others : 0;
		snprintf(s->address, sizeof(s->address), "%s", address);
		s->at_s = now_s;
		s->others = 0;
	} else {
		s->others++;
	}
	atomic_store_explicit(&s->busy, false, memory_order_release);
	return due;
}

static const char *
how_it_left(const struct conn *c)
{
	switch (c->end) {
	case CONN_END_CLIENT_CLOSED: return "closed the connection";
	case CONN_END_CLIENT_RESET: return "reset the connection";
	case CONN_END_IDLE: return "was silent until the connection was closed";
	default: return NULL;
	}
}

static const char *
what_it_showed(const struct conn *c)
{
	return c->badge ? "was asked for a certificate, showed one that is not let in"
			: "was asked for a certificate, showed none";
}

/* For what it did in TLS; also between requests, where no trace would say so. */
static bool
was_sent_away(const struct conn *c)
{
	return c->end == CONN_END_RENEGOTIATION || c->end == CONN_END_FLOOD;
}

/* false: nothing to tell. */
static bool
describe(const struct conn *c, char *note, size_t size, unsigned int *others)
{
	const char *left = how_it_left(c), *alert;
	uint64_t now = clock_mono_ns() / CLOCK_NS_PER_S;

	*others = 0;
	if (c->late_alert) {
		alert = gnutls_alert_get_name(
			(gnutls_alert_description_t)(c->late_alert - 1));
		snprintf(note, size, "the client ended the connection with the alert %s after the "
			 "handshake, before any request: it does not accept what it saw",
			 alert ? alert : "?");
		return true;
	}
	if (was_sent_away(c)) {
		snprintf(note, size, "%s; it was told so by an alert and sent away; requests "
			 "before: %u", conn_end_text(c->end), c->requests);
		return unused_is_due(c->peer.text, now, others);
	}
	if (!c->asked || (c->badge && c->verdict == FAULT_NONE) || !left ||
	    !unused_is_due(c->peer.text, now, others))
		return false;
	snprintf(note, size, "the client %s, and %s before any request%s", what_it_showed(c), left,
		 c->badge ? "" : ": its person may have cancelled the choice or the PIN");
	return true;
}

void
unused_tell(struct conn *c)
{
	unsigned int others;
	char note[320], name[256];
	size_t len = sizeof(name);
	unsigned int type;

	if (!c->preamble || !c->tls || (c->requests && !was_sent_away(c)) || c->trace ||
	    c->exchange || c->worker->draining || !describe(c, note, sizeof(note), &others))
		return;
	c->trace = conn_trace_new(c);
	if (!c->trace)
		return;
	trace_set_preamble(c->trace, c->preamble);
	if (c->late_alert)
		TRACE(c->trace, SECURITY_ALERT, .Direction = "in", .AlertLevel = GNUTLS_AL_FATAL,
		      .Alert = (uint32_t)c->late_alert - 1);
	if (c->end == CONN_END_RENEGOTIATION)
		TRACE(c->trace, SECURITY_ALERT, .Direction = "out",
		      .AlertLevel = GNUTLS_AL_WARNING, .Alert = GNUTLS_A_NO_RENEGOTIATION);
	if (c->end == CONN_END_FLOOD)
		TRACE(c->trace, SECURITY_ALERT, .Direction = "out",
		      .AlertLevel = GNUTLS_AL_FATAL, .Alert = GNUTLS_A_UNEXPECTED_MESSAGE);
	TRACE(c->trace, CONNECTION_UNUSED, .Note = note, .OthersUntold = others);
	if (gnutls_server_name_get(c->tls, name, &len, &type, 0) != 0)
		name[0] = '\0';
	story_submit(c, FAULT_NONE, name);
}
