/* SPDX-License-Identifier: MIT */
/*
 * test_align - pairing two sequences: as many pairs as possible when that is
 * affordable, every event exactly once in any case.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trace/align.h"

static size_t
longest_common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
	static size_t t[64][64];

	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k <= m; k++)
			if (!i || !k)
				t[i][k] = 0;
			else if (a[i - 1] == b[k - 1])
				t[i][k] = t[i - 1][k - 1] + 1;
			else
				t[i][k] = t[i - 1][k] > t[i][k - 1] ? t[i - 1][k] : t[i][k - 1];
	return t[n][m];
}

static void
alignment_pairs_as_many_events_as_possible(void **state)
{
	uint32_t a[48], b[48], alone_a[48], alone_b[48], seed = 12345;

	(void)state;
	for (uint32_t i = 0; i < 48; i++) {
		alone_a[i] = 1000 + i;	/* opcodes never pair */
		alone_b[i] = 2000 + i;
	}
	for (int round = 0; round < 3000; round++) {
		size_t count[2], pairs = 0, next[2] = { 0, 0 };

		for (int s = 0; s < 2; s++) {
			seed = seed * 1664525 + 1013904223;
			count[s] = (seed >> 16) % 48;
		}
		for (size_t i = 0; i < 48; i++) {
			seed = seed * 1664525 + 1013904223;
			a[i] = (seed >> 16) % (2 + (uint32_t)round % 7);
			b[i] = (seed >> 24) % (2 + (uint32_t)round % 7);
		}
		const struct align_seq x = { a, alone_a, count[0] }, y = { b, alone_b, count[1] };
		struct align out;

		assert_int_equal(align_run(&x, &y, NULL, NULL, &out), 0);
		assert_false(out.coarse);
		for (size_t i = 0; i < out.count; i++) {
			const struct align_pair *p = &out.pairs[i];

			if (p->a != ALIGN_NONE)
				assert_int_equal(p->a, next[0]++);
			if (p->b != ALIGN_NONE)
				assert_int_equal(p->b, next[1]++);
			if (p->a == ALIGN_NONE || p->b == ALIGN_NONE)
				continue;
			assert_int_equal(a[p->a], b[p->b]);
			pairs++;
		}
		assert_int_equal(next[0], count[0]);
		assert_int_equal(next[1], count[1]);
		assert_int_equal(pairs, longest_common(a, count[0], b, count[1]));
		align_done(&out);
	}
}

static void
shuffled_events_hit_the_cost_cap_and_all_stay_there(void **state)
{
	enum { N = 40000 };
	uint32_t *a = malloc(N * sizeof(*a)), *b = malloc(N * sizeof(*b)), seed = 7;
	size_t seen[2] = { 0, 0 };
	struct align out;

	(void)state;
	assert_true(a && b);
	for (size_t i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223;
		a[i] = (seed >> 16) % 400;
		seed = seed * 1664525 + 1013904223;
		b[i] = (seed >> 16) % 400;
	}
	const struct align_seq x = { a, a, N }, y = { b, b, N };

	assert_int_equal(align_run(&x, &y, NULL, NULL, &out), 0);
	assert_true(out.coarse);
	for (size_t i = 0; i < out.count; i++) {
		seen[0] += out.pairs[i].a != ALIGN_NONE;
		seen[1] += out.pairs[i].b != ALIGN_NONE;
	}
	assert_int_equal(seen[0], N);
	assert_int_equal(seen[1], N);
	align_done(&out);
	free(a);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alignment_pairs_as_many_events_as_possible),
		cmocka_unit_test(shuffled_events_hit_the_cost_cap_and_all_stay_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
