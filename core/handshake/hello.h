/* SPDX-License-Identifier: MIT */
/*
 * hello - what a client offers, read from the bytes of its ClientHello, and
 * the few other handshake messages a trace quotes.
 *
 * Every length is checked; a malformed part ends the reading of that part
 * only.  GREASE values (0x?A?A) are left out.  Pure.  Sources: RFC 8446 4.1.2,
 * 4.2, 4.3.2, 4.4.2; RFC 5246 7.4.2, 7.4.4; RFC 8701.
 */
#ifndef CORE_HANDSHAKE_HELLO_H
#define CORE_HANDSHAKE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELLO_LIST 48 /* values kept of each list */
#define HELLO_TICKET_NAME 16u /* bytes before a ticket that name its key, RFC 5077 4 */

struct hello_list {
	uint16_t at[HELLO_LIST];
	size_t count; /* kept */
	size_t total; /* offered, GREASE included */
};

struct hello {
	bool valid; /* the fixed part could be read */
	char server_name[256]; /* "" = none; only letters, digits, '-', '.', '_' */
	char alpn[128]; /* comma separated, printable */
	struct hello_list versions; /* supported_versions, else the legacy version */
	struct hello_list suites, groups, signatures;
	bool post_handshake_auth;
	bool ticket; /* a ticket or a PSK was offered */
	bool has_ticket_name; /* the first ticket of TLS 1.3 is long enough to have one */
	unsigned char ticket_name[HELLO_TICKET_NAME];
	size_t bytes;
};

/* msg: the message body without its 4-byte header. */
void hello_parse(struct hello *h, const unsigned char *msg, size_t len);

/* Names of TLS numbers; unknown ones as 0x1234. */
enum hello_kind { HELLO_VERSION, HELLO_SUITE, HELLO_GROUP, HELLO_SIGNATURE };
/* "TLS 1.3, TLS 1.2"; cut with " ..." when out is full.  Returns out. */
const char *hello_list_text(const struct hello_list *l, enum hello_kind kind, char *out,
			    size_t size);
bool hello_list_has(const struct hello_list *l, uint16_t value);

/* Certificates in a Certificate message, -1 = malformed. */
int hello_certificate_count(const unsigned char *msg, size_t len, bool tls13);
/* Signature algorithms and size of the CA names in a CertificateRequest. */
struct hello_request {
	struct hello_list signatures;
	size_t ca_bytes; /* of the list of names, its length field not counted */
	size_t ca_count;
};
void hello_parse_request(struct hello_request *r, const unsigned char *msg, size_t len, bool tls13);

#endif
