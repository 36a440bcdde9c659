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
#include "viewer/tui.h"

/* Is a view as text meant, even on a terminal? */
static bool
wants_text(const struct frebview_options *o)
{
	return o->mode != MODE_AUTO || o->fail_on || o->redact ||
	       !isatty(STDOUT_FILENO);
}

int
main(int argc, char **argv)
{
	struct frebview_options o;
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
	if (o.script || !wants_text(&o))
		return tui_run(&o, paths, count);
	return batch_run(&o, paths, count);
}
