/* SPDX-License-Identifier: MIT */
/*
 * Keys, the action table and the line editor.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "viewer/actions.h"
#include "viewer/prompt.h"

static uint32_t
key_of(const char *name)
{
	uint32_t key = KEYS_NONE;

	return keys_parse(&name, &key) ? key : KEYS_NONE;
}

static void
key_names_are_read_as_they_are_written(void **state)
{
	static const uint32_t keys[] = { 'j', '?', '\\', '|', ' ', KEYS_UP, KEYS_PAGE_DOWN,
					 KEYS_F1, KEYS_F12, KEYS_ESC, KEYS_ENTER, 4, 0xE9,
					 KEYS_BACKSPACE };
	char name[KEYS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		keys_name(keys[i], name);
		assert_int_equal(key_of(name), keys[i]);
	}
	assert_int_equal(key_of("Ctrl-D"), 4);
	assert_int_equal(key_of("Nonsense"), KEYS_NONE);
	assert_int_equal(key_of("F13"), KEYS_NONE);
	assert_int_equal(key_of(""), KEYS_NONE);
}

static void
every_key_of_the_table_exists_and_is_bound_once_per_place(void **state)
{
	const char *wrong = actions_check();

	(void)state;
	if (wrong)
		fail_msg("%s", wrong);
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		char name[ACTION_NAME_MAX];

		action_name(a, name);
		assert_int_equal(action_of_name(name), a);
	}
}

static void
a_key_does_what_its_place_says(void **state)
{
	(void)state;
	assert_null(actions_check());
	assert_int_equal(action_of_key('v', IN_LIST), ACT_reverse);
	assert_int_equal(action_of_key('v', IN_DETAILS), ACT_whole);
	assert_int_equal(action_of_key('F', IN_LIST), ACT_follow);
	assert_int_equal(action_of_key('F', IN_DETAILS), ACT_NONE);
	assert_int_equal(action_of_key('j', IN_HELP), ACT_down);
}

static void
the_help_of_a_place_names_only_what_works_there(void **state)
{
	const char *keys, *help;
	bool sort = false, problem = false;

	(void)state;
	for (size_t i = 0; action_help(IN_LIST, i, &keys, &help); i++) {
		sort |= strcmp(keys, "O") == 0;
		problem |= strcmp(keys, "e") == 0;
	}
	assert_true(sort);
	assert_false(problem);
}

static void
keys_of_the_user_are_bound_where_they_are_free(void **state)
{
	(void)state;
	assert_null(actions_check());
	assert_string_equal(actions_bind(ACT_next_problem, 'n'), "search-next");
	assert_int_equal(action_of_key('n', IN_COMPACT), ACT_search_next);
	assert_true(actions_unbind('n'));
	assert_false(actions_unbind('n'));
	assert_null(actions_bind(ACT_next_problem, 'n'));
	assert_int_equal(action_of_key('n', IN_COMPACT), ACT_next_problem);
	assert_int_equal(action_of_key('n', IN_LIST), ACT_NONE);
	assert_string_equal(action_keys(ACT_next_problem), "e n");
	assert_string_equal(action_keys(ACT_search_next), ":search-next");
	/* v is reverse in the list and whole in a trace: both are asked. */
	assert_string_equal(actions_bind(ACT_mark, 'v'), "whole");
	assert_null(actions_check());
	assert_int_equal(action_of_key('n', IN_COMPACT), ACT_search_next);
	assert_string_equal(action_keys(ACT_page_down), "PgDn Space");
}

static void
a_table_of_bindings_that_is_full_says_so(void **state)
{
	const char *wrong = NULL;

	(void)state;
	assert_null(actions_check());
	for (uint32_t key = 0x4E00; !wrong && key < 0x4E00 + 1000; key++)
		wrong = actions_bind(ACT_down, key);
	assert_string_equal(wrong, "");
	assert_null(actions_check());
}

/* ---- the line editor ---- */

static void
type(struct prompt *p, const char *text)
{
	for (; *text; text++)
		assert_int_equal(prompt_key(p, (unsigned char)*text), PROMPT_CHANGED);
}

