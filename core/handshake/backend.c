/* SPDX-License-Identifier: MIT */
/*
 * backend - see backend.h.  Why a session failed is told in backend_story.c.
 * Facts: STACK 1.1, 1.6, 2.1; sessions are given away once (RFC 8446 C.4).
 */
#include <config.h>

#include "core/handshake/backend_private.h"

#include "core/base/clock.h"
#include "core/base/lane.h"
#include "core/config_values.h"
#include "core/handshake/tls.h"
#include "core/token/login.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECORD_MAX ((size_t)16384)

/* ---- of a farm ---- */

static int
load_anchors(struct backend *b, struct buf *messages)
{
	const struct config_server_tls *c = &b->farm->tls;

	if (c->verify == SERVER_VERIFY_NONE)
		return 0;
	if (gnutls_x509_trust_list_init(&b->anchors, 0) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < c->ca_count; i++) {
		int r = gnutls_x509_trust_list_add_trust_file(b->anchors, c->ca_files[i], NULL,
							      GNUTLS_X509_FMT_PEM, 0, 0);

		if (r > 0)
			continue;
		buf_putf(messages, "error: web farm %s: %s: no CA certificate was read: %s\n",
			 b->farm->name, c->ca_files[i],
			 r < 0 ? gnutls_strerror(r) : "there is none in it");
		return -EINVAL;
	}
	return 0;
}

struct backend *
backend_new(const struct config_farm *farm, const struct trust *trust, struct buf *messages)
{
	struct backend *b = calloc(1, sizeof(*b));
	bool fine;

	if (!b)
		return NULL;
	b->farm = farm;
	b->saved = calloc(farm->server_count + 1, sizeof(*b->saved));
	fine = b->saved && gnutls_certificate_allocate_credentials(&b->nobody) >= 0 &&
	       load_anchors(b, messages) == 0;
	if (fine && farm->tls.cert.certificate) {
		b->own = credentials_load(&farm->tls.cert, trust, NULL, messages);
		fine = b->own != NULL;
	}
	if (fine)
		return b;
	backend_free(b);
	return NULL;
}

static void
free_saved(struct backend_saved *s)
{
	if (!s)
		return;
	gnutls_memset(s->data.data, 0, s->data.size);
	gnutls_free(s->data.data);
	free(s);
}

void
backend_free(struct backend *b)
{
	if (!b)
		return;
	for (size_t i = 0; b->saved && i < b->farm->server_count; i++)
		free_saved(b->saved[i]);
	free(b->saved);
	if (b->anchors)
		gnutls_x509_trust_list_deinit(b->anchors, 1);
	if (b->nobody)
		gnutls_certificate_free_credentials(b->nobody);
	credentials_free(b->own);
	free(b);
}

struct credentials *
backend_credentials(struct backend *b)
{
	return b ? b->own : NULL;
}

/* ---- bytes between socket and session ---- */

static int
fill(struct backend_link *l)
{
	ssize_t n;

	if (l->in_pos < l->in_len || l->eof)
		return 0;
	if (l->error)
		return -l->error;
	do
		n = recv(l->fd, l->in, BACKEND_IN, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) {
		l->dry = true;
		return -EAGAIN;
	}
	if (n < 0) {
		l->error = errno;
		return -errno;
	}
	l->eof = n == 0;
	l->in_pos = 0;
	l->in_len = (size_t)n;
	for (size_t i = 0; i < l->in_len && l->first_len < sizeof(l->first); i++)
		l->first[l->first_len++] = (unsigned char)l->in[i];
	return 0;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct backend_link *l = ptr;
	int r = fill(l);

	if (r < 0) {
		gnutls_transport_set_errno(l->session, -r);
		return -1;
	}
	if (size > l->in_len - l->in_pos)
		size = l->in_len - l->in_pos;
	memcpy(data, l->in + l->in_pos, size);
	l->in_pos += size;
	return (ssize_t)size;
}

static int
pull_timeout(gnutls_transport_ptr_t ptr, unsigned int ms)
{
	struct backend_link *l = ptr;

	(void)ms;
	return l->in_pos < l->in_len || l->eof || l->error;
}

