/* SPDX-License-Identifier: MIT */
/*
 * step_late - a certificate is asked for that the handshake did not bring.
 *
 * The client may be sending a body: TLS can only ask when that has been read,
 * so it is kept, up to a limit, as IIS does (uploadReadAheadSize); a client
 * that waits for 100 Continue is asked first.  Then ADMIT judges again.
 * Source: ARR 2 (late negotiation), 5 (S15, S16).
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/chain/shown.h"
#include "core/handshake/late.h"
#include "core/handshake/sign.h"
#include "core/handshake/story.h"
#include "core/http/h1.h"
#include "core/token/holder.h"

#include <errno.h>

#define PIECE ((size_t)16384)

static enum next
go_back(struct exchange *x)
{
	x->late = LATE_OVER;
	x->step = STEP_ADMIT;
	return NEXT;
}

/* ---- the body ---- */

static enum next
body_too_large(struct exchange *x)
{
	late_tell(x, true,
		  "the body is larger than what is kept while a certificate is asked for: send "
		  "Expect: 100-continue, ask for a page of that path first, or raise "
		  "uploadReadAheadSize");
	return exchange_fail(x, FAULT_BODY_TOO_LARGE,
			     arena_printf(&x->arena,
					  "%s wants a certificate, and while it is asked for at "
					  "most %zu bytes of the body are kept",
					  x->late_location[0] ? x->late_location : "the site",
					  x->read_ahead));
}

/* In chunks, so that nobody knew before. */
static enum next
body_above_maximum(struct exchange *x)
{
	late_tell(x, true, "the body is larger than maxAllowedContentLength");
	return exchange_fail(x, FAULT_BODY_TOO_LARGE,
			     arena_printf(&x->arena, "the body is larger than %llu bytes "
					  "(maxAllowedContentLength)",
					  (unsigned long long)x->site->limits.max_body));
}

static enum next
body_broke_off(struct exchange *x, ssize_t n)
{
	x->conn->close_after = true;
	if (n == -EBADMSG)
		return exchange_fail(x, FAULT_BAD_REQUEST,
				     arena_printf(&x->arena,
						  "chunked request body: %s, at byte %llu of it",
						  head_rule_text(x->body_rule),
						  (unsigned long long)x->body_chunk.eaten));
	return exchange_fail(x, FAULT_CLIENT_GONE, "the client left in the middle of its request");
}

/* NEXT: one more piece is kept.  WAIT: there is none now. */
static enum next
keep_piece(struct exchange *x)
{
	char *piece = x->conn->worker->body;
	ssize_t n = x->client->read_body(x, piece, PIECE);

	if (n == -EAGAIN)
		return WAIT;
	if (n < 0)
		return body_broke_off(x, n);
	if (x->site->limits.max_body && x->body_bytes > x->site->limits.max_body)
		return body_above_maximum(x);
	if ((size_t)n > x->read_ahead - x->kept.len)
		return body_too_large(x);
	buf_put(&x->kept, piece, (size_t)n);
	if (x->kept.error)
		return exchange_fail(x, FAULT_INTERNAL, NULL);
	x->kept_whole = x->body_done;
	return NEXT;
}

static bool
waits_for_continue(const struct exchange *x)
{
	const struct conn *c = x->conn;

	return x->request.expect_continue && c->in_pos == c->in_len && !conn_has_input(c);
}

static enum next
read_ahead(struct exchange *x)
{
	enum next n = NEXT;

	if (x->timed_out)
		return exchange_fail(x, FAULT_REQUEST_TIMEOUT,
				     arena_printf(&x->arena,
						  "the request body stopped after %llu bytes",
						  (unsigned long long)x->body_bytes));
	if (!waits_for_continue(x)) {
		if (x->body == BODY_LENGTH && x->request.content_length > x->read_ahead)
			return body_too_large(x);
		while (n == NEXT && !x->kept_whole)
			n = keep_piece(x);
		if (n == WAIT) {
			x->want = WANT_CLIENT_READ;
			limit_set(x->conn->worker->loop, &x->limit, x->site->limits.body_timeout);
		}
		if (n != NEXT)
			return n;
	}
	limit_set(x->conn->worker->loop, &x->limit, x->site->limits.person_timeout);
	x->late = LATE_ASK;
	return NEXT;
}

static enum next
keep_further_request(struct exchange *x)
{
	struct conn *c = x->conn;
	ssize_t n = h1_fill(c, c->in_cap);

	if (n > 0)
		return NEXT;
	if (n == -EAGAIN)
		return WAIT;
	c->close_after = true;
	return exchange_fail(x, n == -ENOBUFS ? FAULT_BAD_REQUEST : FAULT_CLIENT_GONE,
			     n == -ENOBUFS ? "too many further requests came while a certificate "
					     "was asked for"
					   : "the client left while a certificate was asked for");
}

