/* SPDX-License-Identifier: MIT */
/*
 * story - the events of a handshake while it runs.  How it ended is told in
 * story_end.c.  Facts: STACK 1.2 (what the hook sees), OWN-EVENTS (Handshake).
 */
#include <config.h>

#include "core/handshake/story_private.h"

#include "core/base/clock.h"
#include "core/handshake/credentials.h"
#include "core/handshake/ticket.h"
#include "core/handshake/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
mode_text(const struct config_binding *b)
{
	unsigned int flags = b->site->access.ssl_flags;

	if (flags & SSL_FLAG_REQUIRE_CERT)
		return "require";
	return tls_requests_certificate(b) ? "accept" : "ignore";
}

static bool
is_tls13(const struct conn *c)
{
	return gnutls_protocol_get_version(c->tls) == GNUTLS_TLS1_3;
}

static void
tell_hello(struct conn *c, const gnutls_datum_t *msg)
{
	struct story *s = c->story;
	struct hello *h = &s->hello;
	char versions[128], suites[2048], groups[512], signatures[1024];

	hello_parse(h, msg->data, msg->size);
	TRACE(c->trace, SECURITY_CLIENT_HELLO, .ServerName = h->server_name,
	      .Versions = hello_list_text(&h->versions, HELLO_VERSION, versions, sizeof(versions)),
	      .CipherSuites = hello_list_text(&h->suites, HELLO_SUITE, suites, sizeof(suites)),
	      .Groups = hello_list_text(&h->groups, HELLO_GROUP, groups, sizeof(groups)),
	      .SignatureAlgorithms = hello_list_text(&h->signatures, HELLO_SIGNATURE, signatures,
						     sizeof(signatures)),
	      .Alpn = h->alpn, .PostHandshakeAuth = h->post_handshake_auth ? "yes" : "no",
	      .OfferedTicket = h->ticket ? "yes" : "no", .Bytes = (uint32_t)h->bytes);
}

void
story_identity(struct conn *c, uint64_t now, bool failed)
{
	struct credentials *cred = c->runtime->credentials[c->binding->index];
	char sign_us[24];

	snprintf(sign_us, sizeof(sign_us), "%llu",
		 (unsigned long long)((now - c->story->last_ns) / CLOCK_NS_PER_US));
	TRACE_AT(c->trace, failed ? TE_WARNING : TE_INFO, SECURITY_SERVER_IDENTITY,
		 .Subject = cred->cert->subject,
		 .NotAfter = cred->cert->not_after_text,
		 .KeyAlgorithm = cred->cert->key_algorithm, .KeyBits = cred->key_bits,
		 .KeyStore = cred->key_store, .TokenUri = cred->token_uri, .SignUs = sign_us);
}

static void
tell_request(struct conn *c, const gnutls_datum_t *msg)
{
	struct hello_request q;
	char signatures[1024];

	hello_parse_request(&q, msg->data, msg->size, is_tls13(c));
	c->story->requested = true;
	TRACE(c->trace, SECURITY_CERTIFICATE_REQUESTED,
	      .Mode = c->story->late ? "late" : mode_text(c->binding),
	      .CaNameCount = (uint32_t)q.ca_count, .CaNameBytes = (uint32_t)q.ca_bytes,
	      .CaNames = q.ca_count ? trust_ca_names(c->runtime->trust) : "",
	      .SignatureAlgorithms = hello_list_text(&q.signatures, HELLO_SIGNATURE, signatures,
						     sizeof(signatures)));
	if (q.ca_bytes > TRUST_NAMES_WARN)
		TRACE(c->trace, SECURITY_CA_NAMES, .CaNameCount = (uint32_t)q.ca_count,
		      .CaNameBytes = (uint32_t)q.ca_bytes, .Limit = (uint32_t)TRUST_NAMES_WARN,
		      .Biggest = trust_ca_names_biggest(c->runtime->trust),
		      .Note = "clients that take no longer list end the handshake or show no "
			      "certificate: configure only the CAs that issue badges");
}

static void
tell_certificate(struct conn *c, const gnutls_datum_t *msg, uint64_t now)
{
	struct story *s = c->story;
	int count = hello_certificate_count(msg->data, msg->size, is_tls13(c));
	uint64_t waited = s->asked_ns ? now - s->asked_ns : 0;
	const char *names = trust_ca_names(c->runtime->trust);
	char none[512];

	s->certificates = count;
	if (count == 0)
		snprintf(none, sizeof(none),
			 "no certificate was sent: the client has none issued by one of the CA "
			 "names sent, or its user cancelled the choice or the PIN; the names: "
			 "%.320s",
			 names[0] ? names : "none");
	TRACE_AT(c->trace, count > 0 ? TE_INFO : TE_WARNING, SECURITY_CERTIFICATE_RECEIVED,
		 .Count = count > 0 ? (uint32_t)count : 0, .Bytes = msg->size,
		 .WaitedMs = waited / CLOCK_NS_PER_MS,
		 .Note = count > 0   ? ""
			 : count < 0 ? "the message is malformed"
				     : none);
}

void
story_verified(struct conn *c, bool valid, const char *note)
{
	struct story *s = c->story;

	if (!s->verify_pending)
		return;
	s->verify_pending = false;
	TRACE_AT(c->trace, valid ? TE_INFO : TE_WARNING, SECURITY_CERTIFICATE_VERIFIED,
		 .SignatureAlgorithm = gnutls_sign_get_name(
			 (gnutls_sign_algorithm_t)gnutls_sign_algorithm_get_client(c->tls)),
		 .Valid = valid ? "yes" : "no", .Note = note);
}

