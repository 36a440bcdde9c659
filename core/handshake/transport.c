/* SPDX-License-Identifier: MIT */
/* transport - see transport.h.  Facts: STACK 1.1, 1.4, 1.6. */
#include <config.h>

#include "core/handshake/transport.h"

#include "core/base/clock.h"
#include "core/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define RECORD_ALERT 21

void
transport_init(struct transport *t)
{
	memset(t, 0, sizeof(*t));
}

void
transport_park(struct conn *c)
{
	struct transport *t = &c->transport;
	char *copy;

	if (c->worker->in_owner == c)
		c->worker->in_owner = NULL;
	if (t->in_len == 0 || t->parked)
		return;
	copy = malloc(t->in_len);
	if (!copy) {
		t->error = ENOMEM;
		t->in_len = 0;
		return;
	}
	memcpy(copy, t->in, t->in_len);
	t->parked = copy;
	t->in = copy;
}

/* Follows the records; keeps the body of an unencrypted alert. */
static void
sniff(struct transport *t, const unsigned char *p, size_t len)
{
	while (len) {
		if (t->header_len < sizeof(t->header)) {
			t->header[t->header_len++] = *p++;
			len--;
			if (t->header_len < sizeof(t->header))
				continue;
			t->record_left = (size_t)t->header[3] << 8 | t->header[4];
			if (t->header[0] == RECORD_ALERT && t->record_left == 2)
				t->alert_len = 0;
		} else {
			if (t->header[0] == RECORD_ALERT && t->alert_len < 2)
				t->alert[t->alert_len++] = *p;
			p++;
			len--;
			t->record_left--;
		}
		if (t->header_len == sizeof(t->header) && t->record_left == 0)
			t->header_len = 0;
	}
}

/* Records other than alerts are skipped whole, so that a flood costs nothing. */
static void
sniff_all(struct transport *t, const unsigned char *p, size_t len)
{
	while (len) {
		size_t skip = 0;

		if (t->header_len == sizeof(t->header) && t->header[0] != RECORD_ALERT) {
			skip = t->record_left < len ? t->record_left : len;
			t->record_left -= skip;
			if (t->record_left == 0)
				t->header_len = 0;
		}
		if (skip == 0) {
			sniff(t, p, 1);
			skip = 1;
		}
		p += skip;
		len -= skip;
	}
}

static void
keep_first(struct transport *t, const char *data, size_t len)
{
	while (len-- && t->first_len < sizeof(t->first))
		t->first[t->first_len++] = (unsigned char)*data++;
}

void
transport_restart(struct conn *c)
{
	struct transport *t = &c->transport;

	t->first_len = t->header_len = t->alert_len = 0;
	t->bytes_in = t->in_len;
	keep_first(t, t->in, t->in_len);
	if (t->sniffing)
		sniff_all(t, (const unsigned char *)t->in, t->in_len);
}

/* Reads from the socket into the worker's scratch. */
static int
fill(struct conn *c)
{
	struct transport *t = &c->transport;
	struct worker *w = c->worker;
	int one = 1;
	ssize_t n;

	if (t->in_len)
		return 0;
	if (t->error)
		return -t->error;
	if (t->eof)
		return 0;
	if (!c->readable || t->away)
		return -EAGAIN;
	if (w->in_owner && w->in_owner != c)
		transport_park(w->in_owner);
	if (t->sniffing) /* not sticky; else GnuTLS clients stall for 40 ms */
		setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
	n = recv(c->fd, w->in, SCRATCH_SIZE, 0);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR) {
			c->readable = false;
			return -EAGAIN;
		}
		t->error = errno;
		return -errno;
	}
	if ((size_t)n < SCRATCH_SIZE)
		c->readable = false;
	if (n == 0) {
		t->eof = true;
		return 0;
	}
	w->in_owner = c;
	t->in = w->in;
	t->in_len = (size_t)n;
	t->bytes_in += (uint64_t)n;
	if (t->first_len < sizeof(t->first))
		keep_first(t, w->in, (size_t)n);
	if (t->sniffing)
		sniff_all(t, (const unsigned char *)w->in, (size_t)n);
	return 0;
}

/* All read bytes are taken: neither scratch nor parked memory is needed. */
static void
release_in(struct conn *c)
{
	struct transport *t = &c->transport;

	free(t->parked);
	t->parked = NULL;
	t->in = NULL;
	if (!t->away && c->worker->in_owner == c)
		c->worker->in_owner = NULL;
}

ssize_t
transport_read(struct conn *c, void *buf, size_t size)
{
	struct transport *t = &c->transport;
	int r = fill(c);

	if (r < 0)
		return r;
	if (size > t->in_len)
		size = t->in_len;
	if (size) {
		memcpy(buf, t->in, size);
		t->in += size;
		t->in_len -= size;
	}
	if (t->in_len == 0)
		release_in(c);
	return (ssize_t)size;
}

int
transport_peek(struct conn *c)
{
	return fill(c);
}

