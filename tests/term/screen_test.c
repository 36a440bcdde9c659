/* SPDX-License-Identifier: MIT */
/*
 * What frebview draws on terminals of different kinds and sizes: resize, colours,
 * character sets.  One TAP line per case; without libvterm all is skipped.
 */
#include <config.h>

#include <stdio.h>

#ifndef HAVE_VTERM

int
main(void)
{
	puts("1..0 # SKIP libvterm was not found by configure");
	return 0;
}

#else

#include <string.h>
#include <unistd.h>

#include "tests/term/term_main.h"

static bool
a_resize_keeps_the_selected_event_on_the_screen(struct term *t)
{
	static const int sizes[][2] = {
		{ 30, 100 }, { 10, 40 }, { 15, 60 }, { 50, 160 }, { 24, 80 },
	};

	if (!term_list(t))
		return false;
	term_type(t, "j");
	term_key(t, VTERM_KEY_ENTER);
	term_type(t, "e");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!term_wait(t, ">  44 W MODULE_SET"))
			return false;
		term_resize(t, sizes[i][0], sizes[i][1]);
		if (!term_wait_row(t, sizes[i][0] - 1, "?Help"))
			return false;
	}
	term_resize(t, 9, 39);
	if (!term_wait(t, "needs 40x10, this is 39x9"))
		return false;
	return term_quit(t);
}

static bool
a_resize_keeps_what_is_typed_in_a_prompt(struct term *t)
{
	if (!term_open(t, 1, "1/50"))
		return false;
	term_type(t, "/web");
	if (!term_wait_row(t, 22, "/web"))
		return false;
	term_resize(t, 30, 100);
	if (!term_wait_row(t, 28, "/web"))
		return false;
	term_type(t, "2");
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "hit 1 of 6"))
		return false;
	return term_quit(t);
}

/* Whatever is asked, a smaller and a larger screen ask it still. */
static bool
a_resize_leaves_every_question_open(struct term *t)
{
	static const struct {
		const char *keys, *asked;
	} questions[] = {
		{ "/web", "/web" }, { "&level<=3", "&level<=3" }, { ":set gap 1", ":set gap 1" },
		{ "y", "copy:  l line" }, { "x", "export as:  t text" },
		{ "xt", "write to new file:" }, { "?", "Keys of view 2" },
	};

	if (!term_list(t))
		return false;
	term_type(t, "j");
	term_key(t, VTERM_KEY_ENTER);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (!term_wait(t, "[2Compact]") || !term_wait(t, "1/50"))
			return false;
		term_type(t, questions[i].keys);
		if (!term_wait(t, questions[i].asked))
			return false;
		term_resize(t, 15, 60);
		if (!term_wait_row(t, 14, "?Help") || !term_wait(t, questions[i].asked))
			return false;
		term_resize(t, 30, 100);
		if (!term_wait_row(t, 29, "?Help") || !term_wait(t, questions[i].asked))
			return false;
		term_key(t, VTERM_KEY_ESCAPE);
		term_resize(t, 24, 80);
		if (!term_wait_row(t, 23, "?Help"))
			return false;
	}
	return term_quit(t);
}

static bool
a_resize_leaves_the_questions_of_the_list_open(struct term *t)
{
	if (!term_list(t))
		return false;
	term_type(t, "O");
	if (!term_wait(t, "sort by:"))
		return false;
	term_resize(t, 10, 40);
	if (!term_wait_row(t, 8, "sort by:"))
		return false;
	term_type(t, "s");
	term_resize(t, 24, 80);
	if (!term_wait(t, "sort: status"))
		return false;
	term_type(t, "&status");
	if (!term_wait_row(t, 22, "&status"))
		return false;
	term_resize(t, 15, 60);
	if (!term_wait_row(t, 13, "&status"))
		return false;
	term_type(t, "=502");
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "1 of 5"))
		return false;
	return term_quit(t);
}

