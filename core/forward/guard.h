/* SPDX-License-Identifier: MIT */
/*
 * guard - names that a client may not send to a server, in any spelling: a
 * server may know no case and read _ . or + for -.  Pure.  Source: ARR 3 (forged
 * headers), guard.def.
 */
#ifndef CORE_FORWARD_GUARD_H
#define CORE_FORWARD_GUARD_H

#include "core/config.h"
#include "core/http/headers.h"

/*
 * guard_reason - why a field of a head or trailer must go, for SECURITY_HEADER_STRIPPED.
 * @id  of the name; names that have one are guarded only if they are configured.
 * NULL = it may pass.
 */
const char *guard_reason(const struct config_guard *configured, const struct slice *name,
			 enum header_id id);
/* The same name for a server that reads it as header_fold does. */
bool guard_is(const struct slice *name, const char *text, size_t len);

#endif
