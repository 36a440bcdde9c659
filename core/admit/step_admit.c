/* SPDX-License-Identifier: MIT */
/*
 * step_admit - is this client let in here?  The rules of the site and the
 * location, one SECURITY_ACCESS_RULE each.  Source: ARR 2 (sslFlags, 403.x).
 */
#include <config.h>

#include "core/exchange.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/handshake/late.h"
#include "core/token/seen.h"

static void
flags_text(unsigned int flags, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s%s", flags ? "" : "None", flags & SSL_FLAG_SSL ? "Ssl" : "",
		 flags & SSL_FLAG_NEGOTIATE_CERT ? ", SslNegotiateCert" : "",
		 flags & SSL_FLAG_REQUIRE_CERT ? ", SslRequireCert" : "");
	if (out[0] == ',')
		memmove(out, out + 2, strlen(out) - 1);
}

/* One rule: writes it, returns passed. */
static bool
rule(struct exchange *x, const char *name, const char *wanted, const char *found, bool passed)
{
	TRACE_AT(x->trace, passed ? TE_INFO : TE_WARNING, SECURITY_ACCESS_RULE, .Rule = name,
		 .Wanted = wanted, .Found = found, .Passed = passed ? "yes" : "no");
	return passed;
}

static enum fault
judge_certificate(struct exchange *x, unsigned int flags)
{
	struct conn *c = x->conn;
	const char *found = c->badge ? c->badge->leaf->subject : "no certificate";

	if (flags & SSL_FLAG_REQUIRE_CERT &&
	    !rule(x, "ClientCertificate", "required", found, c->badge != NULL))
		return FAULT_CERT_REQUIRED;
	if (!c->badge || !(flags & (SSL_FLAG_REQUIRE_CERT | SSL_FLAG_NEGOTIATE_CERT)))
		return FAULT_NONE;
	rule(x, "ClientCertificateTrusted", "a chain to a configured CA, valid now, not revoked",
	     c->verdict ? fault_info(c->verdict)->text : "trusted", c->verdict == FAULT_NONE);
	return c->verdict;
}

/* ---- rules on badges: all they need was found out when the connection began ---- */

static enum fault
judge_grade(struct exchange *x, const struct config_access *access)
{
	const struct identity *id = x->conn->identity;
	enum evidence least = (enum evidence)access->require_grade;
	char wanted[96], found[96];

	if (!access->require_grade)
		return FAULT_NONE;
	snprintf(wanted, sizeof(wanted), "%s%s: %s", evidence_text(least),
		 least < EVIDENCE_E3 ? " or better" : "", evidence_meaning(least));
	snprintf(found, sizeof(found), "%s: %s", evidence_text(id->grade),
		 evidence_meaning(id->grade));
	return rule(x, "TokenGrade", wanted, found, id->grade >= least) ? FAULT_NONE :
									   FAULT_TOKEN_GRADE;
}

static enum fault
judge_pin(struct exchange *x, const struct config_access *access)
{
	const struct identity *id = x->conn->identity;

	return !access->require_pin || rule(x, "PinBacked", "yes", pin_backed_text(id->pin),
					    id->pin == PIN_YES) ? FAULT_NONE : FAULT_TOKEN_PIN;
}

/* Seconds since the key signed, for this connection or, as far as is known, another one. */
static uint64_t
signature_age(const struct conn *c)
{
	uint64_t since = (clock_mono_ns() - c->start_ns) / CLOCK_NS_PER_S;
	uint64_t begin = c->identity->fresh ? 0 : c->identity->seconds_since_signature;
	uint64_t other = seen_age(c->badge->leaf->sha256, clock_mono_ns());
	uint64_t own;

	if (begin == UINT64_MAX && c->signed_within) /* seen by another proxy, or long ago */
		begin = c->signed_within;
	own = begin > UINT64_MAX - since ? UINT64_MAX : begin + since;
	return own < other ? own : other;
}

static enum fault
judge_signature(struct exchange *x, const struct config_access *access)
{
	char wanted[48], found[48] = "unknown";
	uint64_t age;

	if (!access->max_signature_age)
		return FAULT_NONE;
	age = signature_age(x->conn);
	snprintf(wanted, sizeof(wanted), "at most %u s", access->max_signature_age);
	if (age != UINT64_MAX)
		snprintf(found, sizeof(found), "%llu s", (unsigned long long)age);
	if (rule(x, "SignatureAge", wanted, found, age <= access->max_signature_age))
		return FAULT_NONE;
	x->conn->close_after = true; /* only a new connection can bring a signature */
	return FAULT_SIGNATURE_OLD;
}

