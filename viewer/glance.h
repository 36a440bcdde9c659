/* SPDX-License-Identifier: MIT */
/*
 * glance - a look at the bytes of a file, to know that a word is not in it: ten
 * thousand traces are not parsed to find the few that can match.
 */
#ifndef VIEWER_GLANCE_H
#define VIEWER_GLANCE_H

#include <stdbool.h>

/*
 * glance - may the trace have this word in a name or a value?
 * @word  letters, digits, _ and - only; others are not looked for.
 * False is certain; true where the file has it, or something that could hide it
 * (another encoding, a reference, CDATA, a comment), or cannot be read.
 */
bool glance(const char *path, const char *word);

#endif
