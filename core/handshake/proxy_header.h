/* SPDX-License-Identifier: MIT */
/*
 * proxy_header - the PROXY protocol, versions 1 and 2: what a load balancer
 * says of the client ahead of the client's own bytes.
 *
 * Pure: bytes in, facts out; nothing here reads a socket.  A header is never
 * read past its end, so what follows in the same packet stays for TLS or HTTP.
 * Source: HAProxy's specification of the PROXY protocol, 2.1 (version 1), 2.2
 * (version 2, TLVs and their CRC32c).
 */
#ifndef CORE_HANDSHAKE_PROXY_HEADER_H
#define CORE_HANDSHAKE_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define PROXY_V1_MAX ((size_t)107) /* the line with its CR LF */
#define PROXY_HEADER_MAX ((size_t)8192) /* ours: version 2 could say up to 65551 */

struct proxy_header {
	unsigned int version; /* 1, 2; 0 = it is none */
	bool local; /* a connection of the proxy itself, as a health check */
	const char *family; /* TCP4, TCP6, UNIX, UDP4, UDP6, UNIX-DGRAM, UNKNOWN */
	bool has_addresses; /* the next two are the client's; else the socket's count */
	struct sockaddr_storage source, destination; /* IPv4 or IPv6 */
	char source_path[109], destination_path[109]; /* family UNIX; else "" */
	unsigned int tlvs; /* additional fields, all skipped */
	bool checked; /* a CRC32c was there, and right */
};

/*
 * proxy_header_missing - how many bytes may still be read without taking one
 * of the client's.
 * @data, @len  what was read so far, never more than was asked for.
 * Returns 0 when the header is whole, or -1 with *wrong (static text).
 */
ssize_t proxy_header_missing(const void *data, size_t len, const char **wrong);

/* Reads a whole header; 0, or -1 with *wrong (static text).  h is set as far as it was read. */
int proxy_header_parse(struct proxy_header *h, const void *data, size_t len, const char **wrong);

#endif
