/* SPDX-License-Identifier: MIT */
/*
 * records - clear text of a connection in and out of TLS records: conn_read,
 * conn_write, conn_flush of conn.h.  Small writes are corked into one record,
 * large ones go straight into records of 16 KiB (STACK 5.4).
 */
#include <config.h>

#include "core/conn.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>

#define RECORD_MAX ((size_t)16384)

/* What no client may do after the handshake; others have broken the connection. */
static ssize_t
refuse_message(struct conn *c, ssize_t code)
{
	enum conn_end end;

	if (code == GNUTLS_E_REHANDSHAKE) { /* only the proxy may begin one */
		gnutls_alert_send(c->tls, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
		end = CONN_END_RENEGOTIATION;
	} else if (code == GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS ||
		   code == GNUTLS_E_TOO_MANY_EMPTY_PACKETS) {
		/* GnuTLS counts: 8 key updates within a second */
		gnutls_alert_send(c->tls, GNUTLS_AL_FATAL, GNUTLS_A_UNEXPECTED_MESSAGE);
		end = CONN_END_FLOOD;
	} else {
		return c->transport.error ? -c->transport.error : -ECONNRESET;
	}
	if (c->end == CONN_END_NONE)
		c->end = end;
	return -EPROTO;
}

ssize_t
conn_read(struct conn *c, void *buf, size_t size)
{
	size_t left;
	ssize_t n;

	if (!c->tls)
		return transport_read(c, buf, size);
	if (c->eof)
		return 0;
	if (c->decrypted_only && gnutls_record_check_pending(c->tls) == 0)
		return -EAGAIN;
	do {
		left = c->transport.in_len;
		n = gnutls_record_recv(c->tls, buf, size);
	} while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED ||
		 /* it stops behind a key update, though more records lie here: no event comes */
		 (n == GNUTLS_E_AGAIN && transport_has_input(&c->transport) &&
		  c->transport.in_len != left));
	if (n > 0)
		return n;
	if (n == GNUTLS_E_AGAIN)
		return -EAGAIN;
	if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
		c->late_alert = 1 + (unsigned int)gnutls_alert_get(c->tls);
	else if (c->transport.error)
		return -c->transport.error;
	if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION) {
		c->eof = true;
		return 0;
	}
	return refuse_message(c, n);
}

bool
conn_has_input(const struct conn *c)
{
	if (c->readable || transport_has_input(&c->transport))
		return true;
	return c->tls && gnutls_record_check_pending(c->tls) > 0;
}

bool
conn_is_blocked(const struct conn *c)
{
	return c->transport.blocked;
}

static int
seal(struct conn *c, const char *data, size_t len)
{
	while (len) {
		size_t piece = len < RECORD_MAX ? len : RECORD_MAX;
		ssize_t n = gnutls_record_send(c->tls, data, piece);

		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n < 0)
			return c->transport.error ? -c->transport.error : -ECONNRESET;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
uncork(struct conn *c)
{
	struct worker *w = c->worker;
	size_t len = w->cork_len;

	if (w->cork_owner != c)
		return 0;
	w->cork_owner = NULL;
	w->cork_len = 0;
	return seal(c, w->cork, len);
}

int
conn_write(struct conn *c, const void *data, size_t len)
{
	struct worker *w = c->worker;
	const char *p = data;
	size_t room;
	int r = 0;

	if (!c->tls)
		return transport_write(c, data, len);
	if (w->cork_owner && w->cork_owner != c)
		return seal(c, p, len);
	if (w->cork_len == 0 && len >= RECORD_MAX) {
		size_t whole = len - len % RECORD_MAX;

		r = seal(c, p, whole);
		p += whole;
		len -= whole;
	}
	while (r == 0 && len) {
		w->cork_owner = c;
		room = RECORD_MAX - w->cork_len;
		if (room > len)
			room = len;
		memcpy(w->cork + w->cork_len, p, room);
		w->cork_len += room;
		p += room;
		len -= room;
		if (w->cork_len == RECORD_MAX) {
			r = uncork(c);
			if (r == 0 && len >= RECORD_MAX)
				return conn_write(c, p, len);
		}
	}
	return r;
}

int
conn_flush(struct conn *c)
{
	int r = uncork(c);

	return r < 0 ? r : transport_flush(c);
}

void
conn_say_bye(struct conn *c)
{
	if (!c->tls || c->transport.error || c->abort || c->said_bye)
		return;
	c->said_bye = true;
	uncork(c);
	gnutls_bye(c->tls, GNUTLS_SHUT_WR);
}

int
conn_half_close(struct conn *c)
{
	int r;

	conn_say_bye(c);
	r = conn_flush(c);
	if (r == 0 && shutdown(c->fd, SHUT_WR) < 0)
		r = -errno;
	return r;
}
