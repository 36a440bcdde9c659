/* SPDX-License-Identifier: MIT */
/* late - see late.h. */
#include <config.h>

#include "core/handshake/late.h"

#include "core/handshake/sign.h"
#include "core/handshake/story.h"
#include "core/handshake/tls.h"

#include <stdio.h>
#include <string.h>

static bool
is_tls13(const struct conn *c)
{
	return gnutls_protocol_get_version(c->tls) == GNUTLS_TLS1_3;
}

bool
late_is_wanted(const struct exchange *x, const struct config_access *access)
{
	const struct conn *c = x->conn;
	unsigned int flags = access->ssl_flags;

	if (!x->site->late_certificate || !c->tls || c->badge || x->late != LATE_NOT ||
	    x->site != c->binding->site)
		return false;
	/* Where it is only accepted, one who was asked already is not asked again. */
	return flags & SSL_FLAG_REQUIRE_CERT ||
	       (flags & SSL_FLAG_NEGOTIATE_CERT && !tls_requests_certificate(c->binding) &&
		!c->late_ordinal);
}

static bool
offers_auth(const struct conn *c)
{
	return gnutls_session_get_flags(c->tls) & GNUTLS_SFLAGS_POST_HANDSHAKE_AUTH;
}

const char *
late_refusal(const struct exchange *x)
{
	const struct conn *c = x->conn;

	if (is_tls13(c) && !offers_auth(c))
		return "the client uses TLS 1.3 and does not offer post-handshake authentication "
		       "(browsers do only if set up to, Firefox by "
		       "security.tls.enable_post_handshake_auth), so no certificate can be asked "
		       "for on this connection: give these paths a host name of their own, whose "
		       "site asks in the handshake, or set lateCertificate to deny";
	if (!is_tls13(c) && !gnutls_safe_renegotiation_status(c->tls))
		return "the client does not know secure renegotiation (RFC 5746), so it cannot be "
		       "asked safely on this connection: give these paths a host name of their "
		       "own, whose site asks in the handshake";
	return NULL;
}

void
late_tell(struct exchange *x, bool warning, const char *note)
{
	const struct conn *c = x->conn;
	gnutls_datum_t alpn = { NULL, 0 };
	char length[24] = "", protocol[16];

	gnutls_alpn_get_selected_protocol(c->tls, &alpn);
	snprintf(protocol, sizeof(protocol), "%.*s", (int)alpn.size,
		 alpn.data ? (char *)alpn.data : "");
	if (x->body == BODY_LENGTH)
		snprintf(length, sizeof(length), "%llu",
			 (unsigned long long)x->request.content_length);
	TRACE_AT(x->trace, warning ? TE_WARNING : TE_INFO, SECURITY_LATE_CERTIFICATE,
		 .Location = x->late_location,
		 .Protocol = gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
		 .Alpn = protocol, .PostHandshakeAuth = offers_auth(c) ? "yes" : "no",
		 .Method = warning       ? "none"
			   : is_tls13(c) ? "post-handshake authentication"
					 : "renegotiation",
		 .ContentLength = x->body == BODY_CHUNKED ? "chunked" : length,
		 .BodyBuffered = x->kept.len, .BodyLimit = x->read_ahead,
		 .Expect = x->request.expect_continue ? "100-continue" : "", .Note = note);
}

void
late_tell_earlier(struct exchange *x)
{
	const struct conn *c = x->conn;
	char note[96];

	if (!c->late_ordinal || c->late_ordinal == x->ordinal || !c->badge)
		return;
	snprintf(note, sizeof(note), "it came with request %u of this connection: see its trace",
		 c->late_ordinal);
	TRACE(x->trace, SECURITY_LATE_CERTIFICATE,
	      .Protocol = gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
	      .PostHandshakeAuth = offers_auth(c) ? "yes" : "no", .Method = "earlier",
	      .Note = note);
}

int
late_begin(struct exchange *x)
{
	struct conn *c = x->conn;
	int r;

	r = story_late_begin(c);
	if (r < 0)
		return r;
	gnutls_certificate_server_set_request(c->tls, GNUTLS_CERT_REQUEST);
	if (is_tls13(c))
		return late_go_on(x);
	do
		r = gnutls_rehandshake(c->tls);
	while (r == GNUTLS_E_INTERRUPTED);
	return r < 0 ? r : GNUTLS_E_AGAIN;
}

static int
reauth(gnutls_session_t session)
{
	return gnutls_reauth(session, 0);
}

int
late_go_on(struct exchange *x)
{
	struct conn *c = x->conn;

	return sign_run(c, is_tls13(c) ? reauth : gnutls_handshake);
}

void
late_stop(struct exchange *x)
{
	struct conn *c = x->conn;

	if (x->late != LATE_ASK || !c->story)
		return;
	c->trace = x->trace;
	story_late_stopped(c, x->detail ? x->detail : "the connection ended");
	c->trace = NULL;
}
