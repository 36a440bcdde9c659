/* SPDX-License-Identifier: MIT */
/*
 * config_import_rules - rewrite rules that lead to a web farm, as routing
 * rules.  Rules match a path without its first slash, ours match it with the
 * slash; what cannot be said in our words with the same meaning is left out.
 * Source: the documented schema of URL Rewrite; ARR 1.2 for what ARR writes.
 */
#include <config.h>

#include "core/config_import_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum syntax { SYNTAX_REGEX, SYNTAX_WILDCARD, SYNTAX_EXACT };

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

/* "^www\.example\.com$" and wildcards as our wildcard; NULL = more than that. */
static const char *
as_wildcard(struct import *im, const char *pattern, enum syntax syntax)
{
	size_t len = strlen(pattern);
	struct buf b = BUF_INIT;
	const char *out;
	bool fine = true;

	if (syntax == SYNTAX_WILDCARD)
		return import_strdup(im, pattern);
	if (syntax == SYNTAX_EXACT)
		return strchr(pattern, '*') ? NULL : import_strdup(im, pattern);
	if (!strcmp(pattern, ".*") || !strcmp(pattern, "(.*)") || !strcmp(pattern, "^(.*)$"))
		return "*";
	if (len < 2 || pattern[0] != '^' || pattern[len - 1] != '$' || pattern[len - 2] == '\\')
		return NULL;
	for (const char *p = pattern + 1; fine && p < pattern + len - 1; p++) {
		bool escaped = p[0] == '\\' && strchr(".-/:", p[1]);

		if (p[0] == '.' && p[1] == '*') {
			buf_putc(&b, '*');
			p++;
		} else {
			p += escaped;
			fine = escaped || !strchr("\\^$.|?*+()[]{}", *p);
			buf_putc(&b, *p);
		}
	}
	out = fine && !b.error ? import_strdup(im, buf_text(&b)) : NULL;
	buf_done(&b);
	return out;
}

/* ---- match ---- */

/* The whole path, whatever it is. */
static bool
is_everything(const char *url, enum syntax syntax)
{
	static const char *const all[] = { ".*", "(.*)", "^.*$", "^(.*)$", "^(.*)", "^.*" };

	if (syntax == SYNTAX_WILDCARD)
		return !strcmp(url, "*");
	for (size_t i = 0; syntax == SYNTAX_REGEX && i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(url, all[i]))
			return true;
	return false;
}

static bool
take_match(struct import *im, const xmlNode *match, enum syntax syntax, struct import_rule *r)
{
	const char *url = import_attribute(im, match, "url");
	struct buf b = BUF_INIT;

	if (!url || import_bool(im, match, "negate", false)) {
		import_note(im, match, url ? "negate" : NULL, "a rule without a pattern that must "
			    "match" IN_SITE);
		return false;
	}
	r->match_case = !import_bool(im, match, "ignoreCase", true);
	r->regex = syntax == SYNTAX_REGEX;
	if (is_everything(url, syntax))
		return true;
	if (syntax == SYNTAX_EXACT && strchr(url, '*')) {
		import_note(im, match, "url", "a path with a * in it" IN_SITE);
		return false;
	}
	if (syntax == SYNTAX_REGEX && (*url != '^' || strchr(url, '|'))) {
		import_note(im, match, "url", "the pattern may match anywhere; begin it with ^ and "
			    "leave out |" IN_SITE);
		return false;
	}
	buf_puts(&b, r->regex ? "^/" : "/");
	buf_puts(&b, r->regex ? url + 1 : url);
	r->path = import_strdup(im, buf_text(&b));
	buf_done(&b);
	return true;
}

/* ---- conditions ---- */

/* "^(GET|HEAD)$", "^GET$", "GET" in a wildcard: as a list. */
static const char *
as_methods(struct import *im, const char *pattern, enum syntax syntax)
{
	size_t len = strlen(pattern);
	struct buf b = BUF_INIT;
	const char *out;

	if (syntax == SYNTAX_REGEX && len > 4 && !strncmp(pattern, "^(", 2) &&
	    !strcmp(pattern + len - 2, ")$")) {
		pattern += 2;
		len -= 4;
	} else if (syntax == SYNTAX_REGEX && len > 2 && *pattern == '^' &&
		   pattern[len - 1] == '$') {
		pattern++;
		len -= 2;
	} else if (syntax == SYNTAX_REGEX) {
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		bool letter = (pattern[i] | 0x20) >= 'a' && (pattern[i] | 0x20) <= 'z';

		if (!letter && (pattern[i] != '|' || syntax != SYNTAX_REGEX)) {
			buf_done(&b);
			return NULL;
		}
		buf_putc(&b, letter ? pattern[i] : ',');
	}
	out = import_strdup(im, buf_text(&b));
	buf_done(&b);
	return out;
}

/* HTTP_X_TENANT as x-tenant: how the field is spelled cannot be seen from it. */
static const char *
as_field(struct import *im, const char *variable)
{
	char *name = import_strdup(im, variable);

	for (char *p = name; *p; p++)
		*p = *p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
	return name;
}

