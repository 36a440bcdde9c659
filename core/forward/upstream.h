/* SPDX-License-Identifier: MIT */
/*
 * upstream - connections of a worker to farm servers: connect, keep, reuse.
 *
 * A connection serves one exchange at a time; between exchanges it lies in the
 * worker's pool, where the server may close it.  Never reused after doubt.
 */
#ifndef CORE_FORWARD_UPSTREAM_H
#define CORE_FORWARD_UPSTREAM_H

#include "core/exchange.h"
#include "core/route/farm.h"

#define UPSTREAM_MAGIC 0x55505354u
#define UPSTREAM_READ_MAX ((size_t)128 << 10)

struct upstream {
	unsigned int magic; /* UPSTREAM_MAGIC */
	struct worker *worker;
	struct upstream *next; /* in the pool */
	const struct config_server *server; /* valid while .runtime is */
	struct runtime *runtime; /* borrowed: compared, never followed while idle */
	struct exchange *exchange; /* NULL = in the pool */
	struct config_address address; /* of the server */
	int fd;
	struct backend_link *tls; /* owned; NULL = plain HTTP, or not connected yet */
	bool worked; /* a pool thread is back with .work_result of the handshake */
	int work_result;
	ev_io io;
	bool connecting;
	bool readable; /* the socket may have bytes */
	bool eof;
	bool reused; /* served an exchange before */
	int error; /* errno, sticky */
	char *in; /* a head that has not come whole; heap */
	size_t in_len, in_cap;
	char *out; /* unsent bytes; heap */
	size_t out_pos, out_len, out_cap;
	uint64_t idle_ns; /* monotonic: since when in the pool */
	uint64_t received; /* bytes in this exchange */
};

/* A kept connection to that server, or NULL. */
struct upstream *upstream_reuse(struct exchange *x, const struct farm_server *s);
/* Starts a new one to an address of s; NULL with *error = errno. */
struct upstream *upstream_connect(struct exchange *x, const struct farm_server *s,
				  const struct config_address *a, int *error);
/* 0 = connected, -EAGAIN = still connecting, -errno. */
int upstream_check(struct upstream *u);
/* Queues and sends; 0 or -errno.  upstream_is_blocked tells of a rest. */
int upstream_send(struct upstream *u, const void *data, size_t len);
int upstream_flush(struct upstream *u); /* 0, -EAGAIN, -errno */
/* Nothing more is sent; the server may go on.  0, -EAGAIN = call again, -errno. */
int upstream_shut(struct upstream *u);
bool upstream_is_blocked(const struct upstream *u);
/* Reads once: > 0 and *data (valid until the next read by this worker), which
 * begins with bytes put back before; 0 = end, -EAGAIN, -errno. */
ssize_t upstream_read(struct upstream *u, const char **data);
/* Keeps bytes for the next upstream_read. 0 or -ENOMEM. */
int upstream_put_back(struct upstream *u, const char *data, size_t len);
void upstream_arm(struct upstream *u);
/* The exchange is done with it: into the pool, or closed. */
void upstream_release(struct upstream *u, bool reusable);
void upstream_close_idle(struct worker *w, uint64_t older_than_ns); /* 0 = all */

#endif
