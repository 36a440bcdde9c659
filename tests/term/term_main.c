/* SPDX-License-Identifier: MIT */
/*
 * The run of terminal tests.
 */
#include <config.h>
#include "tests/term/term_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char term_program[4096], term_traces[4096], term_folder[4096];

void
term_begin(struct term *t, const char *type, int rows, int columns, const char *extra)
{
	char *argv[] = { term_program, term_traces, NULL };

	term_start(t, type, rows, columns, extra, argv);
}

bool
term_list(struct term *t)
{
	term_begin(t, "xterm-256color", 24, 80, NULL);
	return term_wait(t, "q Quit");
}

bool
term_open(struct term *t, unsigned int down, const char *position)
{
	if (!term_list(t))
		return false;
	while (down--)
		term_type(t, "j");
	term_key(t, VTERM_KEY_ENTER);
	return term_wait(t, position);
}

bool
term_quit(struct term *t)
{
	term_type(t, "Q");
	return term_wait_end(t, 0);
}

bool
term_has_colours(const struct term *t)
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

int
term_main(const struct term_case *cases, size_t count)
{
	const char *source = getenv("top_srcdir"), *build = getenv("top_builddir");
	const char *temporary = getenv("TMPDIR");

	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	/* Keys are those of the table, whoever runs the tests. */
	setenv("XDG_CONFIG_HOME", "/dev/null", 1);
	snprintf(term_program, sizeof(term_program), "%s/frebview", build ? build : ".");
	snprintf(term_traces, sizeof(term_traces), "%s/fixtures/views/traces",
		 source ? source : ".");
	snprintf(term_folder, sizeof(term_folder), "%s/term.XXXXXX",
		 temporary ? temporary : "/tmp");
	if (!mkdtemp(term_folder)) {
		perror(term_folder);
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
	return 0;
}
