/* SPDX-License-Identifier: MIT */
/*
 * ticket - see ticket.h.
 *
 * GnuTLS derives the working key of a ticket as SHA3-512 over the number of the
 * present period (8 bytes, big-endian; a period is three ticket lifetimes) and
 * the key it was given; the first 16 bytes name it and stand before the ticket.
 * It also opens tickets of the period before.  That the linked GnuTLS does so is
 * what test_ticket.c tries: if another did not, no name would fit and clients
 * would make full handshakes.
 *
 * A site that limits the age of signatures has keys of its own, made from the
 * others and the limit: only a proxy with that limit gave such a ticket, and
 * only for a signature that was young enough.  A lifetime alone proves nothing:
 * those of two limits, or of none, may be alike.
 */
#include <config.h>

#include "core/handshake/ticket.h"

#include "core/base/log.h"
#include "core/handshake/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME_STEPS 8u
#define PERIOD_LIFETIMES 3u
#define ID_BYTES 8u /* of a hash: enough to tell keys apart */

struct ticket_keys { /* one mapping: locked, not dumped */
	_Atomic unsigned int refs;
	unsigned int count;
	unsigned char key[TICKET_KEYS_MAX][TICKET_KEY_BYTES];
	char id[TICKET_KEYS_MAX][2 * ID_BYTES + 1]; /* "" for a key of this process */
};

static struct ticket_keys *
keys_new(void)
{
	struct ticket_keys *k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (k == MAP_FAILED)
		return NULL;
	madvise(k, sizeof(*k), MADV_DONTDUMP);
	if (mlock(k, sizeof(*k)) < 0)
		log_warning("the memory of ticket keys cannot be locked: it may be swapped out");
	atomic_init(&k->refs, 1);
	return k;
}