static bool
is_listed(const struct config_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}

/* The first policy of the certificate that is in the list, NULL = none. */
static const char *
find_policy(const struct facts *f, const struct config_list *list, bool valid_only)
{
	for (size_t i = 0; i < f->policy_count; i++)
		if ((!valid_only || f->policies[i].valid == POLICY_SAYS_YES) &&
		    is_listed(list, f->policies[i].oid))
			return f->policies[i].oid;
	return NULL;
}

/* The first CA of the path that is in the list, by name or SHA-256. */
static const char *
find_issuer(const struct badge *b, const struct config_list *list)
{
	for (size_t i = 1; list->count && i < b->path_count; i++)
		if (is_listed(list, b->path[i].cert->sha256_text) ||
		    is_listed(list, b->path[i].cert->subject))
			return b->path[i].cert->subject;
	return NULL;
}

/* One of a list must be there, or none may be. */
static bool
rule_of_list(struct exchange *x, const char *name, const struct config_list *list, bool allowed,
	     const char *found, const char *instead)
{
	return !list->count || rule(x, name, list->text, found ? found : instead,
				    allowed == (found != NULL));
}

/* The policies with their names; a badge has other certificates for other roles. */
static const char *
policies_text(const struct facts *f, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < f->policy_count && n < size; i++) {
		const struct policy *p = f->policies[i].known;

		n += (size_t)snprintf(out + n, size - n, p ? "%s%s (%s)" : "%s%s",
				      i ? ", " : "", f->policies[i].oid, p ? p->name : "");
	}
	if (f->policy_count == 0)
		n = (size_t)snprintf(out, size, "no policy");
	if (n < size && f->claims.hardware)
		snprintf(out + n, size - n, ": another certificate of the badge is expected");
	return out;
}

static enum fault
judge_lists(struct exchange *x, const struct config_access *a)
{
	const struct badge *b = x->conn->badge;
	const struct facts *f = x->conn->identity->facts;
	const char *allowed = find_policy(f, &a->allowed_policies, true);
	const char *denied = find_policy(f, &a->denied_policies, false);
	char policies[512] = "";

	if (!denied && f->policies_unreadable && a->denied_policies.count)
		denied = "policies that cannot be read"; /* any of them may be among them */
	if (a->allowed_policies.count && !allowed)
		policies_text(f, policies, sizeof(policies));

	if (!rule_of_list(x, "PolicyDenied", &a->denied_policies, false,
			  denied, "none of them") ||
	    !rule_of_list(x, "PolicyAllowed", &a->allowed_policies, true,
			  allowed, policies))
		return FAULT_CERT_POLICY;
	if (!rule_of_list(x, "IssuerDenied", &a->denied_issuers, false,
			  find_issuer(b, &a->denied_issuers), "none of them") ||
	    !rule_of_list(x, "IssuerAllowed", &a->allowed_issuers, true,
			  find_issuer(b, &a->allowed_issuers), b->leaf->issuer))
		return FAULT_CERT_ISSUER;
	return FAULT_NONE;
}

static enum fault
judge_badge(struct exchange *x, const struct config_access *access)
{
	enum fault f;

	if (!access->token_text || !access->token_text[0])
		return FAULT_NONE;
	if (!x->conn->identity)	/* there was no memory to look at the badge */
		return FAULT_INTERNAL;
	f = judge_grade(x, access);
	f = f ? f : judge_pin(x, access);
	f = f ? f : judge_signature(x, access);
	return f ? f : judge_lists(x, access);
}

/* A Host that leads to a stricter site than the handshake was made for (ARR 5, R7). */
static bool
is_misdirected(const struct exchange *x)
{
	const unsigned int cert = SSL_FLAG_NEGOTIATE_CERT | SSL_FLAG_REQUIRE_CERT;
	const struct config_site *shaken = x->conn->binding->site;

	return x->conn->tls && x->site != shaken &&
	       ((x->site->access.ssl_flags & cert & ~shaken->access.ssl_flags) ||
		x->site->trust.revocation > shaken->trust.revocation);
}

/* The rows of requestFiltering; without one, TRACE would show what servers are told (RFC 9110
 * 9.3.8, 17.9). */
