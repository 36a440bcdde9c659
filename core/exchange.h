/* SPDX-License-Identifier: MIT */
/*
 * exchange - one request and its response: driver, arena, trace buffer.
 *
 * Nothing from ADMIT to FINISH knows how the client speaks: struct client_ops
 * is the only way to it (h1.c fills it; HTTP/2 can be a second filler with
 * many exchanges on one connection).  Belongs to its connection's worker;
 * reused after exchange_end.
 */
#ifndef CORE_EXCHANGE_H
#define CORE_EXCHANGE_H

#include "core/base/arena.h"
#include "core/conn.h"
#include "core/forward/pace.h"
#include "core/http/chunk.h"
#include "core/http/head.h"
#include "core/http/trailer.h"
#include "core/rule.h"

#define EXCHANGE_MAGIC 0x45584348u

struct exchange;
struct farm;
struct farm_server;
struct inject;

struct response_head { /* what the client gets; fields are those of .headers not removed */
	unsigned int status;
	struct slice reason;
	struct headers *headers;
	enum http_body body; /* framing wanted; BODY_CLOSE = length unknown */
	uint64_t content_length; /* BODY_LENGTH */
	bool has_length; /* send Content-Length although there is no body (HEAD, 304) */
	bool no_body; /* HEAD, 204, 304: no body follows */
};

/* How an exchange talks to its client.  All return 0 or -errno. */
struct client_ops {
	/* A 1xx head; r->body is ignored. */
	int (*send_interim)(struct exchange *x, const struct response_head *r);
	int (*send_head)(struct exchange *x, const struct response_head *r);
	int (*send_body)(struct exchange *x, const void *data, size_t len);
	/* trailers: whole field lines, for a chunked body; empty = none. */
	int (*send_end)(struct exchange *x, struct slice trailers);
	/* A 101 head for x->upgrade; from now on send_body and read_raw pass bytes as they are. */
	int (*send_switch)(struct exchange *x, const struct response_head *r);
	/* > 0, 0 = the client sends nothing more, -EAGAIN or another -errno. */
	ssize_t (*read_raw)(struct exchange *x, void *buf, size_t size);
	/* The client gets nothing more, but may go on sending.  -EAGAIN: call again. */
	int (*half_close)(struct exchange *x);
	/* Decoded body bytes: > 0, 0 = the body is complete, -EAGAIN, -EBADMSG =
	 * malformed framing (x->body_rule), -EPIPE = the client closed early. */
	ssize_t (*read_body)(struct exchange *x, void *buf, size_t size);
	/* Cuts the response off: the client must see that it is not whole. */
	void (*abort)(struct exchange *x);
};

enum late { LATE_NOT, LATE_BODY, LATE_ASK, LATE_CHAIN, LATE_OVER }; /* how far that is */

enum response_phase { RESPONSE_HEAD, RESPONSE_BODY, RESPONSE_DONE, RESPONSE_TUNNEL };

enum flow { /* one direction of a tunnel */
	    FLOW_OPEN,
	    FLOW_ENDING, /* its source has ended; what it sent is on its way */
	    FLOW_DONE, /* and its destination was told */
};

struct tunnel { /* after an upgrade; bytes are counted in body_bytes and response_bytes */
	bool began;
	bool open; /* UPGRADE_START without END */
	enum flow up, down; /* client to server, and back */
	bool deaf; /* the server took no more, although the client sent */
	uint64_t start_ns; /* monotonic */
	uint64_t moved; /* bytes when the limit for silence was set */
	uint64_t taken; /* by the client when it was over */
	const char *reason; /* why it ended; NULL = the exchange's fault tells */
};

struct hold { /* http/hold.h: the beginning of a response that is kept back */
	bool on;
	size_t max; /* bytes of the body */
	size_t max_data; /* of .data */
	struct buf data; /* as it will be sent; heap */
	struct slice fields; /* arena: of its head, for the trace */
	uint64_t began_ns; /* monotonic */
};

struct exchange {
	unsigned int magic; /* EXCHANGE_MAGIC */
	struct conn *conn;
	struct exchange *next; /* in the worker's spares */
	const struct client_ops *client;
	enum step step;
	unsigned int want; /* enum want while waiting */
	struct limit limit; /* of the step that waits */
	bool server_limited; /* the limit for the server's silence runs */
	uint64_t limited_at; /* its progress when that was set */
	unsigned int interim; /* 1xx heads so far */
	bool client_error; /* sending to the client failed */
	bool timed_out; /* the limit is over; the step decides what it means */
	struct arena arena;
	struct trace *trace; /* NULL = not traced */
	const struct config_binding *binding; /* the one the Host field names */
	const struct config_site *site;
	const struct config_trace_rule *rule; /* its failure definitions; NULL = not traced */
	struct rule_state seen; /* what they have seen so far */
	unsigned int ordinal; /* of the request on its connection, from 1 */
	uint64_t start_ns; /* monotonic: first byte of the head */
	struct http_request request; /* valid once .parsed */
	bool parsed;
	size_t head_len; /* bytes of the head in the connection's buffer */
	const char *path; /* arena, NUL-terminated copy of request.path */
	const char *verb; /* arena: the method, "-" if the head was refused */
	const char *url; /* arena: scheme://host:port/target */
	const char *forward_url; /* arena: what the server is asked for */
	const char *original_url; /* arena: target as the client sent it */
	uint8_t activity[16], log_id[16];
	char log_id_text[37];
	enum fault fault; /* first failure; FAULT_NONE */
	const char *detail; /* arena: more on the fault; NULL */
	unsigned int status, substatus; /* of the response; 0 = none yet */
	bool chunked_out; /* h1: the response body is sent chunked */
	bool head_sent; /* a final response head went to the client */
	const char *user; /* AUTH: name of the badge holder; NULL */
	bool admitted; /* past ADMIT: the request has a user */

