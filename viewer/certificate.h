/* SPDX-License-Identifier: MIT */
/*
 * certificate - a certificate found in a trace, decoded for reading.
 *
 * The viewer's door to GnuTLS.  The bytes come from the network: a value that
 * does not decode gives a reason, never more.  Facts: VIEWER 3 (view 6).
 */
#ifndef VIEWER_CERTIFICATE_H
#define VIEWER_CERTIFICATE_H

#include "trace/buf.h"

#include <stdint.h>

/*
 * certificate_text - what the certificate says, one fact per line.
 * @value  DER in base64 (as X-ARR-ClientCert has it) or PEM.
 * @at_ms  time of the trace, for the days left; INT64_MIN = unknown.
 * @out    appended: lines "name: text", still untrusted.
 * Returns 0, or -EBADMSG with the reason in @out.
 */
int certificate_text(const char *value, int64_t at_ms, struct buf *out);
/* The same certificate as PEM. */
int certificate_pem(const char *value, struct buf *out);

#endif
