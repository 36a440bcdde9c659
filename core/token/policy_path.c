/* SPDX-License-Identifier: MIT */
/*
 * policy_path - see policy_path.h.  Letters in comments are those of the
 * steps of RFC 5280 6.1.3 to 6.1.5.
 */
#include <config.h>

#include "core/token/policy_path.h"

#include <limits.h>
#include <string.h>

#define NODES_MAX 64
#define SKIP_MAX 255u	/* longer than any path */
#define POLICIES "2.5.29.32"
#define MAPPINGS "2.5.29.33"
#define CONSTRAINTS "2.5.29.36"
#define INHIBIT_ANY "2.5.29.54"

struct node {		/* a policy the next certificate may assert */
	char oid[OID_TEXT_MAX];
	uint64_t origins;
};

struct level {		/* of the tree, after one certificate */
	struct node nodes[NODES_MAX];
	size_t count;
	bool any;	/* has the node anyPolicy */
};

struct pair {
	char issuer[OID_TEXT_MAX], subject[OID_TEXT_MAX];
};

struct told {		/* what one certificate says about policies */
	char policies[POLICIES_MAX][OID_TEXT_MAX];
	size_t policy_count;
	bool any;
	struct pair mappings[POLICIES_MAX];
	size_t mapping_count;
	unsigned int require_explicit, inhibit_mapping, inhibit_any;	/* UINT_MAX = not said */
};

struct state {
	struct level level, next;
	unsigned int explicit_policy, policy_mapping, inhibit_any;
	struct path_policies *out;	/* takes the origins */
	bool failed;	/* more than can be held, or malformed */
};

/* ---- reading ---- */

static bool
read_policies(const struct cert *c, struct told *t)
{
	struct der value, list, one, id;
	char oid[OID_TEXT_MAX];

	if (!extension_find(c, POLICIES, &value))
		return true;
	if (!der_take(&value, DER_SEQUENCE, &list) || der_left(&list) == 0)
		return false;
	while (der_left(&list) > 0) {
		if (!der_take(&list, DER_SEQUENCE, &one) || !der_take(&one, DER_OID, &id) ||
		    !oid_text(&id, oid) || t->policy_count == POLICIES_MAX)
			return false;
		if (strcmp(oid, ANY_POLICY) == 0)
			t->any = true;
		else
			memcpy(t->policies[t->policy_count++], oid, sizeof(oid));
	}
	return true;
}

/* (a) of 6.1.4: anyPolicy is never mapped. */
static bool
read_mappings(const struct cert *c, struct told *t)
{
	struct der value, list, one, issuer, subject;

	if (!extension_find(c, MAPPINGS, &value))
		return true;
	if (!der_take(&value, DER_SEQUENCE, &list) || der_left(&list) == 0)
		return false;
	while (der_left(&list) > 0) {
		struct pair *p = &t->mappings[t->mapping_count];

		if (t->mapping_count == POLICIES_MAX || !der_take(&list, DER_SEQUENCE, &one) ||
		    !der_take(&one, DER_OID, &issuer) || !der_take(&one, DER_OID, &subject) ||
		    !oid_text(&issuer, p->issuer) || !oid_text(&subject, p->subject) ||
		    strcmp(p->issuer, ANY_POLICY) == 0 || strcmp(p->subject, ANY_POLICY) == 0)
			return false;
		t->mapping_count++;
	}
	return true;
}

/* SkipCerts; what is longer than any path is as good as never. */
static bool
read_skip(const struct der *content, unsigned int *out)
{
	size_t n = der_left(content);

	if (n == 0 || content->at[0] & 0x80)
		return false;
	*out = n > 2 || (n == 2 && content->at[0]) ? SKIP_MAX : content->at[n - 1];
	return true;
}

