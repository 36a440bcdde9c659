/* SPDX-License-Identifier: MIT */
/*
 * diff_rule - a rule of a rules file made from a difference: what would make
 * frebdiff pass over it.  The user sees and changes it before it is written.
 */
#ifndef VIEWER_DIFF_RULE_H
#define VIEWER_DIFF_RULE_H

#include "trace/compare.h"

/*
 * diff_rule_for - the rule that ignores one difference and as little else as it can.
 * @event  of the row (B's, else A's); NULL for the request itself.
 * @item   NULL: all of the event, which only one side has.
 * Appends the line without its end.  False: no rule ignores that.
 */
bool diff_rule_for(const struct freb_event *event, const struct compare_item *item,
		   struct buf *out);

/*
 * diff_rule_write - adds a line to a rules file, which is made if it is not there.
 * The file is read with the new line first: one with a mistake is not written.
 * @error  what is wrong, one line; free().
 * Returns 0 or -errno.
 */
int diff_rule_write(const char *path, const char *rule, char **error);

#endif
