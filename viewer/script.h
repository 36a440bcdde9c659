/* SPDX-License-Identifier: MIT */
/*
 * script - drives the terminal interface from a file, for tests and recordings.
 *
 * One command per line; # begins a comment:
 *   key NAME...      keys as in actions.def: key j j Enter Ctrl-D
 *   type TEXT        every character of the text is a key
 *   size 80x24       the screen gets another size
 *   save NAME        writes the screen as text into the file NAME
 *   styles NAME      writes the looks of the same cells, one letter each
 * A line that begins with no command is taken as key names.  Before each
 * command all reading and searching is finished, so a script always gives
 * the same screens.
 */
#ifndef VIEWER_SCRIPT_H
#define VIEWER_SCRIPT_H

struct tui;

/*
 * script_run - plays a script on an open screen.
 * Returns 0, or 2 with a message "frebview: FILE:LINE: ..." on stderr.
 */
int script_run(struct tui *t, const char *path);

#endif