static bool
take_scheme(struct import_rule *r, const char *pattern, bool negate)
{
	enum scheme scheme;

	pattern += *pattern == '^';
	if (!strncasecmp(pattern, "on", 2) || *pattern == '1')
		scheme = negate ? HTTP_ONLY : HTTPS_ONLY;
	else if (!strncasecmp(pattern, "off", 3) || *pattern == '0')
		scheme = negate ? HTTPS_ONLY : HTTP_ONLY;
	else
		return false;
	if (r->scheme != ANY_SCHEME && r->scheme != scheme)
		return false;
	r->scheme = scheme;
	return true;
}

static bool
take_input(struct import *im, struct import_rule *r, const char *input, const char *pattern,
	   enum syntax syntax, bool negate, bool any)
{
	const char *text;

	if (!strcasecmp(input, "{HTTPS}") || !strcasecmp(input, "{SERVER_PORT_SECURE}"))
		return !any && take_scheme(r, pattern, negate);
	if (negate)
		return false;
	if (!strcasecmp(input, "{HTTP_HOST}") || !strcasecmp(input, "{SERVER_NAME}")) {
		text = as_wildcard(im, pattern, syntax);
		if (!text || r->host_count == HOSTS_MAX || (r->host_count && !any))
			return false;
		r->hosts[r->host_count++] = text;
		return true;
	}
	if (any)
		return false;
	if (!strcasecmp(input, "{REQUEST_METHOD}")) {
		r->method = r->method ? NULL : as_methods(im, pattern, syntax);
		return r->method;
	}
	if (!strcasecmp(input, "{URL}") && !r->path) {
		r->path = as_wildcard(im, pattern, syntax);
		r->regex = false;
		return r->path;
	}
	text = as_wildcard(im, pattern, syntax);
	if (strncasecmp(input, "{HTTP_", 6) || !text || r->field || strlen(input) < 8)
		return false;
	r->field = as_field(im, input + 6);
	((char *)r->field)[strcspn(r->field, "}")] = '\0';
	r->value = text;
	return true;
}

static bool
take_conditions(struct import *im, const xmlNode *list, enum syntax syntax, struct import_rule *r)
{
	const char *grouping = list ? import_attribute(im, list, "logicalGrouping") : NULL;
	const xmlNode *c = import_child(list, "add");
	bool any = grouping && !strcasecmp(grouping, "MatchAny") && c;

	for (const xmlNode *n = c ? c->next : NULL; any && n; n = n->next)
		if (import_is(n, "add"))
			break;
		else if (!n->next)
			any = false;	/* one only: any is all */
	for (; c; c = c->next) {
		const char *input, *pattern, *type;

		if (!import_is(c, "add"))
			continue;
		input = import_attribute(im, c, "input");
		pattern = import_attribute(im, c, "pattern");
		type = import_attribute(im, c, "matchType");
		if (input && pattern && (!type || !strcasecmp(type, "Pattern")) &&
		    take_input(im, r, input, pattern, syntax,
			       import_bool(im, c, "negate", false), any))
			continue;
		import_note(im, c, NULL, "a condition that routing rules do not have, so its rule "
			    "was left out; they ask for host, path, method or one header field, "
			    "and for wildcards in them. What it refused, the web farm must refuse");
		return false;
	}
	return true;
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
	    (!strcmp(text, "/{R:1}") && whole))
		return true;
	for (const char *p = text; *p && fine; p++) {
		if (!strncmp(p, "/{R:0}", 6)) {		/* ours begins with the slash */
			buf_puts(&b, "{R:0}");
			p += 5;
		} else if (!strncmp(p, "{R:", 3) && p[3] >= '1' && p[3] <= '9' && p[4] == '}') {
			buf_put(&b, p, 5);
			fine = !whole || p[3] == '1';
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

static bool
take_action(struct import *im, const xmlNode *action, struct import_rule *r)
{
	const char *type = import_attribute(im, action, "type");
	const char *url = import_attribute(im, action, "url");
	const char *host, *rest;

	if (type && (!strcasecmp(type, "AbortRequest") || !strcasecmp(type, "CustomResponse"))) {
		import_note(im, action, "type", "what IIS refuses or answers itself gets 502.4 "
			    "here; let the web farm answer");
		r->farm = NOWHERE;
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
	    !take_conditions(im, import_child(node, "conditions"), (enum syntax)syntax, r) ||
	    !take_action(im, action, r))
		return false;
	for (const xmlNode *v = variables ? variables->children : NULL; v; v = v->next)
		if (v->type == XML_ELEMENT_NODE)
			import_note(im, v, NULL, "rules set no variables here; protocol of the web "
				    "farm has the headers");
	return true;
}

static void
add_rules(struct import *im, const xmlNode *list, const char *site)
{
	for (const xmlNode *n = list->children; n; n = n->next) {
		struct import_rule r = { .site = site }, *more;

		if (n->type != XML_ELEMENT_NODE || import_is(n, "clear"))
			continue;
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

void
import_rewrite(struct import *im, const xmlNode *rewrite, const char *site)
{
	for (const xmlNode *n = rewrite->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (import_is(n, "globalRules") || import_is(n, "rules"))
			add_rules(im, n, site);
		else
			import_note_unknown(im, n, NULL);
	}
}
