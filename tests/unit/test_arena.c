/* SPDX-License-Identifier: MIT */
/* test_arena - memory of one exchange: alignment, limits, reset. */
#include <config.h>

#include "core/base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
every_allocation_is_aligned_for_any_type(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	for (size_t size = 1; size < 100; size++) {
		void *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		memset(p, 0xff, size);
	}
	arena_done(&a);
}

static void
allocations_do_not_overlap(void **state)
{
	unsigned char *pieces[200];
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	for (int i = 0; i < 200; i++) {
		pieces[i] = arena_alloc(&a, 77);
		assert_non_null(pieces[i]);
		memset(pieces[i], i, 77);
	}
	for (int i = 0; i < 200; i++)
		for (int k = 0; k < 77; k++)
			assert_int_equal(pieces[i][k], i);
	arena_done(&a);
}

static void
cleared_memory_is_cleared_even_after_a_reset(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 0);
	memset(arena_alloc(&a, 500), 0xff, 500);
	arena_reset(&a);
	p = arena_zalloc(&a, 500);
	assert_non_null(p);
	for (int i = 0; i < 500; i++)
		assert_int_equal(p[i], 0);
	arena_done(&a);
}

static void
a_reset_keeps_the_first_block_only(void **state)
{
	struct arena a;
	size_t one;
	void *p;

	(void)state;
	arena_init(&a, 0);
	p = arena_alloc(&a, 10);
	one = a.total;
	for (int i = 0; i < 100; i++)
		assert_non_null(arena_alloc(&a, 1000));
	assert_true(a.total > one);
	arena_reset(&a);
	assert_int_equal(a.total, one);
	assert_ptr_equal(arena_alloc(&a, 10), p);
	arena_done(&a);
	assert_int_equal(a.total, 0);
}

static void
past_the_limit_there_is_nothing(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 20000);
	assert_null(arena_alloc(&a, 20001));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_non_null(arena_alloc(&a, 10000));
	assert_null(arena_alloc(&a, 15000));
	assert_true(a.total <= 20000);
	arena_done(&a);
}

static void
texts_are_copied_with_a_nul(void **state)
{
	char text[] = "abcdef";
	struct arena a;
	char *copy, *part;

	(void)state;
	arena_init(&a, 0);
	copy = arena_strdup(&a, text);
	part = arena_strndup(&a, text + 1, 3);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(copy, "abcdef");
	assert_string_equal(part, "bcd");
	assert_string_equal(arena_strndup(&a, "", 0), "");
	arena_done(&a);
}

static void
formatted_text_may_be_longer_than_a_block(void **state)
{
	struct arena a;
	char *text;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(arena_printf(&a, "%s:%d", "host", 443), "host:443");
	text = arena_printf(&a, "%9000d", 7);
	assert_non_null(text);
	assert_int_equal(strlen(text), 9000);
	assert_int_equal(text[8999], '7');
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_is_aligned_for_any_type),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(cleared_memory_is_cleared_even_after_a_reset),
		cmocka_unit_test(a_reset_keeps_the_first_block_only),
		cmocka_unit_test(past_the_limit_there_is_nothing),
		cmocka_unit_test(texts_are_copied_with_a_nul),
		cmocka_unit_test(formatted_text_may_be_longer_than_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
