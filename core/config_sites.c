/* SPDX-License-Identifier: MIT */
/*
 * config_sites - sites: bindings, access rules with their contradictions,
 * locations, and where the traces go.
 *
 * Sources: IIS configuration reference for site, binding, access, location;
 * ARR 2 (sslFlags).
 */
#include <config.h>

#include "core/config_build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- bindings ---- */

/* bindingInformation, or address, port and host. */
static bool
read_endpoint(struct build *b, const xmlNode *node, struct endpoint *e)
{
	static const enum config_attribute parts[] = {
		ATTR_BINDING_address, ATTR_BINDING_port, ATTR_BINDING_host,
	};
	const char *information = tree_text(node, ATTR_BINDING_bindingInformation);
	const char *address = tree_text(node, ATTR_BINDING_address);
	const char *host = tree_text(node, ATTR_BINDING_host);

	for (size_t i = 0; *information && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (tree_has(node, parts[i]))
			tree_error(b->tree, node, parts[i],
				   "given beside bindingInformation; allowed: one of the two");
	if (*information)
		return value_endpoint(information, e) == 0;
	if (!tree_has(node, ATTR_BINDING_port)) {
		if (tree_is_damaged(node))
			return false;
		tree_error(b->tree, node, ATTR_COUNT, "it has no usable port; allowed: "
			   "bindingInformation=\"ip:port:host\", or port with address and host");
		return false;
	}
	*e = (struct endpoint){ .port = (unsigned int)tree_number(node, ATTR_BINDING_port) };
	memcpy(e->address, address, strnlen(address, sizeof(e->address) - 1));
	memcpy(e->host, host, strnlen(host, sizeof(e->host) - 1));
	return true;
}

static void
build_certificate(struct build *b, const xmlNode *node, struct config_binding *binding)
{
	const xmlNode *tokens = tree_child(tree_root(b->tree), ELEMENT_PKCS11);
	static const enum config_attribute all[] = {
		ATTR_BINDING_certificate, ATTR_BINDING_key, ATTR_BINDING_pinSource,
	};
	char **parts[] = {
		&binding->cert.certificate, &binding->cert.key, &binding->cert.pin_source,
	};

	binding->cert.token_timeout = tree_seconds(tokens, ATTR_PKCS11_timeout);
	binding->cert.allow_final_try = tree_bool(tokens, ATTR_PKCS11_allowFinalTry);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!*tree_text(node, all[i]))
			continue;
		*parts[i] = build_path(b, node, all[i]);
		if (!binding->tls)
			tree_error(b->tree, node, all[i],
				   "an http binding has none; allowed: with protocol=\"https\"");
		else if (!binding->cert.certificate)
			tree_error(b->tree, node, all[i],
				   "there is no certificate; allowed: together with certificate");
	}
	if (binding->tls && !binding->cert.certificate && !*b->config->state_dir)
		tree_error(b->tree, node, ATTR_COUNT, "there is no folder for a self-signed "
			   "certificate; allowed: certificate, or process/@stateDirectory");
}

/* Two bindings on one address and port differ in their host and agree in their protocol. */
static void
check_binding(struct build *b, const xmlNode *node, const struct config_binding *binding)
{
	const struct config_binding *other = b->config->bindings;

	if (!strchr(binding->address.text, ':') || strstr(binding->address.text, "]:0") ||
	    !strcmp(strrchr(binding->address.text, ':'), ":0"))
		return;
	for (; other < binding; other++) {
		if (strcmp(other->address.text, binding->address.text))
			continue;
		if (other->tls != binding->tls)
			tree_error(b->tree, node, ATTR_BINDING_protocol,
				   "%s has http and https; allowed: one of them",
				   binding->address.text);
		else if (!strcasecmp(other->host, binding->host))
			tree_error(b->tree, node, ATTR_COUNT,
				   "%s with host \"%s\" is bound already; "
				   "allowed: each address, port and host once",
				   binding->address.text, binding->host);
	}
}

static void
build_bindings(struct build *b, struct config_site *site, const xmlNode *site_node, size_t *next)
{
	const xmlNode *list = tree_child(site_node, ELEMENT_BINDINGS);
	const xmlNode *node = tree_child(list, ELEMENT_BINDING);
	struct config *c = b->config;

	if (!node)
		tree_error(b->tree, list ? list : site_node, ATTR_COUNT,
			   "the site listens nowhere; allowed: bindings with one binding or more");
	for (; node && *next < c->binding_count; node = tree_next(node), ++*next) {
		struct config_binding *binding = &c->bindings[*next];
		struct endpoint e = { .host = "" };

		b->binding_nodes[*next] = node;
		binding->site = site;
		binding->index = (unsigned int)*next;
		binding->tls = tree_word(node, ATTR_BINDING_protocol) == 1;
		if (read_endpoint(b, node, &e))
			value_address(e.address, e.port, &binding->address);
		binding->host = build_text(b, e.host);
		build_certificate(b, node, binding);
		build_proxies(b, node, binding);
		check_binding(b, node, binding);
	}
}

