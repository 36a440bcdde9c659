/* SPDX-License-Identifier: MIT */
/*
 * rules - which rule is meant for a value or an event.
 *
 * Rules files have a few dozen lines, so rules are walked one by one; a
 * comparison without a rules file walks none.  rules_parse.c reads the file.
 */
#include <config.h>

#include "trace/rules.h"
#include "trace/regex.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const enum rule_place place_of[] = {
	[VOLATILE_IN_ATTR] = RULE_ATTR,
	[VOLATILE_IN_SYSTEM] = RULE_SYSTEM,
	[VOLATILE_IN_DATA] = RULE_DATA,
	[VOLATILE_IN_HEADER] = RULE_HEADER,
};

struct rules *
rules_new(void)
{
	struct rules *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->masked = calloc(volatile_rows() + 1, sizeof(*r->masked));
	r->name = strdup("");
	if (r->masked && r->name)
		return r;
	rules_free(r);
	return NULL;
}

void
rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		struct rule *u = &r->rule[i];

		free(u->name);
		regex_free(u->regex);
		condition_free(u->when);
		condition_free(u->what);
		free(u->text);
	}
	free(r->rule);
	free(r->masked);
	free(r->name);
	free(r);
}

static bool
is_named(const struct rule *u, const char *name)
{
	return !fnmatch(u->name, name, u->place == RULE_HEADER ? FNM_CASEFOLD : 0);
}

/* A header field is meant by header.NAME, and by data.NAME of the Data it is in. */
static bool
is_for(const struct rule *u, const struct rules_at *at)
{
	bool named = u->place == place_of[at->where.place] && is_named(u, at->where.name);

	if (!named && at->data)
		named = u->place == RULE_DATA && is_named(u, at->data);
	return named && (!u->when || condition_holds(u->when, &at->subject));
}

const struct rule *
rules_find(struct rules *r, enum rule_kind kind, const struct rules_at *at)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->rule[i].kind != kind || !is_for(&r->rule[i], at))
			continue;
		r->rule[i].used++;
		return &r->rule[i];
	}
	return NULL;
}

const struct rule *
rules_find_time(struct rules *r, enum rule_kind kind, enum rule_place place, const char *name,
		const struct condition_subject *s)
{
	for (size_t i = 0; i < r->count; i++) {
		struct rule *u = &r->rule[i];

		if (u->kind != kind || u->place != place || (*name && !is_named(u, name)) ||
		    (u->when && !condition_holds(u->when, s)))
			continue;
		u->used++;
		return u;
	}
	return NULL;
}

const struct rule *
rules_find_event(struct rules *r, enum rule_kind kind, const struct condition_subject *s)
{
	for (size_t i = 0; i < r->count; i++) {
		struct rule *u = &r->rule[i];

		if (u->kind != kind || (u->when && !condition_holds(u->when, s)) ||
		    !condition_holds(u->what, s))
			continue;
		u->used++;
		return u;
	}
	return NULL;
}

bool
rules_have(const struct rules *r, enum rule_kind kind)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->rule[i].kind == kind)
			return true;
	return false;
}

bool
rules_need_times(const struct rules *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->rule[i].kind == RULE_TOLERANCE && r->rule[i].place >= RULE_SPAN)
			return true;
	return false;
}

bool
rules_is_within(const struct rule *rule, double a, double b)
{
	double smaller = a < b ? a : b;
	double room = (smaller < 0 ? -smaller : smaller) * rule->percent / 100;
	double apart = a < b ? b - a : a - b;

	return apart <= room || apart <= rule->value;
}

/*
 * Marks every match.  A rule for Data sees the whole header line, but what is
 * masked is never the field's name: by that name lines find their partners.
 */
static void
mark_matches(struct volatile_pieces *p, const struct rule *u, struct volatile_piece part,
	     const char *line)
{
	const char *value = part.at, *text = line ? line : value;
	size_t len = part.len + (size_t)(value - text), from = 0, start, end;

	while (regex_find(u->regex, text, len, from, &start, &end)) {
		from = end > start ? end : end + 1;
		if (text + end <= value)
			continue;
		part.at = text + start < value ? value : text + start;
		part.len = (size_t)(text + end - part.at);
		volatile_mark(p, part);
	}
}

static void
mark_by_rule(struct rules *r, size_t i, const struct rules_at *at, const char *value, size_t len,
	     struct volatile_pieces *p)
{
	struct rule *u = &r->rule[i];
	struct volatile_piece part = { .class = u->class, .at = value, .len = len,
				       .row = volatile_rows() + 1 + i };

	u->used++;
	if (u->regex)
		mark_matches(p, u, part, u->place == RULE_DATA ? at->line : NULL);
	else
		volatile_mark(p, part);
}

void
rules_split(struct rules *r, const struct rules_at *at, const char *value, size_t len,
	    struct volatile_pieces *p)
{
	bool plain = r->no_default;

	volatile_reset(p);
	for (size_t i = 0; i < r->count; i++) {
		if (r->rule[i].kind == RULE_MASK && is_for(&r->rule[i], at))
			mark_by_rule(r, i, at, value, len, p);
		else if (r->rule[i].kind == RULE_TOLERANCE && is_for(&r->rule[i], at))
			plain = true;
	}
	if (plain)
		volatile_scan_placeholders(p, value, len);
	else
		volatile_scan(p, &at->where, value, len);
	volatile_finish(p, value, len);
}

size_t
rules_rows(const struct rules *r)
{
	return volatile_rows() + 1 + r->count;
}

const char *
rules_row_text(const struct rules *r, size_t row)
{
	if (row < volatile_rows())
		return volatile_row_text(row);
	if (row == volatile_rows())
		return "read back from a normalised trace";
	return r->rule[row - volatile_rows() - 1].text;
}

size_t
rules_unused(const struct rules *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += !r->rule[i].used;
	return n;
}
