/* SPDX-License-Identifier: MIT */
/* routes - see routes.h. */
#include <config.h>

#include "core/route/routes.h"

#include "core/route/pattern.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TARGET_MAX ((size_t)16384) /* of a rewritten path and query */

struct compiled {
	const struct config_route *route;
	struct pattern *path, *host, *value, *issuer; /* NULL = not asked for */
};

struct routes {
	struct compiled *at;
	size_t count;
};

/* ---- making ---- */

/* true, also without a pattern; the configuration has compiled it before. */
static bool
compile(const char *text, bool regex, bool ignore_case, struct pattern **out)
{
	char *error = NULL;

	if (!*text)
		return true;
	*out = pattern_new(text, !regex, ignore_case, &error);
	free(error);
	return *out != NULL;
}

struct routes *
routes_new(const struct config_site *site)
{
	struct routes *r = calloc(1, sizeof(*r));
	bool fine = true;

	if (!r)
		return NULL;
	r->at = calloc(site->route_count + 1, sizeof(*r->at));
	for (size_t i = 0; r->at && fine && i < site->route_count; i++) {
		const struct config_route *c = &site->routes[i];
		struct compiled *to = &r->at[r->count++];

		to->route = c;
		fine = compile(c->path, c->regex, c->ignore_case, &to->path) &&
		       compile(c->host, false, true, &to->host) &&
		       compile(c->value, false, c->ignore_value_case, &to->value) &&
		       compile(c->issuer, false, false, &to->issuer);
	}
	if (r->at && fine)
		return r;
	routes_free(r);
	return NULL;
}

void
routes_free(struct routes *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		pattern_free(r->at[i].path);
		pattern_free(r->at[i].host);
		pattern_free(r->at[i].value);
		pattern_free(r->at[i].issuer);
	}
	free(r->at);
	free(r);
}

/* ---- what is asked of a request ---- */

struct view { /* a request while its rules are compared */
	struct exchange *x;
	const char *path; /* as sent, or as an earlier rule made it; without query */
	struct captures captures; /* of the rule's path */
	const char *pattern; /* what decided, for the trace */
	struct slice input;
	bool undecided; /* a pattern broke its limits */
};

static bool
decided(struct view *v, const char *pattern, struct slice input, bool matched)
{
	v->pattern = pattern;
	v->input = input;
	return matched;
}

static bool
compare(struct view *v, const struct pattern *p, const struct slice *text,
	struct captures *captures)
{
	enum pattern_answer a = pattern_match(p, text->at, text->len, captures);

	v->undecided |= a == PATTERN_UNDECIDED;
	return a == PATTERN_YES;
}

static bool
path_matches(struct view *v, const struct compiled *c)
{
	struct slice path = { v->path, strlen(v->path) };

	v->captures = (struct captures){ .part = { path }, .count = 1 };
	return decided(v, *c->route->path ? c->route->path : "*", path,
		       !c->path || compare(v, c->path, &path, &v->captures));
}

static bool
host_matches(struct view *v, const struct compiled *c)
{
	const struct slice *host = &v->x->request.host;

	return !c->host ||
	       decided(v, c->route->host, *host, compare(v, c->host, host, NULL));
}

static bool
method_matches(struct view *v, const struct compiled *c)
{
	const struct config_list *list = &c->route->methods;

	for (size_t i = 0; i < list->count; i++)
		if (slice_is(&v->x->request.method, list->items[i]))
			return true;
	return list->count == 0 || decided(v, list->text, v->x->request.method, false);
}

/* A field that was sent twice matches when one of its lines does. */
static bool
field_matches(struct view *v, const struct compiled *c)
{
	const struct headers *list = &v->x->request.headers;
	struct slice seen = { "", 0 };

	if (!*c->route->field)
		return true;
	for (size_t i = 0; i < list->count; i++) {
		const struct header *h = &list->at[i];

		if (!slice_is_nocase(&h->name, c->route->field))
			continue;
		if (!c->value || compare(v, c->value, &h->value, NULL))
			return true;
		if (!header_is_secret(h->id))
			seen = h->value;
		if (v->undecided)
			break;
	}
	return decided(v, *c->route->value ? c->route->value : c->route->field, seen, false);
}

/* The leaf of a client whose certificate was found good; NULL = there is none. */
static const struct cert *
verified_leaf(const struct view *v)
{
	const struct conn *c = v->x->conn;

	return c->badge && c->verdict == FAULT_NONE ? c->badge->leaf : NULL;
}

static struct slice
text_slice(const char *text)
{
	return (struct slice){ text ? text : "", text ? strlen(text) : 0 };
}

static bool
issuer_matches(struct view *v, const struct compiled *c)
{
	const struct cert *leaf = verified_leaf(v);
	struct slice issuer = text_slice(leaf ? leaf->issuer : NULL);

	return !c->issuer || decided(v, c->route->issuer, issuer,
				     leaf && compare(v, c->issuer, &issuer, NULL));
}

