/* SPDX-License-Identifier: MIT */
/*
 * config_routes - routingRules of a site.  Patterns are compiled here once, to
 * name a mistake with its place; a runtime compiles them for use.
 */
#include <config.h>

#include "core/config_build.h"
#include "core/route/pattern.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
check_pattern(struct build *b, const xmlNode *node, enum config_attribute a, bool regex)
{
	const char *text = tree_text(node, a);
	char *error = NULL;
	struct pattern *p = *text ? pattern_new(text, !regex, false, &error) : NULL;

	if (*text && !p)
		tree_error(b->tree, node, a, "%s; allowed: a pattern",
			   error ? error : "out of memory");
	free(error);
	pattern_free(p);
}

/* A path with {R:0} to {R:9}; a query may follow. */
static void
check_rewrite(struct build *b, const xmlNode *node, const char *text)
{
	bool wrong = *text && *text != '/' && strncmp(text, "{R:", 3) != 0;

	for (const char *p = text; *p && !wrong; p++) {
		wrong = *p <= ' ' || *p > '~' || *p == '#' || *p == '}';
		if (*p != '{')
			continue;
		wrong = strncmp(p, "{R:", 3) || p[3] < '0' || p[3] > '9' || p[4] != '}';
		p += wrong ? 0 : 4;
	}
	if (wrong)
		tree_error(b->tree, node, ATTR_ROUTE_rewrite,
			   "it is no path; allowed: a path that begins with / or {R:n}, in ASCII, "
			   "with {R:0} to {R:9} for what the path's pattern captured");
}

static struct config_farm *
named_farm(struct build *b, const xmlNode *node)
{
	const char *name = tree_text(node, ATTR_ROUTE_webFarm);

	for (size_t i = 0; *name && i < b->config->farm_count; i++)
		if (!strcasecmp(b->config->farms[i].name, name))
			return &b->config->farms[i];
	if (*name && b->config->farm_count)
		tree_error(b->tree, node, ATTR_ROUTE_webFarm,
			   "there is no web farm of that name; allowed: the name of a webFarm");
	return NULL;
}

static void
build_route(struct build *b, const xmlNode *node, struct config_route *r)
{
	r->name = build_text(b, tree_text(node, ATTR_ROUTE_name));
	r->path = build_text(b, tree_text(node, ATTR_ROUTE_path));
	r->regex = tree_word(node, ATTR_ROUTE_patternSyntax) == 1;
	r->ignore_case = tree_bool(node, ATTR_ROUTE_ignoreCase);
	r->host = build_text(b, tree_text(node, ATTR_ROUTE_host));
	build_names(b, node, ATTR_ROUTE_method, &r->methods);
	r->field = build_text(b, tree_text(node, ATTR_ROUTE_header));
	r->value = build_text(b, tree_text(node, ATTR_ROUTE_headerValue));
	r->ignore_value_case = tree_bool(node, ATTR_ROUTE_ignoreHeaderCase);
	r->issuer = build_text(b, tree_text(node, ATTR_ROUTE_issuer));
	r->policy = build_text(b, tree_text(node, ATTR_ROUTE_policy));
	r->grade = tree_word(node, ATTR_ROUTE_grade);
	r->upn_suffix = build_text(b, tree_text(node, ATTR_ROUTE_upnSuffix));
	r->farm = named_farm(b, node);
	r->rewrite = build_text(b, tree_text(node, ATTR_ROUTE_rewrite));
	r->stop = tree_bool(node, ATTR_ROUTE_stopProcessing);
	check_pattern(b, node, ATTR_ROUTE_path, r->regex);
	check_rewrite(b, node, r->rewrite);
	if (*r->value && !*r->field)
		tree_error(b->tree, node, ATTR_ROUTE_headerValue,
			   "there is no header; allowed: with the name of a field in header");
	if (!tree_has(node, ATTR_ROUTE_webFarm) && !*r->rewrite)
		tree_error(b->tree, node, ATTR_COUNT,
			   "the rule does nothing; allowed: webFarm, rewrite, or both");
}

void
build_routes(struct build *b, struct config_site *site, const xmlNode *site_node)
{
	const xmlNode *rules = tree_child(site_node, ELEMENT_ROUTES);
	const xmlNode *node = tree_child(rules, ELEMENT_ROUTE);
	size_t count = tree_count(rules, ELEMENT_ROUTE);

	if (count > RULES_MAX) {
		tree_error(b->tree, rules, ATTR_COUNT, "%zu rules; allowed: at most %d", count,
			   RULES_MAX);
		return;
	}
	site->routes = build_array(b, count, sizeof(*site->routes), &site->route_count);
	for (size_t i = 0; node && i < site->route_count; node = tree_next(node), i++)
		build_route(b, node, &site->routes[i]);
}
