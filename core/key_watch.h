/* SPDX-License-Identifier: MIT */
/*
 * key_watch - looks after the tokens that hold the proxy's own keys: one that
 * was pulled out is told, one that is back gives keys for new connections.
 *
 * Belongs to main's loop; tokens are asked in their lanes.
 */
#ifndef CORE_KEY_WATCH_H
#define CORE_KEY_WATCH_H

#include "core/worker.h"

struct key_watch;

/* NULL without memory; the other functions take NULL. */
struct key_watch *key_watch_new(struct ev_loop *loop);
/* From now on the keys of r; takes a reference of its own. */
void key_watch_use(struct key_watch *k, struct runtime *r);
void key_watch_free(struct key_watch *k);

#endif