static bool
has_binding(const struct build *b, const struct config_site *site, bool tls)
{
	for (size_t i = 0; i < b->config->binding_count; i++)
		if (b->config->bindings[i].site == site && b->config->bindings[i].tls == tls)
			return true;
	return false;
}

/* ---- access ---- */

/* Named, or named wrongly, which was told already. */
static bool
has_roots(const struct build *b)
{
	return b->config->trust.ca_count ||
	       tree_is_damaged(tree_child(tree_root(b->tree), ELEMENT_CLIENT_CERTIFICATES));
}

/* What cannot be meant, for one site and one access element. */
static void
check_access(struct build *b, const struct config_site *site, const xmlNode *node,
	     unsigned int flags)
{
	const char *wrong = NULL;
	bool warning = false;

	if ((flags & SSL_FLAG_REQUIRE_CERT) && !(flags & SSL_FLAG_NEGOTIATE_CERT))
		wrong = "SslRequireCert without SslNegotiateCert asks for nothing; "
			"allowed: \"Ssl, SslNegotiateCert, SslRequireCert\"";
	else if ((flags & SSL_FLAG_REQUIRE_CERT) && !has_roots(b))
		wrong = "SslRequireCert without a trusted root refuses everybody; "
			"allowed: with clientCertificates/@caFile";
	else if ((flags & SSL_FLAG_REQUIRE_CERT) && !has_binding(b, site, true))
		wrong = "SslRequireCert, but no binding is https; allowed: with an https binding";
	else if ((flags & SSL_FLAG_REQUIRE_CERT) && !(flags & SSL_FLAG_SSL) &&
		 has_binding(b, site, false))
		wrong = "SslRequireCert without Ssl, but a binding is http and has no "
			"certificates; allowed: \"Ssl, SslNegotiateCert, SslRequireCert\"";
	else if ((warning = (flags & SSL_FLAG_NEGOTIATE_CERT) && !has_roots(b)))
		wrong = "SslNegotiateCert without clientCertificates/@caFile: "
			"a client that shows a certificate is refused";
	else if ((warning = (flags & SSL_FLAG_SSL) && !has_binding(b, site, true)))
		wrong = "Ssl, but no binding is https: every request gets 403.4";
	if (wrong)
		tree_message(b->tree, warning, node, "sslFlags", "site \"%s\": %s", site->name,
			     wrong);
}

/* The access element of a site or location, in either of its places. */
static const xmlNode *
access_of(struct build *b, const xmlNode *node)
{
	const xmlNode *server = tree_child(node, ELEMENT_WEB_SERVER);
	const xmlNode *deep = tree_child(tree_child(server, ELEMENT_SECURITY), ELEMENT_ACCESS);
	const xmlNode *here = tree_child(node, ELEMENT_ACCESS);

	if (here && deep)
		tree_error(b->tree, deep, ATTR_COUNT, "given twice; allowed: access, "
			   "or system.webServer/security/access");
	return here ? here : deep;
}

static void
set_access(struct build *b, const struct config_site *site, const xmlNode *node,
	   struct config_access *access)
{
	value_ssl_flags(tree_text(node, ATTR_ACCESS_sslFlags), &access->ssl_flags);
	if (!node)
		return;
	check_access(b, site, node, access->ssl_flags);
	build_token_rules(b, site, node, access);
}

/* ---- locations ---- */

/* The part of a location's path behind the site's name; NULL = of another site. */
static const char *
path_in_site(const char *path, const struct config_site *site)
{
	size_t len = strlen(site->name);

	if (!len || strncasecmp(path, site->name, len) || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

static const xmlNode *
whole_site(const struct build *b, const struct config_site *site)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_LOCATION);

	for (; node; node = tree_next(node)) {
		const char *rest = path_in_site(tree_text(node, ATTR_LOCATION_path), site);

		if (rest && !rest[strspn(rest, "/")])
			return node;
	}
	return NULL;
}

