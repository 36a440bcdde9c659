/* SPDX-License-Identifier: MIT */
/*
 * tui - the terminal interface of frebview: list of traces and seven views.
 *
 * One loop: draw, wait for a key or for a change of the directory, do a slice
 * of background work.  Facts: VIEWER 3, 5, 7.
 */
#ifndef VIEWER_TUI_H
#define VIEWER_TUI_H

#include "viewer/options.h"
#include "viewer/settings.h"

#include <stddef.h>

/*
 * tui_run - shows the operands until the user leaves.
 * @o      options; .script drives the interface without a terminal.
 * @s      settings of the user.
 * @paths  files, directories or "-"; at least one.
 * Returns the exit code: 0, 2 when nothing could be shown (a message is on stderr).
 */
int tui_run(const struct frebview_options *o, const struct settings *s, char **paths,
	    size_t count);

#endif
