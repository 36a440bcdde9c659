/* SPDX-License-Identifier: MIT */
/*
 * shown - the certificates a client has shown on a connection are judged.
 * Where addresses in a trusted chain are to be asked, an errand does so first.
 */
#ifndef CORE_CHAIN_SHOWN_H
#define CORE_CHAIN_SHOWN_H

#include "core/conn.h"

/*
 * shown_judge - sets c->badge and c->verdict; both stay as they are if none was shown.
 * Events go to c->trace.  WAIT: an errand is under way; call it again when it is back.
 */
enum next shown_judge(struct conn *c);

#endif
