/* SPDX-License-Identifier: MIT */
/*
 * config_import_sites - sites with their bindings, and which of the rules that
 * lead to web farms hold for which site.
 */
#include <config.h>

#include "core/config_build.h"
#include "core/config_import_private.h"

#include <string.h>
#include <strings.h>

#define SSL_CCS 2u	/* binding/@sslFlags: certificate from the central store */

struct site {
	const xmlNode *from;
	xmlNode *to;
	const char *name;
	bool http, https;	/* there is such a binding */
	bool odd_port;		/* one whose Host has a port */
};

/* ---- bindings ---- */

static void
tell_certificate(struct import *im, const xmlNode *from)
{
	const char *text = xmlHasProp((xmlNode *)from, (const xmlChar *)"sslFlags") ?
		import_attribute(im, from, "sslFlags") : NULL;
	uint64_t flags = 0;

	if (xmlHasProp((xmlNode *)from, (const xmlChar *)"certificate"))
		return;
	if (text && value_number(text, "0..4294967295", &flags) == 0 && flags & SSL_CCS)
		import_note(im, from, "sslFlags", "the certificate is in the central certificate "
			    "store; export it and set certificate and key, else it is self-signed");
	else
		import_note(im, from, NULL, "the certificate is with http.sys and in the Windows "
			    "store; export it and set certificate and key, else it is self-signed");
}

/* Browsers leave 80 and 443 out of Host; 0 is no port yet. */
static bool
has_odd_port(const xmlNode *binding, bool https)
{
	struct endpoint e = { .host = "" };

	return tree_has(binding, ATTR_BINDING_bindingInformation) &&
	       value_endpoint(tree_text(binding, ATTR_BINDING_bindingInformation), &e) == 0 &&
	       e.port && e.port != (https ? 443 : 80);
}

static void
import_binding(struct import *im, const xmlNode *from, xmlNode *list, struct site *site)
{
	const char *protocol = import_attribute(im, from, "protocol");
	bool https = protocol && !strcasecmp(protocol, "https");
	xmlNode *to;

	if (!https && (!protocol || strcasecmp(protocol, "http"))) {
		import_note(im, from, protocol ? "protocol" : NULL, "neither http nor https; "
			    "let the web farm serve it, or another server");
		return;
	}
	to = import_add(im, list, "binding");
	for (const xmlAttr *a = from->properties; a; a = a->next)
		if (strcmp((const char *)a->name, "sslFlags"))
			import_copy_attribute(im, from, a, to, ELEMENT_BINDING);
	if (!to || (!tree_has(to, ATTR_BINDING_bindingInformation) &&
		    !tree_has(to, ATTR_BINDING_port))) {
		xmlUnlinkNode(to);
		xmlFreeNode(to);
		return;
	}
	if (https)
		tell_certificate(im, from);
	site->odd_port |= has_odd_port(to, https);
	site->https |= https;
	site->http |= !https;
}

static void
import_bindings(struct import *im, struct site *site)
{
	const xmlNode *from = import_child(site->from, "bindings");
	xmlNode *list = import_add(im, site->to, "bindings");

	for (const xmlNode *n = from ? from->children : NULL; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || import_is(n, "clear"))
			continue;
		if (import_is(n, "binding"))
			import_binding(im, n, list, site);
		else
			import_note_unknown(im, n, NULL);
	}
}

/* ---- where requests go ---- */

/* Do all, some or none of a site's host names fit the rule? */
static int
hosts_fit(const struct import_rule *r, const struct site *site)
{
	const xmlNode *n = import_child(import_child(site->to, "bindings"), "binding");
	size_t fitting = 0, all = 0;

	if (!r->host_count)
		return 1;
	for (; n; n = n->next, all++) {
		struct endpoint e = { .host = "" };
		const char *host = e.host;
		bool fits = false;

		if (tree_has(n, ATTR_BINDING_bindingInformation))
			value_endpoint(tree_text(n, ATTR_BINDING_bindingInformation), &e);
		else
			host = tree_text(n, ATTR_BINDING_host);
		if (!*host || *host == '*')
			return 0;
		for (size_t i = 0; i < r->host_count; i++)
			fits |= config_path_matches(r->hosts[i], host, strlen(host));
		fitting += fits;
	}
	return fitting == all ? 1 : fitting ? 0 : -1;
}

