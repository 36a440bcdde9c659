/* SPDX-License-Identifier: MIT */
/*
 * hints - one sentence each on what would help, made when a chain is judged,
 * so that a reader of the trace needs neither the files nor openssl.
 * The scenarios are S04 to S14 of ARR 5.
 */
#include <config.h>

#include "core/chain/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 3, 4)))
add(struct judged *j, unsigned int depth, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	text = buf_take(&b);
	if (text && j->hint_count < HINTS_MAX)
		j->hints[j->hint_count++] = (struct hint){ depth, text };
	else
		free(text);
}

/* Length of the common beginning of two names in whole parts, 0 = nothing in common. */
static size_t
common_name(const char *a, const char *b)
{
	size_t parts = 0, i = 0;

	for (; a[i] && a[i] == b[i]; i++)
		if (a[i] == ',' && a[i + 1] == ' ')
			parts = i;
	return a[i] == b[i] ? i : parts;
}

/* The anchor whose name begins most like the issuer we miss: C, O and OU come first. */
static const struct cert *
nearest_anchor(const struct trust *t, const char *issuer)
{
	const struct cert *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < trust_anchor_count(t); i++) {
		size_t n = common_name(trust_anchor(t, i)->subject, issuer);

		if (n > most) {
			most = n;
			best = trust_anchor(t, i);
		}
	}
	return best;
}

static bool
same_name(const struct cert *c, const gnutls_datum_t *name)
{
	return name->size > 0 && c->subject_der.size == name->size &&
	       memcmp(c->subject_der.data, name->data, name->size) == 0;
}

/* An anchor, else an intermediate we have, of the issuer's name but with another key. */
static const struct cert *
issuer_by_name(const struct judged *j, const struct cert *c)
{
	const struct cert *anchor = trust_find_subject(j->trust, &c->issuer_der);

	if (anchor)
		return anchor;
	for (size_t i = 0; i < trust_intermediate_count(j->trust); i++)
		if (same_name(trust_intermediate(j->trust, i), &c->issuer_der))
			return trust_intermediate(j->trust, i);
	for (size_t i = 0; i < j->spare_count; i++)
		if (same_name(j->spare[i], &c->issuer_der))
			return j->spare[i];
	return NULL;
}

static void
hint_relatives(struct judged *j, unsigned int depth, const struct cert *c)
{
	const struct cert *named = issuer_by_name(j, c);
	const struct cert *keyed = trust_find_key_id(j->trust, c->authority_key_id);

	if (named && named != c)
		add(j, depth, "a certificate of the issuer's name is known (%s, valid until %s), "
		    "but its key id is %s and the issuer's is %s: was the CA renewed with a "
		    "new key?",
		    named->subject, named->not_after_text,
		    named->subject_key_id[0] ? named->subject_key_id : "not given",
		    c->authority_key_id[0] ? c->authority_key_id : "not given");
	else if (keyed && keyed != c)
		add(j, depth, "the anchor %s has the issuer's key id %s, but the issuer is called "
		    "%s",
		    keyed->subject, c->authority_key_id, c->issuer);
	if (named || keyed)
		return;
	named = nearest_anchor(j->trust, c->issuer);
	if (named)
		add(j, depth, "the nearest anchor by name is %s (key id %s)", named->subject,
		    named->subject_key_id);
}

static void
hint_missing_issuer(struct judged *j, unsigned int depth, const struct cert *c)
{
	const struct badge *b = &j->badge;

	if (b->path[depth].origin == ORIGIN_STORE)
		add(j, depth, "the configured intermediate %s is known but not trusted by itself: "
		    "its issuer %s is no anchor", c->subject, c->issuer);
	else if (b->sent_count == 1 && c->aia_url[0])
		add(j, depth, "only the leaf was sent and its issuer %s is not configured; the "
		    "address it names, %s, is not followed: send the intermediate, or configure it",
		    c->issuer, c->aia_url);
	else if (b->sent_count == 1)
		add(j, depth, "only the leaf was sent and its issuer %s is not configured: send "
		    "the intermediate, or configure it", c->issuer);
	else
		add(j, depth, "the issuer %s is no anchor, was not sent and is not configured as "
		    "an intermediate", c->issuer);
}

