/* SPDX-License-Identifier: MIT */
/* test_cell - untrusted text made safe, its width, cutting and wrapping. */
#include <config.h>

#include "viewer/cell.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static const char *
safe(const char *text, enum cell_form form)
{
	buf_reset(&out);
	cell_puts(&out, text, form);
	return buf_text(&out);
}

static int
in_utf8(void **state)
{
	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	cell_setup(false);
	return 0;
}

static int
in_ascii(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	cell_setup(false);
	return 0;
}

static int
done(void **state)
{
	(void)state;
	buf_done(&out);
	return 0;
}

static void
plain_text_stays_as_it_is(void **state)
{
	(void)state;
	assert_true(cell_is_utf8());
	assert_string_equal(safe("GET /a?b=1 ~", CELL_ROW), "GET /a?b=1 ~");
	assert_string_equal(safe("Gr\xC3\xBC\xC3\x9F\x65 \xE6\x97\xA5", CELL_ROW),
			    "Gr\xC3\xBC\xC3\x9F\x65 \xE6\x97\xA5");
	assert_string_equal(safe(NULL, CELL_ROW), "");
}

static void
control_characters_become_visible(void **state)
{
	(void)state;
	assert_string_equal(safe("\033[2J\007\177", CELL_ROW), "^[[2J^G^?");
	assert_string_equal(safe("a\nb\rc\td", CELL_ROW), "a\\nb\\rc\\td");
	assert_string_equal(safe("\xC2\x9B\xC2\x80", CELL_ROW), "\\x9B\\x80");
	buf_reset(&out);
	cell_put(&out, "a\0b", 3, CELL_ROW);
	assert_string_equal(buf_text(&out), "a^@b");
}

static void
bidi_and_zero_width_controls_are_named(void **state)
{
	(void)state;
	assert_string_equal(safe("a\xE2\x80\xAE" "b", CELL_ROW), "a<U+202E>b");
	assert_string_equal(safe("\xE2\x80\x8B\xEF\xBB\xBF\xE2\x81\xA6", CELL_DETAIL),
			    "<U+200B><U+FEFF><U+2066>");
	assert_string_equal(safe("\xF3\xA0\x80\x81", CELL_TSV), "<U+E0001>");
}

