/* SPDX-License-Identifier: MIT */
/*
 * answer - a request of the operator, and what is said to it.
 *
 *	GET  /metrics			for Prometheus
 *	GET  /status.json		for programs
 *	GET  /list[?farm=FARM]		for people; on the socket only, as all below
 *	GET  /show[?server=SERVER]
 *	POST /server?verb=VERB&server=SERVER
 *	POST /reload
 * Knows no sockets.  Main thread only.
 */
#ifndef CORE_CONTROL_ANSWER_H
#define CORE_CONTROL_ANSWER_H

#include "core/control/view.h"
#include "core/http/head.h"

struct asker { /* who asks */
	bool socket; /* by the Unix socket: may do all */
	bool any_host; /* any Host field will do */
	char name[64]; /* for the log: "user 1000 (process 4711)" */
	char address[64]; /* of the listener, as a Host field names it */
};

struct answer {
	unsigned int status;
	const char *type; /* Content-Type */
	bool head_only; /* of a HEAD request */
	struct buf body; /* buf_done */
};

void answer_make(const struct control_view *view, const struct http_request *q,
		 const struct asker *who, struct answer *out);
/* One line of text instead. */
void answer_refuse(struct answer *out, unsigned int status, const char *text);
/* Head and body, ready to be sent; empties the answer. */
void answer_put(struct answer *a, struct buf *out);

#endif
