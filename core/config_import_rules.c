/* SPDX-License-Identifier: MIT */
/*
 * config_import_rules - rewrite rules that lead to a web farm, as routing
 * rules.  Rules match a path without its first slash, ours match it with the
 * slash; what cannot be said in our words with the same meaning is left out.
 * Source: the documented schema of URL Rewrite; ARR 1.2 for what ARR writes.
 */
#include <config.h>

#include "core/config_import_private.h"
#include "core/route/pattern.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IN_SITE "; write a routingRules/rule of the site"

const char *
import_farm(const struct import *im, const char *name, size_t len)
{
	const xmlNode *farm = import_child(im->farms, "webFarm");

	for (; farm; farm = farm->next) {
		const xmlAttr *attr = xmlHasProp((xmlNode *)farm, (const xmlChar *)"name");
		const char *text = "";

		if (attr && attr->children)
			text = (const char *)attr->children->content;
		if (strlen(text) == len && !strncasecmp(text, name, len))
			return text;
	}
	return NULL;
}

/* ---- match ---- */

/* NULL, or why a pattern cannot become a path of ours. */
static const char *
match_trouble(const char *url, enum syntax syntax)
{
	if (syntax == SYNTAX_EXACT && strchr(url, '*'))
		return "a path with a * in it" IN_SITE;
	if (syntax == SYNTAX_REGEX && (*url != '^' || strchr(url, '|')))
		return "the pattern may match anywhere; begin it with ^ and leave out |" IN_SITE;
	if (syntax == SYNTAX_REGEX && url[1] && strchr("*+?{", url[1]))
		return "it repeats nothing" IN_SITE;
	return import_path_trouble(url, syntax);
}

static bool
is_regex(const char *text)
{
	char *error = NULL;
	struct pattern *p = pattern_new(text, false, true, &error);
	bool fine = p;

	free(error);
	pattern_free(p);
	return fine;
}

static bool
take_match(struct import *im, const xmlNode *match, enum syntax syntax, struct import_rule *r)
{
	const char *url = import_attribute(im, match, "url"), *trouble;
	struct buf b = BUF_INIT;

	if (!url || import_bool(im, match, "negate", false)) {
		import_note(im, match, url ? "negate" : NULL, "a rule without a pattern that must "
			    "match" IN_SITE);
		return false;
	}
	r->match_case = !import_bool(im, match, "ignoreCase", true);
	r->regex = syntax == SYNTAX_REGEX;
	r->captures = syntax == SYNTAX_REGEX ? strchr(url, '(') != NULL : strchr(url, '*') != NULL;
	if (import_is_everything(url, syntax))
		return true;
	trouble = match_trouble(url, syntax);
	if (trouble) {
		import_note(im, match, "url", "%s", trouble);
		return false;
	}
	buf_puts(&b, r->regex ? "^/" : "/");
	buf_puts(&b, r->regex ? url + 1 : url);
	r->path = import_strdup(im, buf_text(&b));
	buf_done(&b);
	if (!r->regex || is_regex(r->path))
		return true;
	import_note(im, match, "url", "the regular expression is not understood here" IN_SITE);
	return false;
}

/* ---- action ---- */

/* "/new{R:1}" behind the farm's name, in our words.  false: not sayable. */
static bool
take_path(struct import *im, const char *text, struct import_rule *r)
{
	bool whole = !r->path;
	struct buf b = BUF_INIT;
	bool fine = *text == '/';

	if ((!strcmp(text, "/{R:0}") && (whole || !r->regex)) ||
	    (!strcmp(text, "/{R:1}") && (whole || r->path_asked) && r->captures))
		return true;
	if (r->path_asked)	/* {R:n} is of match, and ours would be of the condition */
		return false;
	for (const char *p = text; *p && fine; p++) {
		if (!strncmp(p, "/{R:0}", 6)) {		/* ours begins with the slash */
			buf_puts(&b, "{R:0}");
			p += 5;
		} else if (!strncmp(p, "{R:", 3) && p[3] >= '1' && p[3] <= '9' && p[4] == '}') {
			buf_put(&b, p, 5);
			fine = r->captures && (!whole || p[3] == '1');
			p += 4;
		} else {
			fine = *p > ' ' && *p <= '~' && !strchr("{}#", *p);
			buf_putc(&b, *p);
		}
	}
	if (fine && whole) {
		r->path = "/*";
		r->regex = false;
	}
	r->rewrite = import_strdup(im, buf_text(&b));
	buf_done(&b);
	return fine;
}

/* Does IIS refuse or answer what matches, so that no rule behind may pass it on? */
static bool
is_kept(const char *type, const char *url, bool stop)
{
	if (!strcasecmp(type, "AbortRequest") || !strcasecmp(type, "CustomResponse"))
		return true;
	return stop && (!strcasecmp(type, "None") ||
			(!strcasecmp(type, "Rewrite") && url && !strchr(url, ':') && *url != '{'));
}

