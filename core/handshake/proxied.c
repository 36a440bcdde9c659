/* SPDX-License-Identifier: MIT */
/* proxied - see proxied.h. */
#include <config.h>

#include "core/handshake/proxied.h"

#include "core/base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

bool
proxied_is_wanted(const struct config_binding *b)
{
	return b->proxy_count > 0;
}

const char *
proxied_version(const struct conn *c)
{
	if (!c->proxied || c->proxied->reason[0])
		return "";
	return c->proxied->header.version == 1 ? "v1" : "v2";
}

/* One end as the header said it; port "" = it has none. */
static void
end_text(const struct proxy_header *h, bool source, char text[static 110], char port[static 8])
{
	const struct sockaddr_storage *sa = source ? &h->source : &h->destination;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	snprintf(text, 110, "%s", source ? h->source_path : h->destination_path);
	port[0] = '\0';
	if (!h->has_addresses)
		return;
	if (sa->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, 110);
	else
		inet_ntop(AF_INET, &in->sin_addr, text, 110);
	snprintf(port, 8, "%u", ntohs(sa->ss_family == AF_INET6 ? in6->sin6_port : in->sin_port));
}

void
proxied_tell(struct conn *c)
{
	const struct proxied *p = c->proxied;
	char source[110], destination[110], from[8], to[8];
	const struct proxy_header *h;
	bool known, refused;

	if (!p || !c->trace)
		return;
	h = &p->header;
	known = h->version != 0;
	refused = p->reason[0] != '\0';
	end_text(h, true, source, from);
	end_text(h, false, destination, to);
	TRACE_AT(c->trace, refused ? TE_WARNING : TE_INFO, CONNECTION_PROXY_HEADER,
		 .Peer = p->via.text, .PeerPort = p->via.port_text,
		 .ProxyProtocol = !known ? "" : h->version == 1 ? "v1" : "v2",
		 .Command = !known ? "" : h->local ? "LOCAL" : "PROXY",
		 .Family = known ? h->family : "", .Source = source, .SourcePort = from,
		 .Destination = destination, .DestinationPort = to, .Bytes = (uint32_t)p->len,
		 .Tlvs = h->tlvs, .Result = refused ? "refused" : "ok", .Reason = p->reason,
		 .WaitedMs = (clock_mono_ns() - c->start_ns) / CLOCK_NS_PER_MS);
}

void
proxied_free(struct conn *c)
{
	free(c->proxied);
	c->proxied = NULL;
}
