/* SPDX-License-Identifier: MIT */
/*
 * frebview - shows FREB traces: this file is the start and the choice between
 * terminal and text.
 *
 * Exit: 0 fine; 1 --check or --fail-on found something; 2 usage, unreadable, no
 * trace; 3 shown, but damaged.  Messages go to stderr as frebview: FILE:LINE: text.
 */
#include <config.h>

#include "viewer/options.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "viewer/batch.h"
#include "viewer/cell.h"
#include "viewer/looks.h"
#include "viewer/settings.h"
#include "viewer/tui.h"

/* Is a view as text meant, even on a terminal? */
static bool
wants_text(const struct frebview_options *o)
{
	return o->mode != MODE_AUTO || o->fail_on || o->redact ||
	       !isatty(STDOUT_FILENO);
}

/* The theme named must be one; themes of the user's file are known by then. */
static bool
choose_theme(const struct frebview_options *o, struct settings *s)
{
	if (!o->theme)
		return true;
	s->theme = looks_find(o->theme);
	if (s->theme >= 0)
		return true;
	struct buf safe = BUF_INIT;

	cell_puts(&safe, o->theme, CELL_ROW);
	fprintf(stderr, "frebview: --theme: '%s' is not one of", buf_text(&safe));
	for (size_t i = 0; looks_name(i); i++)
		fprintf(stderr, "%s %s", i ? "," : "", looks_name(i));
	fputs("\n", stderr);
	buf_done(&safe);
	return false;
}

/*
 * The user's file counts for the interface, and where a theme is named that only it
 * can know.  A script is a test: it gets the file it names, or none.
 */
static bool
load_settings(const struct frebview_options *o, bool interface, struct settings *s)
{
	const char *wrong = settings_init(s);
	bool own = (interface && !o->script) || (o->theme && looks_find(o->theme) < 0);

	if (wrong) {
		fprintf(stderr, "frebview: actions.def: %s\n", wrong);
		return false;
	}
	return (!(own || o->config) || settings_load(o->config, s)) && choose_theme(o, s);
}

int
main(int argc, char **argv)
{
	struct frebview_options o;
	struct settings settings;
	char *folder = getenv("FREB_LOG_DIR");
	char here[] = ".";
	char **paths;
	size_t count;
	int first;

	setlocale(LC_ALL, "");
	tzset();
	/* A reader that goes away (head, a closed pager) ends us without a word. */
	signal(SIGPIPE, SIG_DFL);
	switch (options_parse(argc, argv, &o, &first)) {
	case OPTIONS_DONE:
		return fflush(stdout) == 0 ? EXIT_FINE : EXIT_TROUBLE;
	case OPTIONS_WRONG:
		return EXIT_TROUBLE;
	case OPTIONS_RUN:
		break;
	}
	cell_setup(o.ascii);
	paths = argv + first;
	count = (size_t)(argc - first);
	if (count == 0) {
		if (!folder || !*folder)
			folder = here;
		paths = &folder;
		count = 1;
	}
	bool interface = o.script || !wants_text(&o);

	if (!load_settings(&o, interface, &settings))
		return EXIT_TROUBLE;
	if (interface)
		return tui_run(&o, &settings, paths, count);
	return batch_run(&o, paths, count);
}
