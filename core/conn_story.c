/* SPDX-License-Identifier: MIT */
/* conn_story - what is told of a connection: who it is, why and with what it ended. */
#include <config.h>

#include "core/conn.h"

#include "core/base/clock.h"

static const char *const end_texts[] = {
	[CONN_END_NONE] = "kept open for the next request",
	[CONN_END_CLIENT_CLOSED] = "the client closed",
	[CONN_END_CLIENT_RESET] = "the client reset the connection",
	[CONN_END_PROXY_CLOSED] = "closed after the response",
	[CONN_END_IDLE] = "idle for too long",
	[CONN_END_TIMEOUT] = "a time limit was over",
	[CONN_END_HANDSHAKE] = "the handshake failed",
	[CONN_END_DRAINED] = "the proxy is stopping",
	[CONN_END_ERROR] = "an error of the proxy",
	[CONN_END_PROXY_HEADER] = "no PROXY header that counts",
	[CONN_END_RENEGOTIATION] = "the client began a renegotiation, which only the proxy may",
	[CONN_END_FLOOD] = "the client sent more TLS messages after the handshake than it may",
	[CONN_END_TUNNEL] = "the server's side of the tunnel ended first",
};

const char *
conn_end_text(enum conn_end e)
{
	return end_texts[e];
}

const char *
conn_client_name(const struct conn *c)
{
	if (c->identity && *c->identity->name)
		return c->identity->name;
	return c->badge ? c->badge->leaf->subject : NULL;
}

void
conn_trace_end(struct conn *c, struct trace *t)
{
	TRACE(t, CONNECTION_END, .ConnId = c->id, .Requests = c->requests,
	      .BytesReceived = c->transport.bytes_in, .BytesSent = c->transport.bytes_out,
	      .AgeMs = (clock_mono_ns() - c->start_ns) / CLOCK_NS_PER_MS,
	      .Reason = (uint32_t)c->end, .Reason_text = conn_end_text(c->end));
}