static bool
scheme_fits(struct import *im, const struct import_rule *r, const struct site *site, bool *never)
{
	bool wanted = r->scheme == HTTPS_ONLY ? site->https : site->http;
	bool other = r->scheme == HTTPS_ONLY ? site->http : site->https;

	*never = r->scheme != ANY_SCHEME && !wanted;
	if (r->scheme == ANY_SCHEME || !other || *never)
		return true;
	import_note(im, r->node, NULL, "it asks for http or https, which routing rules do not, so "
		    "it was left out of a site with both; make two sites, one for each");
	return false;
}

/* Texts of IIS may be longer than ours, or hold what ours may not. */
static bool
is_writable(const xmlNode *to, enum config_element e)
{
	for (const xmlAttr *a = to->properties; a; a = a->next) {
		enum config_attribute kind = tree_attribute(e, (const char *)a->name);
		struct buf reason = BUF_INIT;
		bool fine = kind < ATTR_COUNT &&
			    value_check(attribute_info[kind].type, attribute_info[kind].limits,
					tree_text(to, kind), "", &reason);

		buf_done(&reason);
		if (!fine)
			return false;
	}
	return true;
}

static void
put_rule(struct import *im, const struct import_rule *r, const char *host, xmlNode *list)
{
	xmlNode *to = import_add(im, list, "rule");

	import_set(im, to, "name", r->name);
	if (r->path)
		import_set(im, to, "path", r->path);
	if (r->path && r->regex)
		import_set(im, to, "patternSyntax", "ECMAScript");
	if (r->path && r->match_case)
		import_set(im, to, "ignoreCase", "false");
	if (host)
		import_set(im, to, "host", host);
	if (r->method)
		import_set(im, to, "method", r->method);
	if (r->field)
		import_set(im, to, "header", r->field);
	if (r->field)
		import_set(im, to, "headerValue", r->value);
	if (r->field && !r->value_case)
		import_set(im, to, "ignoreHeaderCase", "true");
	import_set(im, to, "webFarm", r->farm);
	if (r->rewrite)
		import_set(im, to, "rewrite", r->rewrite);
	if (!r->stop)
		import_set(im, to, "stopProcessing", "false");
	if (!to || is_writable(to, ELEMENT_ROUTE))
		return;
	import_note(im, r->node, NULL, "a text of it is too long or holds control characters; "
		    "write a routingRules/rule of the site");
	xmlUnlinkNode(to);
	xmlFreeNode(to);
}

/* false: no request of the site is passed on. */
static bool
import_routing(struct import *im, struct site *site)
{
	const char *rest = NULL;	/* the farm of all that no rule before took */
	xmlNode *list = NULL;

	for (size_t i = 0; i < im->rule_count && !rest; i++) {
		const struct import_rule *r = &im->rules[i];
		bool never, plain = !r->path && !r->method && !r->field && !r->rewrite;
		int hosts = hosts_fit(r, site);

		if (hosts < 0 || !import_rule_holds(im, i, site->name) ||
		    !scheme_fits(im, r, site, &never) || never)
			continue;
		if (r->hosts_without_port && site->odd_port)
			import_note(im, r->node, NULL, "IIS compares {HTTP_HOST} with the port, "
				    "where that is not 80 or 443, and routing rules without it: it "
				    "holds for more requests of a site with such a port; give the "
				    "port a site of its own");
		im->needs_nowhere |= !strcmp(r->farm, NOWHERE);
		if (plain && hosts > 0 && (r->stop || i + 1 == im->rule_count)) {
			rest = r->farm;
			break;
		}
		if (!list)
			list = import_add(im, site->to, "routingRules");
		for (size_t k = 0; k < (hosts ? 1 : r->host_count); k++)
			put_rule(im, r, hosts ? NULL : r->hosts[k], list);
	}
	if (!rest && !list)
		return false;
	im->needs_nowhere |= !rest;
	import_set(im, site->to, "webFarm", rest ? rest : NOWHERE);
	return true;
}

