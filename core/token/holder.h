/* SPDX-License-Identifier: MIT */
/* holder - is the certificate that was shown on a connection a badge, and whose? */
#ifndef CORE_TOKEN_HOLDER_H
#define CORE_TOKEN_HOLDER_H

#include "core/conn.h"

/* Sets c->identity of c->badge (nothing without one).  Events go to c->trace. */
void holder_find(struct conn *c);

#endif