/* Wide characters take two columns; what follows stands where the heading says. */
static bool
utf8_is_shown_in_its_columns(struct term *t)
{
	char path[5000];
	char *argv[] = { term_program, path, NULL };

	snprintf(path, sizeof(path), "%s/wide.xml", term_folder);
	FILE *out = fopen(path, "w");

	if (!out)
		return false;
	fputs("<failedRequest url=\"http://farm.test/\xE6\x97\xA5\xE6\x9C\xAC/caf\xC3\xA9\" "
	      "verb=\"GET\" statusCode=\"200\" "
	      "xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\">"
	      "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>"
	      "<TimeCreated SystemTime=\"2030-01-02T03:04:05.678Z\"/></System><EventData>"
	      "<Data Name=\"N\">\xE6\x97\xA5\xE6\x9C\xAC|</Data></EventData><RenderingInfo>"
	      "<Opcode>X</Opcode></RenderingInfo></Event></failedRequest>", out);
	fclose(out);
	term_start(t, "xterm-256color", 24, 80, NULL, argv);
	bool ok = term_wait(t, "\xE6\x97\xA5\xE6\x9C\xAC/caf\xC3\xA9") &&
		  term_wait(t, "N=\"\xE6\x97\xA5\xE6\x9C\xAC|\"") && term_wait(t, "03:04:05.678");

	term_type(t, "q");
	ok = ok && term_wait_end(t, 0);
	term_stop(t);
	/* Elsewhere nothing but ASCII leaves the program. */
	term_start(t, "xterm-256color", 24, 80, "LC_ALL=C", argv);
	ok = ok && term_wait(t, "N=\"??|\"");
	for (size_t i = 0; i < t->seen.len; i++)
		ok = ok && (unsigned char)t->seen.data[i] < 0x80;
	term_type(t, "q");
	ok = ok && term_wait_end(t, 0);
	unlink(path);
	return ok;
}

static bool
eight_colours_are_enough(struct term *t)
{
	term_begin(t, "xterm", 24, 80, NULL);
	bool ok = term_wait(t, "q Quit") && term_has_colours(t);

	/* More than the eight basic ones are never asked for. */
	ok = ok && !memmem(t->seen.data, t->seen.len, "38;5;", 5) &&
	     !memmem(t->seen.data, t->seen.len, "48;5;", 5);
	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
a_terminal_without_colour_is_served(struct term *t)
{
	term_begin(t, "vt100", 24, 80, NULL);
	bool ok = term_wait(t, "q Quit") && !term_has_colours(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
the_linux_console_is_served(struct term *t)
{
	term_begin(t, "linux", 24, 80, NULL);
	bool ok = term_wait(t, "q Quit") && term_has_colours(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
no_color_is_heeded(struct term *t)
{
	term_begin(t, "xterm-256color", 24, 80, "NO_COLOR=1");
	bool ok = term_wait(t, "q Quit") && !term_has_colours(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
a_terminal_that_cannot_be_drawn_on_is_refused(struct term *t)
{
	static const char *const types[] = { "dumb", "no-such-terminal" };

	for (size_t i = 0; i < 2; i++) {
		if (i)
			term_stop(t);
		term_begin(t, types[i], 24, 200, NULL);
		if (!term_wait(t, types[i]) || !term_wait(t, "--compact") || !term_wait_end(t, 2))
			return false;
	}
	return true;
}

static const struct term_case cases[] = {
	TERM_CASE(a_resize_keeps_the_selected_event_on_the_screen),
	TERM_CASE(a_resize_keeps_what_is_typed_in_a_prompt),
	TERM_CASE(a_resize_leaves_every_question_open),
	TERM_CASE(a_resize_leaves_the_questions_of_the_list_open),
	TERM_CASE(utf8_is_shown_in_its_columns),
	TERM_CASE(eight_colours_are_enough),
	TERM_CASE(a_terminal_without_colour_is_served),
	TERM_CASE(the_linux_console_is_served),
	TERM_CASE(no_color_is_heeded),
	TERM_CASE(a_terminal_that_cannot_be_drawn_on_is_refused),
};

int
main(void)
{
	int code = term_main(cases, sizeof(cases) / sizeof(cases[0]));

	rmdir(term_folder);
	return code;
}

#endif
