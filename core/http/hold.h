/* SPDX-License-Identifier: MIT */
/*
 * hold - keeps the beginning of a response back until so many bytes of it have
 * come, or all of it: ARR's minResponseBuffer.  A server that breaks off before
 * makes a 502 page, not half an answer.  What is held has not been sent:
 * x->head_sent is set when it goes.
 */
#ifndef CORE_HTTP_HOLD_H
#define CORE_HTTP_HOLD_H

#include "core/exchange.h"

/*
 * hold_begin - before its head: may this response be held?  Not one without a body, nor one whose
 * server wants it passed on at once (text/event-stream, X-Accel-Buffering: no).
 */
void hold_begin(struct exchange *x, const struct response_head *r);
/*
 * hold_head - a whole final head for the client.
 * @fields  its field lines, for the trace.
 * Sent as conn_write does, or kept.  0 or -errno.
 */
int hold_head(struct exchange *x, const struct response_head *r, const struct buf *head,
	      struct slice fields);
/* As conn_write, or kept; once there is too much, all of it is sent. */
int hold_put(struct exchange *x, const void *data, size_t len);
/* All of the response has come: what is held goes out. */
int hold_end(struct exchange *x);
/* The response failed before any of it was sent: what is held is thrown away. */
void hold_drop(struct exchange *x);

#endif
