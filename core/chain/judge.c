/* SPDX-License-Identifier: MIT */
/*
 * judge - the verdict over one chain.  path.c finds the way, GnuTLS checks
 * exactly that way against the anchors, and this file says in IIS's words
 * what is wrong.  Dates and revocation are judged apart, at every use.
 *
 * GnuTLS gets the whole path, intermediates of the store included, so that
 * what is shown is what was checked; it never gets them as anchors.
 * Sources: STACK 2.1, 2.2; ARR 4.
 */
#include <config.h>

#include "core/chain/verdict.h"

#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

/* Dates are ours, revocation is ours; keys under 112 bits of security are weak. */
#define VERIFY_FLAGS                                                                     \
	(GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS | \
	 GNUTLS_VERIFY_DISABLE_CRL_CHECKS |                                              \
	 GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM))

#define SIGNATURE_BITS (GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_INSECURE_ALGORITHM)
#define CONSTRAINT_BITS                                                   \
	(GNUTLS_CERT_SIGNER_NOT_CA | GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE | \
	 GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS)

struct link_log {	/* what GnuTLS says of single links; its callback has no argument */
	const struct judged *judged;
	unsigned int bits[PATH_MAX_CERTS];	/* of each element, all attempts together */
};

static _Thread_local struct link_log *link_log;

static int
on_link(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer, gnutls_x509_crl_t crl,
	unsigned int status)
{
	const struct badge *b = &link_log->judged->badge;

	(void)issuer;
	(void)crl;
	for (size_t i = 0; i < b->path_count; i++)
		if (b->path[i].cert->crt == cert)
			link_log->bits[i] |= status;
	return 0;
}

/* GnuTLS's verdict on the path, 0 = good; bits of single elements into log. */
static unsigned int
verify_path(const struct judged *j, struct link_log *log)
{
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	gnutls_x509_crt_t crts[PATH_MAX_CERTS];
	unsigned int status = 0, n = (unsigned int)j->badge.path_count;
	int r;

	for (unsigned int i = 0; i < n; i++)
		crts[i] = j->badge.path[i].cert->crt;
	log->judged = j;
	link_log = log;
	r = gnutls_x509_trust_list_verify_crt2(trust_list(j->trust), crts, n, &purpose, 1,
					       VERIFY_FLAGS, &status, on_link);
	link_log = NULL;
	return r < 0 ? GNUTLS_CERT_INVALID | status : status;
}

static unsigned int
depth_of_bits(const struct judged *j, const struct link_log *log, unsigned int bits)
{
	for (size_t i = 0; i < j->badge.path_count; i++)
		if (log->bits[i] & bits)
			return (unsigned int)i;
	return 0;
}

static bool
may_sign(const struct cert *leaf)
{
	return !leaf->key_usage_bits || (leaf->key_usage_bits & GNUTLS_KEY_DIGITAL_SIGNATURE);
}

static bool
may_be_client(const struct cert *c, bool leaf)
{
	if (leaf && !may_sign(c))
		return false;
	return gnutls_x509_crt_check_key_purpose(c->crt, GNUTLS_KP_TLS_WWW_CLIENT, 0) != 0;
}

/* The first element that may not be used for client authentication; false = all may. */
static bool
find_wrong_purpose(const struct judged *j, unsigned int *depth)
{
	for (size_t i = 0; i < j->badge.path_count; i++) {
		*depth = (unsigned int)i;
		if (j->badge.path[i].origin != ORIGIN_ANCHOR &&
		    !may_be_client(j->badge.path[i].cert, i == 0))
			return true;
	}
	*depth = 0;
	return false;
}

/* Which constraint it is that GnuTLS found broken. */
static enum fault
fault_of_constraint(const struct badge *b, unsigned int *depth)
{
	enum fault f = FAULT_CERT_CONSTRAINTS;

	for (size_t i = b->path_count; i-- > 1;) {
		const struct cert *c = b->path[i].cert;

		if (!c->is_ca)
			return FAULT_CERT_CONSTRAINTS;
		if (c->path_length < 0 || path_cas_below(b, i) <= (unsigned int)c->path_length)
			continue;
		f = FAULT_CERT_PATH_LENGTH;
		*depth = (unsigned int)i;
	}
	for (size_t i = b->path_count; i-- > 0;) {
		if (!b->path[i].cert->critical_unknown[0])
			continue;
		f = FAULT_CERT_CRITICAL;
		*depth = (unsigned int)i;
	}
	return f;
}

