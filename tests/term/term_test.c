/* SPDX-License-Identifier: MIT */
/*
 * frebview in a real terminal: start, keys, resize, mouse, follow, signals,
 * exit.  One TAP line per case; without libvterm all is skipped.
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

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/term/term_main.h"

enum { TRACES_MAX = 1003 };	/* of the followed term_folder, in the end */

/* ---- cases ---- */

static bool
the_list_opens_and_q_gives_the_terminal_back(struct term *t)
{
	term_begin(t, "xterm-256color", 24, 80, NULL);
	bool ok = term_wait(t, "fr000003") && term_wait(t, "q Quit") && t->alternate &&
		  term_has_colours(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0) && !t->alternate;
}

static bool
two_keys_lead_to_the_event_that_broke_the_request(struct term *t)
{
	if (!term_list(t))
		return false;
	term_key(t, VTERM_KEY_DOWN);
	if (!term_wait(t, "> fr000003"))
		return false;
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "[2Compact]") || !term_wait(t, "1/50"))
		return false;
	term_type(t, "e");
	if (!term_wait(t, "#44 broke the request"))
		return false;
	term_type(t, "qq");
	return term_wait_end(t, 0);
}

static bool
cursor_and_page_keys_work_in_application_mode(struct term *t)
{
	if (!term_open(t, 0, "1/17"))
		return false;
	term_key(t, VTERM_KEY_END);
	if (!term_wait(t, " 17/17"))
		return false;
	term_key(t, VTERM_KEY_HOME);
	if (!term_wait(t, " 1/17"))
		return false;
	term_key(t, VTERM_KEY_PAGEDOWN);
	if (!term_wait(t, " 10/17"))
		return false;
	term_key(t, VTERM_KEY_FUNCTION(1));
	if (!term_wait(t, "Keys of view 2"))
		return false;
	/* Esc alone is answered although more bytes could follow. */
	term_key(t, VTERM_KEY_ESCAPE);
	if (!term_wait(t, "[2Compact]"))
		return false;
	return term_quit(t);
}

static bool
the_mouse_is_off_until_f2_and_then_selects_and_opens(struct term *t)
{
	term_begin(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "> fr000004"))
		return false;
	if (memmem(t->seen.data, t->seen.len, "\033[?1000h", 8))
		return false;
	term_key(t, VTERM_KEY_FUNCTION(2));
	if (!term_wait(t, "mouse on"))
		return false;
	term_mouse(t, 4, 10, 1);
	if (!term_wait_row(t, 4, "> fr000002"))
		return false;
	term_mouse(t, 4, 10, 4);	/* wheel up */
	if (!term_wait_row(t, 2, "> fr000004"))
		return false;
	term_mouse(t, 1, 40, 1);	/* a click on a heading sorts */
	if (!term_wait(t, "sort: duration ^"))
		return false;
	term_mouse(t, 1, 14, 1);
	if (!term_wait(t, "sort: time v"))
		return false;
	term_mouse(t, 3, 10, 1);
	term_mouse(t, 3, 10, 1);
	if (!term_wait(t, "[2Compact]") || !term_wait(t, "1/50"))
		return false;
	term_mouse(t, 10, 10, 5);	/* wheel down: three lines */
	if (!term_wait(t, " 4/50"))
		return false;
	return term_quit(t);
}

static bool
a_yank_goes_to_the_clipboard_of_the_terminal(struct term *t)
{
	if (!term_open(t, 0, "1/17"))
		return false;
	term_type(t, "yl");
	if (!term_wait_bytes(t, "\033]52;c;MSAg") || !term_wait(t, "copied"))
		return false;
	return term_quit(t);
}

static bool
sigterm_and_sighup_restore_the_screen(struct term *t)
{
	static const int signals[] = { SIGTERM, SIGHUP };

	for (size_t i = 0; i < 2; i++) {
		if (i)
			term_stop(t);
		term_begin(t, "xterm-256color", 24, 80, NULL);
		if (!term_wait(t, "q Quit") || !t->alternate)
			return false;
		kill(t->pid, signals[i]);
		if (!term_wait_end(t, 0) || t->alternate)
			return false;
	}
	return true;
}

static bool
a_failed_assertion_restores_the_screen_too(struct term *t)
{
	if (!term_list(t))
		return false;
	kill(t->pid, SIGABRT);
	return term_wait_signal(t, SIGABRT) && !t->alternate;
}

static bool
copy_trace(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n = 0;

	while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0) {
		if (write(out, bytes, (size_t)n) != n)
			n = -1;
	}
	close(in);
	close(out);
	return in >= 0 && out >= 0 && n == 0;
}

/* As the writer of traces does it: another name first, then renamed. */
static bool
add_trace(const char *source, const char *name)
{
	char from[5000], part[5000], to[5000];

	snprintf(from, sizeof(from), "%s/%s", term_traces, source);
	snprintf(part, sizeof(part), "%s/%s.part", term_folder, name);
	snprintf(to, sizeof(to), "%s/%s", term_folder, name);
	return copy_trace(from, part) && rename(part, to) == 0;
}

