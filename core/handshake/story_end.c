/* SPDX-License-Identifier: MIT */
/*
 * story_end - how a handshake ended, and why: the reason is derived from what
 * was offered and seen, because GnuTLS's code alone misleads.
 * Facts: STACK 1.4, 1.5; OWN-EVENTS (Handshake, "a handshake that fails").
 */
#include <config.h>

#include "core/handshake/story_private.h"

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/forward/respond.h"
#include "core/handshake/credentials.h"
#include "core/handshake/explain.h"
#include "core/handshake/hint.h"
#include "core/handshake/ticket.h"
#include "core/handshake/tls.h"
#include "core/token/seen.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

enum { ALERT_IN, ALERT_OUT };

struct ending {
	enum handshake_result result;
	enum handshake_reason reason; /* for the counters; not of HANDSHAKE_OK */
	int code; /* GnuTLS's */
	char text[512]; /* the reason in words */
};

static void
tell_alert(struct conn *c, int direction, unsigned int level, unsigned int alert)
{
	TRACE(c->trace, SECURITY_ALERT, .Direction = direction == ALERT_IN ? "in" : "out",
	      .AlertLevel = level, .Alert = alert);
}

static void
tell_end(struct conn *c, const struct ending *e)
{
	struct counters *n = c->worker->counters;
	bool ok = e->result == HANDSHAKE_OK;

	counter_add(&n->handshakes[e->result], 1);
	if (!ok)
		counter_add(&n->handshake_failures[e->reason], 1);
	TRACE_AT(c->trace, ok ? TE_INFO : TE_WARNING, SECURITY_HANDSHAKE_END,
		 .Result = handshake_result_words[e->result], .ErrorCode = e->code,
		 .ErrorText = e->text,
		 .ElapsedMs = (clock_mono_ns() - c->story->start_ns) / CLOCK_NS_PER_MS,
		 .BytesReceived = c->transport.bytes_in, .BytesSent = c->transport.bytes_out);
}

static const char *
yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

/*
 * Seconds since the badge's key signed: 0 now, "" = no badge or not known; and
 * what is to be said of a key that signs too often.
 */
static uint64_t
signature_age(struct conn *c, char *out, size_t size, struct hint *hint)
{
	unsigned int n = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(c->tls, &n);
	unsigned char hash[32];
	uint64_t age;

	out[0] = '\0';
	if (!raw || n == 0 ||
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, raw[0].data, raw[0].size, hash) < 0)
		return UINT64_MAX;
	if (c->story->signed_here)
		hint_look(hint, hash);
	age = seen_age(hash, clock_mono_ns());
	if (age != UINT64_MAX)
		snprintf(out, size, "%llu", (unsigned long long)age);
	return age;
}

void
story_done(struct conn *c)
{
	struct ending e = { .result = HANDSHAKE_OK };
	unsigned int flags = gnutls_session_get_flags(c->tls);
	gnutls_datum_t alpn = { NULL, 0 };
	const char *suite = gnutls_ciphersuite_get(c->tls);
	char age[24], alpn_text[16];
	struct hint hint = { 0 };
	uint64_t since;

	story_verified(c, true, "");
	c->resumed = gnutls_session_is_resumed(c->tls) != 0;
	c->asked = c->story->requested;
	if (c->resumed)
		counter_add(&c->worker->counters->resumptions, 1);
	since = signature_age(c, age, sizeof(age), &hint);
	gnutls_alpn_get_selected_protocol(c->tls, &alpn);
	snprintf(alpn_text, sizeof(alpn_text), "%.*s", (int)alpn.size,
		 alpn.data ? (char *)alpn.data : "");
	TRACE(c->trace, SECURITY_SESSION,
	      .Protocol = gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
	      .CipherSuite = suite ? suite : "",
	      .Group = gnutls_group_get_name(gnutls_group_get(c->tls)), .Alpn = alpn_text,
	      .Resumed = yes_no(c->resumed), .SecondsSinceSignature = age,
	      .ServerName = c->story->hello.server_name,
	      .SecureRenegotiation = yes_no(flags & GNUTLS_SFLAGS_SAFE_RENEGOTIATION),
	      .ExtendedMasterSecret = yes_no(flags & GNUTLS_SFLAGS_EXT_MASTER_SECRET));
	ticket_trace(c, &c->story->hello, since);
	hint_tell(c, &hint);
	tell_end(c, &e);
	story_free(c);
}

