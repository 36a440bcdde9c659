/* SPDX-License-Identifier: MIT */
/*
 * clock_doubt - when certificates of several people are not yet valid at one time, it
 * is rather this machine's clock that is wrong.  Source: ARR 5, S08.
 *
 * Fixed size, never waits, shared by all workers.
 */
#ifndef CORE_CHAIN_CLOCK_DOUBT_H
#define CORE_CHAIN_CLOCK_DOUBT_H

#include <stdint.h>

#define CLOCK_DOUBT_SECONDS 60u
#define CLOCK_DOUBT_MANY 3u /* different certificates within that time */

/*
 * clock_doubt_note - a certificate (SHA-256 of its DER) is not yet valid.
 * @now_s  monotonic seconds: the clock of the machine is what is in doubt.
 * Returns how many different ones that makes within the time, at most 8.
 */
unsigned int clock_doubt_note(const unsigned char sha256[static 32], uint64_t now_s);

#endif
