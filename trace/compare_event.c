/* SPDX-License-Identifier: MIT */
/*
 * compare_event - an aligned pair of events, and the two roots.
 *
 * Fields find their partner by name: the k-th of a name in A belongs to the
 * k-th of that name in B, header lines to lines of the same header.  That they
 * stand in another order matters only on request.
 */
#include <config.h>

#include "trace/compare_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* IIS clocks tick every 15 or 16 ms; what --gaps allows without a rule. */
static const struct rule default_gap = {
	.kind = RULE_TOLERANCE, .place = RULE_GAP, .percent = 25, .value = 16,
};

static bool
is_partner(const struct field *a, const struct field *b)
{
	if (b->taken || a->place != b->place || strcmp(a->name, b->name) || !a->line != !b->line)
		return false;
	return !a->line || !strcasecmp(a->header, b->header);
}

/* Index of A's field @i in B, SIZE_MAX = none.  Nearly always it stands at the same place. */
static size_t
find_partner(const struct compare *c, size_t i)
{
	const struct field *a = &c->fields[0].field[i];
	const struct fields *b = &c->fields[1];

	if (i < b->count && is_partner(a, &b->field[i])) {
		/* Only the first of a name is sure to be the k-th. */
		size_t k = 0;

		while (k < i && !is_partner(a, &b->field[k]))
			k++;
		return k;
	}
	for (size_t k = 0; k < b->count; k++)
		if (is_partner(a, &b->field[k]))
			return k;
	return SIZE_MAX;
}

static bool
is_ignored(struct compare *c, int side, size_t i)
{
	struct rules_at at = fields_at(&c->fields[side], i);

	return c->have_ignore && rules_find(c->options.rules, RULE_IGNORE, &at);
}

static void
compare_friendly(struct compare *c, const struct field *a, const struct field *b)
{
	const char *x = a->text ? a->text : "", *y = b->text ? b->text : "";
	char name[300];

	if (!c->options.text || !strcmp(x, y) || a->line)
		return;
	snprintf(name, sizeof(name), "%s (text)", a->name);
	compare_add_text(c, COMPARE_CHANGED, name, x, y, NULL);
}

static void
compare_fields(struct compare *c)
{
	struct fields *a = &c->fields[0], *b = &c->fields[1];
	size_t next = 0;
	bool in_order = true;

	for (size_t i = 0; i < a->count; i++) {
		size_t k = find_partner(c, i);

		if (k == SIZE_MAX) {
			if (!is_ignored(c, 0, i))
				compare_add(c, COMPARE_MISSING, &a->field[i], a->field[i].value,
					    a->field[i].len, NULL, 0, NULL);
			continue;
		}
		b->field[k].taken = true;
		in_order &= k >= next;
		next = k + 1;
		compare_values(c, i, k);
		compare_friendly(c, &a->field[i], &b->field[k]);
	}
	for (size_t k = 0; k < b->count; k++)
		if (!b->field[k].taken && !is_ignored(c, 1, k))
			compare_add(c, COMPARE_EXTRA, &b->field[k], NULL, 0, b->field[k].value,
				    b->field[k].len, NULL);
	if (!in_order && c->options.strict_order)
		compare_add_text(c, COMPARE_ORDER, "order of Data", NULL, NULL, NULL);
}

static void
compare_plain(struct compare *c, const char *name, const char *a, const char *b)
{
	const char *x = a ? a : "", *y = b ? b : "";

	if (strcmp(x, y))
		compare_add_text(c, COMPARE_CHANGED, name, x, y, NULL);
}

