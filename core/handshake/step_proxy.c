/* SPDX-License-Identifier: MIT */
/*
 * step_proxy - reads the PROXY header ahead of the client's bytes, from the
 * load balancers that may send one, and puts the client it names in the place
 * of the socket's peer.  Whoever is not told who the client is, closes.
 */
#include <config.h>

#include "core/base/log.h"
#include "core/handshake/proxied.h"
#include "core/handshake/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED 16u /* bytes of what came instead */

static unsigned int
seconds(const struct conn *c)
{
	unsigned int own = steps[STEP_PROXY].seconds;
	unsigned int site = c->binding->site->limits.handshake_timeout;

	return site < own ? site : own;
}

static enum next
refuse(struct conn *c, const char *why)
{
	static struct log_gate gate;
	struct proxied *p = c->proxied;

	snprintf(p->reason, sizeof(p->reason), "%s", why);
	log_limited(&gate, LOG_LEVEL_WARNING, "connection from %s to %s:%u refused: %s",
		    p->via.text, c->self.text, c->self.port, why);
	conn_start_story(c);
	c->end = CONN_END_PROXY_HEADER;
	story_submit(c, FAULT_NONE, "");
	conn_close(c, CONN_END_PROXY_HEADER);
	return NEXT;
}

/* What came, so that a reader sees who speaks. */
static enum next
refuse_bytes(struct conn *c, const char *why)
{
	const struct proxied *p = c->proxied;
	char text[256], first[QUOTED + 1];
	size_t n = p->len < QUOTED ? p->len : QUOTED;

	for (size_t i = 0; i < n; i++)
		first[i] = p->data[i] >= 0x20 && p->data[i] < 0x7f ? (char)p->data[i] : '.';
	first[n] = '\0';
	snprintf(text, sizeof(text), "%s; it began with: %s", why, first);
	return refuse(c, text);
}

static enum next
ended(struct conn *c, ssize_t r)
{
	if (c->proxied->len)
		return refuse(c, "the connection ended within the PROXY header");
	/* Load balancers look this way whether the port is open: no story. */
	conn_close(c, r == 0 ? CONN_END_CLIENT_CLOSED : CONN_END_CLIENT_RESET);
	return NEXT;
}

/* The header is whole: the connection begins as if its client had just come. */
static enum next
take(struct conn *c)
{
	struct proxied *p = c->proxied;
	const char *wrong;

	if (proxy_header_parse(&p->header, p->data, p->len, &wrong) < 0)
		return refuse_bytes(c, wrong);
	if (p->header.has_addresses) {
		peer_address_set(&c->peer, &p->header.source);
		peer_address_set(&c->self, &p->header.destination);
	}
	c->probe = p->header.local;
	limit_set(c->worker->loop, &c->limit, 0);
	if (conn_begin(c) < 0)
		return DONE;
	transport_restart(c);
	proxied_free(c);
	return NEXT;
}

/* true: the step goes on to read. */
static bool
begin(struct conn *c, enum next *next)
{
	const struct config_binding *b = c->binding;

	c->proxied = calloc(1, sizeof(*c->proxied));
	*next = DONE;
	if (!c->proxied)
		return false;
	c->proxied->via = c->peer;
	limit_set(c->worker->loop, &c->limit, seconds(c));
	if (config_networks_have(b->proxies, b->proxy_count, c->peer.text))
		return true;
	*next = refuse(c, "its address is not among the networks of proxyProtocol");
	return false;
}

enum next
step_proxy(struct conn *c)
{
	enum next next;
	char text[128];

	if (!c->proxied && !begin(c, &next))
		return next;
	for (;;) {
		struct proxied *p = c->proxied;
		const char *wrong;
		ssize_t n = proxy_header_missing(p->data, p->len, &wrong);

		if (n < 0)
			return refuse_bytes(c, wrong);
		if (n == 0)
			return take(c);
		n = transport_read(c, p->data + p->len, (size_t)n);
		if (n == -EAGAIN && c->limit_over) {
			snprintf(text, sizeof(text), "no whole PROXY header came within %u s",
				 seconds(c));
			return refuse(c, text);
		}
		if (n == -EAGAIN) {
			c->want = WANT_CLIENT_READ;
			return WAIT;
		}
		if (n <= 0)
			return ended(c, n);
		p->len += (size_t)n;
	}
}
