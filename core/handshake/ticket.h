/* SPDX-License-Identifier: MIT */
/*
 * ticket - the keys of TLS session tickets: of this process alone, or of a file
 * that several proxies share; which of them a session uses; how long a ticket lives.
 *
 * A file holds one to four keys of 64 bytes.  The first makes tickets, all of
 * them open tickets.  GnuTLS takes one key for a session and makes working keys
 * from it that change every 18 hours, so the key is chosen when the ClientHello
 * shows the ticket, by the name that stands before it: see ticket.c.
 * Sources: RFC 8446 4.2.11, 4.6.1; STACK 5.3.
 */
#ifndef CORE_HANDSHAKE_TICKET_H
#define CORE_HANDSHAKE_TICKET_H

#include "core/conn.h"
#include "core/handshake/hello.h"

#define TICKET_KEY_BYTES 64u
#define TICKET_KEYS_MAX 4u
#define TICKET_OLD_SECONDS 900u /* since the signature: the badge may be gone since long; S18 */
#define TICKET_SECONDS 21600u /* GnuTLS's: tickets live no longer */

struct ticket_keys; /* immutable, reference counted; in locked memory, wiped at its end */

/* A key of this process; NULL without randomness or memory. */
struct ticket_keys *ticket_keys_random(void);
/*
 * ticket_keys_read - the keys of a file, which others of the machine must not be able to read.
 * @messages  one line on an error.
 * Returns a reference, or NULL.
 */
struct ticket_keys *ticket_keys_read(const char *path, struct buf *messages);
struct ticket_keys *ticket_keys_ref(struct ticket_keys *k);
void ticket_keys_unref(struct ticket_keys *k); /* thread-safe; NULL is fine */
/* For the log: how many, and the names by which proxies can be compared. */
void ticket_keys_tell(const struct ticket_keys *k, const char *path);

/*
 * ticket_key_for - the key of the tickets that a site with a limit gives, made from one of the
 * file; the caller wipes it.
 * @max  the longest time since a signature that the site allows, seconds; 0 = any: key itself.
 * Returns 0, or GnuTLS's error.
 */
int ticket_key_for(const unsigned char key[static TICKET_KEY_BYTES], uint64_t max,
		   unsigned char out[static TICKET_KEY_BYTES]);
/*
 * ticket_name - the first 16 bytes of the tickets that GnuTLS makes with a key.
 * @lifetime  of the ticket, seconds; @period counts back: 0 = of now, 1 = the one before.
 */
void ticket_name(const unsigned char key[static TICKET_KEY_BYTES], uint64_t now, uint64_t lifetime,
		 unsigned int period, unsigned char name[static HELLO_TICKET_NAME]);
/*
 * ticket_lifetime - of a ticket that is given out now, seconds; 0 = none may be given.
 * @max  the longest time since a signature that the site allows, 0 = any.
 * @age  seconds since the last one, UINT64_MAX = not known.
 * It ends when 7/8 of max are over since the signature, at the latest.  There are at most
 * eight lifetimes for one max, because a ticket's working key hangs on its lifetime.
 */
uint64_t ticket_lifetime(uint64_t max, uint64_t age);

/* Before GnuTLS reads a ClientHello: the session gets the key that fits its ticket. */
void ticket_use(struct conn *c, const struct hello *h);
/* The handshake is complete: SECURITY_TICKET, if a ticket was offered; a warning if it stands
 * for a signature of long ago.  age: seconds since then, UINT64_MAX = not known. */
void ticket_trace(struct conn *c, const struct hello *h, uint64_t age);
/* Why an offered ticket did not resume a session. */
const char *ticket_refusal(const struct conn *c);
/* One ticket, if tickets are on and may be given; age as for ticket_lifetime. */
void ticket_send(struct conn *c, uint64_t age);

#endif