static void
tell_message(struct conn *c, unsigned int type, bool incoming, const gnutls_datum_t *msg,
	     uint64_t now)
{
	struct story *s = c->story;
	char waited[24];

	snprintf(waited, sizeof(waited), "%llu",
		 (unsigned long long)((now - s->last_ns) / CLOCK_NS_PER_US));
	TRACE(c->trace, SECURITY_HANDSHAKE_MESSAGE, .Direction = incoming ? "in" : "out",
	      .Message =
		      gnutls_handshake_description_get_name((gnutls_handshake_description_t)type),
	      .Bytes = msg->size, .ElapsedUs = (now - s->start_ns) / CLOCK_NS_PER_US,
	      .WaitedUs = waited);
}

static void
on_incoming(struct conn *c, unsigned int type, const gnutls_datum_t *msg, uint64_t now)
{
	struct story *s = c->story;

	if (s->verify_pending && type != GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY)
		story_verified(c, true, "");
	if (s->flown_ns == 0 && s->asked && c->transport.flushed_ns)
		s->flown_ns = c->transport.flushed_ns;
	if (type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT)
		s->asked_ns = c->transport.flushed_ns;
	tell_message(c, type, true, msg, now);
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO) {
		tell_hello(c, msg);
		if (!s->late)
			ticket_use(c, &s->hello);
	} else if (type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT) {
		tell_certificate(c, msg, now);
	} else if (type == GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY) {
		s->verify_pending = true;
		s->signed_here = true;
	}
	s->answered = type != GNUTLS_HANDSHAKE_CLIENT_HELLO;
}

/* GnuTLS calls this before (PRE) and after (POST) each message. */
static int
on_message(gnutls_session_t session, unsigned int type, unsigned int when, unsigned int incoming,
	   const gnutls_datum_t *msg)
{
	struct conn *c = gnutls_session_get_ptr(session);
	struct story *s = c->story;
	uint64_t now = clock_mono_ns();

	if (!s) /* a message after the handshake: tickets, key updates */
		return 0;
	if (incoming && when == GNUTLS_HOOK_PRE) {
		on_incoming(c, type, msg, now);
	} else if (!incoming && when == GNUTLS_HOOK_PRE) {
		if (type == GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY ||
		    type == GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE)
			story_identity(c, now, false);
	} else if (!incoming) {
		tell_message(c, type, false, msg, now);
		if (type == GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST)
			tell_request(c, msg);
		if (type == GNUTLS_HANDSHAKE_FINISHED ||
		    type == GNUTLS_HANDSHAKE_SERVER_HELLO_DONE ||
		    (s->late && type == GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST && is_tls13(c)))
			s->asked = true;
	}
	/* What goes on before an outgoing message, as our signature, is its wait: STACK 1.2. */
	if (incoming || when == GNUTLS_HOOK_POST)
		s->last_ns = now;
	return 0;
}

int
story_begin(struct conn *c)
{
	const struct config_limits *limits = &c->binding->site->limits;
	struct story *s = calloc(1, sizeof(*s));

	if (!s)
		return GNUTLS_E_MEMORY_ERROR;
	c->story = s;
	s->start_ns = s->last_ns = clock_mono_ns();
	limit_set(c->worker->loop, &c->limit, limits->handshake_timeout);
	/* The hook also learns who was waiting for whom; without a trace it costs 1 %. */
	gnutls_handshake_set_hook_function(c->tls, (unsigned int)GNUTLS_HANDSHAKE_ANY,
					   GNUTLS_HOOK_BOTH, on_message);
	TRACE(c->trace, SECURITY_HANDSHAKE_START, .ModuleName = "Handshake",
	      .BindingHost = c->binding->host, .CertificateMode = mode_text(c->binding),
	      .TimeoutMs = (uint64_t)limits->handshake_timeout * 1000);
	return 0;
}

int
story_late_begin(struct conn *c)
{
	struct story *s = calloc(1, sizeof(*s));

	if (!s)
		return GNUTLS_E_MEMORY_ERROR;
	c->story = s;
	s->late = true;
	s->start_ns = s->last_ns = clock_mono_ns();
	TRACE(c->trace, SECURITY_HANDSHAKE_START, .ModuleName = "Handshake",
	      .BindingHost = c->binding->host, .CertificateMode = "late",
	      .TimeoutMs = (uint64_t)c->binding->site->limits.person_timeout * 1000);
	return 0;
}

void
story_timeout(struct conn *c)
{
	if (c->story)
		c->story->timed_out = true;
}

bool
story_is_timed_out(const struct conn *c)
{
	return c->story && c->story->timed_out;
}

bool
story_waits_for_person(const struct conn *c)
{
	return c->story && c->story->asked && c->story->requested && !c->story->answered;
}

bool
story_person_begins(struct conn *c)
{
	if (!story_waits_for_person(c) || c->story->person_limit)
		return false;
	c->story->person_limit = true;
	return true;
}

bool
story_flight_is_due(const struct conn *c)
{
	return c->story && !c->story->asked;
}

void
story_free(struct conn *c)
{
	free(c->story);
	c->story = NULL;
	c->transport.sniffing = false;
}
