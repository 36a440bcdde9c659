/* SPDX-License-Identifier: MIT */
/*
 * config_limits - limits of sites, and what connections may become: webSocket
 * and allowedUpgrades.
 *
 * Sources: IIS configuration reference for limits, webSocket; RFC 9110 7.8.
 */
#include <config.h>

#include "core/config_build.h"

#include <string.h>
#include <strings.h>

/* The webSocket element that counts for a site; NULL = none. */
static const xmlNode *
web_socket_of(const struct build *b, const xmlNode *site_node, const xmlNode *whole)
{
	const xmlNode *places[] = {
		site_node,
		tree_child(site_node, ELEMENT_WEB_SERVER),
		tree_child(whole, ELEMENT_WEB_SERVER),
		tree_child(tree_root(b->tree), ELEMENT_WEB_SERVER),
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const xmlNode *found = tree_child(places[i], ELEMENT_WEB_SOCKET);

		if (found)
			return found;
	}
	return NULL;
}

void
build_limits(struct build *b, struct config_site *site, const xmlNode *site_node,
	     const xmlNode *whole)
{
	const xmlNode *own = tree_child(site_node, ELEMENT_LIMITS);
	const xmlNode *all = tree_child(b->defaults, ELEMENT_LIMITS);
	const xmlNode *rate = build_pick(own, all, ATTR_LIMITS_minBytesPerSecond);
	struct config_limits *l = &site->limits;

#define LIMIT(kind, name) tree_##kind(build_pick(own, all, ATTR_LIMITS_##name), ATTR_LIMITS_##name)
	l->idle_timeout = LIMIT(seconds, connectionTimeout);
	l->header_timeout = LIMIT(seconds, headerWaitTimeout);
	l->handshake_timeout = LIMIT(seconds, handshakeTimeout);
	l->person_timeout = LIMIT(seconds, personTimeout);
	l->body_timeout = LIMIT(seconds, bodyTimeout);
	l->max_body = LIMIT(number, maxAllowedContentLength);
	l->head.line = LIMIT(number, maxRequestLine);
	l->head.field = LIMIT(number, maxFieldLength);
	l->head.head = LIMIT(number, maxRequestBytes);
	l->head.fields = LIMIT(number, maxFields);
#undef LIMIT
	if (rate)
		l->min_rate = (unsigned int)tree_number(rate, ATTR_LIMITS_minBytesPerSecond);
	else
		l->min_rate = (unsigned int)tree_number(
			tree_child(tree_child(tree_root(b->tree), ELEMENT_APPLICATION_HOST),
				   ELEMENT_WEB_LIMITS),
			ATTR_WEB_LIMITS_minBytesPerSecond);
	site->web_socket = tree_bool(web_socket_of(b, site_node, whole), ATTR_WEB_SOCKET_enabled);
}

/* Protocols that carry requests nobody would look at: rules and headers would be led past. */
static bool
leads_past(const char *name)
{
	return !strncasecmp(name, "h2", 2) || !strncasecmp(name, "h3", 2) ||
	       !strncasecmp(name, "HTTP", 4) || !strncasecmp(name, "TLS", 3);
}

void
build_upgrades(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	build_names(b, protocol, ATTR_PROTOCOL_allowedUpgrades, &farm->upgrades);
	farm->upgrade_idle = tree_seconds(protocol, ATTR_PROTOCOL_upgradeIdleTimeout);
	for (size_t i = 0; i < farm->upgrades.count; i++) {
		const char *name = farm->upgrades.items[i];
		struct buf quoted = BUF_INIT;

		if (!leads_past(name))
			continue;
		value_quote(name, &quoted);
		tree_error(b->tree, protocol, ATTR_PROTOCOL_allowedUpgrades,
			   "%s would lead requests past the rules; allowed: websocket, or another "
			   "protocol that carries no HTTP", buf_text(&quoted));
		buf_done(&quoted);
	}
}
