/* SPDX-License-Identifier: MIT */
/*
 * backend_story - is a server believed, and if TLS with it fails, why: the
 * fault with its Windows code, and the reason in words.
 * Facts: STACK 1.4, 2.1, 2.2; ARR 5 (R6).
 */
#include <config.h>

#include "core/handshake/backend_private.h"

#include "core/base/clock.h"
#include "core/chain/cert.h"
#include "core/token/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 16u
#define DATES (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)

const char *
backend_name(const struct backend_link *l)
{
	const char *name = l->backend->farm->tls.server_name;

	return *name ? name : l->server->name;
}

/* ---- the server's certificate ---- */

static int
judge(struct backend_link *l, gnutls_x509_crt_t *chain, unsigned int n)
{
	const char *name = backend_name(l);
	gnutls_typed_vdata_st data[] = {
		{ .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (void *)GNUTLS_KP_TLS_WWW_SERVER },
		{ .type = GNUTLS_DT_DNS_HOSTNAME, .data = (void *)name },
	};
	unsigned int count = l->backend->farm->tls.verify == SERVER_VERIFY_FULL ? 2 : 1;

	if (gnutls_x509_trust_list_verify_crt2(l->backend->anchors, chain, n, data, count, 0,
					       &l->status, NULL) < 0)
		l->status = GNUTLS_CERT_INVALID;
	return l->status ? GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR : 0;
}

int
backend_verify(gnutls_session_t session)
{
	struct backend_link *l = gnutls_session_get_ptr(session);
	gnutls_x509_crt_t chain[CHAIN_MAX];
	unsigned int n = 0, count = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &n);
	int r = 0;

	if (!l->backend->anchors)
		return 0;
	l->status = GNUTLS_CERT_INVALID;
	for (; raw && r >= 0 && count < n && count < CHAIN_MAX; count++) {
		r = gnutls_x509_crt_init(&chain[count]);
		if (r < 0)
			break;
		r = gnutls_x509_crt_import(chain[count], &raw[count], GNUTLS_X509_FMT_DER);
	}
	if (r >= 0)
		r = count ? judge(l, chain, count) : GNUTLS_E_NO_CERTIFICATE_FOUND;
	while (count)
		gnutls_x509_crt_deinit(chain[--count]);
	return r;
}

static struct cert *
leaf_of(const struct backend_link *l)
{
	unsigned int n = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(l->session, &n);

	return raw && n ? cert_load(raw[0].data, raw[0].size) : NULL;
}

static enum fault
fault_of_status(unsigned int status)
{
	status &= ~(unsigned int)GNUTLS_CERT_INVALID;
	if (status && !(status & ~(unsigned int)DATES))
		return FAULT_SERVER_CERT_DATE;
	if (status == GNUTLS_CERT_UNEXPECTED_OWNER)
		return FAULT_SERVER_CERT_NAME;
	return FAULT_SERVER_CERT_CA;
}

static void
explain_certificate(struct backend_link *l)
{
	struct cert *c = leaf_of(l);
	gnutls_datum_t text = { NULL, 0 };
	const char *subject = c && c->readable ? c->subject : "?";

	l->fault = fault_of_status(l->status);
	if (l->fault == FAULT_SERVER_CERT_NAME)
		snprintf(l->why, sizeof(l->why),
			 "its certificate is not for %.100s but for %.180s (%.150s)",
			 backend_name(l), c && c->readable ? c->alt_names : "?", subject);
	else if (l->fault == FAULT_SERVER_CERT_DATE)
		snprintf(l->why, sizeof(l->why),
			 "its certificate, %.250s, is valid from %s to %s", subject,
			 c ? c->not_before_text : "?", c ? c->not_after_text : "?");
	else if (l->status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		snprintf(l->why, sizeof(l->why),
			 "its certificate, %.180s, issued by %.180s, leads to no CA of "
			 "serverTls/@caFile", subject,
			 c && c->readable ? c->issuer : "?");
	else if (gnutls_certificate_verification_status_print(l->status, GNUTLS_CRT_X509, &text,
							      0) == 0)
		snprintf(l->why, sizeof(l->why), "its certificate, %.200s: %.250s", subject,
			 (char *)text.data);
	gnutls_free(text.data);
	cert_free(c);
}

/* ---- the rest ---- */

/* Alerts that mean: not without your certificate, or not with this one. */
static bool
is_about_us(const struct backend_link *l, int alert)
{
	switch (alert) {
	case GNUTLS_A_CERTIFICATE_REQUIRED: return true;
	case GNUTLS_A_HANDSHAKE_FAILURE:
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED:
	case GNUTLS_A_DECODE_ERROR: return l->asked; /* the last: GnuTLS, to an empty message */
	default: return false;
	}
}

static void
explain_alert(struct backend_link *l)
{
	int alert = gnutls_alert_get(l->session);
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);
	const char *about = "";

	if (is_about_us(l, alert)) {
		l->fault = FAULT_SERVER_WANTS_CERT;
		about = l->backend->own ? ": it does not accept the certificate of "
					  "serverTls/@certificate"
					: ": it asks for a certificate, and serverTls/@certificate "
					  "is not set";
	}
	snprintf(l->why, sizeof(l->why), "the server sent the alert %s%s", name ? name : "?",
		 about);
}

