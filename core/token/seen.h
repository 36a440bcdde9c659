/* SPDX-License-Identifier: MIT */
/*
 * seen - what this process remembers of a certificate from one connection to the
 * next: when its key last signed, how often within a minute, from which address it
 * was used, why the connection before ended.
 *
 * A resumed session carries no signature; each full handshake may ask its person
 * for the PIN; a session or a key in other hands shows as another address.  Fixed
 * size, never waits, shared by all workers: a place may be taken over by another
 * certificate, then nothing is known of the first.  Keys are SHA-256 of the DER.
 * Sources: ARR 5, S17 and S18.
 */
#ifndef CORE_TOKEN_SEEN_H
#define CORE_TOKEN_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define SEEN_SECONDS 60u /* signatures are counted so long, from the first one on */
#define SEEN_MANY 6u /* browsers open so many connections for one page */
#define SEEN_ELSEWHERE_SECONDS 600u /* a person has hardly moved to another machine meanwhile */
#define SEEN_ADDRESS 46u /* text of an address, with its NUL */

/* Its key signed at now_ns (monotonic); returns how many signatures that makes within the
 * minute, at most 65535. */
unsigned int seen_signed(const unsigned char sha256[static 32], uint64_t now_ns);
/* Seconds since then, UINT64_MAX = not known. */
uint64_t seen_age(const unsigned char sha256[static 32], uint64_t now_ns);
/* A connection of that certificate ended; end is the caller's number, not 0. */
void seen_ended(const unsigned char sha256[static 32], unsigned int end);
/* The last such number, 0 = not known. */
unsigned int seen_last_end(const unsigned char sha256[static 32]);
/*
 * seen_from - it is used from that address now.
 * @other  out: the address it was used from before; @ago  out: seconds since.
 * Returns true if that is another one, no longer ago than SEEN_ELSEWHERE_SECONDS.
 */
bool seen_from(const unsigned char sha256[static 32], const char *address, uint64_t now_ns,
	       char other[static SEEN_ADDRESS], uint64_t *ago);

#endif
