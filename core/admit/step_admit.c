/* SPDX-License-Identifier: MIT */
/*
 * step_admit - is this client let in here?  The rules of the site and the
 * location, one SECURITY_ACCESS_RULE each.  Source: ARR 2 (sslFlags, 403.x).
 */
#include <config.h>

#include "core/exchange.h"

#include <stdio.h>
#include <string.h>

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

/* A Host that leads to a stricter site than the handshake was made for (ARR 5, R7). */
static bool
is_misdirected(const struct exchange *x)
{
	const unsigned int cert = SSL_FLAG_NEGOTIATE_CERT | SSL_FLAG_REQUIRE_CERT;
	const struct config_site *shaken = x->conn->binding->site;

	return x->conn->tls && x->site != shaken &&
	       (x->site->access.ssl_flags & cert & ~shaken->access.ssl_flags);
}

static enum fault
judge_request(struct exchange *x)
{
	char wanted[64], found[64];

	if (x->request.method_id == METHOD_TRACE)
		return rule(x, "Method", "not TRACE", "TRACE", false), FAULT_METHOD_REFUSED;
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
judge(struct exchange *x, unsigned int flags)
{
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
	return f ? f : judge_request(x);
}

/* Authentication as IIS tells it: the certificate, or anonymous. */
static void
tell_user(struct exchange *x)
{
	const struct conn *c = x->conn;
	bool badge = c->badge && c->identity;
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

	flags_text(access->ssl_flags, flags, sizeof(flags));
	TRACE(x->trace, SECURITY_ACCESS_START, .ModuleName = "Admission", .Path = x->path,
	      .Location = location, .SslFlags = flags, .RequireToken = "");
	f = judge(x, access->ssl_flags);
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