/* ---- the rest of a site ---- */

/* Children of ours or of IIS, but for those that are dealt with apart. */
static void
import_children(struct import *im, struct site *site)
{
	for (const xmlNode *n = site->from->children; n; n = n->next) {
		enum config_element e = tree_child_kind(ELEMENT_SITE, (const char *)n->name);

		if (n->type != XML_ELEMENT_NODE || e == ELEMENT_BINDINGS)
			continue;
		if (e == ELEMENT_NONE)
			import_note_unknown(im, n, NULL);
		else
			import_copy(im, n, site->to, e);
	}
}

static void
import_site(struct import *im, const xmlNode *from)
{
	const char *name = import_attribute(im, from, "name");
	struct site site = { .from = from, .name = name ? name : "" };
	const char *why = NULL;

	if (!name || !import_bool(im, from, "serverAutoStart", true)) {
		import_note(im, from, name ? "serverAutoStart" : NULL, "the site is not started by "
			    "IIS and was left out; write it by hand if it is wanted");
		return;
	}
	site.to = import_add(im, im->sites, "site");
	for (const xmlAttr *a = from->properties; site.to && a; a = a->next)
		if (strcmp((const char *)a->name, "serverAutoStart"))
			import_copy_attribute(im, from, a, site.to, ELEMENT_SITE);
	import_bindings(im, &site);
	if (!tree_has(site.to, ATTR_SITE_name))
		why = "a site without a name that can be written was left out; write it by hand";
	else if (!site.http && !site.https)
		why = "nothing of it listens for http or https, so it was left out; "
		      "write a binding";
	else if (!tree_has(site.to, ATTR_SITE_webFarm) &&
		 !import_child(from, "routingRules") && !import_routing(im, &site))
		why = "no rule leads its requests to a web farm, so it was left out; "
		      "write a site with webFarm if one should get them";
	if (why) {
		import_note(im, from, NULL, "%s", why);
		xmlUnlinkNode(site.to);
		xmlFreeNode(site.to);
		return;
	}
	import_locations_of_site(im, site.to, site.name);
	import_children(im, &site);
}

/* IIS traces nothing unless it is told to; frebproxy does. */
static void
import_defaults(struct import *im, const xmlNode *from)
{
	xmlNode *to = from ? import_copy(im, from, im->sites, ELEMENT_SITE_DEFAULTS) : NULL;
	xmlNode *logging;

	if (!to)
		to = import_add(im, im->sites, "siteDefaults");
	logging = import_child(to, "traceFailedRequestsLogging");
	if (!logging)
		logging = import_add(im, to, "traceFailedRequestsLogging");
	if (!tree_has(logging, ATTR_LOGGING_enabled))
		import_set(im, logging, "enabled", "false");
}

/* A farm that is not there, for what IIS serves itself: 502.4. */
static void
add_nowhere(struct import *im)
{
	xmlNode *farm;

	if (!im->needs_nowhere || import_farm(im, NOWHERE, strlen(NOWHERE)))
		return;
	farm = import_add(im, im->farms, "webFarm");
	import_set(im, farm, "name", NOWHERE);
	import_set(im, farm, "enabled", "false");
	import_set(im, import_add(im, farm, "server"), "address", "127.0.0.1");
}

void
import_sites(struct import *im, const xmlNode *from)
{
	size_t count = 0;

	im->sites = import_add(im, xmlDocGetRootElement(im->doc), "sites");
	import_defaults(im, import_child(from, "siteDefaults"));
	for (const xmlNode *n = from->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || import_is(n, "siteDefaults"))
			continue;
		count += import_is(n, "site");
		if (import_is(n, "site"))
			import_site(im, n);
		else
			import_note_unknown(im, n, NULL);
	}
	if (count > SITES_MAX)
		import_note(im, from, NULL, "%zu sites, more than the %d of one frebproxy; divide "
			    "them among several", count, SITES_MAX);
	add_nowhere(im);
}