/* A path that ends nowhere: at a self-signed stranger, too late, or for want of an issuer. */
static enum fault
fault_of_end(const struct badge *b)
{
	const struct cert *top = b->path[b->path_count - 1].cert;

	if (b->path_count == PATH_MAX_CERTS)
		return FAULT_CERT_DEPTH;
	return top->self_issued ? FAULT_CERT_UNTRUSTED : FAULT_CERT_CHAINING;
}

/* The most telling fault first; README says why in this order. */
static enum fault
map_status(const struct judged *j, const struct link_log *log, unsigned int *depth)
{
	unsigned int status = j->badge.status;

	*depth = (unsigned int)j->badge.path_count - 1;
	if (!j->complete)
		return fault_of_end(&j->badge);
	if (status & SIGNATURE_BITS) {
		*depth = depth_of_bits(j, log, SIGNATURE_BITS);
		return status & GNUTLS_CERT_SIGNATURE_FAILURE ? FAULT_CERT_SIGNATURE :
								FAULT_CERT_WEAK;
	}
	if (status & CONSTRAINT_BITS) {
		*depth = depth_of_bits(j, log, CONSTRAINT_BITS);
		return fault_of_constraint(&j->badge, depth);
	}
	if (status & ~(unsigned int)(GNUTLS_CERT_INVALID | GNUTLS_CERT_PURPOSE_MISMATCH))
		return FAULT_CERT_CHAINING;
	if (find_wrong_purpose(j, depth) || status & GNUTLS_CERT_PURPOSE_MISMATCH)
		return *depth == 0 && !may_sign(j->badge.leaf) ? FAULT_CERT_KEY_USAGE :
								 FAULT_CERT_PURPOSE;
	return status ? FAULT_CERT_UNTRUSTED : FAULT_NONE;
}

static void
find_fault(struct judged *j)
{
	struct link_log log = { 0 };
	struct badge *b = &j->badge;

	if (!b->leaf->readable) {
		b->fault = FAULT_CERT_MALFORMED;
		return;
	}
	b->status = verify_path(j, &log);
	b->fault = map_status(j, &log, &b->fault_depth);
	if (j->sent > PATH_MAX_CERTS && b->fault == FAULT_NONE)
		b->fault = FAULT_CERT_DEPTH;
	if (j->complete)
		return;
	for (size_t i = 0; i < j->spare_count; i++)
		if (!j->spare[i]->readable)
			b->fault = FAULT_CERT_MALFORMED;	/* it may be the missing issuer */
}

/* Asks the CRLs for every element that has an issuer; only where the path is trusted. */
static bool
ask_revocation(struct judged *j)
{
	const struct badge *b = &j->badge;

	if (!j->complete || b->path_count < 2)
		return true;
	j->answers = calloc(b->path_count - 1, sizeof(*j->answers));
	for (size_t i = 0; j->answers && i + 1 < b->path_count; i++)
		revoke_ask(trust_crls(j->trust), b->path[i].cert, b->path[i + 1].cert,
			   &j->answers[i]);
	return j->answers != NULL;
}

static bool
load_sent(const gnutls_datum_t *raw, size_t n, struct cert **sent)
{
	for (size_t i = 0; i < n; i++) {
		sent[i] = cert_load(raw[i].data, raw[i].size);
		if (sent[i])
			continue;
		while (i-- > 0)
			cert_free(sent[i]);
		return false;
	}
	return true;
}

static bool
encode_leaf(struct badge *b)
{
	struct buf text = BUF_INIT;

	buf_put_base64(&text, b->leaf->der, b->leaf->der_len);
	b->leaf_base64 = buf_take(&text);
	return b->leaf_base64 != NULL;
}

/* The parsed form is only for verifying; a leaf keeps it, as verify.h promises. */
static void
trim(struct judged *j)
{
	for (size_t i = 1; i < j->badge.path_count; i++)
		if (j->badge.path[i].origin == ORIGIN_SENT)
			cert_trim(j->badge.path[i].cert);
	while (j->spare_count > 0)
		cert_free(j->spare[--j->spare_count]);
}

