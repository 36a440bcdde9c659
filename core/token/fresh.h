/* SPDX-License-Identifier: MIT */
/*
 * fresh - when did a certificate's key last sign?  A resumed session carries
 * no CertificateVerify; the table remembers the last one for each certificate
 * this process has seen.  Fixed size, lock-free, shared by all workers: a slot
 * may be taken over by another certificate, then the answer is "unknown".
 */
#ifndef CORE_TOKEN_FRESH_H
#define CORE_TOKEN_FRESH_H

#include <stdint.h>

/* The key of that certificate (SHA-256 of its DER) signed just now. */
void fresh_note(const unsigned char sha256[static 32]);
/* Seconds since then, UINT64_MAX = unknown. */
uint64_t fresh_age(const unsigned char sha256[static 32]);

#endif