/* Was the issuer an anchor until somebody edited the CA files? */
static bool
hint_gone(struct judged *j, unsigned int depth, const struct cert *c)
{
	const struct cert *gone = trust_find_gone(j->trust, &c->issuer_der);

	if (!gone || (c->authority_key_id[0] && gone->subject_key_id[0] &&
		      strcmp(c->authority_key_id, gone->subject_key_id) != 0))
		return false;
	add(j, depth, "the issuer %s was an anchor when the proxy started (SHA-256 %s) and has "
	    "been none since the reload of %s: was the CA file edited by mistake?",
	    gone->subject, gone->sha256_text, trust_loaded_text(j->trust));
	return true;
}

static void
hint_end(struct judged *j)
{
	unsigned int depth = (unsigned int)j->badge.path_count - 1;
	const struct cert *top = j->badge.path[depth].cert;

	if (trust_anchor_count(j->trust) == 0)
		add(j, depth, "no CA file is configured: there is nobody to trust");
	else if (depth + 1 == PATH_MAX_CERTS)
		add(j, depth, "no anchor within %d certificates", PATH_MAX_CERTS);
	else if (hint_gone(j, depth, top))
		; /* that says it all */
	else if (top->self_issued)
		add(j, depth, "%s is self-signed and none of the %zu anchors", top->subject,
		    trust_anchor_count(j->trust));
	else if (!trust_find_subject(j->trust, &top->issuer_der))
		hint_missing_issuer(j, depth, top);
	if (trust_anchor_count(j->trust) > 0)
		hint_relatives(j, depth, top);
}

/* Cards hold several certificates that differ in what they are for; ARR 5, S13. */
static const char *
looks_like(const struct cert *c)
{
	const unsigned int key_exchange = GNUTLS_KEY_KEY_ENCIPHERMENT | GNUTLS_KEY_KEY_AGREEMENT;

	if (strstr(c->extended_key_usage, "serverAuth"))
		return "";
	if (c->key_usage_bits & GNUTLS_KEY_NON_REPUDIATION)
		return "; it looks like the one for signing documents or mail (slot 9C of a PIV "
		       "card): another certificate of the badge is expected";
	if (c->key_usage_bits & key_exchange &&
	    !(c->key_usage_bits & GNUTLS_KEY_DIGITAL_SIGNATURE))
		return "; it looks like the one for reading encrypted mail (slot 9D of a PIV "
		       "card): another certificate of the badge is expected";
	return "; another certificate of the badge may be meant for that";
}

static void
hint_purpose(struct judged *j, unsigned int depth, const struct cert *c)
{
	if (depth == 0 && c->key_usage_bits &&
	    !(c->key_usage_bits & GNUTLS_KEY_DIGITAL_SIGNATURE))
		add(j, depth, "the key usage is %s; signing in needs digitalSignature%s",
		    c->key_usage, looks_like(c));
	else
		add(j, depth, "the extended key usage is %s; signing in needs clientAuth "
		    "(1.3.6.1.5.5.7.3.2)%s", c->extended_key_usage,
		    depth == 0 ? looks_like(c) : "");
}

static void
hint_constraints(struct judged *j, unsigned int depth)
{
	const struct badge *b = &j->badge;

	for (size_t i = 0; i < b->path_count; i++) {
		const struct cert *c = b->path[i].cert;

		if (c->critical_unknown[0])
			add(j, (unsigned int)i, "critical extension %s is not understood",
			    c->critical_unknown);
		if (i > 0 && !c->is_ca)
			add(j, (unsigned int)i, "%s is not a CA certificate, yet it issued %s",
			    c->subject, b->path[i - 1].cert->subject);
		else if (i > 0 && c->key_usage_bits &&
			 !(c->key_usage_bits & GNUTLS_KEY_KEY_CERT_SIGN))
			add(j, (unsigned int)i, "the key usage of %s does not include keyCertSign",
			    c->subject);
	}
	if (j->badge.fault == FAULT_CERT_PATH_LENGTH)
		add(j, depth, "%s allows %d CA certificates below it, and there are %u",
		    b->path[depth].cert->subject, b->path[depth].cert->path_length,
		    path_cas_below(b, depth));
	if (j->hint_count == 0)
		add(j, depth, "a name constraint of an issuer is broken");
}

