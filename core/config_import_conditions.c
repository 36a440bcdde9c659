/* SPDX-License-Identifier: MIT */
/*
 * config_import_conditions - conditions of rewrite rules in the words of our
 * routing rules.  A condition that would ask for something else there makes
 * its rule stay away, with a note.
 * Source: the documented schema of URL Rewrite; its conditions ignore case
 * unless told otherwise, and compare the path decoded.
 */
#include <config.h>

#include "core/config_import_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct condition {
	const xmlNode *node;	/* for messages */
	const char *input, *pattern;
	enum syntax syntax;
	bool negate, match_case;
	bool any;	/* one of several that may hold */
};

/* Why a condition cannot be taken over; that is said of it. */
#define LEFT_OUT ", so its rule was left out; "
static const char not_ours[] =
	"a condition that routing rules do not have" LEFT_OUT "they ask for host, path, method or "
	"one header field, and for wildcards in them. What it refused, the web farm must refuse";
static const char with_port[] =
	"IIS compares the host with its port, routing rules without it" LEFT_OUT "give the port a "
	"site of its own, and write a routingRules/rule there";
static const char encoded_path[] =
	"paths are compared as sent, and not decoded as IIS does; this one is sent in another way"
	LEFT_OUT "write a routingRules/rule of the site with the path as it is sent";
static const char never[] = "it never holds" LEFT_OUT "nothing is needed";

/* ---- patterns ---- */

bool
import_is_everything(const char *pattern, enum syntax syntax)
{
	static const char *const all[] = { ".*", "(.*)", "^.*$", "^(.*)$", "^(.*)", "^.*",
					   ".*$", "(.*)$" };

	if (syntax == SYNTAX_WILDCARD)
		return *pattern && !pattern[strspn(pattern, "*")];
	for (size_t i = 0; syntax == SYNTAX_REGEX && i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(pattern, all[i]))
			return true;
	return false;
}

/*
 * IIS has decoded a path before it compares it, we have not: of a pattern with
 * characters that are always sent encoded, nothing would be left.
 */
const char *
import_path_trouble(const char *pattern, enum syntax syntax)
{
	const char *encoded = syntax == SYNTAX_REGEX ? "%\"<>`" : "%\"<>`?#\\^{|}";

	for (const char *p = pattern; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr(encoded, *p) ||
		    (syntax == SYNTAX_REGEX && *p == '\\' && p[1] && strchr("sxuc", p[1])))
			return encoded_path;
	return NULL;
}