/* A policy counts when it holds for the whole path. */
static bool
policy_matches(struct view *v, const struct compiled *c)
{
	const char *wanted = c->route->policy;
	const struct cert *leaf = verified_leaf(v);
	const struct facts *facts = *wanted && leaf ? facts_of(v->x->conn->badge) : NULL;

	for (size_t i = 0; facts && i < facts->policy_count; i++)
		if (!strcmp(facts->policies[i].oid, wanted) &&
		    facts->policies[i].valid == POLICY_SAYS_YES)
			return true;
	return !*wanted || decided(v, wanted, text_slice(leaf ? leaf->policies : NULL), false);
}

static bool
grade_matches(struct view *v, const struct compiled *c)
{
	const struct identity *id = verified_leaf(v) ? v->x->conn->identity : NULL;
	enum evidence grade = id ? id->grade : EVIDENCE_E0;

	return grade >= (enum evidence)c->route->grade ||
	       decided(v, evidence_text((enum evidence)c->route->grade),
		       text_slice(evidence_text(grade)), false);
}

static bool
upn_matches(struct view *v, const struct compiled *c)
{
	const char *suffix = c->route->upn_suffix;
	const struct cert *leaf = verified_leaf(v);
	struct slice upn = text_slice(leaf ? leaf->upn : NULL);
	size_t len = strlen(suffix);

	return !len || (upn.len >= len && !strncasecmp(upn.at + upn.len - len, suffix, len)) ||
	       decided(v, suffix, upn, false);
}

static bool (*const questions[])(struct view *v, const struct compiled *c) = {
	path_matches,	host_matches,	method_matches, field_matches,
	issuer_matches, policy_matches, grade_matches,	upn_matches,
};

static bool
matches(struct view *v, const struct compiled *c)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (!questions[i](v, c))
			return false;
	return decided(v, *c->route->path ? c->route->path : "*",
		       (struct slice){ v->path, strlen(v->path) }, true);
}

/* ---- rewriting ---- */

/*
 * The template with {R:0} to {R:9} filled in; -FAULT_X if no path comes of it.  Two halves that
 * were harmless may make a "..": what no client may ask for, no server is asked for.
 */
static int
rewrite(struct view *v, const char *template)
{
	const struct slice *query = &v->x->request.query;
	struct buf b;
	char *target;

	buf_init(&b, TARGET_MAX);
	for (const char *p = template; *p; p++) {
		size_t n;

		if (p[0] != '{') {
			buf_putc(&b, *p);
			continue;
		}
		n = (size_t)(p[3] - '0');
		if (n < v->captures.count)
			buf_put(&b, v->captures.part[n].at, v->captures.part[n].len);
		p += 4;
	}
	target = b.error || b.len == 0 || b.data[0] != '/'
			 ? NULL
			 : arena_strndup(&v->x->arena, b.data, b.len);
	if (target && query->len)
		v->x->forward_url = arena_printf(&v->x->arena, "%s%c%.*s", target,
						 strchr(target, '?') ? '&' : '?', (int)query->len,
						 query->at);
	else if (target)
		v->x->forward_url = target;
	buf_done(&b);
	if (!target || !v->x->forward_url || strlen(v->x->forward_url) > TARGET_MAX)
		return -FAULT_LINE_TOO_LONG;
	v->path = arena_strndup(&v->x->arena, target, strcspn(target, "?"));
	if (!v->path)
		return -FAULT_INTERNAL;
	return head_path_rule(v->path) == HEAD_OK ? 0 : -FAULT_BAD_REQUEST;
}

/* Rules may keep requests away from a farm: one that cannot be judged gets no other. */
static int
refuse(struct exchange *x, const struct config_route *c)
{
	exchange_fail(x, FAULT_INTERNAL,
		      arena_printf(&x->arena, "routing rule %s: a pattern of it takes too many "
					      "steps for this request", c->name));
	return -FAULT_INTERNAL;
}

/* Only for a trace: copies. */
static const char *
input_text(const struct view *v)
{
	return arena_strndup(&v->x->arena, v->input.at, v->input.len);
}

int
routes_apply(const struct routes *r, struct exchange *x, const struct config_farm **farm)
{
	struct view v = { .x = x, .path = x->path };

	*farm = NULL;
	for (size_t i = 0; i < r->count; i++) {
		const struct config_route *c = r->at[i].route;
		bool matched = matches(&v, &r->at[i]);
		const char *was = x->forward_url;
		int error;

		TRACE_AT(x->trace, v.undecided ? TE_WARNING : TE_INFO, ROUTE_RULE, .Rule = c->name,
			 .Pattern = v.pattern, .Input = input_text(&v),
			 .Matched = v.undecided ? "undecided" : matched ? "yes" : "no",
			 .WebFarm = matched && c->farm ? c->farm->name : "");
		if (v.undecided)
			return refuse(x, c);
		if (!matched)
			continue;
		if (c->farm)
			*farm = c->farm;
		error = *c->rewrite ? rewrite(&v, c->rewrite) : 0;
		if (*c->rewrite && (!error || error == -FAULT_BAD_REQUEST))
			TRACE(x->trace, URL_CHANGED, .OldUrl = was, .NewUrl = x->forward_url);
		if (error)
			return error;
		if (c->stop)
			return 0;
	}
	return 0;
}