static enum fault
judge_method(struct exchange *x)
{
	const struct config_site *s = x->site;
	bool allowed = s->verbs_unlisted, listed = false;

	for (size_t i = 0; i < s->verb_count && !listed; i++) {
		listed = slice_is(&x->request.method, s->verbs[i].name);
		allowed = listed ? s->verbs[i].allowed : s->verbs_unlisted;
	}
	if (!listed && x->request.method_id == METHOD_TRACE)
		return rule(x, "Method", "not TRACE", x->verb, false), FAULT_METHOD_REFUSED;
	if (listed || !allowed)
		rule(x, "Method", listed ? "allowed in requestFiltering/verbs"
					 : "named in requestFiltering/verbs", x->verb, allowed);
	return allowed ? FAULT_NONE : FAULT_METHOD_DENIED;
}

static enum fault
judge_request(struct exchange *x)
{
	char wanted[64], found[64];
	enum fault f = judge_method(x);

	if (f)
		return f;
	if (x->site->limits.max_body && x->body == BODY_LENGTH &&
	    x->request.content_length > x->site->limits.max_body) {
		snprintf(wanted, sizeof(wanted), "at most %llu bytes",
			 (unsigned long long)x->site->limits.max_body);
		snprintf(found, sizeof(found), "%llu bytes",
			 (unsigned long long)x->request.content_length);
		rule(x, "ContentLength", wanted, found, false);
		return FAULT_BODY_TOO_LARGE;
	}
	return FAULT_NONE;
}

static enum fault
judge(struct exchange *x, const struct config_access *access)
{
	const unsigned int flags = access->ssl_flags;
	struct conn *c = x->conn;
	enum fault f;

	if (flags & SSL_FLAG_SSL &&
	    !rule(x, "Ssl", "a TLS connection", c->tls ? "TLS" : "plain HTTP", c->tls != NULL))
		return FAULT_SSL_REQUIRED;
	if (is_misdirected(x)) {
		rule(x, "HostMatchesServerName", "the host name of the handshake", x->binding->host,
		     false);
		return FAULT_MISDIRECTED;
	}
	f = judge_certificate(x, flags);
	f = f ? f : judge_badge(x, access);
	return f ? f : judge_request(x);
}

/* Authentication as IIS tells it: the certificate, or anonymous. */
static void
tell_user(struct exchange *x)
{
	const struct conn *c = x->conn;
	bool badge = c->badge && c->identity && c->verdict == FAULT_NONE;
	const uint32_t type = badge ? 128 : 1; /* MapCliCert, Anonymous: EVENTS 4 */

	x->user = badge ? c->identity->name : NULL;
	TRACE(x->trace, AUTH_START, .AuthTypeSupported = type);
	TRACE(x->trace, AUTH_REQUEST_AUTH_TYPE, .RequestAuthType = type);
	TRACE(x->trace, AUTH_SUCCEEDED, .AuthType = type,
	      .RemoteUserName = badge ? c->badge->leaf->subject : "",
	      .AuthUserName = badge ? x->user : "", .TokenImpersonationLevel = 2);
	TRACE(x->trace, USER_SET, .AuthType = badge ? "SSL/PCT" : "",
	      .UserName = badge ? x->user : "");
	TRACE(x->trace, AUTH_END);
}

enum next
step_admit(struct exchange *x)
{
	const char *location = "";
	const struct config_access *access =
		config_access_for(x->site, x->path, strlen(x->path), &location);
	char flags[64];
	const struct fault_info *info;
	enum fault f;

	if (late_is_wanted(x, access)) {
		x->late_location = location;
		x->read_ahead = access->read_ahead;
		x->step = STEP_LATE;
		return NEXT;
	}
	flags_text(access->ssl_flags, flags, sizeof(flags));
	TRACE(x->trace, SECURITY_ACCESS_START, .ModuleName = "Admission", .Path = x->path,
	      .Location = location, .SslFlags = flags, .RequireToken = access->token_text);
	f = judge(x, access);
	info = fault_info(f);
	TRACE_AT(x->trace, f ? TE_WARNING : TE_INFO, SECURITY_ACCESS_END,
		 .Decision = f ? "deny" : "allow", .HttpStatus = info->status,
		 .HttpSubStatus = info->substatus, .Reason = info->reason);
	if (f)
		return exchange_fail(x, f, NULL);
	tell_user(x);
	x->admitted = true;
	x->step = STEP_ROUTE;
	return NEXT;
}