static bool
read_limits(const struct cert *c, struct told *t)
{
	struct der value, list, number;
	unsigned char tag;

	if (extension_find(c, INHIBIT_ANY, &value) &&
	    (!der_take(&value, DER_INTEGER, &number) || !read_skip(&number, &t->inhibit_any)))
		return false;
	if (!extension_find(c, CONSTRAINTS, &value))
		return true;
	if (!der_take(&value, DER_SEQUENCE, &list) || der_left(&list) == 0)
		return false;
	while (der_left(&list) > 0) {
		if (!der_next(&list, &tag, &number) ||
		    (tag != DER_CONTEXT(0) && tag != DER_CONTEXT(1)) ||
		    !read_skip(&number, tag == DER_CONTEXT(0) ? &t->require_explicit :
								&t->inhibit_mapping))
			return false;
	}
	return true;
}

static bool
read_told(const struct cert *c, struct told *t)
{
	t->policy_count = t->mapping_count = 0;
	t->any = false;
	t->require_explicit = t->inhibit_mapping = t->inhibit_any = UINT_MAX;
	return read_policies(c, t) && read_mappings(c, t) && read_limits(c, t);
}

/* ---- the tree ---- */

static struct node *
find_node(struct level *l, const char *oid)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->nodes[i].oid, oid) == 0)
			return &l->nodes[i];
	return NULL;
}

static void
add_node(struct state *s, struct level *l, const char *oid, uint64_t origins)
{
	struct node *n = find_node(l, oid);

	if (!n && l->count == NODES_MAX) {
		s->failed = true;
		return;
	}
	if (!n) {
		n = &l->nodes[l->count++];
		n->origins = 0;
		memcpy(n->oid, oid, strlen(oid) + 1);
	}
	n->origins |= origins;
}

/* A policy that begins below anyPolicy: it is one of the anchor's domain. */
static uint64_t
origin(struct state *s, const char *oid)
{
	struct path_policies *out = s->out;
	size_t i = 0;

	while (i < out->origin_count && strcmp(out->origins[i], oid) != 0)
		i++;
	if (i == ORIGINS_MAX) {
		s->failed = true;
		return 0;
	}
	if (i == out->origin_count)
		memcpy(out->origins[out->origin_count++], oid, strlen(oid) + 1);
	return (uint64_t)1 << i;
}

/* 6.1.3 (d), (e): the level of this certificate from the one above. */
static void
descend(struct state *s, const struct told *t, bool any_counts)
{
	struct level *from = &s->level, *to = &s->next;

	to->count = 0;
	to->any = t->any && any_counts && from->any;
	for (size_t i = 0; i < t->policy_count; i++) {
		const struct node *parent = find_node(from, t->policies[i]);

		if (parent)
			add_node(s, to, t->policies[i], parent->origins);
		else if (from->any)
			add_node(s, to, t->policies[i], origin(s, t->policies[i]));
	}
	for (size_t i = 0; t->any && any_counts && i < from->count; i++)
		if (!find_node(to, from->nodes[i].oid))
			add_node(s, to, from->nodes[i].oid, from->nodes[i].origins);
}

static bool
is_mapped(const struct told *t, const char *oid)
{
	for (size_t i = 0; i < t->mapping_count; i++)
		if (strcmp(t->mappings[i].issuer, oid) == 0)
			return true;
	return false;
}

/* 6.1.4 (b): what the next certificate may assert.  From s->next to s->level. */
static void
map_policies(struct state *s, const struct told *t)
{
	struct level *from = &s->next, *to = &s->level;

	to->count = 0;
	to->any = from->any;
	for (size_t i = 0; i < from->count; i++)
		if (!is_mapped(t, from->nodes[i].oid))
			add_node(s, to, from->nodes[i].oid, from->nodes[i].origins);
	for (size_t i = 0; s->policy_mapping > 0 && i < t->mapping_count; i++) {
		const struct node *n = find_node(from, t->mappings[i].issuer);

		if (n)
			add_node(s, to, t->mappings[i].subject, n->origins);
		else if (from->any)
			add_node(s, to, t->mappings[i].subject, origin(s, t->mappings[i].issuer));
	}
}

