/* SPDX-License-Identifier: MIT */
/* step_handshake - runs GnuTLS until the session is there or the story is over. */
#include <config.h>

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

enum next
step_handshake(struct conn *c)
{
	int r;

	if (story_is_timed_out(c)) {
		story_failed(c, GNUTLS_E_TIMEDOUT);
		return NEXT;
	}
	if (c->transport.first_len == 0) {
		r = transport_peek(c);
		if (r == -EAGAIN)
			return wait_for(c);
		if (c->transport.first_len && c->transport.first[0] != RECORD_HANDSHAKE) {
			story_not_tls(c);
			return NEXT;
		}
	}
	do
		r = gnutls_handshake(c->tls);
	while (r < 0 && r != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(r));
	if (r < 0 && r != GNUTLS_E_AGAIN) {
		story_failed(c, r);
		return NEXT;
	}
	transport_flush(c);
	if (r == GNUTLS_E_AGAIN)
		return wait_for(c);
	story_done(c);
	limit_set(c->worker->loop, &c->limit, 0);
	c->step = STEP_CHAIN;
	return NEXT;
}
