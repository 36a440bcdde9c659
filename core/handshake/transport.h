/* SPDX-License-Identifier: MIT */
/*
 * transport - the bytes between a client's socket and its TLS session.
 *
 * Reads go into a scratch buffer of the worker (one recv for many records);
 * what the session does not take at once is parked in the connection's own
 * memory before another connection uses the scratch.  Writes are collected and
 * leave in one send.  While a handshake runs, a sniffer watches the records:
 * GnuTLS reports an unencrypted TLS 1.3 alert as a decryption error
 * (STACK 1.4).  Belongs to a connection of one worker.
 */
#ifndef CORE_HANDSHAKE_TRANSPORT_H
#define CORE_HANDSHAKE_TRANSPORT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct worker;
struct conn;

struct transport {
	char *in; /* unread bytes: in the worker's scratch or in .parked */
	size_t in_len;
	char *parked; /* heap; holds .in when not NULL */
	char *out; /* unsent bytes: the worker's scratch or heap */
	size_t out_pos, out_len, out_cap;
	bool out_scratch; /* .out is the worker's scratch */
	bool away; /* on a pool thread: neither socket nor scratch is touched */
	bool blocked; /* the socket took less than .out holds */
	bool sniffing; /* a handshake is running */
	bool eof; /* recv returned 0 */
	int error; /* errno of the socket, sticky */
	unsigned char first[16]; /* the first bytes the client sent */
	unsigned int first_len;
	unsigned char header[5]; /* of the record the sniffer is in */
	unsigned int header_len;
	size_t record_left; /* bytes left of that record */
	unsigned char alert[2]; /* of the last unencrypted alert: level, description */
	unsigned int alert_len; /* 2 = one was seen */
	uint64_t bytes_in, bytes_out; /* on the wire */
	uint64_t flushed_ns; /* monotonic time of the last send during a handshake */
};

void transport_init(struct transport *t);
void transport_done(struct conn *c);
/* Gives the session our pull and push functions. */
void transport_attach(struct conn *c);
/* Copies unread bytes out of the worker's scratch. */
void transport_park(struct conn *c);
/* Before another thread may use the session: all bytes move into the connection's own
 * memory; then what is there can be read, and nothing is received or sent. */
void transport_leave(struct conn *c);
/* What was taken so far was not the client's: what is left counts as if it had just come. */
void transport_restart(struct conn *c);
void transport_return(struct conn *c); /* back on the worker's thread */
/* Bytes for the wire; 0 or -errno. */
int transport_write(struct conn *c, const void *data, size_t len);
/* Sends; 0 = all sent, -EAGAIN, or -errno. */
int transport_flush(struct conn *c);
/* Bytes of all that was sent which the client's side has acknowledged. */
uint64_t transport_taken(const struct conn *c);
/* Plain bytes off the wire: > 0, 0 = end, -EAGAIN, -errno. */
ssize_t transport_read(struct conn *c, void *buf, size_t size);
/* Makes sure unread bytes are there, if the socket has any: 0 (also at the end),
 * -EAGAIN or -errno. */
int transport_peek(struct conn *c);
/* true if bytes were read from the socket and not taken yet. */
bool transport_has_input(const struct transport *t);
/* true if the first bytes are the start of an HTTP/1 request line. */
bool transport_is_http(const struct transport *t);

#endif
