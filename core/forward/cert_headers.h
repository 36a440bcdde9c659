/* SPDX-License-Identifier: MIT */
/*
 * cert_headers - the certificate headers of a connection, for each farm that
 * its requests went to: formatted once, then borrowed by every request.
 * Belongs to the connection, and so to one worker.
 */
#ifndef CORE_FORWARD_CERT_HEADERS_H
#define CORE_FORWARD_CERT_HEADERS_H

#include "core/conn.h"

/*
 * cert_headers_for - values in the order of farm->cert_headers; empty = not sent.
 * NULL without memory, or when the farm has no such header.  Valid as long as c.
 * All are empty without a certificate that was accepted.
 */
const struct slice *cert_headers_for(struct conn *c, const struct config_farm *farm);
void cert_headers_free(struct conn *c);

#endif
