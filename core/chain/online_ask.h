/* SPDX-License-Identifier: MIT */
/*
 * online_ask - asks one address, and says how long the answer counts.
 *
 * Blocks; keeps nothing but lists in the state folder.  Source: RFC 5280 6.3; RFC 6960.
 */
#ifndef CORE_CHAIN_ONLINE_ASK_H
#define CORE_CHAIN_ONLINE_ASK_H

#include "core/chain/online_store.h"

/* May the address be asked under this policy? */
bool ask_is_allowed(const struct config_trust *policy, enum revoke_method method,
		    const char *url);
/*
 * ask_subject - f: what was known; then what is known.  A failure keeps what still counts.
 * @state_dir  "" = nothing is kept on disk.
 */
void ask_subject(const struct subject *s, const struct config_trust *policy,
		 const char *state_dir, time_t now, struct finding *f);

#endif
