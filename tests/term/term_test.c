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

#include "tests/term/term.h"

enum { TRACES_MAX = 1003 };	/* of the followed folder, in the end */

static char program[4096], traces[4096], folder[4096];

static void
start(struct term *t, const char *type, int rows, int columns, const char *extra)
{
	char *argv[] = { program, traces, NULL };

	term_start(t, type, rows, columns, extra, argv);
}

static bool
colours_in(const struct term *t)
{
	/* setaf of xterm and linux: ESC [ 3 digit, or ESC [ attributes ; 3 digit. */
	for (size_t i = 0; i + 3 < t->seen.len; i++) {
		const char *s = t->seen.data + i;

		if ((s[0] == '[' || s[0] == ';') && s[1] == '3' && s[2] >= '1' && s[2] <= '7' &&
		    (s[3] == 'm' || s[3] == ';'))
			return true;
	}
	return false;
}

/* ---- cases ---- */

static bool
the_list_opens_and_q_gives_the_terminal_back(struct term *t)
{
	start(t, "xterm-256color", 24, 80, NULL);
	bool ok = term_wait(t, "fr000003") && term_wait(t, "q Quit") && t->alternate &&
		  colours_in(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0) && !t->alternate;
}

static bool
two_keys_lead_to_the_event_that_broke_the_request(struct term *t)
{
	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
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
	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
		return false;
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "1/17"))
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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
a_resize_keeps_the_selected_event_on_the_screen(struct term *t)
{
	static const int sizes[][2] = {
		{ 30, 100 }, { 10, 40 }, { 15, 60 }, { 50, 160 }, { 24, 80 },
	};

	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
a_resize_keeps_what_is_typed_in_a_prompt(struct term *t)
{
	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
		return false;
	term_type(t, "j");
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "1/50"))
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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
the_mouse_is_off_until_f2_and_then_selects_and_opens(struct term *t)
{
	start(t, "xterm-256color", 24, 80, NULL);
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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
a_yank_goes_to_the_clipboard_of_the_terminal(struct term *t)
{
	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
		return false;
	term_key(t, VTERM_KEY_ENTER);
	if (!term_wait(t, "1/17"))
		return false;
	term_type(t, "yl");
	if (!term_wait_bytes(t, "\033]52;c;MSAg") || !term_wait(t, "copied"))
		return false;
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
sigterm_and_sighup_restore_the_screen(struct term *t)
{
	static const int signals[] = { SIGTERM, SIGHUP };

	for (size_t i = 0; i < 2; i++) {
		if (i)
			term_stop(t);
		start(t, "xterm-256color", 24, 80, NULL);
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
	start(t, "xterm-256color", 24, 80, NULL);
	if (!term_wait(t, "q Quit"))
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

	snprintf(from, sizeof(from), "%s/%s", traces, source);
	snprintf(part, sizeof(part), "%s/%s.part", folder, name);
	snprintf(to, sizeof(to), "%s/%s", folder, name);
	return copy_trace(from, part) && rename(part, to) == 0;
}

static bool
new_traces_appear_by_themselves_and_the_cursor_may_be_pinned(struct term *t)
{
	char *argv[] = { program, folder, NULL };

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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

/* A trace of a few hundred bytes. */
static bool
add_small_trace(int number)
{
	char part[5000], to[5000];

	snprintf(part, sizeof(part), "%s/part", folder);
	snprintf(to, sizeof(to), "%s/fr%06d.xml", folder, number);
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
	char *argv[] = { program, folder, NULL };

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
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

static bool
a_trace_can_come_through_standard_input(struct term *t)
{
	char command[9000];
	char shell[] = "/bin/sh", flag[] = "-c";
	char *argv[] = { shell, flag, command, NULL };

	snprintf(command, sizeof(command), "cat '%s/fr000003.xml' | '%s' -", traces, program);
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
a_terminal_without_colour_is_served(struct term *t)
{
	start(t, "vt100", 24, 80, NULL);
	bool ok = term_wait(t, "q Quit") && !colours_in(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
the_linux_console_is_served(struct term *t)
{
	start(t, "linux", 24, 80, NULL);
	bool ok = term_wait(t, "q Quit") && colours_in(t);

	term_type(t, "q");
	return ok && term_wait_end(t, 0);
}

static bool
no_color_is_heeded(struct term *t)
{
	start(t, "xterm-256color", 24, 80, "NO_COLOR=1");
	bool ok = term_wait(t, "q Quit") && !colours_in(t);

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
		start(t, types[i], 24, 200, NULL);
		if (!term_wait(t, types[i]) || !term_wait(t, "--compact") || !term_wait_end(t, 2))
			return false;
	}
	return true;
}

#define CASE(name) { #name, name }

static const struct {
	const char *name;
	bool (*run)(struct term *t);
} cases[] = {
	CASE(the_list_opens_and_q_gives_the_terminal_back),
	CASE(two_keys_lead_to_the_event_that_broke_the_request),
	CASE(cursor_and_page_keys_work_in_application_mode),
	CASE(a_resize_keeps_the_selected_event_on_the_screen),
	CASE(a_resize_keeps_what_is_typed_in_a_prompt),
	CASE(the_mouse_is_off_until_f2_and_then_selects_and_opens),
	CASE(a_yank_goes_to_the_clipboard_of_the_terminal),
	CASE(sigterm_and_sighup_restore_the_screen),
	CASE(a_failed_assertion_restores_the_screen_too),
	CASE(new_traces_appear_by_themselves_and_the_cursor_may_be_pinned),
	CASE(a_thousand_traces_dropped_in_are_all_listed),
	CASE(a_trace_can_come_through_standard_input),
	CASE(a_terminal_without_colour_is_served),
	CASE(the_linux_console_is_served),
	CASE(no_color_is_heeded),
	CASE(a_terminal_that_cannot_be_drawn_on_is_refused),
};

static void
remove_folder(void)
{
	for (int i = 1; i <= TRACES_MAX; i++) {
		char path[5000];

		snprintf(path, sizeof(path), "%s/fr%06d.xml", folder, i);
		unlink(path);
	}
	rmdir(folder);
}

int
main(void)
{
	const char *source = getenv("top_srcdir"), *build = getenv("top_builddir");
	const char *temporary = getenv("TMPDIR");
	size_t count = sizeof(cases) / sizeof(cases[0]);

	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	snprintf(program, sizeof(program), "%s/frebview", build ? build : ".");
	snprintf(traces, sizeof(traces), "%s/fixtures/views/traces", source ? source : ".");
	snprintf(folder, sizeof(folder), "%s/term.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		return 99;
	}
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		struct term t = { 0 };
		bool ok = cases[i].run(&t);

		term_stop(&t);
		printf("%s %zu - %s\n", ok ? "ok" : "not ok", i + 1, cases[i].name);
		fflush(stdout);
	}
	remove_folder();
	return 0;
}

#endif
