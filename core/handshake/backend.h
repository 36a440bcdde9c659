/* SPDX-License-Identifier: MIT */
/*
 * backend - TLS towards the servers of a farm, where the proxy is the client.
 *
 * struct backend belongs to a farm of a runtime: what servers' certificates
 * must lead to, the proxy's own certificate, and for each server a session to
 * resume.  Shared by workers; a session changes hands by one atomic exchange.
 * struct backend_link is one connection, of one thread at a time.  It never
 * blocks, and its buffers are bounded; the socket stays the caller's.
 */
#ifndef CORE_HANDSHAKE_BACKEND_H
#define CORE_HANDSHAKE_BACKEND_H

#include "core/chain/trust.h"
#include "core/config.h"
#include "core/fault.h"
#include "trace/trace.h"

#include <sys/types.h>

struct backend;
struct backend_link;
struct credentials;
struct pool;

/* What farm->tls asks for; NULL with a line in messages.  May ask a token for its key. */
struct backend *backend_new(const struct config_farm *farm, const struct trust *trust,
			    struct buf *messages);
void backend_free(struct backend *b); /* NULL is fine; no link is left */
/* The proxy's certificate, for credentials_check(); NULL = it has none.  b NULL is fine. */
struct credentials *backend_credentials(struct backend *b);

/* A connection over fd, which is connected and does not block; NULL without memory. */
struct backend_link *backend_open(struct backend *b, const struct config_server *s, int fd);
/* Says goodbye where it can be heard, frees; NULL is fine. */
void backend_close(struct backend_link *l);

/*
 * backend_handshake - goes on with it.
 * Returns 0 = done, -EAGAIN = wait for the socket (to write when backend_is_blocked()),
 * -EPROTO = failed: backend_fault().
 */
int backend_handshake(struct backend_link *l);
/* Whose threads do backend_work() because the next bytes make a token sign, which blocks;
 * NULL = it does not block. */
struct pool *backend_signers(const struct backend_link *l);
/* What backend_handshake() does, in two halves: the work, then on the worker what it came to. */
int backend_work(struct backend_link *l);
int backend_worked(struct backend_link *l, int code);

/* > 0 read, 0 = the server said goodbye, -EAGAIN, -ECONNRESET = it broke off, -EPROTO. */
ssize_t backend_read(struct backend_link *l, void *buf, size_t size);
/* Encrypts, keeps and sends: 0 or -errno; backend_is_blocked() tells of a rest. */
int backend_write(struct backend_link *l, const void *data, size_t len);
int backend_flush(struct backend_link *l); /* 0 = all sent, -EAGAIN, -errno */
/* close_notify: nothing more is sent.  As backend_flush(). */
int backend_bye(struct backend_link *l);
bool backend_is_blocked(const struct backend_link *l);
/* true: bytes were taken off the socket that backend_read() has not given yet. */
bool backend_has_input(const struct backend_link *l);
/* The session may be resumed by another connection. */
void backend_keep(struct backend_link *l);

/* Why it failed, FAULT_NONE = it has not, and *why stays; *why lives as long as l. */
enum fault backend_fault(const struct backend_link *l, const char **why);
/* The handshake's time is over. */
void backend_timed_out(struct backend_link *l, unsigned int seconds);
/* UPSTREAM_TLS: what was agreed on, or why not.  t may be NULL. */
void backend_tell(struct backend_link *l, struct trace *t, const char *server);

#endif