static void
count_down(unsigned int *n)
{
	if (*n > 0)
		--*n;
}

static void
lower(unsigned int *n, unsigned int said)
{
	if (said < *n)
		*n = said;
}

/* 6.1.4 (h) to (j). */
static void
apply_limits(struct state *s, const struct told *t, bool self_issued)
{
	if (!self_issued) {
		count_down(&s->explicit_policy);
		count_down(&s->policy_mapping);
		count_down(&s->inhibit_any);
	}
	lower(&s->explicit_policy, t->require_explicit);
	lower(&s->policy_mapping, t->inhibit_mapping);
	lower(&s->inhibit_any, t->inhibit_any);
}

static bool
is_empty(const struct level *l)
{
	return l->count == 0 && !l->any;
}

/* A CA of the path; false = explicit policies were wanted and there are none. */
static bool
process_ca(struct state *s, const struct cert *c, struct told *t)
{
	if (!read_told(c, t)) {
		s->failed = true;
		return true;
	}
	descend(s, t, s->inhibit_any > 0 || c->self_issued);
	if (s->explicit_policy == 0 && is_empty(&s->next))
		return false;
	map_policies(s, t);
	apply_limits(s, t, c->self_issued);
	return true;
}

/* 6.1.5 for the leaf, which t holds already. */
static bool
process_leaf(struct state *s, const struct told *t)
{
	descend(s, t, s->inhibit_any > 0);
	if (s->explicit_policy == 0 && is_empty(&s->next))
		return false;
	count_down(&s->explicit_policy);
	if (t->require_explicit == 0)
		s->explicit_policy = 0;
	return s->explicit_policy > 0 || !is_empty(&s->next);
}

/* ---- the answer ---- */

static void
set_all(struct path_policies *out, enum policy_says says)
{
	for (size_t i = 0; i < out->count; i++) {
		out->asserted[i].valid = says;
		out->asserted[i].origins = 0;
	}
}

static void
list_asserted(struct path_policies *out, const struct told *t)
{
	out->count = out->origin_count = 0;
	for (size_t i = 0; i < t->policy_count; i++)
		memcpy(out->asserted[out->count++].oid, t->policies[i], OID_TEXT_MAX);
	if (t->any && out->count < POLICIES_MAX)
		memcpy(out->asserted[out->count++].oid, ANY_POLICY, sizeof(ANY_POLICY));
	set_all(out, POLICY_SAYS_UNKNOWN);
}

static void
set_valid(struct state *s, struct path_policies *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct path_policy *p = &out->asserted[i];
		const struct node *n = find_node(&s->next, p->oid);
		bool any = strcmp(p->oid, ANY_POLICY) == 0 && !is_empty(&s->next);

		p->valid = n || any ? POLICY_SAYS_YES : POLICY_SAYS_NO;
		p->origins = n ? n->origins : 0;
	}
}

void
policy_process(const struct badge *b, struct path_policies *out)
{
	unsigned int n = (unsigned int)b->path_count - 1;
	struct state s = { .level = { .any = true }, .out = out };
	struct told t;
	bool holds = true, readable = read_told(b->leaf, &t);

	list_asserted(out, &t);
	out->unreadable = !readable;
	if (!readable || b->fault != FAULT_NONE || b->path[n].origin != ORIGIN_ANCHOR)
		return;
	/* 6.1.2: nothing is inhibited at the start; the anchor itself is not processed */
	s.explicit_policy = s.policy_mapping = s.inhibit_any = n + 1;
	while (holds && !s.failed && n-- > 1)
		holds = process_ca(&s, b->path[n].cert, &t);
	if (holds && !s.failed && read_told(b->leaf, &t))
		holds = process_leaf(&s, &t);
	if (s.failed)
		return;
	if (holds)
		set_valid(&s, out);
	else
		set_all(out, POLICY_SAYS_NO);
}