static void
explain_closed(struct backend_link *l)
{
	if (l->asked && !l->backend->own) {
		l->fault = FAULT_SERVER_WANTS_CERT;
		snprintf(l->why, sizeof(l->why),
			 "the server closed the connection after it had asked for a certificate, "
			 "and serverTls/@certificate is not set");
	} else if (l->first_len) {
		snprintf(l->why, sizeof(l->why),
			 "the server closed the connection in the middle of the handshake");
	} else {
		snprintf(l->why, sizeof(l->why),
			 "the server closed the connection without an answer to the ClientHello; "
			 "servers of plain HTTP do so");
	}
}

/* In TLS 1.3 a client is done before the server has looked at its certificate, and the alert
 * goes with the reset that the request behind it causes. */
void
backend_explain_end(struct backend_link *l)
{
	if (l->heard || !l->asked || l->backend->own ||
	    gnutls_protocol_get_version(l->session) != GNUTLS_TLS1_3)
		return;
	l->fault = FAULT_SERVER_WANTS_CERT;
	snprintf(l->why, sizeof(l->why),
		 "the server ended the connection at the first request: it had asked for a "
		 "certificate, and serverTls/@certificate is not set");
}

static void
explain_no_tls(struct backend_link *l)
{
	char first[sizeof(l->first) + 1];

	for (size_t i = 0; i < l->first_len; i++)
		first[i] = l->first[i] >= 0x20 && l->first[i] < 0x7f ? (char)l->first[i] : '.';
	first[l->first_len] = '\0';
	snprintf(l->why, sizeof(l->why), "the server does not speak TLS; its first bytes: %s",
		 first);
}

void
backend_explain(struct backend_link *l, int code)
{
	l->fault = FAULT_SERVER_TLS;
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		explain_alert(l);
	else if (l->status)
		explain_certificate(l);
	else if (l->keys && login_is_token_error(code))
		snprintf(l->why, sizeof(l->why),
			 "the proxy's certificate cannot be used, its token cannot sign: %s: %s",
			 l->backend->own->token_uri, gnutls_strerror(code));
	else if (!l->done && l->first_len && l->first[0] != 0x15 && l->first[0] != 0x16)
		explain_no_tls(l);
	else if (code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR ||
		 l->eof || l->error)
		explain_closed(l);
	else
		snprintf(l->why, sizeof(l->why), "%s", gnutls_strerror(code));
}

void
backend_timed_out(struct backend_link *l, unsigned int seconds)
{
	l->fault = FAULT_SERVER_TIMEOUT;
	l->end_ns = clock_mono_ns();
	snprintf(l->why, sizeof(l->why), "the TLS handshake was not over within %u s", seconds);
}

enum fault
backend_fault(const struct backend_link *l, const char **why)
{
	if (l->fault)
		*why = l->why;
	return l->fault;
}

static const char *
own_certificate(const struct backend_link *l)
{
	if (!l->asked)
		return "not asked for";
	return l->backend->own ? l->backend->own->cert->subject : "none";
}

void
backend_tell(struct backend_link *l, struct trace *t, const char *server)
{
	static const char *const modes[] = { "full", "chain", "none" };
	gnutls_datum_t alpn = { NULL, 0 };
	char alpn_text[16];
	bool known = l->done || l->status;
	const char *suite = known ? gnutls_ciphersuite_get(l->session) : NULL;
	gnutls_protocol_t version = gnutls_protocol_get_version(l->session);
	struct cert *c;

	if (!t)
		return;
	c = leaf_of(l);
	gnutls_alpn_get_selected_protocol(l->session, &alpn);
	snprintf(alpn_text, sizeof(alpn_text), "%.*s", (int)alpn.size,
		 alpn.data ? (char *)alpn.data : "");
	TRACE_AT(t, l->fault ? TE_WARNING : TE_INFO, UPSTREAM_TLS, .Server = server,
		 .ServerName = backend_name(l),
		 .Protocol = known ? gnutls_protocol_get_name(version) : "",
		 .CipherSuite = suite ? suite : "", .Alpn = alpn_text,
		 .Resumed = !l->done ? "" : gnutls_session_is_resumed(l->session) ? "yes" : "no",
		 .Subject = c && c->readable ? c->subject : "",
		 .Issuer = c && c->readable ? c->issuer : "",
		 .NotAfter = c ? c->not_after_text : "",
		 .Verify = modes[l->backend->farm->tls.verify],
		 .ClientCertificate = own_certificate(l), .Result = l->fault ? "failed" : "ok",
		 .Reason = l->why,
		 .ElapsedUs = ((l->end_ns ? l->end_ns : clock_mono_ns()) - l->start_ns) /
			      CLOCK_NS_PER_US);
	cert_free(c);
}
