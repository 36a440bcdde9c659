/* SPDX-License-Identifier: MIT */
/*
 * conn - one client connection: TLS session, what is known of the person
 * behind it, and the exchange it serves.
 *
 * Belongs to one worker.  Made by conn_new, freed by conn_free only.  Stages
 * (handshake, chain, token) fill it and append to its trace; SERVE runs
 * exchanges; LINGER closes without a reset.  Step functions do all they can
 * without blocking and return; only this file's driver arms the watchers.
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include "core/fault.h"
#include "core/handshake/transport.h"
#include "core/token/identity.h"
#include "core/worker.h"

#define CONN_MAGIC 0x434f4e4eu

enum step {
#define STEP(symbol, owner, seconds, text) STEP_##symbol,
#include "core/steps.def"
#undef STEP
	STEP_COUNT
};

struct step_info {
	const char *name;
	unsigned int seconds; /* default time limit; 0 = must not wait */
	const char *text;
};
extern const struct step_info steps[STEP_COUNT];

enum next { /* what a step wants */
	    NEXT, /* go on with the step named in .step */
	    WAIT, /* for what .want says */
	    FAIL, /* exchange_fail() was called */
	    DONE, /* the life of the object ends */
};

enum want {
	WANT_CLIENT_READ = 1,
	WANT_CLIENT_WRITE = 2,
	WANT_SERVER_READ = 4,
	WANT_SERVER_WRITE = 8,
};

enum conn_end { /* why a connection ended; CONNECTION_END Reason */
		CONN_END_NONE,
		CONN_END_CLIENT_CLOSED,
		CONN_END_CLIENT_RESET,
		CONN_END_PROXY_CLOSED,
		CONN_END_IDLE,
		CONN_END_TIMEOUT,
		CONN_END_HANDSHAKE,
		CONN_END_DRAINED,
		CONN_END_ERROR,
		CONN_END_PROXY_HEADER,
		CONN_END_RENEGOTIATION, /* new ones last: traces have the number */
		CONN_END_FLOOD,
		CONN_END_TUNNEL,
};

struct cert_headers;
struct errand;
struct keyset;
struct proxied; /* handshake/proxied.h */
struct gnutls_session_int;
struct story; /* what is remembered during a handshake; handshake/story.h */

struct peer_address {
	char text[46]; /* without brackets; IPv4 or IPv6 */
	bool v6; /* brackets are needed in a URL */
	unsigned int port;
	char port_text[8];
};

struct conn {
	unsigned int magic; /* CONN_MAGIC */
	struct worker *worker;
	struct runtime *runtime; /* reference: the snapshot it began with */
	struct conn *next, *prev; /* all connections of the worker */
	struct conn *stalled_next; /* waiting for room in the trace queue */
	bool stalled;
	const struct config_binding *binding; /* chosen by SNI, else the default one */
	int fd;
	ev_io io;
	struct limit limit; /* of a connection step, or of idleness */
	bool limit_over; /* of STEP_PROXY: the step decides what it means */
	enum step step;
	unsigned int want; /* enum want of a waiting connection step */
	struct errand *errand; /* out on a pool thread: nobody touches the connection; NULL */
	struct transport transport;
	struct proxied *proxied; /* until the PROXY header is whole; NULL = none is due */
	bool probe; /* a connection of the load balancer itself (LOCAL) */
	struct gnutls_session_int *tls; /* gnutls_session_t; NULL = plain */
	struct keyset *keys; /* reference: signs for .tls; NULL = its key is in a file */
	struct story *story; /* during the handshake, NULL after */
	uint64_t id; /* ConnId */
	uint64_t start_ns; /* monotonic, accept */
	uint64_t idle_since_ns; /* monotonic, end of the last exchange */
	struct peer_address peer, self; /* as a PROXY header says, else of the socket */
	struct trace *trace; /* connection stages while they happen; NULL = not traced; with an
			      * exchange, its trace: the stages of a late certificate go there */
	struct trace_preamble *preamble; /* sealed; NULL before or not traced */
	uint64_t trace_start_ns; /* real time of CONNECTION_START */
	struct badge *badge; /* reference; NULL = no certificate */
	enum fault verdict; /* over the badge */
	struct cert_headers *cert_headers; /* of it, by farm, once one was needed; heap */
	unsigned int online_asks; /* how often addresses in its chain were asked */
	struct identity *identity; /* heap; NULL = no badge or refused */
	bool resumed;
	bool asked; /* it was asked for a certificate during the handshake */
	unsigned int late_alert; /* 1 + the fatal one it sent after the handshake; 0 = none */
	unsigned int late_ordinal; /* of the request for which the badge was asked; 0 = none */
	uint64_t affinity_sent; /* farm_bit() of those whose affinity cookie was set on it */
	bool ticket_sent;
	unsigned int ticket_key; /* of the session, from 1; 0 = not chosen, or tickets are off */
	uint64_t ticket_max; /* maxSignatureAge for which that key was made */
	uint64_t signed_within; /* seconds ago at most, says its ticket; 0 = it does not say */
	unsigned int ticket_found; /* the key the client's ticket was made with, 0 = none here */
	unsigned int requests; /* exchanges begun */
	struct exchange *exchange; /* HTTP/1.1: at most one */
	char *in; /* decrypted bytes: head, body, pipelined requests */
	size_t in_len, in_cap;
	size_t in_pos; /* consumed by the present exchange */
	size_t in_seen; /* head_find_end: searched so far */
	bool readable; /* the socket may have bytes */
	bool eof; /* the client will send nothing more */
	bool sending; /* between requests: the limit is for who must read */
	bool decrypted_only; /* conn_read takes no record more: TLS of another kind may come next */
	unsigned int burst; /* requests begun in this turn of the loop */
	bool close_after; /* no further exchange */
	bool said_bye; /* close_notify is on its way */
	bool abort; /* the last response broke off: no close_notify */
	enum conn_end end;
	uint64_t counted_in, counted_out; /* bytes that are in the worker's counters */
	uint64_t taken; /* transport_taken() when the limit was set last */
	uint64_t linger_bytes; /* dropped so far */
	uint8_t activity[16]; /* of a connection that never became a request */
};

