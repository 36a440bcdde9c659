/* SPDX-License-Identifier: MIT */
/*
 * respond - the answers the proxy gives itself, and what traces say of any
 * response head.
 */
#ifndef CORE_FORWARD_RESPOND_H
#define CORE_FORWARD_RESPOND_H

#include "core/exchange.h"

/* A short page with status, reason and the trace's activity id for x->fault;
 * 0 or -errno. */
int respond_fault(struct exchange *x);
/* Clear-text 400 to somebody who speaks HTTP to a TLS port; c->activity is named. */
void respond_plain_http(struct conn *c);
/* GENERAL_SET_RESPONSE_HEADER for each field; secrets masked. */
void respond_trace_fields(struct exchange *x, const struct response_head *r);
/* The field lines of a head as a trace may have them: secrets masked.  @fields itself, or arena. */
struct slice respond_head_text(struct exchange *x, const struct response_head *r,
			       struct slice fields);
/* GENERAL_FLUSH_RESPONSE_START and GENERAL_RESPONSE_HEADERS, with such a text. */
void respond_trace_head(struct exchange *x, struct slice text);

#endif