static void
explain_timeout(struct conn *c, struct ending *e)
{
	const struct config_limits *l = &c->binding->site->limits;

	e->result = HANDSHAKE_TIMEOUT;
	if (c->story->late && !story_waits_for_person(c)) {
		e->reason = REASON_STOPPED;
		snprintf(e->text, sizeof(e->text),
			 "the client did not answer the request to renegotiate within %u s",
			 l->person_timeout);
		return;
	}
	e->reason = story_waits_for_person(c)     ? REASON_PERSON_TIMEOUT
		    : c->transport.first_len == 0 ? REASON_SILENT
		    : !c->story->hello.valid      ? REASON_HELLO_TIMEOUT
						  : REASON_STOPPED;
	if (e->reason == REASON_PERSON_TIMEOUT)
		snprintf(e->text, sizeof(e->text),
			 "no certificate or answer came within %u s (personTimeout): the person "
			 "did not choose a certificate or type the PIN in time",
			 l->person_timeout);
	else if (e->reason == REASON_SILENT)
		snprintf(e->text, sizeof(e->text), "the client sent nothing within %u s",
			 l->handshake_timeout);
	else if (e->reason == REASON_HELLO_TIMEOUT)
		snprintf(e->text, sizeof(e->text),
			 "the client's ClientHello was not complete within %u s",
			 l->handshake_timeout);
	else
		snprintf(e->text, sizeof(e->text),
			 "the client stopped in the middle of the handshake; "
			 "the limit is %u s",
			 l->handshake_timeout);
}

static void
explain_closed(struct conn *c, struct ending *e)
{
	bool unsigned_yet = c->story->certificates > 0 && !c->story->signed_here;

	e->result = HANDSHAKE_CLOSED;
	e->reason = c->transport.first_len == 0   ? REASON_LEFT_AT_ONCE
		    : story_waits_for_person(c)   ? REASON_LEFT_AT_CHOICE
		    : !c->story->hello.valid      ? REASON_LEFT_IN_HELLO
		    : unsigned_yet                ? REASON_LEFT_UNSIGNED
						  : REASON_LEFT;
	if (e->reason == REASON_LEFT_AT_ONCE)
		snprintf(e->text, sizeof(e->text),
			 "the client closed the connection before its "
			 "ClientHello; badge clients do so when the PIN was wrong or not given");
	else if (e->reason == REASON_LEFT_AT_CHOICE)
		snprintf(e->text, sizeof(e->text),
			 "the client left while a certificate was to be chosen "
			 "or a PIN to be typed");
	else if (e->reason == REASON_LEFT_IN_HELLO)
		snprintf(e->text, sizeof(e->text),
			 "the client closed the connection before its ClientHello was complete");
	else if (e->reason == REASON_LEFT_UNSIGNED)
		snprintf(e->text, sizeof(e->text),
			 "the client sent its certificate and left without a signature: the card "
			 "was removed, its PIN is locked, or the middleware cannot sign");
	else
		snprintf(e->text, sizeof(e->text),
			 "the client closed the connection in the middle of "
			 "the handshake");
}

static void
explain_alert(struct ending *e, unsigned int alert, bool clear)
{
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);
	const char *meaning = "";

	switch (alert) {
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
		meaning = ": the client does not accept the proxy's own certificate";
		break;
	case GNUTLS_A_USER_CANCELED:
		meaning = ": the user cancelled the choice of a certificate or the PIN";
		break;
	case GNUTLS_A_PROTOCOL_VERSION:
		meaning = ": the client does not accept the TLS version that was chosen";
		break;
	case GNUTLS_A_HANDSHAKE_FAILURE:
	case GNUTLS_A_INSUFFICIENT_SECURITY:
		meaning = ": the client does not accept what was chosen, or its key could not "
			  "sign";
		break;
	case GNUTLS_A_INTERNAL_ERROR:
		meaning = ": the client failed by itself, for example because its token could not "
			  "sign";
		break;
	default: break;
	}
	e->result = HANDSHAKE_FAILED;
	e->reason = REASON_ALERT;
	snprintf(e->text, sizeof(e->text), "the client ended the handshake with the %salert %s%s",
		 clear ? "unencrypted " : "", name ? name : "?", meaning);
}

