/* SPDX-License-Identifier: MIT */
/*
 * show - the pages: for Prometheus, for programs (JSON), for people.
 *
 * All are made by walking the table of metrics.h, so a new number is on each
 * page.  out grows; its .error is looked at by the caller.  Main thread only.
 * Sources: Prometheus text exposition format 0.0.4; RFC 8259; ARR 1.3 (the
 * columns of the list).
 */
#ifndef CORE_CONTROL_SHOW_H
#define CORE_CONTROL_SHOW_H

#include "core/control/metrics.h"

void show_prometheus(const struct picture *p, struct buf *out);
void show_json(const struct picture *p, struct buf *out);
/* A table of servers; only: of this farm, NULL = all. */
void show_list(const struct picture *p, const struct farm *only, struct buf *out);
void show_proxy(const struct picture *p, struct buf *out);
void show_server(const struct farm_server *s, struct buf *out);
/* "Available", or "Disabled" by the configuration. */
const char *show_state(const struct farm_server *s);
/* A text in quotes, with what JSON wants escaped. */
void show_put_json(struct buf *out, const char *text);

#endif