static void
add_location(struct build *b, struct config_site *site, const xmlNode *node, const char *text)
{
	const xmlNode *access = access_of(b, node);
	const xmlNode *server = tree_child(node, ELEMENT_WEB_SERVER);
	const xmlNode *tracing = tree_child(server, ELEMENT_TRACING);
	struct config_location *location = &site->locations[site->location_count];

	if (tracing)
		tree_error(b->tree, tracing, ATTR_COUNT, "rules for a part of a site; allowed: "
			   "the site's traceFailedRequests with add/@path");
	if (tree_child(server, ELEMENT_WEB_SOCKET))
		tree_error(b->tree, node, ATTR_COUNT, "webSocket for a part of a site; allowed: "
			   "for a site or for all");
	if (tree_child(tree_child(server, ELEMENT_SECURITY), ELEMENT_REQUEST_FILTERING))
		tree_error(b->tree, node, ATTR_COUNT, "requestFiltering for a part of a site; "
			   "allowed: for a site or for all");
	build_location_late(b, node, site, access ? &location->access : NULL);
	if (!access)
		return;
	location->path = build_location_path(b, text);
	set_access(b, site, access, &location->access);
	for (size_t i = 0; i < site->location_count; i++)
		if (!strcasecmp(site->locations[i].path, location->path))
			tree_error(b->tree, node, ATTR_LOCATION_path,
				   "site \"%s\" has that location already; allowed: each path once",
				   site->name);
	site->location_count++;
}

static int
by_length(const void *a, const void *b)
{
	size_t x = strlen(((const struct config_location *)a)->path);
	size_t y = strlen(((const struct config_location *)b)->path);

	return (x < y) - (x > y);
}

static void
build_locations(struct build *b, struct config_site *site, const xmlNode *site_node)
{
	const xmlNode *root = tree_root(b->tree), *node;
	size_t count = tree_count(site_node, ELEMENT_LOCATION), room;

	for (node = tree_child(root, ELEMENT_LOCATION); node; node = tree_next(node))
		count += path_in_site(tree_text(node, ATTR_LOCATION_path), site) != NULL;
	if (count > LOCATIONS_MAX) {
		tree_error(b->tree, site_node, ATTR_COUNT, "%zu locations; allowed: at most %d",
			   count, LOCATIONS_MAX);
		return;
	}
	site->locations = build_array(b, count, sizeof(*site->locations), &room);
	if (!room)
		return;
	for (node = tree_child(site_node, ELEMENT_LOCATION); node; node = tree_next(node))
		add_location(b, site, node, tree_text(node, ATTR_LOCATION_path));
	for (node = tree_child(root, ELEMENT_LOCATION); node; node = tree_next(node)) {
		const char *rest = path_in_site(tree_text(node, ATTR_LOCATION_path), site);

		if (rest && rest[strspn(rest, "/")])
			add_location(b, site, node, rest);
	}
	qsort(site->locations, site->location_count, sizeof(*site->locations), by_length);
}

/* ---- the rest of a site ---- */

static void
build_logging(struct build *b, struct config_site *site, const xmlNode *site_node)
{
	const xmlNode *own = tree_child(site_node, ELEMENT_LOGGING);
	const xmlNode *all = tree_child(b->defaults, ELEMENT_LOGGING);
	const xmlNode *folder = build_pick(own, all, ATTR_LOGGING_directory);

#define LOGGING(kind, name) \
	tree_##kind(build_pick(own, all, ATTR_LOGGING_##name), ATTR_LOGGING_##name)
	site->trace_enabled = LOGGING(bool, enabled);
	site->max_log_files = (unsigned int)LOGGING(number, maxLogFiles);
	site->max_log_file_kb = LOGGING(number, maxLogFileSizeKB);
#undef LOGGING
	site->trace_directory = build_path(b, folder, ATTR_LOGGING_directory);
	if (!*site->trace_directory)
		site->trace_directory = build_state_folder(b, true);
	if (!*site->trace_directory && site->trace_enabled)
		tree_error(b->tree, own ? own : site_node, ATTR_COUNT,
			   "there is no folder for traces: neither XDG_STATE_HOME nor HOME is set; "
			   "allowed: traceFailedRequestsLogging/@directory");
}

static const xmlNode *
tracing_of(const struct build *b, const struct config_site *site, const xmlNode *site_node)
{
	const xmlNode *places[] = {
		site_node,
		tree_child(site_node, ELEMENT_WEB_SERVER),
		tree_child(whole_site(b, site), ELEMENT_WEB_SERVER),
		tree_child(tree_root(b->tree), ELEMENT_WEB_SERVER),
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const xmlNode *tracing = tree_child(places[i], ELEMENT_TRACING);

		if (tree_child(tracing, ELEMENT_TRACE_RULES))
			return tree_child(tracing, ELEMENT_TRACE_RULES);
	}
	return NULL;
}

static void
find_farm(struct build *b, struct config_site *site, const xmlNode *node)
{
	const char *name = tree_text(node, ATTR_SITE_webFarm);
	struct config *c = b->config;

	if (!*name && c->farm_count == 1) {
		site->farm = &c->farms[0];
		return;
	}
	for (size_t i = 0; *name && i < c->farm_count; i++)
		if (!strcasecmp(c->farms[i].name, name))
			site->farm = &c->farms[i];
	if (!*name && c->farm_count)
		tree_error(b->tree, node, ATTR_COUNT, "there are %zu web farms; "
			   "allowed: webFarm with the name of one", c->farm_count);
	else if (!site->farm && c->farm_count)
		tree_error(b->tree, node, ATTR_SITE_webFarm,
			   "there is no web farm of that name; allowed: the name of a webFarm");
}