static ssize_t
push(gnutls_transport_ptr_t ptr, const void *data, size_t len)
{
	struct backend_link *l = ptr;

	if (l->out_pos == l->out_len)
		l->out_pos = l->out_len = 0;
	if (len > l->out_cap - l->out_len) {
		size_t cap = l->out_len + len + 4096;
		char *out = cap > BACKEND_OUT_MAX ? NULL : realloc(l->out, cap);

		if (!out) {
			gnutls_transport_set_errno(l->session, ENOBUFS);
			return -1;
		}
		l->out = out;
		l->out_cap = cap;
	}
	memcpy(l->out + l->out_len, data, len);
	l->out_len += len;
	return (ssize_t)len;
}

bool
backend_is_blocked(const struct backend_link *l)
{
	return l->out_pos < l->out_len;
}

int
backend_flush(struct backend_link *l)
{
	while (backend_is_blocked(l)) {
		ssize_t n = send(l->fd, l->out + l->out_pos, l->out_len - l->out_pos, MSG_NOSIGNAL);

		if (n >= 0) {
			l->out_pos += (size_t)n;
		} else if (errno == EAGAIN) {
			return -EAGAIN;
		} else if (errno != EINTR) {
			l->out_pos = l->out_len = 0;
			return -errno;
		}
	}
	free(l->out);
	l->out = NULL;
	l->out_pos = l->out_len = l->out_cap = 0;
	return 0;
}

bool
backend_has_input(const struct backend_link *l)
{
	return l->in_pos < l->in_len || gnutls_record_check_pending(l->session) > 0;
}

/* ---- a session ---- */

static int
on_request(gnutls_session_t session, unsigned int type, unsigned int when, unsigned int incoming,
	   const gnutls_datum_t *msg)
{
	struct backend_link *l = gnutls_session_get_ptr(session);

	(void)type;
	(void)when;
	(void)incoming;
	(void)msg;
	l->asked = true;
	return 0;
}

static int
set_name(struct backend_link *l)
{
	const char *name = backend_name(l);
	struct config_address a;

	/* Neither an address nor a path is a server name (RFC 6066 3). */
	if (strchr(name, '/') || value_address(name, 0, &a) == 0)
		return 0;
	return gnutls_server_name_set(l->session, GNUTLS_NAME_DNS, name, strlen(name));
}

static void
resume(struct backend_link *l)
{
	struct backend_saved *s = atomic_exchange(&l->backend->saved[l->server->index], NULL);

	if (s)
		gnutls_session_set_data(l->session, s->data.data, s->data.size);
	free_saved(s);
}

static int
prepare(struct backend_link *l)
{
	static const gnutls_datum_t http11 = { (unsigned char *)"http/1.1", 8 };
	struct backend *b = l->backend;
	int r = gnutls_init(&l->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
						 GNUTLS_FORCE_CLIENT_CERT);

	if (r < 0)
		return r;
	gnutls_session_set_ptr(l->session, l);
	r = gnutls_priority_set(l->session, tls_priority());
	if (b->own)
		credentials_use(b->own, l->session, &l->keys);
	else if (r >= 0)
		r = gnutls_credentials_set(l->session, GNUTLS_CRD_CERTIFICATE, b->nobody);
	if (r >= 0)
		r = set_name(l);
	if (r >= 0)
		r = gnutls_alpn_set_protocols(l->session, &http11, 1, 0);
	gnutls_session_set_verify_function(l->session, backend_verify);
	gnutls_handshake_set_hook_function(l->session, GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST,
					   GNUTLS_HOOK_POST, on_request);
	gnutls_transport_set_ptr(l->session, l);
	gnutls_transport_set_pull_function(l->session, pull);
	gnutls_transport_set_push_function(l->session, push);
	gnutls_transport_set_pull_timeout_function(l->session, pull_timeout);
	resume(l);
	return r;
}

static void
link_free(struct backend_link *l)
{
	if (l->session)
		gnutls_deinit(l->session);
	keyset_unref(l->keys);
	free(l->in);
	free(l->out);
	free(l);
}

