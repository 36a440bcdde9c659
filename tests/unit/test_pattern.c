/* SPDX-License-Identifier: MIT */
/* test_pattern - wildcards and expressions of routing rules, captures, limits. */
#include <config.h>

#include "core/route/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum pattern_answer
answer_of(const char *pattern, bool wildcard, const char *text, struct captures *c)
{
	char *error = NULL;
	struct pattern *p = pattern_new(pattern, wildcard, true, &error);
	enum pattern_answer answer;

	assert_non_null(p);
	assert_null(error);
	answer = pattern_match(p, text, strlen(text), c);
	pattern_free(p);
	return answer;
}

static bool
matches(const char *pattern, bool wildcard, const char *text, struct captures *c)
{
	enum pattern_answer a = answer_of(pattern, wildcard, text, c);

	assert_int_not_equal(a, PATTERN_UNDECIDED);
	return a == PATTERN_YES;
}

static void
a_star_is_any_text_and_the_rest_is_itself(void **state)
{
	struct captures c;

	(void)state;
	assert_true(matches("/img/*/big.*", true, "/IMG/a/b/big.png", &c));
	assert_int_equal(c.count, 3);
	assert_true(slice_is(&c.part[0], "/IMG/a/b/big.png"));
	assert_true(slice_is(&c.part[1], "a/b"));
	assert_true(slice_is(&c.part[2], "png"));
	assert_false(matches("/img/*", true, "/a/img/b", NULL));
	assert_false(matches("/a.b", true, "/axb", NULL));
	assert_true(matches("/a+(b)?[c]|$^\\", true, "/a+(b)?[c]|$^\\", NULL));
	assert_false(matches("/img", true, "/img/", NULL));
	assert_true(matches("*", true, "", NULL));
	assert_true(matches("/\xc3\xa4*", true, "/\xc3\xa4\xff", NULL));
}

static void
an_expression_may_match_a_part_and_captures_groups(void **state)
{
	struct captures c;

	(void)state;
	assert_true(matches("^/shop/(\\d+)(/x)?", false, "/shop/17/y", &c));
	assert_true(slice_is(&c.part[1], "17"));
	assert_true(c.count < 3 || c.part[2].len == 0);
	assert_false(matches("^/shop/(\\d+)$", false, "/shop/17/y", NULL));
	assert_true(matches("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", false, "abcdefghijk", &c));
	assert_int_equal(c.count, CAPTURES_MAX);
}

static void
a_pattern_that_would_take_for_ever_is_undecided(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 2] = '!'; /* a letter that is not there would be missed at once */
	text[sizeof(text) - 1] = '\0';
	assert_false(matches("^(a+)+$|^(a|aa)+b", false, "", NULL));
	assert_int_equal(answer_of("^(a+)+$", false, text, NULL), PATTERN_UNDECIDED);
	assert_int_equal(answer_of("*a*a*a*a*a*b*!", true, text, NULL), PATTERN_UNDECIDED);
	assert_int_equal(answer_of("^(a|aa)+$", false, text, NULL), PATTERN_UNDECIDED);
}

static void
a_wrong_expression_is_explained(void **state)
{
	char *error = NULL;

	(void)state;
	assert_null(pattern_new("/a(", false, false, &error));
	assert_non_null(error);
	assert_non_null(strstr(error, "missing closing parenthesis, at byte 3"));
	free(error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_is_any_text_and_the_rest_is_itself),
		cmocka_unit_test(an_expression_may_match_a_part_and_captures_groups),
		cmocka_unit_test(a_pattern_that_would_take_for_ever_is_undecided),
		cmocka_unit_test(a_wrong_expression_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