struct judged *
judge(struct trust *trust, const gnutls_datum_t *raw, unsigned int n, time_t now)
{
	struct judged *j = calloc(1, sizeof(*j));
	struct cert *sent[PATH_MAX_CERTS];
	size_t read = n < PATH_MAX_CERTS ? n : PATH_MAX_CERTS;

	if (!j || !load_sent(raw, read, sent)) {
		free(j);
		return NULL;
	}
	j->badge.refs = 1;
	j->trust = trust_ref(trust);
	j->at = now;
	j->sent = n;
	j->badge.sent_count = n;
	if (!path_build(j, sent, read, now))
		goto fail;
	j->badge.leaf = j->badge.path[0].cert;
	find_fault(j);
	hints_make(j);
	j->badge.hint = strdup(j->badge.fault && j->hint_count ? j->hints[0].text : "");
	if (!j->badge.hint || !encode_leaf(&j->badge) || !ask_revocation(j))
		goto fail;
	trim(j);
	return j;
fail:
	judged_free(j);
	return NULL;
}

void
judged_free(struct judged *j)
{
	struct badge_notes *notes = j ? j->badge.notes : NULL;

	if (!j)
		return;
	if (notes)
		notes->free(notes);
	for (size_t i = 0; i < j->badge.path_count; i++)
		if (j->badge.path[i].origin == ORIGIN_SENT)
			cert_free(j->badge.path[i].cert);
	for (size_t i = 0; i < j->spare_count; i++)
		cert_free(j->spare[i]);
	for (size_t i = 0; i < j->hint_count; i++)
		free(j->hints[i].text);
	free(j->answers);
	online_free(j->online);
	free(j->badge.path);
	free(j->badge.leaf_base64);
	free(j->badge.hint);
	trust_unref(j->trust);
	free(j);
}

const struct online *
judged_online(const struct judged *j, const struct config_trust *policy)
{
	return j->online && j->online->policy == online_policy(policy) ? j->online : NULL;
}

/* What addresses said adds to what files said: one revocation is enough, and one "good". */
static void
add_online(const struct online *o, size_t i, const struct config_trust *policy, time_t now,
	   struct verdict *v)
{
	const struct revoke_source *decisive;
	enum revoke_result r = revoke_judge(&o->answers[i], policy, now, &decisive);

	if (r != REVOKE_REVOKED && (r != REVOKE_GOOD || v->revocation[i] == REVOKE_GOOD))
		return;
	v->revocation[i] = r;
	v->decisive[i] = decisive;
}

static void
judge_revocation(const struct judged *j, const struct config_trust *policy, time_t now,
		 struct verdict *v)
{
	const struct online *online = judged_online(j, policy);

	for (size_t i = 0; j->answers && i + 1 < j->badge.path_count; i++) {
		v->revocation[i] = revoke_judge(&j->answers[i], policy, now, &v->decisive[i]);
		if (online && v->revocation[i] != REVOKE_REVOKED)
			add_online(online, i, policy, now, v);
		if (v->element[i] != FAULT_NONE)
			continue;
		if (v->revocation[i] == REVOKE_REVOKED)
			v->element[i] = FAULT_CERT_REVOKED;
		else if (v->revocation[i] == REVOKE_UNKNOWN &&
			 policy->revocation == REVOCATION_HARD)
			v->element[i] = FAULT_CERT_REVOCATION_UNKNOWN;
	}
}

/* The first element, from the leaf, that has one of two faults. */
static bool
decide(const struct judged *j, struct verdict *v, enum fault one, enum fault other)
{
	for (size_t i = 0; i < j->badge.path_count; i++) {
		if (v->element[i] != one && v->element[i] != other)
			continue;
		v->fault = v->element[i];
		v->depth = (unsigned int)i;
		return true;
	}
	return false;
}

void
judge_now(const struct judged *j, const struct config_trust *policy, time_t now,
	  struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	if (j->badge.fault != FAULT_NONE)
		v->element[j->badge.fault_depth] = j->badge.fault;
	for (size_t i = 0; i < j->badge.path_count; i++) {
		const struct cert *c = j->badge.path[i].cert;

		if (v->element[i] != FAULT_NONE || !c->readable)
			continue;
		if (now > c->not_after)
			v->element[i] = FAULT_CERT_EXPIRED;
		else if (now < c->not_before)
			v->element[i] = FAULT_CERT_NOT_YET;
	}
	judge_revocation(j, policy, now, v);
	v->fault = j->badge.fault;
	v->depth = j->badge.fault_depth;
	if (v->fault != FAULT_NONE || decide(j, v, FAULT_CERT_EXPIRED, FAULT_CERT_NOT_YET) ||
	    decide(j, v, FAULT_CERT_REVOKED, FAULT_CERT_REVOKED))
		return;
	decide(j, v, FAULT_CERT_REVOCATION_UNKNOWN, FAULT_CERT_REVOCATION_UNKNOWN);
}