struct backend_link *
backend_open(struct backend *b, const struct config_server *s, int fd)
{
	struct backend_link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->backend = b;
	l->server = s;
	l->fd = fd;
	l->start_ns = clock_mono_ns();
	l->in = malloc(BACKEND_IN);
	if (l->in && prepare(l) >= 0)
		return l;
	link_free(l);
	return NULL;
}

void
backend_close(struct backend_link *l)
{
	if (!l)
		return;
	if (l->done && !l->fault && !l->error && !backend_is_blocked(l))
		backend_bye(l); /* what the socket does not take now is not worth a wait */
	link_free(l);
}

int
backend_bye(struct backend_link *l)
{
	if (!l->said_bye)
		gnutls_bye(l->session, GNUTLS_SHUT_WR);
	l->said_bye = true;
	return backend_flush(l);
}

struct pool *
backend_signers(const struct backend_link *l)
{
	if (!l->begun || l->done || !l->keys)
		return NULL;
	return lane_waiters(credentials_lane(l->backend->own));
}

int
backend_work(struct backend_link *l)
{
	int r;

	l->begun = true;
	do
		r = gnutls_handshake(l->session);
	while (r < 0 && r != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(r));
	if (l->keys && login_is_token_error(r))
		credentials_failed(l->backend->own, l->keys);
	return r;
}

int
backend_worked(struct backend_link *l, int code)
{
	int r;

	if (code < 0 && code != GNUTLS_E_AGAIN) {
		backend_explain(l, code);
		l->end_ns = clock_mono_ns();
		if (!l->eof && !l->error)
			gnutls_alert_send_appropriate(l->session, code);
		backend_flush(l);
		return -EPROTO;
	}
	r = backend_flush(l);
	if (code == GNUTLS_E_AGAIN)
		return -EAGAIN;
	l->done = true;
	l->end_ns = clock_mono_ns();
	return r == -EAGAIN ? 0 : r; /* what is left goes ahead of the request */
}

int
backend_handshake(struct backend_link *l)
{
	if (l->fault)
		return -EPROTO;
	return backend_worked(l, backend_work(l));
}

ssize_t
backend_read(struct backend_link *l, void *buf, size_t size)
{
	ssize_t n;

	if (l->fault || !l->done)
		return -EPROTO;
	/* GnuTLS says AGAIN after a ticket, too: only a dry socket ends the reading. */
	do {
		l->dry = false;
		n = gnutls_record_recv(l->session, buf, size);
		if (n == GNUTLS_E_REHANDSHAKE)
			gnutls_alert_send(l->session, GNUTLS_AL_WARNING,
					  GNUTLS_A_NO_RENEGOTIATION);
	} while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED ||
		 n == GNUTLS_E_REHANDSHAKE || (n == GNUTLS_E_AGAIN && !l->dry));
	if (n > 0)
		l->heard = true;
	if (n >= 0)
		return n;
	if (n == GNUTLS_E_AGAIN)
		return -EAGAIN;
	if (n == GNUTLS_E_PREMATURE_TERMINATION || n == GNUTLS_E_PULL_ERROR) {
		backend_explain_end(l);
		return l->error ? -l->error : -ECONNRESET;
	}
	backend_explain(l, (int)n);
	return -EPROTO;
}

int
backend_write(struct backend_link *l, const void *data, size_t len)
{
	const char *p = data;
	int r;

	while (len) {
		ssize_t n = gnutls_record_send(l->session, p, len < RECORD_MAX ? len : RECORD_MAX);

		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n < 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	r = backend_flush(l);
	return r == -EAGAIN ? 0 : r;
}

void
backend_keep(struct backend_link *l)
{
	struct backend_saved *s;
	bool ticket = gnutls_session_get_flags(l->session) & GNUTLS_SFLAGS_SESSION_TICKET;

	if (l->kept || !l->done || l->fault ||
	    (!ticket && gnutls_protocol_get_version(l->session) == GNUTLS_TLS1_3))
		return;
	s = calloc(1, sizeof(*s));
	if (!s)
		return;
	l->kept = true;
	if (gnutls_session_get_data2(l->session, &s->data) < 0) {
		free(s);
		return;
	}
	free_saved(atomic_exchange(&l->backend->saved[l->server->index], s));
}