static void
check_site(struct build *b, const xmlNode *node, const struct config_site *site)
{
	for (const struct config_site *other = b->config->sites; other < site; other++) {
		if (*site->name && !strcasecmp(other->name, site->name))
			tree_error(b->tree, node, ATTR_SITE_name,
				   "there is a site of that name already; "
				   "allowed: a name of its own");
		if (other->id == site->id && !tree_is_damaged(node))
			tree_error(b->tree, node, tree_has(node, ATTR_SITE_id) ? ATTR_SITE_id :
				   ATTR_COUNT, "site \"%s\" has the id %u already; "
				   "allowed: an id of its own", other->name, site->id);
	}
}

static void
build_site(struct build *b, const xmlNode *node, size_t index, size_t *next_binding)
{
	struct config_site *site = &b->config->sites[index];
	const xmlNode *whole, *access;

	site->name = build_text(b, tree_text(node, ATTR_SITE_name));
	site->id = (uint32_t)tree_number(node, ATTR_SITE_id);
	if (!site->id)
		site->id = (uint32_t)index + 1;
	check_site(b, node, site);
	find_farm(b, site, node);
	build_routes(b, site, node);
	build_bindings(b, site, node, next_binding);
	whole = whole_site(b, site);
	access = access_of(b, node);
	if (!access && whole)
		access = access_of(b, whole);
	if (!access)
		access = access_of(b, tree_root(b->tree));
	build_site_trust(b, node, whole, site);
	b->site_access = access;
	set_access(b, site, access, &site->access);
	build_locations(b, site, node);
	build_token_summary(b, site);
	build_limits(b, site, node, whole);
	build_logging(b, site, node);
	build_rules(b, site, tracing_of(b, site, node));
}

/* Locations that name no site are mistakes, not nothing. */
static void
check_locations(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_LOCATION);

	for (; node; node = tree_next(node)) {
		const char *path = tree_text(node, ATTR_LOCATION_path);
		bool found = false;

		for (size_t i = 0; !found && i < b->config->site_count; i++)
			found = path_in_site(path, &b->config->sites[i]) != NULL;
		if (!found)
			tree_error(b->tree, node, ATTR_LOCATION_path,
				   "it begins with no site's name; "
				   "allowed: \"site name/path\", or location within the site");
	}
}

static bool
find_sites(struct build *b, size_t *site_count, size_t *binding_count)
{
	const xmlNode *root = tree_root(b->tree), *node;
	const xmlNode *deep = tree_child(tree_child(root, ELEMENT_APPLICATION_HOST),
					 ELEMENT_SITES);

	b->sites = tree_child(root, ELEMENT_SITES);
	if (b->sites && deep)
		tree_error(b->tree, deep, ATTR_COUNT,
			   "given twice; allowed: sites, or system.applicationHost/sites");
	if (!b->sites)
		b->sites = deep;
	b->defaults = tree_child(b->sites, ELEMENT_SITE_DEFAULTS);
	*site_count = tree_count(b->sites, ELEMENT_SITE);
	*binding_count = 0;
	for (node = tree_child(b->sites, ELEMENT_SITE); node; node = tree_next(node))
		*binding_count += tree_count(tree_child(node, ELEMENT_BINDINGS), ELEMENT_BINDING);
	if (*site_count && *site_count <= SITES_MAX && *binding_count <= BINDINGS_MAX)
		return true;
	tree_error(b->tree, b->sites ? b->sites : root, ATTR_COUNT,
		   "%zu sites, %zu bindings; allowed: sites with 1 to %d site, %d binding in all",
		   *site_count, *binding_count, SITES_MAX, BINDINGS_MAX);
	return false;
}

void
build_sites(struct build *b)
{
	struct config *c = b->config;
	const xmlNode *node;
	size_t sites, bindings, next = 0;

	if (!find_sites(b, &sites, &bindings))
		return;
	c->sites = build_array(b, sites, sizeof(*c->sites), &c->site_count);
	c->bindings = build_array(b, bindings, sizeof(*c->bindings), &c->binding_count);
	b->binding_nodes = calloc(bindings + 1, sizeof(*b->binding_nodes));
	if (!b->binding_nodes) {
		b->no_memory = true;
		return;
	}
	node = tree_child(b->sites, ELEMENT_SITE);
	for (size_t i = 0; node && i < c->site_count; node = tree_next(node), i++)
		build_site(b, node, i, &next);
	check_locations(b);
}