static void
hint_signature(struct judged *j, unsigned int depth, const struct cert *c)
{
	if (j->badge.fault == FAULT_CERT_SIGNATURE)
		add(j, depth, "the signature does not fit the key of %s", c->issuer);
	else
		add(j, depth, "too weak: signature algorithm %s, key %s of %u bits",
		    c->signature_algorithm, c->key_algorithm, c->key_bits);
}

static void
hint_spares(struct judged *j)
{
	unsigned int last = (unsigned int)j->badge.path_count - 1;

	for (size_t i = 0; i < j->spare_count; i++) {
		const struct cert *c = j->spare[i];
		bool in_path = false;

		for (size_t k = 0; k <= last; k++)
			in_path |= memcmp(c->sha256, j->badge.path[k].cert->sha256,
					  CERT_SHA256) == 0;
		if (in_path)
			continue;
		if (c->readable)
			add(j, last, "also sent, but no part of the path: %s", c->subject);
		else
			add(j, last, "one of the certificates sent cannot be read (%zu bytes, "
			    "SHA-256 %s)", c->der_len, c->sha256_text);
	}
}

void
hints_make(struct judged *j)
{
	const struct badge *b = &j->badge;
	unsigned int depth = b->fault_depth;
	const struct cert *c = b->path[depth].cert;

	if (b->fault == FAULT_CERT_MALFORMED && !c->readable)
		add(j, 0, "the %zu bytes sent as the client's certificate cannot be read as one",
		    c->der_len);
	else if (!j->complete)
		hint_end(j);
	else if (b->fault == FAULT_CERT_PURPOSE || b->fault == FAULT_CERT_KEY_USAGE)
		hint_purpose(j, depth, c);
	else if (b->fault == FAULT_CERT_CONSTRAINTS || b->fault == FAULT_CERT_CRITICAL ||
		 b->fault == FAULT_CERT_PATH_LENGTH)
		hint_constraints(j, depth);
	else if (b->fault == FAULT_CERT_SIGNATURE || b->fault == FAULT_CERT_WEAK)
		hint_signature(j, depth, c);
	else if (b->fault == FAULT_CERT_DEPTH)
		add(j, depth, "%u certificates were sent; at most %d are read", j->sent,
		    PATH_MAX_CERTS);
	hint_spares(j);
}

static void
put_span(char *out, size_t size, int64_t seconds)
{
	if (seconds >= 2 * 86400)
		snprintf(out, size, "%lld days", (long long)(seconds / 86400));
	else if (seconds >= 2 * 3600)
		snprintf(out, size, "%lld hours", (long long)(seconds / 3600));
	else
		snprintf(out, size, "%lld seconds", (long long)seconds);
}

void
hint_of_dates(const struct cert *c, enum fault f, time_t now, char out[static 160])
{
	char span[48];

	out[0] = '\0';
	if (f == FAULT_CERT_EXPIRED) {
		put_span(span, sizeof(span), (int64_t)now - c->not_after);
		snprintf(out, 160, "expired %s ago by this machine's clock%s", span,
			 now - c->not_after < 86400 ? "; is the clock right?" : "");
	} else if (f == FAULT_CERT_NOT_YET) {
		put_span(span, sizeof(span), (int64_t)c->not_before - now);
		snprintf(out, 160, "becomes valid in %s by this machine's clock%s", span,
			 c->not_before - now < 86400 ? "; does it agree with the CA's?" : "");
	}
}
