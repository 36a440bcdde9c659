/* SPDX-License-Identifier: MIT */
/* sign - see sign.h.  Facts: STACK 3.5, 3.6. */
#include <config.h>

#include "core/handshake/sign.h"

#include "core/base/lane.h"
#include "core/errand.h"
#include "core/handshake/credentials.h"
#include "core/handshake/story_private.h"
#include "core/handshake/tls.h"

#include <errno.h>
#include <stdlib.h>

struct signing {
	struct errand errand;
	int result; /* of the handshake so far */
	unsigned int busy; /* seconds that the token hangs, if that is why it failed */
};

/*
 * In a renegotiation warnings and requests may come between: late.c looks at them.  GnuTLS may
 * ask for more although records lie in our buffer (within a message of several): no event
 * would come for those.
 */
static bool
goes_on(const struct conn *c, int r, size_t had)
{
	if (r == GNUTLS_E_AGAIN)
		return transport_has_input(&c->transport) && c->transport.in_len != had;
	return r < 0 && !gnutls_error_is_fatal(r) && (!c->exchange || r == GNUTLS_E_INTERRUPTED);
}

int
sign_run(struct conn *c, int (*step)(gnutls_session_t session))
{
	size_t had;
	int r;

	do {
		had = c->transport.in_len;
		r = step(c->tls);
	} while (goes_on(c, r, had));
	return r;
}

int
sign_handshake(struct conn *c)
{
	return sign_run(c, gnutls_handshake);
}

/*
 * The key is used for the proxy's first flight, also after a HelloRetryRequest;
 * and under the RSA key exchange of TLS 1.2, which has no signature, to read
 * the client's secret.
 */
bool
sign_is_due(const struct conn *c)
{
	return tls_token_lane(c) &&
	       (story_flight_is_due(c) || gnutls_kx_get(c->tls) == GNUTLS_KX_RSA);
}

static bool
run(struct errand *e)
{
	struct signing *s = (struct signing *)e;
	struct conn *c = e->conn;
	struct credentials *cred;
	struct lane *lane;

	s->result = sign_handshake(c);
	if (s->result == 0 || s->result == GNUTLS_E_AGAIN)
		return true;
	cred = c->runtime->credentials[c->binding->index];
	lane = credentials_lane(cred);
	if (login_is_token_error(s->result) || gnutls_kx_get(c->tls) == GNUTLS_KX_RSA)
		s->busy = lane ? lane_busy_seconds(lane) : 0; /* RSA hides what failed */
	if (login_is_token_error(s->result) || s->busy)
		credentials_failed(cred, c->keys);
	return true;
}

static void
back(struct errand *e)
{
	struct signing *s = (struct signing *)e;

	e->conn->story->back = true;
	e->conn->story->result = s->result;
	e->conn->story->token_busy = s->busy;
	free(s);
}

static void
drop(struct errand *e)
{
	free(e);
}

bool
sign_came_back(struct conn *c, int *r)
{
	if (!c->story || !c->story->back)
		return false;
	c->story->back = false;
	*r = c->story->result;
	return true;
}

int
sign_send(struct conn *c)
{
	struct pool *pool = lane_waiters(tls_token_lane(c));
	struct signing *s = pool ? calloc(1, sizeof(*s)) : NULL;
	int r;

	if (!s)
		return -ENOMEM;
	s->errand.run = run;
	s->errand.back = back;
	s->errand.drop = drop;
	r = errand_send_by(pool, c, &s->errand);
	if (r < 0)
		free(s);
	return r;
}