static void
text_is_edited_by_characters_not_bytes(void **state)
{
	struct prompt p = { 0 };

	(void)state;
	prompt_open(&p, NULL, NULL);
	type(&p, "ab");
	assert_int_equal(prompt_key(&p, 0x65E5), PROMPT_CHANGED);
	assert_string_equal(buf_text(&p.text), "ab\xE6\x97\xA5");
	assert_int_equal(prompt_key(&p, KEYS_LEFT), PROMPT_GOING);
	type(&p, "c");
	assert_string_equal(buf_text(&p.text), "abc\xE6\x97\xA5");
	prompt_key(&p, KEYS_RIGHT);
	prompt_key(&p, KEYS_BACKSPACE);
	assert_string_equal(buf_text(&p.text), "abc");
	prompt_key(&p, KEYS_HOME);
	prompt_key(&p, KEYS_DELETE);
	assert_string_equal(buf_text(&p.text), "bc");
	prompt_close(&p, false);
}

static void
words_and_lines_are_erased(void **state)
{
	struct prompt p = { 0 };

	(void)state;
	prompt_open(&p, "one two  three", NULL);
	prompt_key(&p, 23);
	assert_string_equal(buf_text(&p.text), "one two  ");
	prompt_key(&p, 23);
	assert_string_equal(buf_text(&p.text), "one ");
	prompt_key(&p, 21);
	assert_string_equal(buf_text(&p.text), "");
	assert_int_equal(prompt_key(&p, KEYS_BACKSPACE), PROMPT_GONE);
	prompt_close(&p, false);
}

static void
the_history_comes_back_and_the_draft_too(void **state)
{
	struct prompt_history h = { { NULL }, 0 };
	struct prompt p = { 0 };

	(void)state;
	prompt_open(&p, "first", &h);
	assert_int_equal(prompt_key(&p, KEYS_ENTER), PROMPT_DONE);
	prompt_close(&p, true);
	prompt_open(&p, "second", &h);
	prompt_close(&p, true);
	prompt_open(&p, "draft", &h);
	prompt_key(&p, KEYS_UP);
	assert_string_equal(buf_text(&p.text), "second");
	prompt_key(&p, KEYS_UP);
	assert_string_equal(buf_text(&p.text), "first");
	assert_int_equal(prompt_key(&p, KEYS_UP), PROMPT_GOING);
	prompt_key(&p, KEYS_DOWN);
	prompt_key(&p, KEYS_DOWN);
	assert_string_equal(buf_text(&p.text), "draft");
	assert_int_equal(prompt_key(&p, KEYS_ESC), PROMPT_GONE);
	prompt_close(&p, false);
	prompt_history_done(&h);
}

static const char *
words(void *data, const char *start, size_t len, size_t i)
{
	static const char *const all[] = { "next-problem", "next-warning", "mark" };

	(void)data;
	for (size_t k = 0; k < 3; k++) {
		if (strncmp(all[k], start, len) == 0 && i-- == 0)
			return all[k];
	}
	return NULL;
}

static void
tab_completes_as_far_as_the_words_agree(void **state)
{
	struct prompt p = { 0 };

	(void)state;
	prompt_open(&p, "n", NULL);
	p.complete = words;
	prompt_key(&p, KEYS_TAB);
	assert_string_equal(buf_text(&p.text), "next-");
	type(&p, "p");
	prompt_key(&p, KEYS_TAB);
	assert_string_equal(buf_text(&p.text), "next-problem");
	assert_int_equal(prompt_key(&p, KEYS_TAB), PROMPT_GOING);
	prompt_close(&p, false);
}

static void
a_line_has_a_limit(void **state)
{
	struct prompt p = { 0 };

	(void)state;
	prompt_open(&p, NULL, NULL);
	for (int i = 0; i < 2 * PROMPT_MAX; i++)
		prompt_key(&p, 'x');
	assert_true(p.text.len <= PROMPT_MAX);
	assert_int_equal(p.at, p.text.len);
	prompt_close(&p, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_names_are_read_as_they_are_written),
		cmocka_unit_test(every_key_of_the_table_exists_and_is_bound_once_per_place),
		cmocka_unit_test(a_key_does_what_its_place_says),
		cmocka_unit_test(the_help_of_a_place_names_only_what_works_there),
		cmocka_unit_test(keys_of_the_user_are_bound_where_they_are_free),
		cmocka_unit_test(a_table_of_bindings_that_is_full_says_so),
		cmocka_unit_test(text_is_edited_by_characters_not_bytes),
		cmocka_unit_test(words_and_lines_are_erased),
		cmocka_unit_test(the_history_comes_back_and_the_draft_too),
		cmocka_unit_test(tab_completes_as_far_as_the_words_agree),
		cmocka_unit_test(a_line_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
