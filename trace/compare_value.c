/* SPDX-License-Identifier: MIT */
/*
 * compare_value - one value of A against its partner in B.
 *
 * In this order: a rule that ignores it; a tolerance; the pieces.  Literal
 * text must be equal.  Of volatile parts the bound ones must keep their
 * partner, the free ones only have to be there on both sides.
 */
#include <config.h>

#include "trace/compare_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
compare_clear_items(struct compare *c)
{
	for (size_t i = 0; i < c->item_count; i++) {
		free(c->items[i].name);
		free(c->items[i].a);
		free(c->items[i].b);
		free(c->items[i].a_text);
		free(c->items[i].b_text);
		free(c->items[i].note);
	}
	c->item_count = 0;
}

static struct compare_item *
new_item(struct compare *c)
{
	if (c->item_count == c->item_room) {
		size_t room = c->item_room * 2 + 8;
		struct compare_item *more = realloc(c->items, room * sizeof(*more));

		if (!more) {
			c->error = -ENOMEM;
			return NULL;
		}
		c->items = more;
		c->item_room = room;
	}
	c->items[c->item_count] = (struct compare_item){ .kind = COMPARE_CHANGED };
	return &c->items[c->item_count++];
}

static char *
copy(struct compare *c, const char *text, size_t len)
{
	char *s = text ? strndup(text, len) : NULL;

	if (text && !s)
		c->error = -ENOMEM;
	return s;
}

/* "Headers: Host" for a header line, else the name of the Data. */
static char *
label(struct compare *c, const struct field *at)
{
	char *s = NULL;

	if (!at->line)
		return copy(c, at->name, strlen(at->name));
	if (asprintf(&s, "%s: %s", at->name, at->header) < 0) {
		c->error = -ENOMEM;
		return NULL;
	}
	return s;
}

void
compare_add(struct compare *c, enum compare_kind kind, const struct field *at, const char *a,
	    size_t a_len, const char *b, size_t b_len, const char *note)
{
	struct compare_item *item = new_item(c);

	if (!item)
		return;
	item->kind = kind;
	item->name = label(c, at);
	item->a = copy(c, a, a_len);
	item->b = copy(c, b, b_len);
	item->note = copy(c, note, note ? strlen(note) : 0);
}

void
compare_add_text(struct compare *c, enum compare_kind kind, const char *name, const char *a,
		 const char *b, const char *note)
{
	const struct field at = { .name = name };

	compare_add(c, kind, &at, a, a ? strlen(a) : 0, b, b ? strlen(b) : 0, note);
}

/* Values of fields that end in Us count microseconds; rules speak of milliseconds. */
static bool
number_of(const struct field *f, double *value)
{
	char text[64];
	size_t n = strlen(f->name);

	if (f->len >= sizeof(text))
		return false;
	memcpy(text, f->value, f->len);
	text[f->len] = '\0';
	if (!condition_number(text, value))
		return false;
	if (f->place == VOLATILE_IN_DATA && n > 2 && !strcmp(f->name + n - 2, "Us"))
		*value /= 1000;
	return true;
}

static bool
is_time(const char *name)
{
	size_t n = strlen(name);

	return !strcmp(name, "timeTaken") || !strcmp(name, "gap") || !strncmp(name, "span.", 5) ||
	       (n > 2 && (!strcmp(name + n - 2, "Ms") || !strcmp(name + n - 2, "Us")));
}

/* What a tolerance or limit rule asks of the field @name, for people. */
static void
rule_note(const struct rule *rule, const char *name, char out[static 160])
{
	const char *unit = is_time(name) ? " ms" : "";

	if (rule->kind == RULE_LIMIT)
		snprintf(out, 160, "limit %g%s", rule->value, unit);
	else if (rule->percent > 0 && rule->value > 0)
		snprintf(out, 160, "tolerance %g%%, min %g%s", rule->percent, rule->value, unit);
	else if (rule->percent > 0)
		snprintf(out, 160, "tolerance %g%%", rule->percent);
	else
		snprintf(out, 160, "tolerance %g%s", rule->value, unit);
}

void
compare_times(struct compare *c, const struct rule *rule, const char *name, double a, double b)
{
	char note[160], one[32], other[32];

	if (rules_is_within(rule, a, b))
		return;
	rule_note(rule, name, note);
	snprintf(one, sizeof(one), "%g", a);
	snprintf(other, sizeof(other), "%g", b);
	compare_add_text(c, COMPARE_OUTSIDE, name, one, other, note);
}

void
compare_limit(struct compare *c, const struct rule *rule, const char *name, double b)
{
	char note[160], text[64];

	if (b <= rule->value)
		return;
	rule_note(rule, name, note);
	snprintf(text, sizeof(text), "%g%s", b, is_time(name) ? " ms" : "");
	compare_add_text(c, COMPARE_OUTSIDE, name, NULL, text, note);
}