bool
transport_has_input(const struct transport *t)
{
	return t->in_len > 0;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct conn *c = ptr;
	ssize_t n = transport_read(c, data, size);

	if (n < 0) {
		gnutls_transport_set_errno(c->tls, (int)-n);
		return -1;
	}
	return n;
}

static int
pull_timeout(gnutls_transport_ptr_t ptr, unsigned int ms)
{
	struct conn *c = ptr;

	(void)ms;
	return c->transport.in_len > 0 || c->transport.eof || c->transport.error;
}

static void
release_out(struct conn *c)
{
	struct transport *t = &c->transport;

	if (!t->out_scratch)
		free(t->out);
	else
		c->worker->out_owner = NULL;
	t->out = NULL;
	t->out_scratch = false;
}

static int
out_reserve(struct conn *c, size_t more)
{
	struct transport *t = &c->transport;
	size_t cap, used;
	char *out;

	if (!t->out && !t->away && !c->worker->out_owner) {
		c->worker->out_owner = c;
		t->out = c->worker->out;
		t->out_scratch = true;
		t->out_cap = SCRATCH_SIZE;
		t->out_pos = t->out_len = 0;
	}
	if (more <= t->out_cap - t->out_len)
		return 0;
	used = t->out_len - t->out_pos;
	for (cap = t->out_cap ? t->out_cap : 4096; cap < used + more; cap *= 2)
		if (cap > ((size_t)64 << 20))
			return -ENOBUFS;
	out = malloc(cap);
	if (!out)
		return -ENOMEM;
	if (used)
		memcpy(out, t->out + t->out_pos, used);
	release_out(c);
	t->out = out;
	t->out_cap = cap;
	t->out_pos = 0;
	t->out_len = used;
	return 0;
}

int
transport_write(struct conn *c, const void *data, size_t len)
{
	struct transport *t = &c->transport;
	int r;

	if (t->error)
		return -t->error;
	r = out_reserve(c, len);
	if (r < 0)
		return r;
	memcpy(t->out + t->out_len, data, len);
	t->out_len += len;
	return 0;
}

static ssize_t
push(gnutls_transport_ptr_t ptr, const void *data, size_t len)
{
	struct conn *c = ptr;
	int r = transport_write(c, data, len);

	if (r < 0) {
		gnutls_transport_set_errno(c->tls, -r);
		return -1;
	}
	return (ssize_t)len;
}

/* What could not be sent leaves the worker's scratch. */
static int
out_park(struct conn *c)
{
	struct transport *t = &c->transport;
	size_t left = t->out_len - t->out_pos;
	char *copy;

	if (!t->out_scratch)
		return 0;
	copy = malloc(left);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, t->out + t->out_pos, left);
	release_out(c);
	t->out = copy;
	t->out_pos = 0;
	t->out_len = t->out_cap = left;
	return 0;
}

int
transport_flush(struct conn *c)
{
	struct transport *t = &c->transport;

	while (t->out && t->out_pos < t->out_len && !t->error) {
		ssize_t n = send(c->fd, t->out + t->out_pos, t->out_len - t->out_pos, MSG_NOSIGNAL);

		if (n >= 0) {
			t->out_pos += (size_t)n;
			t->bytes_out += (uint64_t)n;
		} else if (errno == EAGAIN) {
			int r = out_park(c);

			t->blocked = true;
			if (r == 0)
				return -EAGAIN;
			t->error = -r;
		} else if (errno != EINTR) {
			t->error = errno;
		}
	}
	if (t->sniffing)
		t->flushed_ns = clock_mono_ns();
	t->blocked = false;
	release_out(c);
	t->out_pos = t->out_len = t->out_cap = 0;
	return -t->error;
}

uint64_t
transport_taken(const struct conn *c)
{
	int queued = 0;

	if (ioctl(c->fd, SIOCOUTQ, &queued) < 0 || queued < 0)
		queued = 0;
	return c->transport.bytes_out - (uint64_t)queued;
}

void
transport_leave(struct conn *c)
{
	int r;

	transport_park(c);
	r = out_park(c);
	if (r < 0)
		c->transport.error = -r;
	c->transport.away = true;
}

void
transport_return(struct conn *c)
{
	c->transport.away = false;
}

void
transport_done(struct conn *c)
{
	release_in(c);
	release_out(c);
	transport_init(&c->transport);
}

void
transport_attach(struct conn *c)
{
	gnutls_transport_set_ptr(c->tls, c);
	gnutls_transport_set_pull_function(c->tls, pull);
	gnutls_transport_set_push_function(c->tls, push);
	gnutls_transport_set_pull_timeout_function(c->tls, pull_timeout);
	c->transport.sniffing = true;
}

bool
transport_is_http(const struct transport *t)
{
	static const char *const verbs[] = {
		"GET ",	    "HEAD ",  "POST ",	"PUT ",	    "DELETE ",
		"OPTIONS ", "PATCH ", "TRACE ", "CONNECT ",
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t n = strlen(verbs[i]);

		if (n > t->first_len)
			n = t->first_len;
		if (n && memcmp(t->first, verbs[i], n) == 0)
			return true;
	}
	return false;
}
