/* SPDX-License-Identifier: MIT */
/*
 * config_build - from a checked tree to struct config.
 *
 * config_build.c does the process, trust and farms; config_sites.c the sites
 * with their bindings, access rules and limits; config_token.c what is asked of
 * badges; config_rules.c the trace rules.  All memory comes from the config's
 * arena, so half a configuration is thrown away in one go.  Running out of
 * memory is noted once and reported at the end; text is never NULL, arrays are
 * empty then.
 */
#ifndef CORE_CONFIG_BUILD_H
#define CORE_CONFIG_BUILD_H

#include "core/config_tree.h"

#define SITES_MAX 1024
#define BINDINGS_MAX 4096
#define FARMS_MAX 1024
#define SERVERS_MAX 1024	/* per farm */
#define LOCATIONS_MAX 1024	/* per site */
#define RULES_MAX 1024		/* per site */

struct build {
	struct tree *tree;		/* checked */
	struct config *config;		/* being filled */
	bool no_memory;			/* something is missing */
	const xmlNode *sites;		/* the sites element, or NULL */
	const xmlNode *defaults;	/* its siteDefaults, or NULL */
	const xmlNode *site_access;	/* access of the site being built, or NULL */
	const xmlNode **binding_nodes;	/* by binding index, for messages */
};

/* Fills config from the tree; errors go to the tree's messages. */
void config_build(struct tree *t, struct config *config);

/* ---- shared by the three files ---- */

/* Room for n things, cleared, and *count = n; NULL and 0 when n is 0 or without memory. */
void *build_array(struct build *b, size_t n, size_t size, size_t *count);
char *build_text(struct build *b, const char *text);
/* The value of a path attribute as an absolute path; URIs and "" as they are. */
char *build_path(struct build *b, const xmlNode *node, enum config_attribute a);
/* Absolute paths of a list with ';' between. */
char **build_files(struct build *b, const xmlNode *node, enum config_attribute a, size_t *count);
/* The default folder of traces (logs) or keys: by user, "" = there is none. */
char *build_state_folder(struct build *b, bool logs);
/* The first of two nodes that has the attribute, NULL = neither. */
const xmlNode *build_pick(const xmlNode *first, const xmlNode *second, enum config_attribute a);

/* Attestations and the order of names. */
void build_tokens(struct build *b);
/* What access asks of badges; a location has from its site what it does not say itself. */
void build_token_rules(struct build *b, const struct config_site *site, const xmlNode *node,
		       struct config_access *access);
/* After its locations: what traces and tickets need to know of all rules of a site. */
void build_token_summary(struct build *b, struct config_site *site);
void build_control(struct build *b);
void build_trust(struct build *b);
/* What the site says of revocation; after build_trust. */
/* @whole: the location that names the whole site, NULL = none. */
void build_site_trust(struct build *b, const xmlNode *node, const xmlNode *whole,
		      struct config_site *site);
/* What servers are told, and how, from a farm's protocol element (NULL fine). */
void build_protocol(struct build *b, const xmlNode *protocol, struct config_farm *farm);
/* allowedTrailers, once every farm has named the headers that are the proxy's own. */
void build_trailers(struct build *b, const xmlNode *protocol, struct config_farm *farm);
/*
 * What a location says of bodies that come before its certificate, after build_site_trust.
 * @access: of the location, NULL = it has none.
 */
void build_location_late(struct build *b, const xmlNode *node, const struct config_site *site,
			 struct config_access *access);
/* "portal/" -> "/portal", in the configuration's arena. */
char *build_location_path(struct build *b, const char *text);
/* Balancing, affinity and health of a farm from its applicationRequestRouting (NULL fine). */
void build_routing(struct build *b, const xmlNode *routing, struct config_farm *farm);
/* One server, after build_server_tls. */
void build_server(struct build *b, const xmlNode *node, struct config_farm *farm, size_t index);
/* TLS to the servers (node NULL = none). */
void build_server_tls(struct build *b, const xmlNode *node, struct config_farm *farm);
/* "a, b" as items; spaces round them go. */
void build_names(struct build *b, const xmlNode *node, enum config_attribute a,
		 struct config_list *out);
/* Routing rules of a site, after the farms. */
void build_routes(struct build *b, struct config_site *site, const xmlNode *site_node);
/* The load balancers of a binding, after its address. */
void build_proxies(struct build *b, const xmlNode *node, struct config_binding *binding);
/* Limits of a site, and whether it has WebSockets; whole: the location of all of it, or NULL. */
void build_limits(struct build *b, struct config_site *site, const xmlNode *site_node,
		  const xmlNode *whole);
/* allowedUpgrades of a farm's protocol (NULL fine). */
void build_upgrades(struct build *b, const xmlNode *protocol, struct config_farm *farm);
void build_sites(struct build *b);
/* Trace rules of a site from traceFailedRequests; NULL = the standard rule. */
void build_rules(struct build *b, struct config_site *site, const xmlNode *rules);

#endif