static void
bytes_that_are_no_utf8_become_replacement_characters(void **state)
{
	(void)state;
	assert_string_equal(safe("a\xFFz", CELL_ROW), "a\xEF\xBF\xBDz");
	assert_string_equal(safe("\xC0\xAF", CELL_ROW), "\xEF\xBF\xBD\xEF\xBF\xBD");
	/* a surrogate, an overlong form, a cut character */
	assert_string_equal(safe("\xED\xA0\x80", CELL_ROW),
			    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_string_equal(safe("\xE2\x82", CELL_ROW), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void
what_the_locale_cannot_measure_is_replaced(void **state)
{
	(void)state;
	/* U+0378 is not assigned */
	assert_string_equal(safe("\xCD\xB8", CELL_ROW), "\xEF\xBF\xBD");
	assert_string_equal(safe("\xCD\xB8", CELL_TSV), "\xCD\xB8");
}

static void
tsv_doubles_the_backslash(void **state)
{
	(void)state;
	assert_string_equal(safe("C:\\x\ty\n", CELL_TSV), "C:\\\\x\\ty\\n");
	assert_string_equal(safe("C:\\x", CELL_ROW), "C:\\x");
}

static void
an_ascii_locale_gets_ascii_only(void **state)
{
	(void)state;
	assert_false(cell_is_utf8());
	assert_string_equal(safe("\xC3\xBC \xE6\x97\xA5", CELL_ROW), "? ?");
	assert_string_equal(safe("\xC3\xBC \xE6\x97\xA5", CELL_DETAIL), "\\u{FC} \\u{65E5}");
	assert_string_equal(safe("\xFF\xC2\x9B", CELL_DETAIL), "?\\x9B");
	assert_string_equal(safe("\xC3\xBC", CELL_TSV), "\xC3\xBC");
}

static void
the_ascii_switch_wins_over_the_locale(void **state)
{
	(void)state;
	cell_setup(true);
	assert_string_equal(safe("\xC3\xBC", CELL_ROW), "?");
	cell_setup(false);
}

static void
wide_and_combining_characters_are_measured(void **state)
{
	(void)state;
	assert_int_equal(cell_width("abc", 3), 3);
	assert_int_equal(cell_width("\xE6\x97\xA5", 3), 2);
	assert_int_equal(cell_width("e\xCC\x81", 3), 1);
}

static const char *
fit(const char *text, size_t columns, bool pad)
{
	buf_reset(&out);
	cell_fit(&out, text, strlen(text), columns, pad);
	return buf_text(&out);
}

static void
fitting_cuts_with_a_tilde_and_pads_with_blanks(void **state)
{
	(void)state;
	assert_string_equal(fit("abcdef", 6, true), "abcdef");
	assert_string_equal(fit("abcdef", 4, true), "abc~");
	assert_string_equal(fit("ab", 4, true), "ab  ");
	assert_string_equal(fit("ab", 4, false), "ab");
	assert_string_equal(fit("abc", 1, true), "~");
	assert_string_equal(fit("abc", 0, true), "");
}

static void
fitting_never_splits_a_wide_character(void **state)
{
	(void)state;
	assert_string_equal(fit("\xE6\x97\xA5\xE6\x9C\xAC", 3, true), "\xE6\x97\xA5~");
	assert_string_equal(fit("\xE6\x97\xA5\xE6\x9C\xAC", 2, true), "~ ");
	assert_int_equal(cell_skip("\xE6\x97\xA5\xE6\x9C\xAC", 6, 3), 3);
}

static void
skipping_takes_combining_marks_along(void **state)
{
	(void)state;
	assert_int_equal(cell_skip("e\xCC\x81x", 4, 1), 3);
	assert_int_equal(cell_skip("abc", 3, 10), 3);
}

static void
wrapping_prefers_blanks_and_commas(void **state)
{
	(void)state;
	assert_int_equal(cell_wrap("aaa bbb ccc", 11, 9), 8);
	assert_int_equal(cell_wrap("aaaa,bbbbbb", 11, 8), 5);
	assert_int_equal(cell_wrap("a bbbbbbbbb", 11, 8), 8);
	assert_int_equal(cell_wrap("short", 5, 8), 5);
}

static void
wrapping_always_moves_on(void **state)
{
	(void)state;
	assert_int_equal(cell_wrap("\xE6\x97\xA5x", 4, 1), 3);
	assert_int_equal(cell_wrap("x", 1, 0), 1);
}

int
main(void)
{
	const struct CMUnitTest utf8[] = {
		cmocka_unit_test(plain_text_stays_as_it_is),
		cmocka_unit_test(control_characters_become_visible),
		cmocka_unit_test(bidi_and_zero_width_controls_are_named),
		cmocka_unit_test(bytes_that_are_no_utf8_become_replacement_characters),
		cmocka_unit_test(what_the_locale_cannot_measure_is_replaced),
		cmocka_unit_test(tsv_doubles_the_backslash),
		cmocka_unit_test(the_ascii_switch_wins_over_the_locale),
		cmocka_unit_test(wide_and_combining_characters_are_measured),
		cmocka_unit_test(fitting_cuts_with_a_tilde_and_pads_with_blanks),
		cmocka_unit_test(fitting_never_splits_a_wide_character),
		cmocka_unit_test(skipping_takes_combining_marks_along),
		cmocka_unit_test(wrapping_prefers_blanks_and_commas),
		cmocka_unit_test(wrapping_always_moves_on),
		/* last: it changes the locale */
		cmocka_unit_test_setup(an_ascii_locale_gets_ascii_only, in_ascii),
	};

	return cmocka_run_group_tests(utf8, in_utf8, done);
}
