/* SPDX-License-Identifier: MIT */
/*
 * redact - traces that can be shown to others: persons, certificates, tokens,
 * cookies and credentials become placeholders such as {SUBJECT-1}.
 *
 * Equal values get equal placeholders in all traces of one run, so that a
 * reader still sees what belongs together.  A value that redact.def names is
 * also replaced where it stands within another text of the same trace.
 * One struct redact belongs to one thread.  Facts: VIEWER 8.
 */
#ifndef VIEWER_REDACT_H
#define VIEWER_REDACT_H

#include "trace/freb.h"
#include "viewer/dir.h"
#include "viewer/facts.h"

struct redact;

struct redact *redact_new(void);	/* NULL without memory */
void redact_free(struct redact *r);	/* after the last file was closed */

/*
 * redact_file - from now on all that freb.h gives of this trace is redacted,
 * but for freb_event_raw().
 * @f  indexed to its end; the file before must be closed.
 * Returns 0 or -ENOMEM (then the trace must not be shown).
 */
int redact_file(struct redact *r, struct freb_file *f);
/*
 * The same for a line of the list: persons named by its root, whose events are not
 * read.  @facts may be not known.
 * Returns 0 or -ENOMEM (then it must not be shown).
 */
int redact_entry(struct redact *r, struct dir_entry *e, struct facts *facts);

#endif
