/* SPDX-License-Identifier: MIT */
/*
 * cert_format - the client's certificate as the value of a header field.
 *
 * Values are visible ASCII and spaces, whatever stands in the certificate: in
 * names the other bytes are RFC 4514 escapes (\C3\98), elsewhere %XX.  Pure
 * functions.  Sources: cert_format.def; the formats' examples are in the README.
 */
#ifndef CORE_FORWARD_CERT_FORMAT_H
#define CORE_FORWARD_CERT_FORMAT_H

#include "core/chain/verify.h"
#include "core/config.h"

struct cert_format_info {
	const char *group;	/* word that names several rows, "" = none */
	const char *word;
	const char *header;	/* standard name */
	const char *encoding;	/* for traces */
};
extern const struct cert_format_info cert_formats[CERT_FORMAT_COUNT];

/*
 * cert_format_put - appends the value of one header.
 * @badge  trusted: its leaf is readable.
 * @parts  enum xfcc_part, CERT_FORMAT_XFCC only.
 * Nothing is appended where there is nothing to say (no chain): no header then.
 */
void cert_format_put(struct buf *b, enum cert_format f, const struct badge *badge,
		     unsigned int parts);

#endif