/*
 * What the client sends instead of its answer: more of the body, or its next request.  Not
 * one byte more is read than has been decrypted, also where that is but the head of a chunk:
 * the answer may come next, and is none of the body's.
 */
static enum next
take_data(struct exchange *x)
{
	enum next n;

	x->conn->decrypted_only = true;
	do
		n = x->body != BODY_NONE && !x->kept_whole ? keep_piece(x)
							   : keep_further_request(x);
	while (n == NEXT && gnutls_record_check_pending(x->conn->tls) > 0);
	x->conn->decrypted_only = false;
	return n == WAIT ? NEXT : n;
}

/* ---- the certificate ---- */

static enum next
failed(struct exchange *x, int code)
{
	struct conn *c = x->conn;
	char why[512];
	bool gone = code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR ||
		    code == GNUTLS_E_FATAL_ALERT_RECEIVED || c->transport.eof;

	story_late_end(c, code, why, sizeof(why));
	c->close_after = true;
	return exchange_fail(x, gone ? FAULT_CLIENT_GONE : FAULT_CERT_REQUIRED,
			     arena_printf(&x->arena, "%s", why));
}

static enum next
take_result(struct exchange *x, int r)
{
	struct conn *c = x->conn;
	char why[8];

	if (r == GNUTLS_E_GOT_APPLICATION_DATA)
		return take_data(x);
	if (r < 0 && r != GNUTLS_E_AGAIN)
		return failed(x, r);
	conn_flush(c);
	if (r == GNUTLS_E_AGAIN) {
		if (story_waits_for_person(c) && !c->transport.blocked && story_person_begins(c))
			c->transport.flushed_ns = clock_mono_ns();
		x->want = WANT_CLIENT_READ | (conn_is_blocked(c) ? WANT_CLIENT_WRITE : 0);
		return WAIT;
	}
	story_late_end(c, 0, why, sizeof(why));
	limit_set(c->worker->loop, &x->limit, 0);
	c->resumed = false;
	c->online_asks = 0;
	c->late_ordinal = x->ordinal;
	x->late = LATE_CHAIN;
	return NEXT;
}

static enum next
send_to_sign(struct exchange *x)
{
	if (sign_send(x->conn) == 0)
		return WAIT;
	story_late_no_signer(x->conn);
	return failed(x, GNUTLS_E_INTERNAL_ERROR);
}

static enum next
ask(struct exchange *x)
{
	struct conn *c = x->conn;
	int r;

	if (x->timed_out && c->story) {
		story_timeout(c);
		return failed(x, GNUTLS_E_TIMEDOUT);
	}
	if (!c->story && gnutls_record_check_pending(c->tls) > 0)
		return take_data(x); /* GnuTLS begins no handshake behind it */
	if (!c->story) {
		late_tell(x, false, "");
		r = late_begin(x);
		if (!c->story) /* no memory */
			return exchange_fail(x, FAULT_INTERNAL, NULL);
		return take_result(x, r);
	}
	if (sign_came_back(c, &r))
		return take_result(x, r);
	if (sign_is_due(c) && gnutls_protocol_get_version(c->tls) != GNUTLS_TLS1_3) {
		r = transport_peek(c);
		if (r == -EAGAIN)
			return take_result(x, GNUTLS_E_AGAIN);
		if (transport_has_input(&c->transport))
			return send_to_sign(x);
	}
	return take_result(x, late_go_on(x));
}

static enum next
judge(struct exchange *x)
{
	if (shown_judge(x->conn) == WAIT)
		return WAIT;
	holder_find(x->conn);
	return go_back(x);
}

static enum next
begin(struct exchange *x)
{
	const char *refusal = late_refusal(x);

	x->kept_whole = x->body_done;
	if (refusal) {
		late_tell(x, true, refusal);
		return go_back(x);
	}
	buf_init(&x->kept, x->read_ahead);
	x->late = LATE_BODY;
	return NEXT;
}

static enum next
run(struct exchange *x)
{
	switch (x->late) {
	case LATE_NOT: return begin(x);
	case LATE_BODY: return read_ahead(x);
	case LATE_ASK: return ask(x);
	default: return judge(x);
	}
}

enum next
step_late(struct exchange *x)
{
	struct conn *c = x->conn;
	enum next n;

	c->trace = x->trace; /* the stages of the connection write there */
	do
		n = run(x);
	while (n == NEXT && x->step == STEP_LATE);
	if (!c->errand)
		c->trace = NULL;
	if (n == FAIL || x->step != STEP_LATE) { /* what was kept goes to the server first */
		x->body_bytes = 0;
		x->body_done = x->kept_whole && x->kept.len == 0;
		x->timed_out = false;
	}
	return n;
}