struct ticket_keys *
ticket_keys_ref(struct ticket_keys *k)
{
	if (k)
		atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
ticket_keys_unref(struct ticket_keys *k)
{
	if (!k || atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	explicit_bzero(k, sizeof(*k));
	munmap(k, sizeof(*k));
}

struct ticket_keys *
ticket_keys_random(void)
{
	struct ticket_keys *k = keys_new();

	if (k && gnutls_rnd(GNUTLS_RND_KEY, k->key[0], TICKET_KEY_BYTES) < 0) {
		ticket_keys_unref(k);
		return NULL;
	}
	if (k)
		k->count = 1;
	return k;
}

/* NULL, or what is wrong with the file. */
static const char *
file_refusal(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is no ordinary file; allowed: a file of 64 random bytes for each key";
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return "it belongs to another user, who knows the keys; allowed: a file of this "
		       "user or of root";
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return "others may read or write it; allowed: mode 0600 or 0400";
	if (st->st_size == 0 || st->st_size % TICKET_KEY_BYTES != 0 ||
	    st->st_size > (off_t)(TICKET_KEYS_MAX * TICKET_KEY_BYTES))
		return "wrong size; allowed: 64, 128, 192 or 256 random bytes, 64 for each key";
	return NULL;
}

/* Zeros, text of one letter, the same key twice: NULL, or what is wrong with the keys. */
static const char *
key_refusal(const struct ticket_keys *k)
{
	for (unsigned int i = 0; i < k->count; i++) {
		if (memcmp(k->key[i], k->key[i] + 1, TICKET_KEY_BYTES - 1) == 0)
			return "all bytes of a key are alike; allowed: random bytes";
		for (unsigned int j = 0; j < i; j++)
			if (memcmp(k->key[i], k->key[j], TICKET_KEY_BYTES) == 0)
				return "a key is in it twice; allowed: different keys";
	}
	return NULL;
}

static const char *
read_keys(int fd, struct ticket_keys *k)
{
	struct stat st;
	const char *why;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	why = file_refusal(&st);
	if (why)
		return why;
	if (read(fd, k->key, (size_t)st.st_size) != (ssize_t)st.st_size)
		return "it could not be read as a whole";
	k->count = (unsigned int)st.st_size / TICKET_KEY_BYTES;
	return key_refusal(k);
}

/* A hash of random bytes tells nothing of them. */
static void
name_keys(struct ticket_keys *k)
{
	unsigned char hash[32];

	for (unsigned int i = 0; i < k->count; i++)
		if (gnutls_hash_fast(GNUTLS_DIG_SHA256, k->key[i], TICKET_KEY_BYTES, hash) >= 0)
			for (unsigned int j = 0; j < ID_BYTES; j++)
				snprintf(k->id[i] + 2 * j, 3, "%02x", hash[j]);
}

struct ticket_keys *
ticket_keys_read(const char *path, struct buf *messages)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why = fd < 0 ? strerror(errno) : NULL;
	struct ticket_keys *k = why ? NULL : keys_new();

	if (!why)
		why = k ? read_keys(fd, k) : "out of memory";
	if (fd >= 0)
		close(fd);
	if (!why) {
		name_keys(k);
		return k;
	}
	ticket_keys_unref(k);
	buf_putf(messages, "error: %s: the ticket keys cannot be used: %s\n", path, why);
	return NULL;
}

void
ticket_keys_tell(const struct ticket_keys *k, const char *path)
{
	for (unsigned int i = 0; i < k->count; i++)
		log_info("%s: ticket key %u, %s: %s", path, i + 1, k->id[i],
			 i == 0 ? "makes tickets and opens them" : "opens tickets only");
}

void
ticket_name(const unsigned char key[static TICKET_KEY_BYTES], uint64_t now, uint64_t lifetime,
	    unsigned int period, unsigned char name[static HELLO_TICKET_NAME])
{
	uint64_t t = now / (lifetime * PERIOD_LIFETIMES) - period;
	unsigned char in[8 + TICKET_KEY_BYTES], out[64];

	memset(name, 0, HELLO_TICKET_NAME);
	for (unsigned int i = 0; i < 8; i++)
		in[i] = (unsigned char)(t >> (56 - 8 * i));
	memcpy(in + 8, key, TICKET_KEY_BYTES);
	if (gnutls_hash_fast(GNUTLS_DIG_SHA3_512, in, sizeof(in), out) >= 0)
		memcpy(name, out, HELLO_TICKET_NAME);
	explicit_bzero(in, sizeof(in));
	explicit_bzero(out, sizeof(out));
}

/* Tickets end so long before the signature is too old that the session they resume has time. */
static uint64_t
ticket_limit(uint64_t max)
{
	return max - max / LIFETIME_STEPS;
}

/* The step-th lifetime, longest first; step 0 to LIFETIME_STEPS - 1. */
static uint64_t
lifetime_step(uint64_t max, unsigned int step)
{
	uint64_t limit = ticket_limit(max);
	uint64_t longest = limit && limit < TICKET_SECONDS ? limit : TICKET_SECONDS;

	return longest * (LIFETIME_STEPS - step) / LIFETIME_STEPS;
}

uint64_t
ticket_lifetime(uint64_t max, uint64_t age)
{
	uint64_t limit = ticket_limit(max);

	if (!max)
		return TICKET_SECONDS;
	for (unsigned int step = 0; age < limit && step < LIFETIME_STEPS; step++)
		if (lifetime_step(max, step) <= limit - age)
			return lifetime_step(max, step);
	return 0;
}

int
ticket_key_for(const unsigned char key[static TICKET_KEY_BYTES], uint64_t max,
	       unsigned char out[static TICKET_KEY_BYTES])
{
	unsigned char text[] = "max\0\0\0\0\0\0\0";

	if (!max) {
		memcpy(out, key, TICKET_KEY_BYTES);
		return 0;
	}
	for (unsigned int i = 0; i < 8; i++)
		text[3 + i] = (unsigned char)(max >> (56 - 8 * i));
	return gnutls_hmac_fast(GNUTLS_MAC_SHA512, key, TICKET_KEY_BYTES, text, sizeof(text), out);
}

/* The lifetime with which a key made a ticket of that name; 0 = it did not. */
static uint64_t
find_lifetime(const unsigned char key[static TICKET_KEY_BYTES], uint64_t max,
	      const unsigned char *name)
{
	unsigned char own[HELLO_TICKET_NAME];
	uint64_t now = (uint64_t)time(NULL), lifetime;

	for (unsigned int i = 0; i < 2 * (max ? LIFETIME_STEPS : 1); i++) {
		lifetime = lifetime_step(max, i / 2);
		if (!lifetime)
			continue;
		ticket_name(key, now, lifetime, i % 2, own);
		if (memcmp(own, name, sizeof(own)) == 0)
			return lifetime;
	}
	return 0;
}

/* Which key (from 1, 0 = none) made a ticket of that name, and with which lifetime. */
static unsigned int
find_key(const struct ticket_keys *k, uint64_t max, const unsigned char *name, uint64_t *lifetime)
{
	unsigned char key[TICKET_KEY_BYTES];
	unsigned int found = 0;

	for (unsigned int i = 0; i < k->count && !found; i++) {
		*lifetime = ticket_key_for(k->key[i], max, key) < 0 ? 0 :
			    find_lifetime(key, max, name);
		found = *lifetime ? i + 1 : 0;
	}
	explicit_bzero(key, sizeof(key));
	return found;
}

/* The session makes and opens tickets with the key it was given for that limit. */
static void
enable(struct conn *c)
{
	unsigned char key[TICKET_KEY_BYTES];
	const gnutls_datum_t datum = { key, sizeof(key) };

	if (ticket_key_for(c->runtime->tickets->key[c->ticket_key - 1], c->ticket_max, key) >= 0)
		gnutls_session_ticket_enable_server(c->tls, &datum);
	explicit_bzero(key, sizeof(key));
}

void
ticket_use(struct conn *c, const struct hello *h)
{
	struct ticket_keys *k = c->runtime->tickets;
	uint64_t lifetime = TICKET_SECONDS, max;

	if (!k || c->ticket_key) /* the second ClientHello after a HelloRetryRequest */
		return;
	max = tls_binding_for(c, h->server_name, strlen(h->server_name))->site->max_signature_age;
	if (h->has_ticket_name)
		c->ticket_found = find_key(k, max, h->ticket_name, &lifetime);
	c->ticket_key = c->ticket_found ? c->ticket_found : 1;
	c->ticket_max = max;
	if (!c->ticket_found)
		lifetime = TICKET_SECONDS;
	else
		c->signed_within = ticket_limit(max); /* if it is accepted: see ticket_lifetime */
	gnutls_db_set_cache_expiration(c->tls, (int)lifetime);
	enable(c);
}

const char *
ticket_refusal(const struct conn *c)
{
	if (gnutls_protocol_get_version(c->tls) != GNUTLS_TLS1_3)
		return "sessions are resumed with TLS 1.3 only, and this client uses TLS 1.2";
	if (!c->runtime->tickets)
		return "session tickets are off here (tickets)";
	if (c->ticket_found)
		return "it is too old, or what was agreed on then does not go now";
	return "it is too old, or made with a key that is not here: by another proxy, by an "
	       "earlier run of this one, for a site with another maxSignatureAge, or before the "
	       "key was taken out of ticketKeyFile";
}

/* What a reader should know of an accepted ticket. */
static const char *
accepted_note(const struct conn *c, uint64_t age)
{
	if (c->ticket_found > 1)
		return "made with an older key: no new ticket is given, so that the next "
		       "handshake is a full one";
	if (age == UINT64_MAX)
		return "nobody signed on this connection, and when the key last signed is not "
		       "known here: the badge may be out of its reader";
	if (age >= TICKET_OLD_SECONDS)
		return "nobody signed on this connection, and the last signature is old: the badge "
		       "may be out of its reader; maxSignatureAge limits that";
	return "";
}

void
ticket_trace(struct conn *c, const struct hello *h, uint64_t age)
{
	bool old = c->resumed && (age == UINT64_MAX || age >= TICKET_OLD_SECONDS);
	const struct ticket_keys *k = c->runtime->tickets;
	char ordinal[12] = "";

	if (!h->ticket)
		return;
	if (c->ticket_found)
		snprintf(ordinal, sizeof(ordinal), "%u", c->ticket_found);
	TRACE_AT(c->trace, old ? TE_WARNING : TE_INFO, SECURITY_TICKET,
		 .Accepted = c->resumed ? "yes" : "no",
		 .KeyOrdinal = ordinal, .Keys = k ? k->count : 0,
		 .KeyId = k && c->ticket_found ? k->id[c->ticket_found - 1] : "",
		 .Note = c->resumed ? accepted_note(c, age) : ticket_refusal(c));
}

void
ticket_send(struct conn *c, uint64_t age)
{
	uint64_t max = c->binding->site->max_signature_age;
	uint64_t lifetime = ticket_lifetime(max, age);

	/* A session has one key: that of its ticket.  Older ones make no tickets.  And a
	 * second ClientHello may have named a site that has another. */
	if (!c->runtime->tickets || c->ticket_sent || c->ticket_key != 1 || !lifetime ||
	    c->ticket_max != max ||
	    gnutls_protocol_get_version(c->tls) != GNUTLS_TLS1_3)
		return;
	gnutls_db_set_cache_expiration(c->tls, (int)lifetime);
	c->ticket_sent = gnutls_session_ticket_send(c->tls, 1, 0) >= 0;
}
