/* SPDX-License-Identifier: MIT */
/*
 * align_slide - of all places an unpaired run may have, the one where most of
 * the pairs around it have equal content.
 *
 * A run may move up by one when its last event has the key of the event before
 * it, and down when its first has the key of the event after it: the number of
 * pairs stays the same.  Content is asked for only where there is such a
 * choice, and only so often, so that a trace of equal events stays cheap.
 */
#include <config.h>

#include "trace/align_slide.h"

enum { STEPS_PER_RUN = 2000, STEPS_IN_ALL = 20000 };

struct run {			/* unpaired events of one side, the other side has none here */
	int side;
	size_t start, end;	/* of the run; end is paired with other, or both are at the end */
	size_t other;
	long left;		/* steps that may still be spent */
};

static bool
fits(const struct align_slide *s, const struct run *r, size_t mine, size_t other)
{
	return s->seq[r->side]->key[mine] == s->seq[!r->side]->key[other];
}

static int
same(const struct align_slide *s, const struct run *r, size_t mine, size_t other)
{
	return s->shape(s->arg, r->side, mine) == s->shape(s->arg, !r->side, other);
}

/* How far up pays most; *gain = pairs won. */
static size_t
best_up(const struct align_slide *s, struct run *r, long *gain)
{
	const bool *mine = s->only[r->side], *theirs = s->only[!r->side];
	size_t best = 0, n = 0;
	long sum = 0;

	*gain = 0;
	while (n < STEPS_PER_RUN && r->left > 0 && r->start > n && r->other > n &&
	       !mine[r->start - n - 1] && !theirs[r->other - n - 1] &&
	       fits(s, r, r->end - n - 1, r->other - n - 1)) {
		sum += same(s, r, r->end - n - 1, r->other - n - 1) -
		       same(s, r, r->start - n - 1, r->other - n - 1);
		n++;
		r->left--;
		if (sum > *gain) {
			*gain = sum;
			best = n;
		}
	}
	return best;
}

static size_t
best_down(const struct align_slide *s, struct run *r, long *gain)
{
	const bool *mine = s->only[r->side], *theirs = s->only[!r->side];
	size_t best = 0, n = 0;
	long sum = 0;

	*gain = 0;
	while (n < STEPS_PER_RUN && r->left > 0 && r->end + n < s->seq[r->side]->count &&
	       r->other + n < s->seq[!r->side]->count && !mine[r->end + n] &&
	       !theirs[r->other + n] && fits(s, r, r->start + n, r->other + n)) {
		sum += same(s, r, r->start + n, r->other + n) -
		       same(s, r, r->end + n, r->other + n);
		n++;
		r->left--;
		if (sum > *gain) {
			*gain = sum;
			best = n;
		}
	}
	return best;
}

/* Moves the run; returns how many events it went down. */
static size_t
slide_run(const struct align_slide *s, struct run *r)
{
	long gain_up, gain_down;
	size_t up = best_up(s, r, &gain_up), down = best_down(s, r, &gain_down);
	bool *only = s->only[r->side];

	if (gain_up > 0 && gain_up >= gain_down) {
		for (size_t i = 0; i < up; i++) {
			only[r->end - 1 - i] = false;
			only[r->start - 1 - i] = true;
		}
		return 0;
	}
	if (gain_down <= 0)
		return 0;
	for (size_t i = 0; i < down; i++) {
		only[r->start + i] = false;
		only[r->end + i] = true;
	}
	return down;
}

void
align_slide(const struct align_slide *s)
{
	size_t at[2] = { 0, 0 }, end[2];
	long left = STEPS_IN_ALL;

	while (at[0] < s->seq[0]->count || at[1] < s->seq[1]->count) {
		for (int k = 0; k < 2; k++) {
			end[k] = at[k];
			while (end[k] < s->seq[k]->count && s->only[k][end[k]])
				end[k]++;
		}
		size_t down = 0;

		if ((end[0] > at[0]) != (end[1] > at[1])) {
			int side = end[1] > at[1];
			struct run r = { side, at[side], end[side], end[!side], left };

			down = slide_run(s, &r);
			left = r.left;
		}
		at[0] = end[0] + down + 1;
		at[1] = end[1] + down + 1;
	}
}