static bool
take_action(struct import *im, const xmlNode *action, struct import_rule *r)
{
	const char *type = import_attribute(im, action, "type");
	const char *url = import_attribute(im, action, "url");
	const char *host, *rest;

	if (type && is_kept(type, url, r->stop)) {
		import_note(im, action, "type", "what IIS refuses or answers itself gets 502.4 "
			    "here; %s", r->path ? "paths are compared as sent, so let the web farm "
			    "refuse too, and answer" : "let the web farm answer");
		r->farm = NOWHERE;
		r->stop = true;
		return true;
	}
	if (!type || strcasecmp(type, "Rewrite")) {
		import_note(im, action, type ? "type" : NULL, "routing rules lead to web farms "
			    "only; let the web farm redirect, refuse or answer");
		return false;
	}
	if (!url || (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8))) {
		import_note(im, action, "url", "it leads to no web farm" IN_SITE);
		return false;
	}
	host = strchr(url, '/') + 2;
	rest = host + strcspn(host, "/");
	r->farm = import_farm(im, host, (size_t)(rest - host));
	if (!r->farm) {
		import_note(im, action, "url", "the host is no webFarm of this file; write a "
			    "webFarm with it as its server, and a routingRules/rule of the site");
		return false;
	}
	if ((url[4] | 0x20) == 's') {
		import_note(im, action, "url", "it wants TLS to the servers; give the farm a "
			    "serverTls with caFile, and write a routingRules/rule of the site");
		return false;
	}
	if (!import_bool(im, action, "appendQueryString", true)) {
		import_note(im, action, "appendQueryString", "the query always stays" IN_SITE);
		return false;
	}
	if (take_path(im, *rest ? rest : "/", r))
		return true;
	import_note(im, action, "url", "its path cannot be said in rewrite, which knows {R:0} to "
		    "{R:9}" IN_SITE);
	return false;
}

/* ---- rules ---- */

static bool
take_rule(struct import *im, const xmlNode *node, struct import_rule *r)
{
	static const char words[] = "ECMAScript|Wildcard|ExactMatch";
	const char *name = import_attribute(im, node, "name");
	const char *text = import_attribute(im, node, "patternSyntax");
	const xmlNode *match = import_child(node, "match"), *action = import_child(node, "action");
	const xmlNode *variables = import_child(node, "serverVariables");
	unsigned int syntax = SYNTAX_REGEX;

	if (!import_bool(im, node, "enabled", true)) {
		import_note(im, node, "enabled", "the rule is not in use; nothing is needed");
		return false;
	}
	if (!match || !action || (text && value_word(text, words, &syntax) < 0)) {
		import_note(im, node, NULL, "a rule without match, action or a known "
			    "patternSyntax" IN_SITE);
		return false;
	}
	r->node = node;
	r->name = import_strdup(im, name && *name ? name : "imported");
	r->stop = import_bool(im, node, "stopProcessing", false);
	if (!take_match(im, match, (enum syntax)syntax, r) ||
	    !import_conditions(im, import_child(node, "conditions"), (enum syntax)syntax, r) ||
	    !take_action(im, action, r))
		return false;
	for (const xmlNode *v = variables ? variables->children : NULL; v; v = v->next)
		if (v->type == XML_ELEMENT_NODE)
			import_note(im, v, NULL, "rules set no variables here; protocol of the web "
				    "farm has the headers");
	return true;
}

/* <clear/> and <remove/>: what was inherited, and what stands before them in the list. */
static void
lose_rules(struct import *im, const xmlNode *node, const char *site, bool global)
{
	const char *name = import_is(node, "remove") ? import_attribute(im, node, "name") : NULL;
	struct import_lost *lost;

	if (!name && !import_is(node, "clear"))
		return;
	lost = arena_alloc(&im->memory, sizeof(*lost));
	if (!lost) {
		im->no_memory = true;
		return;
	}
	*lost = (struct import_lost){ .next = im->lost, .site = site, .global = global,
				      .name = name, .before = im->rule_count };
	im->lost = lost;
	if (site)
		import_note(im, node, NULL, "%s not hold for this site; nothing is needed",
			    name ? "an inherited rule of that name does" : "inherited rules do");
}

bool
import_rule_holds(const struct import *im, size_t i, const char *site)
{
	const struct import_rule *r = &im->rules[i];

	if (r->site && strcasecmp(r->site, site))
		return false;
	for (const struct import_lost *l = im->lost; l; l = l->next)
		if (l->global == r->global && i < l->before &&
		    (!l->site || !strcasecmp(l->site, site)) &&
		    (!l->name || !strcasecmp(l->name, r->name)))
			return false;
	return true;
}

static void
add_rules(struct import *im, const xmlNode *list, const char *site)
{
	bool global = import_is(list, "globalRules");

	for (const xmlNode *n = list->children; n; n = n->next) {
		struct import_rule r = { .site = site, .global = global }, *more;

		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (import_is(n, "clear") || import_is(n, "remove")) {
			lose_rules(im, n, site, global);
			continue;
		}
		if (!import_is(n, "rule")) {
			import_note_unknown(im, n, NULL);
			continue;
		}
		if (!take_rule(im, n, &r))
			continue;
		more = realloc(im->rules, (im->rule_count + 1) * sizeof(*more));
		if (!more) {
			im->no_memory = true;
			return;
		}
		im->rules = more;
		im->rules[im->rule_count++] = r;
	}
}

/* Global rules come first, wherever they stand. */
void
import_rewrite(struct import *im, const xmlNode *rewrite, const char *site)
{
	for (const xmlNode *n = rewrite->children; n; n = n->next)
		if (import_is(n, "globalRules"))
			add_rules(im, n, site);
	for (const xmlNode *n = rewrite->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || import_is(n, "globalRules"))
			continue;
		if (import_is(n, "rules"))
			add_rules(im, n, site);
		else
			import_note_unknown(im, n, NULL);
	}
}
