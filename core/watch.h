/* SPDX-License-Identifier: MIT */
/*
 * watch - looks for changed CRL files while the proxy runs.
 *
 * Belongs to main's loop; files are looked at and read on a pool thread, so
 * nobody waits for them.  A list that cannot be used changes nothing: it is
 * told once, and the lists of before stay.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/chain/trust.h"
#include "core/config.h"

struct ev_loop;
struct pool;
struct watch;

/*
 * watch_new - nothing is watched before watch_use.
 * @changed  called on the loop with a new trust (a reference) of the present configuration.
 * NULL without memory; the other functions take NULL.
 */
struct watch *watch_new(struct ev_loop *loop, struct pool *pool,
			void (*changed)(void *arg, struct trust *t), void *arg);
/* From now on these files, which t was loaded from.  Takes references of its own. */
void watch_use(struct watch *w, struct config *config, struct trust *t);
/* Only once the pool has ended. */
void watch_free(struct watch *w);

#endif