/* maxLogFileSizeKB as trace_options want it; 0 = no limit. */
static inline size_t
conn_trace_limit(const struct config_site *site)
{
	return site->max_log_file_kb ? site->max_log_file_kb * 1024 : SIZE_MAX;
}

struct conn *conn_new(struct listener *l, int fd, const struct sockaddr_storage *sa);
void conn_free(struct conn *c);
/* The client is known: the story and the first step of its own begin.  0 or -1. */
int conn_begin(struct conn *c);
/* CONNECTION_START, and what the load balancer said; makes c->trace. */
void conn_start_story(struct conn *c);
/* IPv4, IPv6; anything else clears it. */
void peer_address_set(struct peer_address *out, const struct sockaddr_storage *sa);
/* Runs the connection until it waits or is gone.  c may be freed on return. */
void conn_run(struct conn *c);
/* Starts the orderly end: flush, close_notify, shutdown, linger. */
void conn_close(struct conn *c, enum conn_end why);
const char *conn_end_text(enum conn_end e);
/* Sets the socket's watcher from what the connection and its exchange want. */
void conn_arm(struct conn *c);

/* Decrypted bytes: > 0 read, 0 = end, -EAGAIN, -ECONNRESET or another -errno. */
ssize_t conn_read(struct conn *c, void *buf, size_t size);
/* Queues (and encrypts) bytes; 0 or -errno.  Sent by conn_flush. */
int conn_write(struct conn *c, const void *data, size_t len);
/* 0 = all sent, -EAGAIN = WANT_CLIENT_WRITE, or another -errno. */
int conn_flush(struct conn *c);
bool conn_is_blocked(const struct conn *c); /* bytes wait for the socket */
bool conn_has_input(const struct conn *c); /* conn_read may return bytes now */
/* close_notify, unless the last response broke off. */
void conn_say_bye(struct conn *c);
/* Nothing more is sent; the client may go on.  0, -EAGAIN = call again, -errno. */
int conn_half_close(struct conn *c);
/* The connection stages are complete: they will stand ahead of every request. */
void conn_seal_story(struct conn *c);
/* Who the client is: the badge's identity, else its subject; NULL = no certificate.  Borrowed. */
const char *conn_client_name(const struct conn *c);
/* A trace with what any rule of the site may want; NULL = it traces nothing, or no memory. */
struct trace *conn_trace_new(const struct conn *c);
/* CONNECTION_END into t (NULL fine). */
void conn_trace_end(struct conn *c, struct trace *t);

/* Connection steps, one per stage's folder. */
enum next step_proxy(struct conn *c);
enum next step_handshake(struct conn *c);
enum next step_chain(struct conn *c);
enum next step_token(struct conn *c);

#endif
