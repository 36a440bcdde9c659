/* SPDX-License-Identifier: MIT */
/*
 * refresh - keeps fetched revocation lists and answers fresh, so that no handshake
 * waits for what is asked for again and again.
 *
 * Belongs to main's loop; threads of its own do the asking, so that those of
 * handshakes are never busy with it.
 */
#ifndef CORE_REFRESH_H
#define CORE_REFRESH_H

#include "core/worker.h"

struct refresh;

/* NULL without memory or threads; the other functions take NULL. */
struct refresh *refresh_new(struct ev_loop *loop);
/* From now on as the sites of r ask; takes a reference of its own. */
void refresh_use(struct refresh *f, struct runtime *r);
void refresh_stop(struct refresh *f); /* waits for what is being asked; before the fetchers end */
void refresh_free(struct refresh *f);

#endif