	/* request body */
	enum http_body body;
	uint64_t body_left; /* BODY_LENGTH */
	struct chunk body_chunk; /* BODY_CHUNKED */
	enum head_rule body_rule; /* why the framing was refused */
	struct trailer_section trailers; /* kept if traced or if any farm allows some */
	uint64_t body_bytes; /* decoded so far */
	bool body_done; /* all of it was read from the client */
	bool body_sent; /* all of it went to the server */
	struct buf kept; /* body bytes read while a certificate was asked for; heap */
	size_t kept_pos; /* taken of them */
	bool kept_whole; /* the body ends with them */

	/* a certificate that is asked for late; handshake/late.h */
	enum late late;
	const char *late_location; /* the rule that wants it */
	size_t read_ahead; /* bytes of the body that may be kept meanwhile, says the rule */

	/* routing */
	struct farm *farm;
	struct farm_server *server;
	struct config_address address; /* of .server: tried now, or connected; text "" = none yet */
	unsigned int address_next; /* which of its addresses is tried next, from 0 */
	uint64_t tried; /* bit set of server indexes */
	unsigned int attempt; /* from 1 */
	enum fault connect_fault; /* of the last server that could not be connected */
	struct upstream *upstream;
	bool fresh_only; /* a kept connection failed us: no other kept one */
	bool affine; /* the client's cookie named .server */
	const char *affinity_cookie; /* arena: the Set-Cookie it gets; NULL */
	bool cut; /* its server was made unavailable at once */
	bool counted; /* the server's current requests count us */
	bool te; /* the server is told that the client takes trailers */
	struct slice announced; /* arena: trailers of the request that the server is told of */
	struct inject *inject; /* fields set for the server, in their order; arena */
	size_t inject_count;

	/* response */
	enum response_phase phase;
	struct http_response response; /* valid from RESPONSE_BODY on */
	uint64_t response_left; /* BODY_LENGTH */
	struct chunk response_chunk;
	struct trailer_section response_trailers;
	uint64_t response_bytes; /* body bytes relayed */
	struct hold hold;
	uint64_t server_start_ns; /* monotonic: request sent to the server */
	struct pace sending, reading; /* of the client, in RELAY */
	bool awaits_reader; /* the limit is for a client that has not read */
	struct slice upgrade; /* the protocol that the server is asked for; empty = none */
	const char *upgrade_refused; /* why it is not; NULL */
	struct tunnel tunnel;
	bool forwarded; /* the head was sent to a server (maybe in part) */
	bool headers_open, entity_open; /* ARR_RESPONSE_* START written, END not yet */
	bool request_open, request_entity_open; /* ARR_REQUEST_* likewise */
	bool connect_open; /* UPSTREAM_CONNECT_START without END */
	bool flush_open; /* GENERAL_FLUSH_RESPONSE_START without END */
	uint64_t connect_ns; /* monotonic */
};

extern const struct client_ops h1_ops;

/* A new exchange on c, from the worker's spares if possible; NULL without memory. */
struct exchange *exchange_new(struct conn *c);
/* Where its server is reached, for messages: an address, or the server's name. */
const char *exchange_address(const struct exchange *x);
/* Runs until it waits or is over.  true: over, x is gone and the connection goes on. */
bool exchange_run(struct exchange *x);
/* The steps' way to fail: remembers the first fault; returns FAIL. */
enum next exchange_fail(struct exchange *x, enum fault f, const char *detail);
/* Ends x at once, e.g. because its connection goes; traces are written. */
void exchange_abandon(struct exchange *x, enum fault f);
/*
 * exchange_read_body - decoded body bytes: those kept, then the client's (read_body of client_ops,
 * whose results it has).
 */
ssize_t exchange_read_body(struct exchange *x, void *buf, size_t size);
/* MODULE_SET_RESPONSE_*_STATUS, and what the failure rules see. */
void exchange_trace_status(struct exchange *x, const char *module, unsigned int notification,
			   unsigned int status, unsigned int substatus, const char *reason,
			   uint32_t code);
/* Ends the spans of sending, with the bytes so far: an answer has come.  Spans
 * that overlapped could not be nested by any viewer. */
void exchange_close_request_spans(struct exchange *x);
/* Writes the END of every span that is still open. */
void exchange_close_spans(struct exchange *x);
/* What the root of its trace says, but for why it was written and how long it took; points
 * into x. */
struct trace_meta exchange_trace_meta(const struct exchange *x);
/* UPGRADE_END, if it is due; reason NULL = the tunnel's own, or the fault. */
void exchange_close_tunnel(struct exchange *x, const char *reason);
/* Remembers a response status for the failure rules. */
void exchange_set_status(struct exchange *x, unsigned int status, unsigned int substatus);

enum next step_request(struct exchange *x);
enum next step_admit(struct exchange *x);
enum next step_late(struct exchange *x);
enum next step_route(struct exchange *x);
enum next step_connect(struct exchange *x);
enum next step_relay(struct exchange *x);
enum next step_tunnel(struct exchange *x);
enum next step_finish(struct exchange *x);

#endif
