/* SPDX-License-Identifier: MIT */
/*
 * story - what happened during a handshake, told as SECURITY_* events, and the
 * true reason when it failed.
 *
 * GnuTLS's code alone misleads (STACK 1.4): the reason is derived from what
 * the client offered, the records seen, and who was waiting for whom.
 */
#ifndef CORE_HANDSHAKE_STORY_H
#define CORE_HANDSHAKE_STORY_H

#include "core/conn.h"

/* Before the first byte; makes c->story. 0 or a GnuTLS code. */
int story_begin(struct conn *c);
/* The step's time limit is over. */
void story_timeout(struct conn *c);
bool story_is_timed_out(const struct conn *c);
/* true while a person may be choosing a certificate or typing a PIN. */
bool story_waits_for_person(const struct conn *c);
/* true once: when that wait begins and gets its own time limit. */
bool story_person_begins(struct conn *c);
/* The handshake is complete: SECURITY_SESSION, SECURITY_HANDSHAKE_END. */
void story_done(struct conn *c);
/* It failed with a GnuTLS code; sends the fitting alert, writes the end of the
 * story and hands the trace over. */
void story_failed(struct conn *c, int code);
/*
 * The same for a certificate that is asked for late, in the exchange's trace (c->trace):
 * story_late_begin makes c->story, 0 or a GnuTLS code; story_late_end ends it, 0 = it is
 * complete; why gets the reason of a failure.
 */
int story_late_begin(struct conn *c);
void story_late_end(struct conn *c, int code, char *why, size_t size);
/* It is given up for a reason outside TLS. */
void story_late_stopped(struct conn *c, const char *why);
/* The proxy stops before it is complete. */
void story_stopped(struct conn *c);
/* The first bytes are no TLS: answers HTTP in clear text, ends likewise. */
void story_not_tls(struct conn *c);
/* The client's flight waits, but no thread can be had for the token's signature. */
void story_no_signer(struct conn *c);
/* The same of a renegotiation; story_late_end comes after it. */
void story_late_no_signer(struct conn *c);
/*
 * story_submit - hands over the trace of a connection that never carried a request.
 * @name  of the server the client asked for; "" = not known, its address is told.
 */
void story_submit(struct conn *c, enum fault fault, const char *name);
/* true until the proxy's first flight, which holds its signature, is complete. */
bool story_flight_is_due(const struct conn *c);
void story_free(struct conn *c);

#endif