static bool
new_traces_appear_by_themselves_and_the_cursor_may_be_pinned(struct term *t)
{
	char *argv[] = { term_program, term_folder, NULL };

	if (!add_trace("fr000001.xml", "fr000001.xml"))
		return false;
	term_start(t, "xterm-256color", 24, 80, NULL, argv);
	if (!term_wait(t, "> fr000001") || !term_wait(t, "FOLLOW"))
		return false;
	if (!add_trace("fr000002.xml", "fr000002.xml") || !term_wait(t, "> fr000002"))
		return false;
	term_type(t, "j");
	if (!term_wait(t, "> fr000001"))
		return false;
	if (!add_trace("fr000003.xml", "fr000003.xml") || !term_wait(t, "+1 new") ||
	    term_find(t, "> fr000001") < 0)
		return false;
	term_type(t, "g");
	if (!term_wait(t, "> fr000003"))
		return false;
	return term_quit(t);
}

/* A trace of a few hundred bytes. */
static bool
add_small_trace(int number)
{
	char part[5000], to[5000];

	snprintf(part, sizeof(part), "%s/part", term_folder);
	snprintf(to, sizeof(to), "%s/fr%06d.xml", term_folder, number);
	FILE *out = fopen(part, "w");

	if (!out)
		return false;
	fprintf(out, "<failedRequest url=\"http://farm.test:80/%d\" verb=\"GET\" statusCode=\"404\""
		" timeTaken=\"1\" xmlns:freb="
		"\"http://schemas.microsoft.com/win/2006/06/iis/freb\"></failedRequest>", number);
	return fclose(out) == 0 && rename(part, to) == 0;
}

static bool
a_thousand_traces_dropped_in_are_all_listed(struct term *t)
{
	char *argv[] = { term_program, term_folder, NULL };

	term_start(t, "xterm-256color", 24, 80, NULL, argv);
	if (!term_wait(t, "3 of 3"))
		return false;
	term_type(t, "j");
	if (!term_wait(t, "> fr000002"))
		return false;
	for (int i = 4; i <= TRACES_MAX; i++) {
		if (!add_small_trace(i))
			return false;
	}
	if (!term_wait(t, "1003 of 1003") || !term_wait(t, "+1000 new") ||
	    !term_wait(t, "> fr000002"))
		return false;
	return term_quit(t);
}

static bool
a_trace_can_come_through_standard_input(struct term *t)
{
	char command[9000];
	char shell[] = "/bin/sh", flag[] = "-c";
	char *argv[] = { shell, flag, command, NULL };

	snprintf(command, sizeof(command), "cat '%s/fr000003.xml' | '%s' -", term_traces,
		 term_program);
	term_start(t, "xterm-256color", 24, 80, NULL, argv);
	if (!term_wait(t, "(standard input)") || !term_wait(t, "1/50"))
		return false;
	term_type(t, "e");
	if (!term_wait(t, "#44 broke the request"))
		return false;
	term_type(t, "q");
	return term_wait_end(t, 0);
}

static bool
a_trace_that_is_deleted_stays_readable_while_it_is_open(struct term *t)
{
	char path[5000];
	char *argv[] = { term_program, term_folder, NULL };

	/* Traces of the case before are still there; this one is the newest by its time. */
	if (!add_trace("fr000003.xml", "fr000001.xml"))
		return false;
	term_start(t, "xterm-256color", 24, 80, NULL, argv);
	if (!term_wait(t, "q Quit"))
		return false;
	term_type(t, "&status=502.3");
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "fr000001"))
		return false;
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "1/50"))
		return false;
	snprintf(path, sizeof(path), "%s/fr000001.xml", term_folder);
	if (unlink(path) != 0)
		return false;
	term_type(t, "G");
	if (!term_wait(t, " 50/50") || !term_wait(t, "GENERAL_REQUEST_END"))
		return false;
	term_type(t, "q");
	if (!term_wait(t, "x fr000001") && !term_wait(t, ">fr000001"))
		return false;
	return term_quit(t);
}

static const struct term_case cases[] = {
	TERM_CASE(the_list_opens_and_q_gives_the_terminal_back),
	TERM_CASE(two_keys_lead_to_the_event_that_broke_the_request),
	TERM_CASE(cursor_and_page_keys_work_in_application_mode),
	TERM_CASE(the_mouse_is_off_until_f2_and_then_selects_and_opens),
	TERM_CASE(a_yank_goes_to_the_clipboard_of_the_terminal),
	TERM_CASE(sigterm_and_sighup_restore_the_screen),
	TERM_CASE(a_failed_assertion_restores_the_screen_too),
	TERM_CASE(new_traces_appear_by_themselves_and_the_cursor_may_be_pinned),
	TERM_CASE(a_thousand_traces_dropped_in_are_all_listed),
	TERM_CASE(a_trace_can_come_through_standard_input),
	TERM_CASE(a_trace_that_is_deleted_stays_readable_while_it_is_open),
};

int
main(void)
{
	int code = term_main(cases, sizeof(cases) / sizeof(cases[0]));

	for (int i = 1; i <= TRACES_MAX; i++) {
		char path[5000];

		snprintf(path, sizeof(path), "%s/fr%06d.xml", term_folder, i);
		unlink(path);
	}
	rmdir(term_folder);
	return code;
}

#endif
