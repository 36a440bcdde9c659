/* SPDX-License-Identifier: MIT */
/* step_handshake - runs GnuTLS until the session is there or the story is over. */
#include <config.h>

#include "core/handshake/sign.h"
#include "core/handshake/story.h"

#include <errno.h>

#define RECORD_HANDSHAKE 0x16

static enum next
wait_for(struct conn *c)
{
	c->want = conn_is_blocked(c) ? WANT_CLIENT_WRITE : WANT_CLIENT_READ;
	if (story_person_begins(c))
		limit_set(c->worker->loop, &c->limit, c->binding->site->limits.person_timeout);
	return WAIT;
}

/* Waits for the first bytes of a client, and looks at them. */
static bool
first_bytes(struct conn *c, enum next *next)
{
	int r;

	if (c->transport.first_len)
		return true;
	r = transport_peek(c);
	*next = NEXT;
	if (r == -EAGAIN) {
		*next = wait_for(c);
		return false;
	}
	if (c->transport.first_len && c->transport.first[0] != RECORD_HANDSHAKE) {
		story_not_tls(c);
		return false;
	}
	return true;
}

/* What GnuTLS says to the bytes that came: GNUTLS_E_AGAIN = more are needed. */
static enum next
take_result(struct conn *c, int r, bool more)
{
	if (r < 0 && r != GNUTLS_E_AGAIN) {
		story_failed(c, r);
		return NEXT;
	}
	transport_flush(c);
	if (r == GNUTLS_E_AGAIN)
		return more ? NEXT : wait_for(c);
	story_done(c);
	limit_set(c->worker->loop, &c->limit, 0);
	c->step = STEP_CHAIN;
	return NEXT;
}

enum next
step_handshake(struct conn *c)
{
	enum next next;
	int r;

	if (sign_came_back(c, &r)) {
		if (!c->worker->draining) /* more bytes may have come meanwhile */
			return take_result(c, r, c->readable && !conn_is_blocked(c));
		story_stopped(c);
		return NEXT;
	}
	if (story_is_timed_out(c)) {
		story_failed(c, GNUTLS_E_TIMEDOUT);
		return NEXT;
	}
	if (!first_bytes(c, &next))
		return next;
	if (sign_is_due(c)) {
		r = transport_peek(c);
		if (r == -EAGAIN)
			return wait_for(c);
		if (transport_has_input(&c->transport)) {
			if (sign_send(c) == 0)
				return WAIT;
			story_no_signer(c);
			return NEXT;
		}
	}
	return take_result(c, sign_handshake(c), false);
}
