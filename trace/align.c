/* SPDX-License-Identifier: MIT */
/*
 * align - Myers' algorithm, divide and conquer, with a cost cap.
 *
 * Two passes: over keys, then, inside each block that has both removed and
 * added events, over opcodes.  Events whose key the other side never has are
 * set aside first: they are unpaired in every script, and without them two
 * traces with nothing in common cost nothing.  align_slide.c tidies runs.
 */
#include <config.h>

#include "trace/align.h"
#include "trace/align_slide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Edits one search for a middle may try; beyond, the farthest point found is
 * taken.  A search costs the square of it, so once all searches together have
 * cost COST_BUDGET steps the cap is low.
 */
enum { COST_CAP = 3000, COST_CAP_LOW = 256, COST_BUDGET = 100000000 };

struct lcs {
	const uint32_t *a;	/* compared values */
	const uint32_t *b;
	const size_t *a_at;	/* where they stand in the whole sequence */
	const size_t *b_at;
	bool *a_only;		/* result, by place in the whole sequence */
	bool *b_only;
	ptrdiff_t *forward;	/* farthest a reached on diagonal a - b, from the start */
	ptrdiff_t *backward;	/* the same, from the end */
	ptrdiff_t spent;	/* steps so far */
	bool coarse;
};

struct box {		/* a[a0..a1) against b[b0..b1) */
	ptrdiff_t a0, a1, b0, b1;
};

struct point {
	ptrdiff_t a, b;
};

/* One step of the search from the start; true when it met the other one. */
static bool
step_forward(struct lcs *l, const struct box *x, ptrdiff_t d, struct point *met)
{
	ptrdiff_t delta = (x->a1 - x->a0) - (x->b1 - x->b0), *f = l->forward;

	for (ptrdiff_t k = -d; k <= d; k += 2) {
		ptrdiff_t i = k == -d || (k != d && f[k - 1] < f[k + 1]) ? f[k + 1] : f[k - 1] + 1;

		if (i > x->a1 - x->a0)
			i = x->a1 - x->a0 + 1;	/* outside: never extended */
		while (i >= 0 && x->a0 + i < x->a1 && i - k >= 0 && x->b0 + i - k < x->b1 &&
		       l->a[x->a0 + i] == l->b[x->b0 + i - k])
			i++;
		f[k] = i;
		ptrdiff_t back = delta - k;

		if ((delta & 1) && back > -d && back < d &&
		    i + l->backward[back] >= x->a1 - x->a0 && i <= x->a1 - x->a0 &&
		    i - k >= 0 && i - k <= x->b1 - x->b0) {
			*met = (struct point){ x->a0 + i, x->b0 + i - k };
			return true;
		}
	}
	return false;
}

static bool
step_backward(struct lcs *l, const struct box *x, ptrdiff_t d, struct point *met)
{
	ptrdiff_t delta = (x->a1 - x->a0) - (x->b1 - x->b0), *r = l->backward;

	for (ptrdiff_t k = -d; k <= d; k += 2) {
		ptrdiff_t i = k == -d || (k != d && r[k - 1] < r[k + 1]) ? r[k + 1] : r[k - 1] + 1;

		if (i > x->a1 - x->a0)
			i = x->a1 - x->a0 + 1;
		while (i >= 0 && x->a0 + i < x->a1 && i - k >= 0 && x->b0 + i - k < x->b1 &&
		       l->a[x->a1 - 1 - i] == l->b[x->b1 - 1 - (i - k)])
			i++;
		r[k] = i;
		ptrdiff_t front = delta - k;

		if (!(delta & 1) && front >= -d && front <= d &&
		    i + l->forward[front] >= x->a1 - x->a0 && i <= x->a1 - x->a0 &&
		    i - k >= 0 && i - k <= x->b1 - x->b0) {
			*met = (struct point){ x->a1 - i, x->b1 - (i - k) };
			return true;
		}
	}
	return false;
}

/* The cap was hit: the point that left most of both sides behind. */
static struct point
farthest(const struct lcs *l, const struct box *x, ptrdiff_t d)
{
	struct point best = { x->a0, x->b0 };
	ptrdiff_t sum = 0, n = x->a1 - x->a0, m = x->b1 - x->b0;

	for (ptrdiff_t k = -d; k <= d; k += 2) {
		ptrdiff_t i = l->forward[k];

		if (i > n || i - k < 0 || i - k > m || i + (i - k) <= sum)
			continue;
		sum = i + (i - k);
		best = (struct point){ x->a0 + i, x->b0 + i - k };
	}
	if (sum)
		return best;
	return (struct point){ x->a0 + (n > 0), x->b0 + (n <= 0) };
}

