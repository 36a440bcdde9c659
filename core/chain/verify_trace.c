/* SPDX-License-Identifier: MIT */
/*
 * verify_trace - writes a verdict as events.  The same on a hit and on a miss
 * of the cache: every text was made when the chain was judged, only the days
 * left and ages are numbers of the moment.
 * Source: OWN-EVENTS (CertificateChain, Revocation).
 */
#include <config.h>

#include "core/chain/verdict.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/chain/cert_text.h"
#include "core/chain/clock_doubt.h"

#define NUMBER_TEXT 24

static const char *const origins[] = {
	[ORIGIN_SENT] = "sent", [ORIGIN_STORE] = "store", [ORIGIN_ANCHOR] = "anchor",
};

static const char *const policies[] = {
	[REVOCATION_OFF] = "off", [REVOCATION_SOFT] = "soft", [REVOCATION_HARD] = "hard",
};

/* What is wrong with one certificate of the chain, in few words. */
static const char *
status_text(enum fault f)
{
	static const char *const texts[FAULT_COUNT] = {
		[FAULT_NONE] = "good",
		[FAULT_CERT_REVOKED] = "revoked",
		[FAULT_CERT_REVOCATION_UNKNOWN] = "revocation unknown",
		[FAULT_CERT_UNTRUSTED] = "self-signed and not trusted",
		[FAULT_CERT_CHAINING] = "issuer not found",
		[FAULT_CERT_PURPOSE] = "not for client authentication",
		[FAULT_CERT_CONSTRAINTS] = "a constraint is broken",
		[FAULT_CERT_CRITICAL] = "critical extension not understood",
		[FAULT_CERT_PATH_LENGTH] = "more CAs below than it allows",
		[FAULT_CERT_KEY_USAGE] = "key not for signing in",
		[FAULT_CERT_WEAK] = "signature or key too weak",
		[FAULT_CERT_SIGNATURE] = "signature wrong",
		[FAULT_CERT_MALFORMED] = "unreadable",
		[FAULT_CERT_DEPTH] = "chain too long",
		[FAULT_CERT_EXPIRED] = "expired",
		[FAULT_CERT_NOT_YET] = "not yet valid",
	};

	return texts[f] ? texts[f] : fault_info(f)->text;
}

static const char *
number_text(char out[static NUMBER_TEXT], int64_t n)
{
	snprintf(out, NUMBER_TEXT, "%lld", (long long)n);
	return out;
}

/* Whole days until the end, negative once it has passed. */
static int64_t
days_left(const struct cert *c, time_t now)
{
	int64_t left = (int64_t)c->not_after - now;

	return left >= 0 ? left / 86400 : -((86399 - left) / 86400);
}

static void
trace_element(const struct badge_element *e, unsigned int depth, enum fault fault, time_t now,
	      struct trace *t)
{
	const struct cert *c = e->cert;
	char days[NUMBER_TEXT], bits[NUMBER_TEXT];
	unsigned int level = fault ? TE_WARNING : TE_INFO;

	TRACE_AT(t, level, SECURITY_CHAIN_ELEMENT, .Depth = depth, .Origin = origins[e->origin],
		 .Subject = c->subject, .Issuer = c->issuer, .SerialNumber = c->serial,
		 .NotBefore = c->not_before_text, .NotAfter = c->not_after_text,
		 .DaysLeft = c->readable ? number_text(days, days_left(c, now)) : "",
		 .KeyAlgorithm = c->key_algorithm,
		 .KeyBits = c->readable ? number_text(bits, c->key_bits) : "",
		 .SignatureAlgorithm = c->signature_algorithm, .SubjectKeyId = c->subject_key_id,
		 .AuthorityKeyId = c->authority_key_id, .KeyUsage = c->key_usage,
		 .ExtendedKeyUsage = c->extended_key_usage, .Policies = c->policies,
		 .SubjectAltName = c->alt_names, .Sha1 = c->sha1_text, .Sha256 = c->sha256_text,
		 .Status = fault_info(fault)->code, .Status_text = status_text(fault));
}

static const char *const methods[] = {
	[REVOKE_CRL_FILE] = "crl-file", [REVOKE_CRL_URL] = "crl-url", [REVOKE_OCSP] = "ocsp",
};

/* Windows's code for why a source counts for nothing, 0 = it counts. */
static uint32_t
source_error(const struct revoke_source *s, bool fresh)
{
	if (s->error)
		return s->error;
	if (!s->signed_by_issuer)
		return TE_ERROR_TRUST_CERT_SIGNATURE;
	if (!fresh)
		return TE_ERROR_CRYPT_REVOCATION_OFFLINE;
	return s->crl || s->good || s->listed ? 0 : TE_ERROR_CRYPT_NO_REVOCATION_CHECK;
}

