/* SPDX-License-Identifier: MIT */
/*
 * search - a pattern as typed behind '/', and whether a text has it.
 *
 * PCRE2 with limits on matching and depth, so that no pattern hangs the
 * screen; all lower case ignores case; a leading '=' takes the rest literally.
 * The only viewer file that includes pcre2.h.  Facts: VIEWER 6.
 */
#ifndef VIEWER_SEARCH_H
#define VIEWER_SEARCH_H

#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>

struct search;

/*
 * search_new - compiles a pattern.
 * @error  why not, for the user (free()); NULL on success.
 * Returns the pattern (search_free) or NULL.
 */
struct search *search_new(const char *pattern, char **error);
void search_free(struct search *s);

/* Does the text have it?  NULL has nothing. */
bool search_text(struct search *s, const char *text);
/* First hit in len bytes of text: its start and end. */
bool search_find(struct search *s, const char *text, size_t len, size_t *start, size_t *end);
/* Opcode, names, values or friendly text of an event. */
bool search_event(struct search *s, struct freb_file *f, size_t event);
/*
 * search_raw - may the event have this word (letters, digits, _ - . : only)?
 * Looks at its bytes, which costs a tenth of parsing them; false is certain.
 */
bool search_raw(struct freb_file *f, size_t event, const char *word, bool ignore_case);
/* Whether a match was given up because of the limits; tells once, then forgets. */
bool search_gave_up(struct search *s);

#endif