static struct point
middle(struct lcs *l, const struct box *x)
{
	ptrdiff_t most = (x->a1 - x->a0 + x->b1 - x->b0 + 1) / 2;
	ptrdiff_t cap = l->spent < COST_BUDGET ? COST_CAP : COST_CAP_LOW;
	struct point met;

	l->forward[1] = 0;
	l->backward[1] = 0;
	for (ptrdiff_t d = 0; d <= most; d++) {
		if (step_forward(l, x, d, &met) || step_backward(l, x, d, &met))
			return met;
		l->spent += 2 * d + 2;
		if (d == cap) {
			l->coarse = true;
			return farthest(l, x, d);
		}
	}
	return (struct point){ x->a1, x->b0 };	/* not reached: the searches meet by then */
}

static void
mark(struct lcs *l, const struct box *x)
{
	for (ptrdiff_t i = x->a0; i < x->a1; i++)
		l->a_only[l->a_at[i]] = true;
	for (ptrdiff_t i = x->b0; i < x->b1; i++)
		l->b_only[l->b_at[i]] = true;
}

static void
solve(struct lcs *l, struct box x)
{
	for (;;) {
		while (x.a0 < x.a1 && x.b0 < x.b1 && l->a[x.a0] == l->b[x.b0])
			x.a0++, x.b0++;
		while (x.a0 < x.a1 && x.b0 < x.b1 && l->a[x.a1 - 1] == l->b[x.b1 - 1])
			x.a1--, x.b1--;
		if (x.a0 == x.a1 || x.b0 == x.b1) {
			mark(l, &x);
			return;
		}
		struct point p = middle(l, &x);

		if ((p.a == x.a0 && p.b == x.b0) || (p.a == x.a1 && p.b == x.b1)) {
			l->coarse = true;	/* no progress: better a long script than none */
			mark(l, &x);
			return;
		}
		struct box first = { x.a0, p.a, x.b0, p.b }, last = { p.a, x.a1, p.b, x.b1 };

		/* Recursion on the smaller part keeps the stack logarithmic. */
		if (p.a - x.a0 + p.b - x.b0 < x.a1 - p.a + x.b1 - p.b) {
			solve(l, first);
			x = last;
		} else {
			solve(l, last);
			x = first;
		}
	}
}

/* Pairs a[0..n) with b[0..m); marks what stays alone.  Scratch is allocated here. */
static int
lcs_run(struct lcs *l, size_t n, size_t m)
{
	ptrdiff_t reach = (ptrdiff_t)((n + m + 1) / 2);

	if (reach > COST_CAP)
		reach = COST_CAP;
	size_t width = 2 * (size_t)reach + 5;
	ptrdiff_t *room = malloc(2 * width * sizeof(*room));

	if (!room)
		return -ENOMEM;
	l->forward = room + reach + 2;
	l->backward = room + width + reach + 2;
	solve(l, (struct box){ 0, (ptrdiff_t)n, 0, (ptrdiff_t)m });
	free(room);
	return 0;
}

struct work {			/* what align_run needs besides its result */
	const struct align_seq *seq[2];
	bool *only[2];		/* per event: not paired */
	uint32_t *value[2];	/* of events still in play */
	size_t *at[2];		/* their places */
};

static int
work_init(struct work *w, const struct align_seq *a, const struct align_seq *b)
{
	w->seq[0] = a;
	w->seq[1] = b;
	for (int s = 0; s < 2; s++) {
		size_t n = w->seq[s]->count + 1;

		w->only[s] = calloc(n, sizeof(bool));
		w->value[s] = malloc(n * sizeof(uint32_t));
		w->at[s] = malloc(n * sizeof(size_t));
		if (!w->only[s] || !w->value[s] || !w->at[s])
			return -ENOMEM;
	}
	return 0;
}

static void
work_done(struct work *w)
{
	for (int s = 0; s < 2; s++) {
		free(w->only[s]);
		free(w->value[s]);
		free(w->at[s]);
	}
}

static uint32_t
highest(const struct align_seq *q)
{
	uint32_t most = 0;

	for (size_t i = 0; i < q->count; i++)
		if (q->key[i] > most)
			most = q->key[i];
	return most;
}

