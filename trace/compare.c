/* SPDX-License-Identifier: MIT */
/*
 * compare - runs a comparison: read both sides, align, compare pair by pair.
 *
 * The root comes first, because the ids it holds bind the ids of all events.
 */
#include <config.h>

#include "trace/compare_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct compare *
compare_new(struct freb_file *a, struct freb_file *b, const struct compare_options *options)
{
	struct compare *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->options = *options;
	c->met = calloc(options->rules->count + 1, sizeof(*c->met));
	c->side[0].file = a;
	c->side[1].file = b;
	for (int s = 0; s < 2; s++) {
		quick_init(&c->side[s].quick, c->side[s].file);
		c->side[s].last_ms = INT64_MIN;
	}
	c->have_tolerance = rules_have(options->rules, RULE_TOLERANCE);
	c->have_limit = rules_have(options->rules, RULE_LIMIT);
	c->have_ignore = rules_have(options->rules, RULE_IGNORE);
	if (c->met)
		return c;
	compare_free(c);
	return NULL;
}

void
compare_free(struct compare *c)
{
	if (!c)
		return;
	for (int s = 0; s < 2; s++) {
		compare_side_done(&c->side[s]);
		fields_done(&c->fields[s]);
		volatile_done(&c->pieces[s]);
	}
	names_done(&c->keys);
	names_done(&c->ops);
	bindings_done(&c->bindings);
	compare_clear_items(c);
	free(c->items);
	free(c->met);
	free(c);
}

enum { INDEX_STEP = 1 << 20 };	/* bytes between two ticks */

struct tally {			/* items of a row by what they count as */
	size_t values;		/* differences that are no broken binding */
	size_t bindings;
};

static struct tally
tally(const struct compare *c)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < c->item_count; i++) {
		if (c->items[i].kind == COMPARE_BINDING)
			t.bindings++;
		else if (c->items[i].kind != COMPARE_MASKED)
			t.values++;
	}
	return t;
}

static int
tell(struct compare *c, compare_see *see, void *arg, enum compare_row_kind kind, size_t a,
     size_t b)
{
	const struct compare_row row = {
		.kind = kind, .a = a, .b = b, .items = c->items, .count = c->item_count,
	};

	if (c->error)
		return c->error;
	return see ? see(arg, &row) : 0;
}

static int
run_root(struct compare *c, compare_see *see, void *arg)
{
	compare_roots(c);
	for (size_t i = 0; i < c->item_count; i++) {
		if (c->items[i].kind == COMPARE_BINDING)
			c->totals.bindings++;
		else if (c->items[i].kind == COMPARE_REQUIRED)
			c->totals.required++;
		else if (c->items[i].kind != COMPARE_MASKED)
			c->totals.attributes++;
	}
	return tell(c, see, arg, COMPARE_ROOT, COMPARE_NONE, COMPARE_NONE);
}

static int
run_pair(struct compare *c, compare_see *see, void *arg, size_t a, size_t b)
{
	compare_events(c, a, b);
	struct tally t = tally(c);

	c->totals.bindings += t.bindings;
	c->totals.values += t.values;
	if (t.values)
		c->totals.changed++;
	if (!t.values && !t.bindings)
		c->totals.equal++;
	return tell(c, see, arg, t.values || t.bindings ? COMPARE_DIFFERENT : COMPARE_EQUAL, a, b);
}

static int
run_pairs(struct compare *c, const struct align *pairs, compare_see *see, void *arg)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < pairs->count; i++) {
		const struct align_pair *p = &pairs->pairs[i];

		if (i % 256 == 255 && (rc = compare_tick(c, 500, 1000, i, pairs->count)) != 0)
			break;
		if (p->a != ALIGN_NONE && p->b != ALIGN_NONE) {
			rc = run_pair(c, see, arg, c->side[0].order[p->a], c->side[1].order[p->b]);
			continue;
		}
		compare_clear_items(c);
		if (p->b == ALIGN_NONE) {
			c->totals.removed++;
			rc = tell(c, see, arg, COMPARE_REMOVED, c->side[0].order[p->a],
				  COMPARE_NONE);
		} else {
			c->totals.added++;
			rc = tell(c, see, arg, COMPARE_ADDED, COMPARE_NONE,
				  c->side[1].order[p->b]);
		}
	}
	return rc;
}