static void
explain_refusal(struct conn *c, struct ending *e)
{
	const struct credentials *cred = c->runtime->credentials[c->binding->index];

	e->result = HANDSHAKE_FAILED;
	e->reason = REASON_OFFER;
	if (c->story->token_busy) {
		story_identity(c, clock_mono_ns(), true);
		e->reason = REASON_TOKEN;
		snprintf(e->text, sizeof(e->text),
			 "the proxy's own key is not available, its token does not answer: "
			 "%s: busy since %u s",
			 cred->token_uri, c->story->token_busy);
	} else if (login_is_token_error(e->code) && c->keys) {
		story_identity(c, clock_mono_ns(), true);
		e->reason = REASON_TOKEN;
		snprintf(e->text, sizeof(e->text),
			 "the proxy's own key is not available, its token cannot sign: %s: %s",
			 cred->token_uri, gnutls_strerror(e->code));
	} else if (c->story->verify_failed) {
		e->reason = REASON_SIGNATURE;
		snprintf(e->text, sizeof(e->text),
			 "the client's signature does not fit its certificate");
	} else {
		explain_offer(&c->story->hello, e->code, cred->cert->key_type, tls_priority(),
			      e->text, sizeof(e->text));
	}
}

static void
explain(struct conn *c, struct ending *e)
{
	struct transport *t = &c->transport;

	if (c->worker->draining) {
		e->result = HANDSHAKE_CLOSED;
		e->reason = REASON_DRAINED;
		snprintf(e->text, sizeof(e->text), "the proxy is stopping");
	} else if (c->story->timed_out) {
		explain_timeout(c, e);
	} else if (c->story->no_signer) {
		e->result = HANDSHAKE_FAILED;
		e->reason = REASON_QUEUE;
		snprintf(e->text, sizeof(e->text),
			 "too many handshakes wait for the token of the proxy's key");
	} else if (e->code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		unsigned int alert = (unsigned int)gnutls_alert_get(c->tls);

		tell_alert(c, ALERT_IN, GNUTLS_AL_FATAL, alert);
		explain_alert(e, alert, false);
	} else if (t->alert_len == 2 && t->alert[0] == GNUTLS_AL_FATAL) {
		tell_alert(c, ALERT_IN, t->alert[0], t->alert[1]);
		explain_alert(e, t->alert[1], true);
	} else if (!explain_is_refusal(e->code) && !c->story->verify_failed &&
		   (e->code == GNUTLS_E_PREMATURE_TERMINATION || e->code == GNUTLS_E_PULL_ERROR ||
		    t->eof || t->error)) {
		explain_closed(c, e);
	} else {
		explain_refusal(c, e);
	}
}

/* The alert of ours that fits, unless the client is gone or ended it itself. */
static void
send_alert(struct conn *c, const struct ending *e)
{
	int level = GNUTLS_AL_FATAL;
	int alert = gnutls_error_to_alert(e->code, &level);

	if (e->result != HANDSHAKE_FAILED || c->transport.eof || c->transport.error ||
	    e->code == GNUTLS_E_FATAL_ALERT_RECEIVED || c->transport.alert_len == 2)
		return;
	if (gnutls_alert_send(c->tls, (gnutls_alert_level_t)level,
			      (gnutls_alert_description_t)alert) == 0)
		tell_alert(c, ALERT_OUT, (unsigned int)level, (unsigned int)alert);
}

void
story_submit(struct conn *c, enum fault fault, const char *name)
{
	const struct config_site *site = c->binding->site;
	const struct fault_info *f = fault_info(fault);
	char url[400];
	const char *scheme = c->binding->tls ? "https" : "http";
	struct trace_meta meta = {
		.url = url,
		.verb = "-",
		.site_id = site->id,
		.app_pool_id = site->farm ? site->farm->name : "",
		.reason = fault ? TRACE_REASON_STATUS_CODE : TRACE_REASON_EVENT_VERBOSITY_LEVEL,
		.status = fault ? f->status : 0,
		.trigger_status = fault ? f->status : 0,
		.time_taken_ms = (clock_mono_ns() - c->start_ns) / CLOCK_NS_PER_MS,
		.directory = site->trace_directory,
		.max_log_files = site->max_log_files,
	};

	if (c->probe && c->transport.first_len == 0) { /* a health check: no story */
		trace_free(c->trace);
		c->trace = NULL;
	}
	if (!c->trace)
		return;
	if (!fault)
		trace_guid_new(c->activity);
	snprintf(url, sizeof(url), c->self.v6 && !name[0] ? "%s://[%s]:%u/" : "%s://%s:%u/",
		 scheme, name[0] ? name : c->self.text, c->self.port);
	memcpy(meta.activity, c->activity, sizeof(meta.activity));
	conn_trace_end(c, c->trace);
	trace_submit(c->runtime->writer, &c->trace, &meta);
}

