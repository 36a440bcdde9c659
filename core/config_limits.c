/* SPDX-License-Identifier: MIT */
/*
 * config_limits - limits of sites, methods that are let in, and what connections
 * may become: webSocket and allowedUpgrades.
 *
 * Sources: IIS configuration reference for limits, verbs, webSocket; RFC 9110 7.8.
 */
#include <config.h>

#include "core/config_build.h"

#include <string.h>
#include <strings.h>

#define VERBS_MAX 100

/*
 * An element of a site, of the location that is the whole site, or of all sites; below another
 * one if that is not ELEMENT_NONE.  NULL = none.
 */
static const xmlNode *
setting_of(const struct build *b, const xmlNode *site_node, const xmlNode *whole,
	   enum config_element parent, enum config_element e)
{
	const xmlNode *places[] = {
		site_node,
		tree_child(site_node, ELEMENT_WEB_SERVER),
		tree_child(whole, ELEMENT_WEB_SERVER),
		tree_child(tree_root(b->tree), ELEMENT_WEB_SERVER),
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const xmlNode *node = places[i], *found;

		if (parent != ELEMENT_NONE && !tree_child(node, parent))
			node = tree_child(node, ELEMENT_SECURITY);
		found = tree_child(parent == ELEMENT_NONE ? node : tree_child(node, parent), e);
		if (found)
			return found;
	}
	return NULL;
}

static void
build_verbs(struct build *b, struct config_site *site, const xmlNode *verbs)
{
	const xmlNode *node = tree_child(verbs, ELEMENT_VERB);
	size_t count = tree_count(verbs, ELEMENT_VERB);

	site->verbs_unlisted = tree_bool(verbs, ATTR_VERBS_allowUnlisted);
	if (count > VERBS_MAX) {
		tree_error(b->tree, verbs, ATTR_COUNT, "%zu methods; allowed: at most %d", count,
			   VERBS_MAX);
		return;
	}
	site->verbs = build_array(b, count, sizeof(*site->verbs), &count);
	for (; node && site->verb_count < count; node = tree_next(node)) {
		struct config_verb *v = &site->verbs[site->verb_count];

		v->name = build_text(b, tree_text(node, ATTR_VERB_verb));
		v->allowed = tree_bool(node, ATTR_VERB_allowed);
		for (size_t i = 0; i < site->verb_count; i++)
			if (!strcmp(site->verbs[i].name, v->name))
				tree_error(b->tree, node, ATTR_VERB_verb, "%s has a row already; "
					   "allowed: each method once", v->name);
		if (!strcmp(v->name, "CONNECT") && v->allowed)
			tree_warning(b->tree, node, ATTR_VERB_allowed,
				     "without effect: CONNECT asks for a tunnel, which no web "
				     "farm makes");
		site->verb_count++;
	}
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
	site->web_socket = tree_bool(setting_of(b, site_node, whole, ELEMENT_NONE,
						ELEMENT_WEB_SOCKET), ATTR_WEB_SOCKET_enabled);
	build_verbs(b, site, setting_of(b, site_node, whole, ELEMENT_REQUEST_FILTERING,
					ELEMENT_VERBS));
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
