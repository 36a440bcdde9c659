/* SPDX-License-Identifier: MIT */
/*
 * control - how the operator watches and steers the running proxy: a Unix
 * socket, which may do all, and a status listener, which only shows.
 *
 * Both speak HTTP/1.1 (answer.h says which requests) and are served on main's
 * loop, away from the workers.  Off unless configured.  Main thread only.
 */
#ifndef CORE_CONTROL_CONTROL_H
#define CORE_CONTROL_CONTROL_H

#include "core/control/view.h"

struct control;

/* view: borrowed until control_free.  NULL without memory; the others take NULL. */
struct control *control_new(struct ev_loop *loop, const struct control_view *view);
/*
 * control_use - opens what c wants and closes what it does not; what both want
 * stays open.  Returns 0, or -1 with lines in messages and nothing changed.
 */
int control_use(struct control *k, const struct config_control *c, struct buf *messages);
/* "control PATH", "status ADDR:PORT" lines for the ready file; or "" */
void control_places(const struct control *k, struct buf *out);
void control_free(struct control *k);

#endif