static void
give_up(struct conn *c, enum fault fault)
{
	c->end = CONN_END_HANDSHAKE;
	if (fault)
		counter_add(&c->worker->counters->refusals[fault], 1);
	story_submit(c, fault, c->story->hello.server_name);
	conn_close(c, CONN_END_HANDSHAKE);
	story_free(c);
}

/* What the proxy itself did not find wrong. */
static bool
ended_by_others(int code)
{
	return code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR ||
	       code == GNUTLS_E_TIMEDOUT || code == GNUTLS_E_FATAL_ALERT_RECEIVED;
}

static void
tell_failure(struct conn *c, struct ending *e)
{
	if (ended_by_others(e->code)) {
		story_verified(c, false, "the handshake ended before the signature was checked");
	} else {
		c->story->verify_failed = c->story->verify_pending;
		story_verified(c, false, "the signature does not fit the certificate");
	}
	explain(c, e);
	send_alert(c, e);
}

void
story_failed(struct conn *c, int code)
{
	struct ending e = { .code = code };

	tell_failure(c, &e);
	tell_end(c, &e);
	give_up(c, FAULT_NONE);
}

/* A client may say that it does not renegotiate: a warning, no end of the connection. */
static bool
renegotiation_refused(struct conn *c, int code)
{
	return code == GNUTLS_E_WARNING_ALERT_RECEIVED &&
	       gnutls_alert_get(c->tls) == GNUTLS_A_NO_RENEGOTIATION;
}

void
story_late_end(struct conn *c, int code, char *why, size_t size)
{
	struct ending e = { .code = code, .result = HANDSHAKE_OK };
	struct hint hint = { 0 };
	char age[24];

	why[0] = '\0';
	if (code == 0) {
		story_verified(c, true, "");
		signature_age(c, age, sizeof(age), &hint);
		hint_tell(c, &hint);
	} else if (renegotiation_refused(c, code)) {
		e.result = HANDSHAKE_FAILED;
		e.reason = REASON_NO_RENEGOTIATION;
		snprintf(e.text, sizeof(e.text), "the client refuses to renegotiate");
		tell_alert(c, ALERT_IN, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	} else {
		tell_failure(c, &e);
	}
	snprintf(why, size, "%s", e.text);
	tell_end(c, &e);
	story_free(c);
}

void
story_late_stopped(struct conn *c, const char *why)
{
	struct ending e = { .code = GNUTLS_E_GOT_APPLICATION_DATA,
			    .result = HANDSHAKE_FAILED, .reason = REASON_STOPPED };

	snprintf(e.text, sizeof(e.text), "%s", why);
	story_verified(c, false, "it was not checked any more");
	tell_end(c, &e);
	story_free(c);
}

void
story_stopped(struct conn *c)
{
	story_failed(c, GNUTLS_E_TIMEDOUT);
}

void
story_late_no_signer(struct conn *c)
{
	c->story->no_signer = true;
}

void
story_no_signer(struct conn *c)
{
	story_late_no_signer(c);
	story_failed(c, GNUTLS_E_INTERNAL_ERROR);
}

void
story_not_tls(struct conn *c)
{
	bool http = transport_is_http(&c->transport);
	struct ending e = { .result = HANDSHAKE_NOT_TLS,
			    .reason = http ? REASON_PLAIN_HTTP : REASON_NOT_TLS,
			    .code = GNUTLS_E_UNEXPECTED_PACKET };
	const char *known = explain_first_bytes(c->transport.first, c->transport.first_len);
	char first[sizeof(c->transport.first) + 1];

	for (unsigned int i = 0; i < c->transport.first_len; i++) {
		unsigned char b = c->transport.first[i];

		first[i] = b >= 0x20 && b < 0x7f ? (char)b : '.';
	}
	first[c->transport.first_len] = '\0';
	if (known)
		snprintf(e.text, sizeof(e.text), "%s; first bytes: %s", known, first);
	else
		snprintf(e.text, sizeof(e.text),
			 http ? "plain HTTP was sent to a TLS port; first bytes: %s"
			      : "the first bytes are no TLS record: %s",
			 first);
	trace_guid_new(c->activity);
	if (http)
		respond_plain_http(c);
	tell_end(c, &e);
	give_up(c, http ? FAULT_PLAIN_HTTP : FAULT_NONE);
}
