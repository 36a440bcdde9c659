/* SPDX-License-Identifier: MIT */
/*
 * trust - whom we believe: anchors, intermediates, the CA names we send, CRLs.
 *
 * Loaded from files at start and on reload; immutable and reference counted
 * afterwards, so workers share it without locks.  Intermediates are never
 * anchors (STACK 2.4); CRLs are our own table (revoke.h), because GnuTLS
 * treats an expired CRL as fresh (STACK 2.3).
 */
#ifndef CORE_CHAIN_TRUST_H
#define CORE_CHAIN_TRUST_H

#include "core/chain/cert.h"
#include "core/config.h"
#include "trace/buf.h"
#include "trace/trace.h"

#include <gnutls/gnutls.h>

struct trust;
struct crl_table;

/*
 * trust_load - reads every file of the configuration.
 * @messages  one line per error or warning, "error: FILE: what" or
 *            "warning: FILE: what" (hint list over 16 KiB warns and over
 *            60 KiB is an error; expired or duplicate anchors, anchor that is
 *            not self-signed, intermediate whose issuer is unknown, stale CRL,
 *            CRL of an unknown issuer: warnings).
 * Returns NULL if there was an error.  With no CA file the anchors are empty.
 */
struct trust *trust_load(const struct config_trust *c, struct buf *messages);
/*
 * trust_renew - the same anchors and intermediates with the CRLs read anew, a
 * generation of its own.  Messages and NULL as trust_load; old is not changed.
 */
struct trust *trust_renew(const struct trust *old, const struct config_trust *c,
			  struct buf *messages);
struct trust *trust_ref(struct trust *t);
void trust_unref(struct trust *t);		/* thread-safe; NULL is fine */

uint64_t trust_generation(const struct trust *t);	/* unique per load in this process */
uint64_t trust_stamp(const struct trust *t);	/* crl_files_stamp() just before the load */
size_t trust_anchor_count(const struct trust *t);
const struct cert *trust_anchor(const struct trust *t, size_t i);
/*
 * trust_follows - t is to be used after old: it remembers the anchors the process began with.
 * Before t is shared with other threads.
 */
void trust_follows(struct trust *t, const struct trust *old);
bool trust_is_changed(const struct trust *t);	/* other anchors than at the start */
/* The anchor of that name that was one at the start and is none now, NULL = none. */
const struct cert *trust_find_gone(const struct trust *t, const gnutls_datum_t *dn);
const char *trust_loaded_text(const struct trust *t);	/* when the anchors were read */
void trust_trace_anchors(const struct trust *t, struct trace *trace);	/* NULL is fine */
size_t trust_intermediate_count(const struct trust *t);
const struct cert *trust_intermediate(const struct trust *t, size_t i);
/*
 * trust_set_ca_names - the names of CertificateRequest: every anchor and every
 * configured intermediate, each name once.  Intermediates are named because
 * many clients hold only the leaf and match its issuer against the list (S02);
 * cred's own trust list is not used for the verdict.  0 or a GnuTLS code.
 */
int trust_set_ca_names(const struct trust *t, gnutls_certificate_credentials_t cred);
size_t trust_ca_name_count(const struct trust *t);
size_t trust_ca_name_bytes(const struct trust *t);	/* of the list in CertificateRequest */
#define TRUST_NAMES_WARN ((size_t)16 << 10)	/* bytes; longer lists break some clients; ARR 2 */
/* The biggest names with their bytes, for lists longer than that; else "". */
const char *trust_ca_names_biggest(const struct trust *t);
const char *trust_ca_names(const struct trust *t);	/* subjects joined by "; ", cut at 4 KiB */
size_t trust_crl_count(const struct trust *t);
const struct crl_table *trust_crls(const struct trust *t);
/* The anchors alone, for GnuTLS; borrowed, used by many threads at once. */
gnutls_x509_trust_list_t trust_list(const struct trust *t);
/* Anchor with that subject DN (DER) or subject key id (hex, not ""), NULL = none. */
const struct cert *trust_find_subject(const struct trust *t, const gnutls_datum_t *dn);
const struct cert *trust_find_key_id(const struct trust *t, const char *key_id);

#endif
