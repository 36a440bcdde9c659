/* SPDX-License-Identifier: MIT */
/*
 * config_import_locations - what locations say of all sites, of one, or of a
 * path below it.  IIS adds what it inherits, in places where we do not.
 * Source: the schema of IIS (applicationHost.config, location).
 */
#include <config.h>

#include "core/config_import_private.h"

#include <string.h>
#include <strings.h>

/* The part of a location's path behind the site's name; NULL = another site. */
static const char *
path_below(const char *path, const char *site)
{
	size_t len = strlen(site);

	if (!path || strncasecmp(path, site, len) || (path[len] && path[len] != '/'))
		return NULL;
	path += len;
	return path + strspn(path, "/");
}

static bool
has_verb(const xmlNode *verbs, const char *element, const char *name)
{
	const xmlNode *n = import_child(verbs, element);

	for (; n; n = n->next)
		if (import_is(n, element) && !strcmp(tree_text(n, ATTR_VERB_verb), name))
			return true;
	return false;
}

/* IIS adds the methods of a site to those of all sites; here a list stands alone. */
static void
inherit_verbs(struct import *im, const xmlNode *from, xmlNode *filtering)
{
	const xmlNode *security = import_child(im->server, "security");
	const xmlNode *all = import_child(import_child(security, "requestFiltering"), "verbs");
	const xmlNode *verb = import_child(from, "clear") ? NULL : import_child(all, "add");
	xmlNode *to = import_child(filtering, "verbs");

	if (!all)
		return;
	if (!to)
		to = import_add(im, filtering, "verbs");
	if (!tree_has(to, ATTR_VERBS_allowUnlisted))
		import_set(im, to, "allowUnlisted", tree_text(all, ATTR_VERBS_allowUnlisted));
	for (; verb; verb = verb->next) {
		const char *name = import_is(verb, "add") ? tree_text(verb, ATTR_VERB_verb) : NULL;
		xmlNode *row;

		if (!name || has_verb(from, "add", name) || has_verb(from, "remove", name))
			continue;
		row = import_add(im, to, "add");
		import_set(im, row, "verb", name);
		import_set(im, row, "allowed", tree_text(verb, ATTR_VERB_allowed));
	}
}

static void
import_filtering(struct import *im, const xmlNode *from, xmlNode *site)
{
	const xmlNode *verbs = import_child(from, "verbs");
	xmlNode *to = import_copy(im, from, site, ELEMENT_REQUEST_FILTERING);

	if (!verbs)
		return;
	if (!to)
		to = import_add(im, site, "requestFiltering");
	inherit_verbs(im, verbs, to);
	if (to && !to->children && !to->properties) {
		xmlUnlinkNode(to);
		xmlFreeNode(to);
	}
}

static void
location_of_site(struct import *im, const xmlNode *from, const char *below, xmlNode *site)
{
	const xmlNode *server = import_child(from, "system.webServer");
	const xmlNode *security = import_child(server, "security");
	const xmlNode *access = import_child(security, "access");
	const xmlNode *here = import_child(from, "access");
	const xmlNode *tracing = import_child(server, "tracing");
	const xmlNode *filtering = import_child(security, "requestFiltering");
	const xmlNode *socket = import_child(server, "webSocket");
	xmlNode *to = site;
	struct buf path = BUF_INIT;

	if (*below && (access || here)) {
		buf_putf(&path, "/%s", below);
		to = import_add(im, site, "location");
		import_set(im, to, "path", buf_text(&path));
		buf_done(&path);
	}
	if (access || here)
		import_copy(im, access ? access : here, to, ELEMENT_ACCESS);
	if (filtering && !*below)
		import_filtering(im, filtering, site);
	else if (filtering)
		import_note(im, filtering, NULL, "filtering of a path; write the methods into "
			    "requestFiltering/verbs of the site");
	if (tracing && !*below)
		import_copy(im, tracing, site, ELEMENT_TRACING);
	else if (tracing)
		import_note(im, tracing, NULL, "failure definitions of a path; write them into "
			    "tracing of the site with path=\"/%s/*\"", below);
	if (socket && !*below)
		import_copy(im, socket, site, ELEMENT_WEB_SOCKET);
	else if (socket)
		import_note(im, socket, NULL, "WebSockets of a path; write it into webSocket of "
			    "the site, or let the web farm refuse them");
}

/* What a location has beside that: once, whatever sites there are. */
static void
note_location(struct import *im, const xmlNode *from)
{
	for (const xmlNode *n = from->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || import_is(n, "access"))
			continue;
		if (!import_is(n, "system.webServer")) {
			import_note_unknown(im, n, NULL);
			continue;
		}
		for (const xmlNode *s = n->children; s; s = s->next) {
			if (s->type != XML_ELEMENT_NODE || import_is(s, "tracing") ||
			    import_is(s, "rewrite") || import_is(s, "webSocket"))
				continue;
			if (!import_is(s, "security")) {
				import_note_unknown(im, s, NULL);
				continue;
			}
			for (const xmlNode *a = s->children; a; a = a->next)
				if (a->type == XML_ELEMENT_NODE && !import_is(a, "access") &&
				    !import_is(a, "requestFiltering"))
					import_note_unknown(im, a, NULL);
		}
	}
}

static bool
is_everywhere(const xmlNode *location)
{
	const xmlAttr *attr = xmlHasProp((xmlNode *)location, (const xmlChar *)"path");
	const char *path = "";

	if (attr && attr->children && attr->children->content)
		path = (const char *)attr->children->content;
	return !*path || !strcmp(path, ".");
}

/* Settings of all sites: their rules come before those of each. */
static void
import_everywhere(struct import *im, const xmlNode *node)
{
	const xmlNode *server = import_child(node, "system.webServer");

	if (server && im->server)
		import_note(im, server, NULL, "settings of all sites for the second time; write "
			    "them into the first system.webServer");
	else if (server)
		im->server = import_copy(im, server, xmlDocGetRootElement(im->doc),
					 ELEMENT_WEB_SERVER);
}

static void
import_location(struct import *im, const xmlNode *node, const char *path)
{
	const xmlNode *rewrite = import_child(import_child(node, "system.webServer"), "rewrite");

	note_location(im, node);
	if (rewrite && !strchr(path, '/'))
		import_rewrite(im, rewrite, import_strdup(im, path));
	else if (rewrite)
		import_note(im, rewrite, NULL, "rewrite rules of a path; write routingRules of the "
			    "site");
}

void
import_locations(struct import *im)
{
	const xmlNode *first = import_child(tree_root(&im->tree), "location");

	for (const xmlNode *n = first; n; n = n->next)
		if (import_is(n, "location") && is_everywhere(n))
			import_everywhere(im, n);
	for (const xmlNode *n = first; n; n = n->next) {
		const char *path = import_is(n, "location") && !is_everywhere(n) ?
			import_attribute(im, n, "path") : NULL;

		if (path)
			import_location(im, n, path);
	}
}

void
import_locations_of_site(struct import *im, xmlNode *site, const char *name)
{
	const xmlNode *node = import_child(tree_root(&im->tree), "location");

	for (; node; node = node->next) {
		const xmlAttr *attr = xmlHasProp((xmlNode *)node, (const xmlChar *)"path");
		const char *below;

		if (!import_is(node, "location") || !attr || !attr->children)
			continue;
		below = path_below((const char *)attr->children->content, name);
		if (below)
			location_of_site(im, node, below, site);
	}
}