/* Events whose key the other side has: the only ones a script can pair. */
static int
shared_events(struct work *w, size_t count[2])
{
	uint32_t most = highest(w->seq[0]), more = highest(w->seq[1]);
	unsigned char *seen = calloc((size_t)(most > more ? most : more) + 1, 1);

	if (!seen)
		return -ENOMEM;
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < w->seq[s]->count; i++)
			seen[w->seq[s]->key[i]] |= (unsigned char)(1 << s);
	for (int s = 0; s < 2; s++) {
		count[s] = 0;
		for (size_t i = 0; i < w->seq[s]->count; i++) {
			uint32_t key = w->seq[s]->key[i];

			if (seen[key] == 3) {
				w->value[s][count[s]] = key;
				w->at[s][count[s]++] = i;
			} else {
				w->only[s][i] = true;
			}
		}
	}
	free(seen);
	return 0;
}

static int
pair_by_key(struct work *w, bool *coarse)
{
	size_t count[2];
	int rc = shared_events(w, count);
	struct lcs l = {
		.a = w->value[0], .b = w->value[1], .a_at = w->at[0], .b_at = w->at[1],
		.a_only = w->only[0], .b_only = w->only[1],
	};

	if (!rc)
		rc = lcs_run(&l, count[0], count[1]);
	*coarse |= l.coarse;
	return rc;
}

/* Clears the marks of a replaced block where opcodes are equal and in order. */
static int
pair_block(struct work *w, const size_t start[2], const size_t end[2], bool *coarse)
{
	size_t count[2];

	for (int s = 0; s < 2; s++) {
		count[s] = end[s] - start[s];
		for (size_t i = 0; i < count[s]; i++) {
			w->value[s][i] = w->seq[s]->op[start[s] + i];
			w->at[s][i] = start[s] + i;
			w->only[s][start[s] + i] = false;
		}
	}
	struct lcs l = {
		.a = w->value[0], .b = w->value[1], .a_at = w->at[0], .b_at = w->at[1],
		.a_only = w->only[0], .b_only = w->only[1],
	};
	int rc = lcs_run(&l, count[0], count[1]);

	*coarse |= l.coarse;
	return rc;
}

static int
pair_by_opcode(struct work *w, bool *coarse)
{
	size_t i[2] = { 0, 0 }, end[2];
	int rc = 0;

	while (!rc && (i[0] < w->seq[0]->count || i[1] < w->seq[1]->count)) {
		for (int s = 0; s < 2; s++) {
			end[s] = i[s];
			while (end[s] < w->seq[s]->count && w->only[s][end[s]])
				end[s]++;
		}
		if (end[0] > i[0] && end[1] > i[1])
			rc = pair_block(w, i, end, coarse);
		i[0] = end[0] + 1;	/* past the pair that ends the block */
		i[1] = end[1] + 1;
	}
	return rc;
}

static int
write_pairs(const struct work *w, struct align *out)
{
	size_t n = w->seq[0]->count, m = w->seq[1]->count, i = 0, j = 0;

	out->pairs = malloc((n + m + 1) * sizeof(*out->pairs));
	if (!out->pairs)
		return -ENOMEM;
	while (i < n || j < m) {
		struct align_pair p = { ALIGN_NONE, ALIGN_NONE };

		if (i < n && w->only[0][i])
			p.a = i++;
		else if (j < m && w->only[1][j])
			p.b = j++;
		else
			p = (struct align_pair){ i++, j++ };
		out->pairs[out->count++] = p;
	}
	return 0;
}

int
align_run(const struct align_seq *a, const struct align_seq *b, align_shape *shape, void *arg,
	  struct align *out)
{
	struct work w = { 0 };
	int rc = work_init(&w, a, b);

	*out = (struct align){ 0 };
	if (!rc)
		rc = pair_by_key(&w, &out->coarse);
	if (!rc && shape) {
		const struct align_slide slide = { { a, b }, { w.only[0], w.only[1] }, shape, arg };

		align_slide(&slide);
	}
	if (!rc)
		rc = pair_by_opcode(&w, &out->coarse);
	if (!rc)
		rc = write_pairs(&w, out);
	work_done(&w);
	return rc;
}

void
align_done(struct align *out)
{
	free(out->pairs);
	*out = (struct align){ 0 };
}