static void
trace_source(const struct revoke_source *s, unsigned int depth, time_t now, struct trace *t)
{
	const struct crl *c = s->crl;
	bool fresh = revoke_source_is_fresh(s, now);
	uint32_t code = source_error(s, fresh);
	char age[NUMBER_TEXT] = "", elapsed[NUMBER_TEXT] = "", from[32] = "", to[32] = "";

	if (s->method != REVOKE_CRL_FILE)
		number_text(elapsed, (int64_t)s->elapsed_ms);
	if (!s->error)
		number_text(age, (int64_t)now - (c ? c->this_update : s->this_update));
	if (!c && !s->error) {
		cert_time_text(s->this_update, from);
		cert_time_text(s->next_update, to);
	}
	TRACE_AT(t, code ? TE_WARNING : TE_INFO, SECURITY_REVOCATION_SOURCE, .Depth = depth,
		 .Method = methods[s->method], .Source = s->where ? s->where : c->file,
		 .ThisUpdate = c ? c->this_update_text : from,
		 .NextUpdate = c ? c->next_update_text : to, .AgeSeconds = age,
		 .Fresh = s->error ? "" : fresh ? "yes" : "no", .ErrorCode = code,
		 .ElapsedMs = elapsed);
}

/* Level and texts of the end of one search. */
static void
trace_result(const struct verdict *v, size_t i, bool hard, struct trace *t)
{
	enum revoke_result r = v->revocation[i];
	const struct revoke_source *s = r == REVOKE_REVOKED ? v->decisive[i] : NULL;
	bool bad = r == REVOKE_REVOKED || (r == REVOKE_UNKNOWN && hard);

	TRACE_AT(t, bad ? TE_WARNING : TE_INFO, SECURITY_REVOCATION_END, .Depth = (uint32_t)i,
		 .Result = revoke_result_text(r), .RevocationDate = s ? s->date : "",
		 .RevocationReason = s ? s->reason : "");
}

static void
trace_online(const struct online *o, size_t depth, time_t now, struct trace *t)
{
	for (size_t k = 0; o && k < o->answers[depth].count; k++)
		trace_source(&o->answers[depth].sources[k], (unsigned int)depth, now, t);
}

static void
trace_revocation(const struct judged *j, const struct verdict *v,
		 const struct config_trust *policy, time_t now, struct trace *t)
{
	bool off = policy->revocation == REVOCATION_OFF;
	const struct online *online = off ? NULL : judged_online(j, policy);
	char used[32];

	snprintf(used, sizeof(used), "crl-file%s%s", policy->ocsp ? ", ocsp" : "",
		 policy->fetch_crl ? ", crl-url" : "");
	for (size_t i = 0; j->answers && i + 1 < j->badge.path_count; i++) {
		const struct revoke_answer *a = &j->answers[i];

		TRACE(t, SECURITY_REVOCATION_START, .ModuleName = "Revocation",
		      .Depth = (uint32_t)i, .Policy = policies[policy->revocation],
		      .Methods = off ? "" : used);
		for (size_t k = 0; !off && k < a->count; k++)
			trace_source(&a->sources[k], (unsigned int)i, now, t);
		trace_online(online, i, now, t);
		if (!off && a->count == 0 && !(online && online->answers[i].count))
			TRACE_AT(t, TE_WARNING, SECURITY_REVOCATION_SOURCE, .Depth = (uint32_t)i,
				 .Method = "crl-file", .Source = "(no CRL of this issuer)",
				 .ErrorCode = TE_ERROR_CRYPT_NO_REVOCATION_CHECK);
		trace_result(v, i, policy->revocation == REVOCATION_HARD, t);
	}
}

static void
trace_unknown(const struct judged *j, const struct verdict *v, const struct online *online,
	      struct trace *t)
{
	const struct revoke_answer *a = &j->answers[v->depth];

	if (online && online->answers[v->depth].count > 0)
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth,
		      .Hint = "no address in the certificate gave an answer that counts (see the "
			      "sources above), and the policy is hard");
	else if (a->count == 0)
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth,
		      .Hint = "no CRL of this certificate's issuer is configured, and the policy "
			      "is hard");
	else if (!a->sources[0].signed_by_issuer)
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth,
		      .Hint = "the CRL of that issuer's name is not signed with the issuer's key");
	else if (a->sources[0].crl->partial)
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth,
		      .Hint = "the CRL covers only a part: a complete one is needed");
	else
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth,
		      .Hint = "the CRL is past its nextUpdate, and the policy is hard: fetch a new "
			      "one and reload");
}

/* Who says so, since when, and what its list is worth; S09. */
static void
trace_revoked(const struct judged *j, const struct verdict *v, struct trace *t)
{
	const struct revoke_source *s = v->decisive[v->depth];
	const struct crl *c = s ? s->crl : NULL;
	struct buf text = BUF_INIT;

	if (!s)
		return;
	buf_putf(&text, "serial number %s was revoked on %s", j->badge.path[v->depth].cert->serial,
		 s->date);
	if (s->reason && s->reason[0])
		buf_putf(&text, " (%s)", s->reason);
	if (c)
		buf_putf(&text, ", says the list of %s of %s, valid until %s", c->issuer,
			 c->this_update_text, c->next_update_text);
	else if (s->where)
		buf_putf(&text, ", says %s", s->where);
	buf_puts(&text, ": a new certificate is needed");
	TRACE(t, SECURITY_CHAIN_HINT, .Depth = v->depth, .Hint = buf_text(&text));
	buf_done(&text);
}

