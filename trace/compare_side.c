/* SPDX-License-Identifier: MIT */
/*
 * compare_side - reads one trace for comparison and makes its keys.
 *
 * The key of an event is its provider, its name and the first present of
 * ModuleName, RuleName, FilterName and HeaderName.  Events that rules drop are
 * left out of the order; runs that a rule calls unordered are sorted, so that
 * two such runs with the same events look the same.
 */
#include <config.h>

#include "trace/compare_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct freb_data *
compare_key(const struct freb_event *e)
{
	static const char *const names[] = { "ModuleName", "RuleName", "FilterName", "HeaderName" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct freb_data *d = freb_data_get(e, names[i]);

		if (d)
			return d;
	}
	return NULL;
}

static uint32_t
op_of(struct compare *c, const struct freb_event *e)
{
	char text[80];

	if (e->name)
		return names_add(&c->ops, e->name, strlen(e->name));
	snprintf(text, sizeof(text), "#%.30s/%.30s", e->event_id ? e->event_id : "",
		 e->opcode ? e->opcode : "");
	return names_add(&c->ops, text, strlen(text));
}

static uint32_t
key_of(struct compare *c, const struct freb_event *e, uint32_t op, struct buf *text)
{
	const struct freb_data *d = compare_key(e);

	/* \x01 stands in no XML, so the parts cannot run into each other. */
	buf_reset(text);
	buf_putf(text, "%u\x01%s", op, e->provider ? e->provider : "");
	if (d && d->value)
		buf_putf(text, "\x01%s", d->value);
	return text->error ? 0 : names_add(&c->keys, text->data, text->len);
}

static void
note_required(struct compare *c, const struct condition_subject *s)
{
	struct rules *rules = c->options.rules;

	for (size_t i = 0; i < rules->count; i++) {
		struct rule *u = &rules->rule[i];

		if (u->kind != RULE_REQUIRE || c->met[i] ||
		    (u->when && !condition_holds(u->when, s)) || !condition_holds(u->what, s))
			continue;
		c->met[i] = true;
		u->used++;
	}
}

struct reading {		/* one side while it is read */
	struct compare *c;
	int side;
	struct buf text;	/* scratch of key_of */
	const struct rule **run;	/* per event taken: the unordered rule it meets, or NULL */
	bool ignoring, requiring;
};

static int
read_event(struct reading *r, size_t index)
{
	struct compare *c = r->c;
	struct side *s = &c->side[r->side];
	const struct freb_event *e = quick_event(&s->quick, index);
	struct condition_subject subject = { s->file, e };

	if (!e)
		return -ENOMEM;
	if (r->ignoring && rules_find_event(c->options.rules, RULE_IGNORE_EVENT, &subject))
		return 0;
	if (r->requiring)
		note_required(c, &subject);
	if (r->run)
		r->run[s->count] = rules_find_event(c->options.rules, RULE_UNORDERED, &subject);
	uint32_t op = op_of(c, e), key = op ? key_of(c, e, op, &r->text) : 0;

	if (!key)
		return -ENOMEM;
	s->order[s->count] = index;
	s->op[s->count] = op;
	s->key[s->count++] = key;
	return 0;
}

struct sorted {			/* one event of an unordered run */
	uint32_t key, op;
	uint64_t shape;
	size_t index;
};

static int
by_content(const void *x, const void *y)
{
	const struct sorted *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->shape != b->shape)
		return a->shape < b->shape ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int
sort_run(struct compare *c, int side, size_t from, size_t to)
{
	struct side *s = &c->side[side];
	struct sorted *run = malloc((to - from) * sizeof(*run));

	if (!run)
		return -ENOMEM;
	for (size_t i = from; i < to; i++)
		run[i - from] = (struct sorted){ s->key[i], s->op[i],
						 compare_shape(c, side, i), s->order[i] };
	qsort(run, to - from, sizeof(*run), by_content);
	for (size_t i = from; i < to; i++) {
		s->key[i] = run[i - from].key;
		s->op[i] = run[i - from].op;
		s->order[i] = run[i - from].index;
	}
	free(run);
	return 0;
}

static int
sort_runs(const struct reading *r)
{
	size_t count = r->c->side[r->side].count, end;
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i = end) {
		end = i + 1;
		if (!r->run[i])
			continue;
		while (end < count && r->run[end] == r->run[i])
			end++;
		if (end - i > 1)
			rc = sort_run(r->c, r->side, i, end);
	}
	return rc;
}

int
compare_read_side(struct compare *c, int side)
{
	struct side *s = &c->side[side];
	size_t n = freb_count(s->file);
	struct reading r = {
		.c = c, .side = side,
		.ignoring = rules_have(c->options.rules, RULE_IGNORE_EVENT),
		.requiring = side && rules_have(c->options.rules, RULE_REQUIRE),
	};
	int rc = 0;

	s->order = malloc((n + 1) * sizeof(*s->order));
	s->key = malloc((n + 1) * sizeof(*s->key));
	s->op = malloc((n + 1) * sizeof(*s->op));
	if (rules_have(c->options.rules, RULE_UNORDERED)) {
		r.run = calloc(n + 1, sizeof(*r.run));
		rc = r.run ? 0 : -ENOMEM;
	}
	if (!s->order || !s->key || !s->op)
		rc = -ENOMEM;
	for (size_t i = 0; !rc && i < n; i++) {
		rc = read_event(&r, i);
		if (!rc && i % 256 == 255)
			rc = compare_tick(c, side ? 400 : 150, side ? 500 : 250, i, n);
	}
	if (!rc && r.run)
		rc = sort_runs(&r);
	buf_done(&r.text);
	free(r.run);
	return rc;
}

static uint64_t
hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

static uint64_t
field_shape(struct compare *c, struct fields *f, size_t i)
{
	const struct field *x = &f->field[i];
	struct rules_at at = fields_at(f, i);
	uint64_t h = hash(14695981039346656037u, x->name, strlen(x->name));

	if (c->have_ignore && rules_find(c->options.rules, RULE_IGNORE, &at))
		return 0;
	if (x->header)
		h = hash(h, x->header, strlen(x->header));
	rules_split(c->options.rules, &at, x->value, x->len, &c->pieces[0]);
	for (size_t p = 0; p < c->pieces[0].count; p++) {
		const struct volatile_piece *piece = &c->pieces[0].piece[p];

		h = hash(h, &piece->class, sizeof(piece->class));
		if (piece->class == VOLATILE_NONE)
			h = hash(h, piece->at, piece->len);
	}
	return h * 0x9E3779B97F4A7C15u ^ h >> 29;
}

uint64_t
compare_shape(void *compare, int side, size_t at)
{
	struct compare *c = compare;
	struct side *s = &c->side[side];
	const struct freb_event *e = quick_event(&s->quick, s->order[at]);
	uint64_t sum = 0;

	if (!e)
		return 0;
	fields_of_event(&c->fields[side], s->file, e);
	/* A sum: the order of Data does not matter. */
	for (size_t i = 0; i < c->fields[side].count; i++)
		sum += field_shape(c, &c->fields[side], i);
	return e->level ? hash(sum, e->level, strlen(e->level)) : sum;
}

void
compare_side_done(struct side *s)
{
	quick_done(&s->quick);
	free(s->order);
	free(s->key);
	free(s->op);
}
