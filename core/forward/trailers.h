/* SPDX-License-Identifier: MIT */
/*
 * trailers - which fields behind a chunked body go on to the other side: those
 * the web farm's allowedTrailers names, unless only the proxy may say them.
 * Each is told in the trace.  Source: RFC 9110 6.5, 10.1.4; RFC 9112 7.1.2.
 */
#ifndef CORE_FORWARD_TRAILERS_H
#define CORE_FORWARD_TRAILERS_H

#include "core/exchange.h"

/* true if fields of that name may follow a body to or from the farm's servers. */
bool trailers_allow(const struct config_farm *farm, const struct slice *name);
/*
 * trailers_announced - the names a Trailer field of h announces and that may pass.
 * Arena; empty = none.  Removed fields count too.
 */
struct slice trailers_announced(struct exchange *x, const struct headers *h);
/* Whether those of a response may go to the client: it asks for them, over HTTP/1.1. */
bool trailers_are_wanted(const struct exchange *x);
/*
 * What follows the last chunk on its way to the server, or to the client: field lines, empty =
 * none.  Once the body is read; writes TRAILER_FIELD or SECURITY_HEADER_STRIPPED.  Arena.
 */
struct slice trailers_for_server(struct exchange *x);
struct slice trailers_for_client(struct exchange *x);

#endif