/* Let in although a list is too old to know; S11. */
static void
trace_stale(const struct judged *j, const struct verdict *v, time_t now, struct trace *t)
{
	for (size_t i = 0; j->answers && i + 1 < j->badge.path_count; i++) {
		const struct revoke_answer *a = &j->answers[i];
		const struct crl *c = a->count ? a->sources[0].crl : NULL;
		struct buf text = BUF_INIT;

		if (v->revocation[i] != REVOKE_UNKNOWN || !c || crl_is_fresh(c, now))
			continue;
		buf_putf(&text, "the list of %s is past its nextUpdate (%s), and the policy is "
			 "soft: who was revoked since is let in; fetch a new list",
			 c->issuer, c->next_update_text);
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = (uint32_t)i, .Hint = buf_text(&text));
		buf_done(&text);
	}
}

/* What helps against a certificate whose time is over, or has not come; NULL = waiting. */
static const char *
remedy(const struct badge_element *e, size_t depth, enum fault f)
{
	if (e->origin == ORIGIN_ANCHOR)
		return "it is the configured anchor itself: replace it in the CA file";
	if (f != FAULT_CERT_EXPIRED)
		return NULL;
	if (depth > 0)
		return "it is the certificate of a CA: its renewed one has to be configured, or "
		       "sent by the client";
	return "the badge has to be renewed by its issuer, or its holder has to choose another "
	       "certificate of it";
}

static void
trace_hints(const struct judged *j, const struct verdict *v, const struct config_trust *policy,
	    time_t now, struct trace *t)
{
	unsigned int level = v->fault ? TE_WARNING : TE_INFO;
	const char *help;
	char text[160];

	for (size_t i = 0; i < j->hint_count; i++)
		TRACE_AT(t, level, SECURITY_CHAIN_HINT, .Depth = j->hints[i].depth,
			 .Hint = j->hints[i].text);
	for (size_t i = 0; i < j->badge.path_count; i++) {
		const struct badge_element *e = &j->badge.path[i];

		hint_of_dates(e->cert, v->element[i], now, text);
		if (!text[0])
			continue;
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = (uint32_t)i, .Hint = text);
		help = remedy(e, i, v->element[i]);
		if (help)
			TRACE(t, SECURITY_CHAIN_HINT, .Depth = (uint32_t)i, .Hint = help);
	}
	if (v->not_yet >= CLOCK_DOUBT_MANY) {
		snprintf(text, sizeof(text), "%u different certificates were not yet valid within "
			 "a minute: is this machine's clock behind?", v->not_yet);
		TRACE(t, SECURITY_CHAIN_HINT, .Depth = 0, .Hint = text);
	}
	if (v->fault == FAULT_CERT_REVOCATION_UNKNOWN)
		trace_unknown(j, v, judged_online(j, policy), t);
	else if (v->fault == FAULT_CERT_REVOKED)
		trace_revoked(j, v, t);
	else if (v->fault == FAULT_NONE)
		trace_stale(j, v, now, t);
}

void
verify_trace(const struct judged *j, const struct verdict *v, const struct config_trust *policy,
	     time_t now, uint64_t start_ns, struct trace *t)
{
	const struct badge *b = &j->badge;
	const struct fault_info *info = fault_info(v->fault);
	char time_text[32];

	cert_time_text(now, time_text);
	TRACE(t, SECURITY_CHAIN_START, .ModuleName = "CertificateChain", .SentCount = j->sent,
	      .AnchorCount = (uint32_t)trust_anchor_count(j->trust),
	      .Purpose = "clientAuth (1.3.6.1.5.5.7.3.2)", .Time = time_text);
	for (size_t i = 0; i < b->path_count; i++)
		trace_element(&b->path[i], (unsigned int)i, v->element[i], now, t);
	trace_revocation(j, v, policy, now, t);
	if (!j->complete)
		trust_trace_anchors(j->trust, t);
	trace_hints(j, v, policy, now, t);
	TRACE_AT(t, v->fault ? TE_WARNING : TE_INFO, SECURITY_CHAIN_END,
		 .Verdict = v->fault ? "refused" : "trusted",
		 .Reason = v->fault ? info->reason : "", .ErrorCode = info->code, .Depth = v->depth,
		 .Anchor = j->complete ? b->path[b->path_count - 1].cert->subject : "",
		 .HttpStatus = info->status, .HttpSubStatus = info->substatus,
		 .ElapsedUs = (clock_mono_ns() - start_ns) / CLOCK_NS_PER_US);
}