static void
compare_gap(struct compare *c, const size_t at[2])
{
	const struct condition_subject *subject = &c->fields[1].subject;
	const struct rule *rule = NULL;
	double gap[2];
	bool known = true;

	for (int s = 0; s < 2; s++) {
		int64_t now = freb_entry(c->side[s].file, at[s])->time_ms;

		known &= now != INT64_MIN && c->side[s].last_ms != INT64_MIN;
		gap[s] = known ? (double)(now - c->side[s].last_ms) : 0;
		c->side[s].last_ms = now;
	}
	if (!known)
		return;
	if (c->have_tolerance)
		rule = rules_find_time(c->options.rules, RULE_TOLERANCE, RULE_GAP, "", subject);
	if (!rule && c->options.gaps)
		rule = &default_gap;
	if (rule)
		compare_times(c, rule, "gap", gap[0], gap[1]);
	rule = c->have_limit ? rules_find_time(c->options.rules, RULE_LIMIT, RULE_GAP, "", subject)
			     : NULL;
	if (rule)
		compare_limit(c, rule, "gap", gap[1]);
}

/* Milliseconds from a START to its END; false = it has none. */
static bool
span_of(struct freb_file *f, size_t start, double *ms)
{
	size_t end = freb_partner(f, start);

	if (end == SIZE_MAX || end <= start)
		return false;
	int64_t from = freb_entry(f, start)->time_ms, to = freb_entry(f, end)->time_ms;

	*ms = (double)(to - from);
	return from != INT64_MIN && to != INT64_MIN;
}

/* SECURITY_HANDSHAKE_START -> SECURITY_HANDSHAKE; false = no span starts here. */
static bool
span_name(const char *event, char *out, size_t size)
{
	static const char *const endings[] = { "_START", "Start", "Enter", "Begin" };
	size_t n = strlen(event);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t m = strlen(endings[i]);

		if (n <= m || n - m >= size || strcmp(event + n - m, endings[i]))
			continue;
		memcpy(out, event, n - m);
		out[n - m] = '\0';
		return true;
	}
	return false;
}

static void
compare_span(struct compare *c, const char *event, const size_t at[2])
{
	const struct condition_subject *subject = &c->fields[1].subject;
	const struct rule *rule;
	char name[200], label[220];
	double ms[2];

	if ((!c->have_tolerance && !c->have_limit) || !span_name(event, name, sizeof(name)))
		return;
	snprintf(label, sizeof(label), "span.%s", name);
	if (!span_of(c->side[1].file, at[1], &ms[1]))
		return;
	rule = rules_find_time(c->options.rules, RULE_LIMIT, RULE_SPAN, name, subject);
	if (rule)
		compare_limit(c, rule, label, ms[1]);
	rule = rules_find_time(c->options.rules, RULE_TOLERANCE, RULE_SPAN, name, subject);
	if (rule && span_of(c->side[0].file, at[0], &ms[0]))
		compare_times(c, rule, label, ms[0], ms[1]);
}

void
compare_events(struct compare *c, size_t a, size_t b)
{
	const size_t at[2] = { a, b };
	const struct freb_event *e[2];

	compare_clear_items(c);
	for (int s = 0; s < 2; s++) {
		e[s] = quick_event(&c->side[s].quick, at[s]);
		if (!e[s]) {
			c->error = -ENOMEM;
			return;
		}
		fields_of_event(&c->fields[s], c->side[s].file, e[s]);
		if (c->fields[s].failed)
			c->error = -ENOMEM;
	}
	compare_plain(c, "level", e[0]->level, e[1]->level);
	compare_plain(c, "provider", e[0]->provider, e[1]->provider);
	compare_fields(c);
	compare_gap(c, at);
	compare_span(c, e[0]->name ? e[0]->name : "", at);
}

void
compare_roots(struct compare *c)
{
	const struct rules *rules = c->options.rules;

	compare_clear_items(c);
	for (int s = 0; s < 2; s++) {
		fields_of_root(&c->fields[s], c->side[s].file);
		if (c->fields[s].failed)
			c->error = -ENOMEM;
	}
	compare_fields(c);
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *u = &rules->rule[i];
		const struct condition_subject trace = { .file = c->side[1].file };

		if (u->kind == RULE_REQUIRE && !c->met[i] &&
		    (!u->when || condition_is_about_events(u->when) ||
		     condition_holds(u->when, &trace)))
			compare_add_text(c, COMPARE_REQUIRED, u->text, NULL, NULL,
					 "no event meets this rule");
	}
}
