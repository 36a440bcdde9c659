/* SPDX-License-Identifier: MIT */
/* tell - what a trace says about the choice of a server. */
#ifndef CORE_ROUTE_TELL_H
#define CORE_ROUTE_TELL_H

#include "core/exchange.h"
#include "core/route/lb.h"

/* ROUTE_SERVER_CONSIDERED for each server of x->farm; x->server is the chosen one, or NULL. */
void tell_considered(struct exchange *x, const struct lb_request *q,
		     const struct lb_algorithm *lb, const char *why);
/* ARR_REQUEST_ROUTED and ARR_SERVER_ROUTED. */
void tell_routed(struct exchange *x, const char *algorithm, const char *why);
/* Why no server of x->farm can be taken, each with its last health result; arena, or NULL. */
const char *tell_no_server(struct exchange *x, const struct lb_request *q);

#endif
