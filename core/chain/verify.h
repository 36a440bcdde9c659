/* SPDX-License-Identifier: MIT */
/*
 * verify - the verdict over a client's chain, with everything a reader needs
 * to believe it, cached by chain and trust.
 *
 * A verdict is computed once per chain (about 0.4 ms) and kept in the worker's
 * cache under SHA-256 of the chain + trust generation; time bounds and CRL
 * freshness are looked at again on every hit.  The same events are written on
 * a hit and on a miss.  Sources: STACK 2.1-2.4, ARR 4, OWN-EVENTS
 * (CertificateChain, Revocation).
 */
#ifndef CORE_CHAIN_VERIFY_H
#define CORE_CHAIN_VERIFY_H

#include "core/chain/cert.h"
#include "core/chain/trust.h"
#include "core/fault.h"
#include "trace/trace.h"

#include <stdatomic.h>

struct verify_cache;	/* one per worker, not thread-safe */

enum cert_origin { ORIGIN_SENT, ORIGIN_STORE, ORIGIN_ANCHOR };

struct badge_notes {	/* what a later stage found out about a badge; it begins with this */
	void (*free)(struct badge_notes *n);	/* called when the badge goes */
};

struct badge_element {
	struct cert *cert;
	enum cert_origin origin;	/* where we have it from */
};

/* A judged client certificate: immutable but for .notes, reference counted, may be
 * shared by connections and threads. */
struct badge {
	_Atomic unsigned int refs;
	unsigned char chain_sha256[CERT_SHA256];	/* over the DERs as sent */
	struct badge_element *path;	/* leaf first, up to the anchor as far as found */
	size_t path_count, sent_count;
	const struct cert *leaf;	/* path[0].cert */
	char *leaf_base64;		/* X-ARR-ClientCert: one line, padded */
	enum fault fault;		/* FAULT_NONE = trusted; without dates and revocation */
	unsigned int fault_depth;
	unsigned int status;		/* GnuTLS verification bits */
	char *hint;			/* what would help, "" = none */
	_Atomic(struct badge_notes *) notes;	/* set once; NULL = nobody asked yet */
};

struct verify_cache *verify_cache_new(size_t max_entries);
void verify_cache_free(struct verify_cache *c);		/* NULL is fine */

/*
 * verify_chain - judges the certificates a client sent.
 * @raw, @n   as gnutls_certificate_get_peers gives them, n > 0; at most 16 are read.
 * @t         events SECURITY_CHAIN_* and SECURITY_REVOCATION_* go there; may be NULL.
 * @badge     out: new reference (badge_unref), also when refused.
 * Returns FAULT_NONE or why it is refused, now (dates and revocation included).
 */
enum fault verify_chain(struct verify_cache *cache, const struct trust *trust,
			const struct config_trust *policy, const gnutls_datum_t *raw,
			unsigned int n, time_t now, struct trace *t, struct badge **badge);
struct online;
/*
 * verify_wants_online - does the policy want addresses in this chain to be asked first?
 * Never for a chain that is not trusted, and not where files or earlier answers do.
 * Returns a badge (a reference) that online_fetch is for, NULL = no.
 */
struct badge *verify_wants_online(struct verify_cache *cache, const struct trust *trust,
				  const struct config_trust *policy, const gnutls_datum_t *raw,
				  unsigned int n, time_t now);
/* The answers, NULL fine, for verify_chain to judge by; takes o.  The cache's thread only. */
void verify_take_online(struct badge *b, struct online *o);
struct badge *badge_ref(struct badge *b);
void badge_unref(struct badge *b);	/* thread-safe; NULL is fine */

#endif
