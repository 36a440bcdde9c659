/* SPDX-License-Identifier: MIT */
/*
 * lane_key - a private key on a token, for GnuTLS, whose token may hang: each
 * use runs in the token's lane, and who waits for it waits no longer than the limit.
 *
 * A use that is over its limit goes on alone: it owns the key and a copy of its data.
 * Facts: STACK 3.5, 3.6; GnuTLS's manual on gnutls_privkey_import_ext4.
 */
#ifndef CORE_TOKEN_LANE_KEY_H
#define CORE_TOKEN_LANE_KEY_H

#include "core/base/lane.h"
#include "core/token/pin.h"

#include <gnutls/abstract.h>

struct lane_key_source {
	const char *uri; /* pkcs11:, without pin attributes */
	struct lane *lane;
	unsigned int seconds; /* limit of one use */
	struct pin_source *pin; /* in: source; out: how it went; copied for later uses */
	gnutls_pubkey_t check; /* of the certificate: one signature is tried; NULL = none is */
};

/*
 * lane_key_open - logs in and opens the key.  On a thread of the lane: it blocks.
 * @out  gnutls_privkey_deinit() it anywhere: the session on the token is closed in the lane.
 * Returns 0 or a GnuTLS code (GNUTLS_E_CERTIFICATE_KEY_MISMATCH: not .check's).
 */
int lane_key_open(const struct lane_key_source *s, gnutls_privkey_t *out);
#endif