/* 1 = within, 0 = outside and told, -1 = no numbers. */
static int
within_tolerance(struct compare *c, const struct rule *rule, const struct field *a,
		 const struct field *b)
{
	double x, y;
	char note[160];

	if (!number_of(a, &x) || !number_of(b, &y))
		return -1;
	if (rules_is_within(rule, x, y))
		return 1;
	rule_note(rule, a->name, note);
	compare_add(c, COMPARE_OUTSIDE, a, a->value, a->len, b->value, b->len, note);
	return 0;
}

static void
add_broken(struct compare *c, const struct field *at, const struct volatile_piece *a,
	   const struct volatile_piece *b, enum bindings_result how,
	   const struct bindings_conflict *conflict)
{
	const char *class = volatile_name(a->class);
	char *note = NULL;
	int n;

	if (how == BINDINGS_BROKEN_A)
		n = asprintf(&note, "{%s-%u} was %s", class, conflict->number, conflict->other);
	else
		n = asprintf(&note, "{%s-%u} already stands for %s of A", class, conflict->number,
			     conflict->other);
	if (n < 0) {
		c->error = -ENOMEM;
		return;
	}
	compare_add(c, COMPARE_BINDING, at, a->at, a->len, b->at, b->len, note);
	free(note);
}

static bool
same_bytes(const struct volatile_piece *a, const struct volatile_piece *b)
{
	return a->len == b->len && !memcmp(a->at, b->at, a->len);
}

/* Counts a hidden difference under the row that hid it. */
static void
count_masked(struct compare *c, const struct volatile_piece *b)
{
	c->options.rules->masked[b->row]++;
}

static void
compare_pieces(struct compare *c, const struct field *a, const struct field *b)
{
	const struct volatile_piece *hidden = NULL;

	for (size_t i = 0; i < c->pieces[0].count; i++) {
		const struct volatile_piece *x = &c->pieces[0].piece[i];
		const struct volatile_piece *y = &c->pieces[1].piece[i];
		struct bindings_conflict conflict;

		if (x->class == VOLATILE_NONE)
			continue;
		enum bindings_result how = BINDINGS_KEPT;

		if (volatile_is_bound(x->class))
			how = bindings_meet(&c->bindings, x, y, &conflict);
		if (how == BINDINGS_FAILED) {
			c->error = -ENOMEM;
		} else if (how != BINDINGS_KEPT) {
			add_broken(c, b, x, y, how, &conflict);
		} else if (!same_bytes(x, y)) {
			count_masked(c, y);
			hidden = y;
		}
	}
	if (!hidden)
		return;
	c->totals.masked++;
	if (c->options.show_masked)
		compare_add(c, COMPARE_MASKED, b, a->value, a->len, b->value, b->len,
			    rules_row_text(c->options.rules, hidden->row));
}

static void
add_changed(struct compare *c, const struct field *a, const struct field *b)
{
	size_t before = c->item_count;

	compare_add(c, COMPARE_CHANGED, b, a->value, a->len, b->value, b->len, NULL);
	if (c->item_count == before || a->line)
		return;
	if (a->text && *a->text)
		c->items[before].a_text = copy(c, a->text, strlen(a->text));
	if (b->text && *b->text)
		c->items[before].b_text = copy(c, b->text, strlen(b->text));
}

static bool
same_value(const struct field *a, const struct field *b)
{
	return a->len == b->len && !memcmp(a->value, b->value, a->len);
}

void
compare_values(struct compare *c, size_t i, size_t k)
{
	struct rules *rules = c->options.rules;
	const struct field *a = &c->fields[0].field[i], *b = &c->fields[1].field[k];
	struct rules_at at_a = fields_at(&c->fields[0], i), at_b = fields_at(&c->fields[1], k);
	const struct rule *rule = c->have_ignore ? rules_find(rules, RULE_IGNORE, &at_b) : NULL;
	double number;

	if (rule)
		return;
	if (c->have_limit && (rule = rules_find(rules, RULE_LIMIT, &at_b)) &&
	    number_of(b, &number))
		compare_limit(c, rule, b->name, number);
	if (c->have_tolerance && (rule = rules_find(rules, RULE_TOLERANCE, &at_b)) &&
	    within_tolerance(c, rule, a, b) >= 0)
		return;
	rules_split(rules, &at_a, a->value, a->len, &c->pieces[0]);
	rules_split(rules, &at_b, b->value, b->len, &c->pieces[1]);
	if (c->pieces[0].failed || c->pieces[1].failed)
		c->error = -ENOMEM;
	else if (volatile_alike(&c->pieces[0], &c->pieces[1]))
		compare_pieces(c, a, b);
	else if (!same_value(a, b))
		add_changed(c, a, b);
}
