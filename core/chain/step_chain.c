/* SPDX-License-Identifier: MIT */
/*
 * step_chain - judges the certificates the client sent, if it sent any; also
 * those of a resumed session, against today's trust (STACK 5.3).
 */
#include <config.h>

#include "core/conn.h"

enum next
step_chain(struct conn *c)
{
	unsigned int n = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(c->tls, &n);

	const struct trust *trust = c->runtime->trust;

	c->step = STEP_TOKEN;
	if (c->runtime == c->worker->runtime)
		trust = c->worker->trust; /* the newest CRLs */
	if (raw && n)
		c->verdict = verify_chain(c->worker->verdicts, trust,
					  &c->runtime->config->trust, raw, n, time(NULL), c->trace,
					  &c->badge);
	return NEXT;
}
