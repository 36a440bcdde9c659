/* SPDX-License-Identifier: MIT */
/*
 * repeat - how often the key of a certificate signed within a minute, and why
 * the connection before ended.
 *
 * Each full handshake may ask its person for the PIN.  Fixed size, lock-free,
 * shared by all workers: a slot may be taken over by another certificate, then
 * the count begins anew and a warning comes later.  Source: ARR 5, S17.
 */
#ifndef CORE_TOKEN_REPEAT_H
#define CORE_TOKEN_REPEAT_H

#include <stdint.h>

#define REPEAT_SECONDS 60u /* counted from the first signature on */
#define REPEAT_MANY 6u /* browsers open so many connections for one page */

/* One more signature of that certificate (SHA-256 of its DER) at now_s, monotonic
 * seconds; returns how many it makes within the minute, at most 65535. */
unsigned int repeat_signed(const unsigned char sha256[static 32], uint64_t now_s);
/* A connection of that certificate ended; end is the caller's number, not 0. */
void repeat_ended(const unsigned char sha256[static 32], unsigned int end);
/* The last such number, 0 = unknown. */
unsigned int repeat_last_end(const unsigned char sha256[static 32]);

#endif
