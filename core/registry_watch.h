/* SPDX-License-Identifier: MIT */
/*
 * registry_watch - keeps the workers' view of the tokens (token/registry) up to date.
 *
 * Belongs to main's loop; tokens are asked in a lane of their own, because a
 * module may hang: then the view stays as it was, which is told.
 */
#ifndef CORE_REGISTRY_WATCH_H
#define CORE_REGISTRY_WATCH_H

#include "core/worker.h"

struct registry_watch;

/*
 * registry_watch_new - looks at the tokens, not longer than their time limit.
 * @changed   called on the loop with each new view (a reference).
 * @messages  what was found wrong at this first look, one line each.
 * NULL without memory; the other functions take NULL.
 */
struct registry_watch *registry_watch_new(struct ev_loop *loop, struct runtime *r,
					  void (*changed)(void *arg, struct registry *r), void *arg,
					  struct buf *messages);
/* From now on with the modules and PINs of r; takes a reference of its own. */
void registry_watch_use(struct registry_watch *w, struct runtime *r);
/* Looks may go on; what they find is dropped. */
void registry_watch_free(struct registry_watch *w);

#endif