int
compare_tick(const struct compare *c, unsigned int from, unsigned int to, uint64_t done,
	     uint64_t of)
{
	if (!c->options.tick)
		return 0;
	return c->options.tick(c->options.tick_arg,
			       from + (unsigned int)(of ? (to - from) * done / of : 0));
}

/* Finds the events of a side. */
static int
index_side(struct compare *c, int side)
{
	const unsigned int from = side ? 250 : 0;
	struct freb_file *f = c->side[side].file;
	int rc = 0;

	if (!c->options.tick)
		return freb_index_all(f);
	while (!rc && (rc = freb_index(f, INDEX_STEP)) > 0)
		rc = compare_tick(c, from, from + 150, freb_indexed(f), freb_size(f));
	return rc;
}

int
compare_run(struct compare *c, compare_see *see, void *arg)
{
	struct align pairs = { 0 };
	int rc = 0;

	for (int s = 0; !rc && s < 2; s++) {
		rc = index_side(c, s);
		if (!rc)
			rc = compare_read_side(c, s);
		c->totals.events[s] = freb_count(c->side[s].file);
	}
	if (rc)
		return rc;
	const struct align_seq a = { c->side[0].key, c->side[0].op, c->side[0].count };
	const struct align_seq b = { c->side[1].key, c->side[1].op, c->side[1].count };

	rc = align_run(&a, &b, compare_shape, c, &pairs);
	c->totals.coarse = pairs.coarse;
	if (!rc)
		rc = run_root(c, see, arg);
	if (!rc)
		rc = run_pairs(c, &pairs, see, arg);
	align_done(&pairs);
	for (size_t i = 0; i < rules_rows(c->options.rules); i++)
		c->totals.masked_by += c->options.rules->masked[i] > 0;
	return rc;
}

const struct compare_totals *
compare_totals(const struct compare *c)
{
	return &c->totals;
}

bool
compare_is_equal(const struct compare_totals *t)
{
	return !t->attributes && !t->changed && !t->removed && !t->added && !t->bindings &&
	       !t->required;
}

const char *
compare_event_name(struct compare *c, int side, size_t index)
{
	const struct freb_event *e = freb_event(c->side[side].file, index);

	if (e && e->name)
		return e->name;
	const struct freb_entry *entry = freb_entry(c->side[side].file, index);
	const char *name = entry ? freb_opcode_name(c->side[side].file, entry->opcode) : NULL;

	return name ? name : "?";
}

static void
describe_pieces(struct compare *c, int side, const struct volatile_pieces *p, struct buf *out)
{
	bool whole = p->count == 1 && volatile_is_bound(p->piece[0].class) &&
		     bindings_number(&c->bindings, side, &p->piece[0]);

	if (!whole)
		buf_putc(out, '"');
	for (size_t i = 0; i < p->count; i++) {
		const struct volatile_piece *x = &p->piece[i];
		uint32_t n = 0;

		if (volatile_is_bound(x->class))
			n = bindings_number(&c->bindings, side, x);
		if (n)
			buf_putf(out, "{%s-%u}", volatile_name(x->class), n);
		else
			buf_put(out, x->at, x->len);
	}
	if (!whole)
		buf_putc(out, '"');
}

int
compare_describe(struct compare *c, int side, size_t index, bool only_key, struct buf *out)
{
	struct side *s = &c->side[side];
	const struct freb_event *e = freb_event(s->file, index);
	const struct freb_data *key = e ? compare_key(e) : NULL;
	struct fields f = FIELDS_INIT;
	struct volatile_pieces p = VOLATILE_PIECES_INIT;
	const char *between = "";

	if (!e)
		return -ENOMEM;
	fields_of_event(&f, s->file, e);
	for (size_t i = 0; i < f.count; i++) {
		const struct field *x = &f.field[i];

		if (x->place == VOLATILE_IN_SYSTEM || !strcmp(x->name, "ContextId") ||
		    (only_key && (!key || strcmp(x->name, key->name))))
			continue;
		struct rules_at at = fields_at(&f, i);

		rules_split(c->options.rules, &at, x->value, x->len, &p);
		buf_putf(out, "%s%s%s%s=", between, x->name, x->line ? ": " : "",
			 x->line ? x->header : "");
		describe_pieces(c, side, &p, out);
		between = ", ";
	}
	int rc = f.failed || p.failed ? -ENOMEM : out->error;

	fields_done(&f);
	volatile_done(&p);
	return rc;
}