/* "^www\.example\.com$" and wildcards as our wildcard; NULL = more than that, or nothing. */
static const char *
as_wildcard(struct import *im, const char *pattern, enum syntax syntax)
{
	size_t len = strlen(pattern);
	struct buf b = BUF_INIT;
	const char *out;
	bool fine = true;

	if (syntax == SYNTAX_WILDCARD)
		return len ? import_strdup(im, pattern) : NULL;
	if (syntax == SYNTAX_EXACT)
		return !len || strchr(pattern, '*') ? NULL : import_strdup(im, pattern);
	if (len < 3 || pattern[0] != '^' || pattern[len - 1] != '$' || pattern[len - 2] == '\\')
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

/* The pattern without ^ and $. */
static struct slice
core_of(const struct condition *c)
{
	struct slice s = { c->pattern, strlen(c->pattern) };

	if (c->syntax != SYNTAX_REGEX)
		return s;
	if (s.len && s.at[0] == '^') {
		s.at++;
		s.len--;
	}
	if (s.len && s.at[s.len - 1] == '$')
		s.len--;
	return s;
}

/* ---- what is asked ---- */

/* "^(GET|HEAD)$", "^GET$", "GET" in a wildcard: as a list; NULL = more than that. */
static const char *
as_methods(struct import *im, const struct condition *c)
{
	bool regex = c->syntax == SYNTAX_REGEX;
	struct slice s = core_of(c);
	struct buf b = BUF_INIT;
	const char *out = NULL;
	char last = '|';

	if (regex && s.len + 2 != strlen(c->pattern))
		return NULL;	/* it may match a part */
	if (regex && s.len > 2 && s.at[0] == '(' && s.at[s.len - 1] == ')') {
		s.at++;
		s.len -= 2;
	}
	for (size_t i = 0; i < s.len; last = s.at[i++]) {
		unsigned char letter = (unsigned char)s.at[i];

		if (regex && letter == '|' && last != '|')
			buf_putc(&b, ',');
		else if (isalpha(letter))
			buf_putc(&b, (char)(c->match_case ? letter : toupper(letter)));
		else
			goto out;
	}
	if (last != '|' && !b.error)
		out = import_strdup(im, buf_text(&b));
out:
	buf_done(&b);
	return out;
}

static const char *
take_method(struct import *im, struct import_rule *r, const struct condition *c)
{
	const char *list = r->method || c->any || c->negate ? NULL : as_methods(im, c);

	r->method = list ? list : r->method;
	return list ? NULL : not_ours;
}

static const char *
take_scheme(struct import_rule *r, const struct condition *c, const char *on, const char *off)
{
	struct slice s = core_of(c);
	enum scheme scheme;
	bool (*is)(const struct slice *, const char *) = c->match_case ? slice_is : slice_is_nocase;
	bool is_on = is(&s, on);

	if (c->any || (!is_on && !is(&s, off)))
		return not_ours;
	scheme = is_on != c->negate ? HTTPS_ONLY : HTTP_ONLY;
	if (r->scheme != ANY_SCHEME && r->scheme != scheme)
		return never;
	r->scheme = scheme;
	return NULL;
}

static const char *
take_host(struct import *im, struct import_rule *r, const struct condition *c)
{
	const char *text = c->negate ? NULL : as_wildcard(im, c->pattern, c->syntax);

	if (!text || r->host_count == HOSTS_MAX || (r->host_count && !c->any))
		return not_ours;
	if (strchr(text, ':'))
		return with_port;
	if (c->match_case)
		import_note(im, c->node, "ignoreCase", "host names are compared without regard to "
			    "case; nothing is needed");
	r->hosts_without_port |= !strcasecmp(c->input, "{HTTP_HOST}") &&
				 text[strlen(text) - 1] != '*';
	r->hosts[r->host_count++] = text;
	return NULL;
}

static const char *
take_path(struct import *im, struct import_rule *r, const struct condition *c)
{
	const char *text = c->negate ? NULL : as_wildcard(im, c->pattern, c->syntax);
	const char *trouble = text ? import_path_trouble(text, SYNTAX_WILDCARD) : NULL;

	if (!text || r->path || c->any)
		return not_ours;
	if (trouble)
		return trouble;
	r->path = text;
	r->path_asked = true;
	r->regex = false;
	r->match_case = c->match_case;
	return NULL;
}

/* HTTP_X_TENANT as x-tenant: how the field is spelled cannot be seen from it. */
static const char *
as_field(struct import *im, const char *input)
{
	size_t len = strlen(input);
	char *name;

	if (len < 8 || strncasecmp(input, "{HTTP_", 6) || strcspn(input, "}") != len - 1 ||
	    !strcasecmp(input, "{HTTP_URL}") || !strcasecmp(input, "{HTTP_VERSION}"))
		return NULL;	/* these two are no fields */
	name = import_strdup(im, input + 6);
	name[strcspn(name, "}")] = '\0';
	for (char *p = name; *p; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	return name;
}

/* A field that is not there is an empty text for IIS: a pattern for that has no words here. */
static const char *
take_field(struct import *im, struct import_rule *r, const struct condition *c)
{
	const char *field = c->negate || c->any || r->field ? NULL : as_field(im, c->input);
	const char *text = field ? as_wildcard(im, c->pattern, c->syntax) : NULL;

	if (!text || !text[strspn(text, "*")])
		return not_ours;
	r->field = field;
	r->value = text;
	r->value_case = c->match_case;
	return NULL;
}

/* NULL, or why the rule must be left out. */
static const char *
take_condition(struct import *im, struct import_rule *r, const struct condition *c)
{
	const char *const input = c->input;

	if (import_is_everything(c->pattern, c->syntax))
		return c->negate && !c->any ? never : NULL;
	if (!strcasecmp(input, "{HTTPS}"))
		return take_scheme(r, c, "on", "off");
	if (!strcasecmp(input, "{SERVER_PORT_SECURE}"))
		return take_scheme(r, c, "1", "0");
	if (!strcasecmp(input, "{HTTP_HOST}") || !strcasecmp(input, "{SERVER_NAME}"))
		return take_host(im, r, c);
	if (!strcasecmp(input, "{REQUEST_METHOD}") || !strcasecmp(input, "{HTTP_METHOD}"))
		return take_method(im, r, c);
	if (!strcasecmp(input, "{URL}"))
		return take_path(im, r, c);
	return take_field(im, r, c);
}

/* false: it compares nothing with a pattern. */
static bool
read_condition(struct import *im, const xmlNode *node, enum syntax syntax, struct condition *c)
{
	const char *type = import_attribute(im, node, "matchType");

	*c = (struct condition){ .node = node, .syntax = syntax };
	c->input = import_attribute(im, node, "input");
	c->pattern = import_attribute(im, node, "pattern");
	c->negate = import_bool(im, node, "negate", false);
	c->match_case = !import_bool(im, node, "ignoreCase", true);
	return c->input && c->pattern && (!type || !strcasecmp(type, "Pattern"));
}

static const xmlNode *
next_condition(const xmlNode *node)
{
	while (node && !import_is(node, "add"))
		node = node->next;
	return node;
}

/* One of several that may hold, and this one always does: nothing is asked. */
static bool
asks_nothing(struct import *im, const xmlNode *list, enum syntax syntax)
{
	struct condition c;

	for (const xmlNode *n = next_condition(list->children); n; n = next_condition(n->next))
		if (read_condition(im, n, syntax, &c) && !c.negate &&
		    import_is_everything(c.pattern, syntax))
			return true;
	return false;
}

bool
import_conditions(struct import *im, const xmlNode *list, enum syntax syntax, struct import_rule *r)
{
	const char *grouping = list ? import_attribute(im, list, "logicalGrouping") : NULL;
	const xmlNode *first = next_condition(list ? list->children : NULL);
	bool any = grouping && !strcasecmp(grouping, "MatchAny") && first &&
		   next_condition(first->next);	/* of one only, any is all */

	if (any && asks_nothing(im, list, syntax))
		return true;
	for (const xmlNode *n = first; n; n = next_condition(n->next)) {
		struct condition c;
		const char *why = not_ours;

		if (read_condition(im, n, syntax, &c)) {
			c.any = any;
			why = take_condition(im, r, &c);
		}
		if (!why)
			continue;
		import_note(im, n, NULL, "%s", why);
		return false;
	}
	if (any && !r->host_count)
		import_note(im, list, NULL, "%s", never);
	return !any || r->host_count;
}
