/* SPDX-License-Identifier: MIT */
/*
 * worker - a thread with one libev loop: its listeners (SO_REUSEPORT), its
 * connections, its pool of server connections, a mailbox.
 *
 * What all workers share is in struct runtime: immutable after its making,
 * reference counted, replaced whole on reload.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "core/chain/trust.h"
#include "core/chain/verify.h"
#include "core/config.h"
#include "core/route/lb.h"
#include "core/token/registry.h"
#include "trace/trace.h"

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>

struct conn;
struct counters;
struct exchange;
struct farm;
struct routes;
struct upstream;
struct credentials;
struct ticket_keys;

struct runtime {
	_Atomic unsigned int refs;
	struct config *config; /* reference */
	struct trust *trust; /* reference; never NULL */
	struct registry_pin *token_pins; /* of config; changed by scans only, one at a time */
	struct attestations *attestations; /* owned; NULL = none configured */
	struct credentials **credentials; /* by binding index; NULL for http */
	struct routes **routes; /* by site; routing rules */
	struct farm **farms; /* by farm index; shared counters */
	struct lb_state *lb; /* by worker index; each touched by its worker only */
	unsigned int worker_count; /* elements of .lb */
	bool check_only; /* --check: it will not serve */
	struct ticket_keys *tickets; /* reference; NULL = off */
	struct trace_writer *writer; /* borrowed from main */
};

/* runtime.c: everything a configuration needs to run.  tickets: keys for a configuration that
 * names no file of them.  messages gets one line per error or warning; NULL on an error. */
struct runtime *runtime_new(struct config *config, unsigned int workers,
			    struct ticket_keys *tickets,
			    struct trace_writer *writer, struct buf *messages);
/* It is the one that serves from now on: before, nothing of the servers has changed. */
void runtime_take_effect(struct runtime *r);
/* The same as runtime_new for --check and --explain: nothing is made (no self-signed certificate),
 * all that can be wrong is told; NULL on an error.  keys: also load server certificates. */
struct runtime *runtime_for_check(struct config *config, bool keys, struct buf *messages);
struct runtime *runtime_ref(struct runtime *r);
void runtime_unref(struct runtime *r); /* thread-safe; NULL is fine */

#define SCRATCH_SIZE ((size_t)256 << 10)

struct listener {
	ev_io io; /* accept */
	struct worker *worker; /* owner */
	struct config_address address; /* as configured (port may be 0) */
	struct config_address bound; /* as bound by the kernel */
	bool tls; /* https */
	int fd;
	struct listener *next; /* of the worker */
};

/* A letter: what another thread hands to a worker.  Embedded as the first member
 * of what it carries; whoever opens or drops it frees that. */
struct mail {
	struct mail *next;
	void (*open)(struct worker *w, struct mail *m); /* on the worker's loop */
	void (*drop)(struct mail *m); /* the worker has ended */
};

struct worker {
	pthread_t thread;
	unsigned int index; /* from 0 */
	struct ev_loop *loop;
	struct runtime *runtime; /* present one; connections hold their own */
	struct listener *listeners;
	ev_async wake; /* the mailbox has something */
	struct pool *fetchers; /* borrowed from main: for what waits for the network; NULL = none */
	pthread_mutex_t mail_lock; /* guards the mail; never taken on the request path */
	struct mail *mail, *mail_last; /* letters in order of arrival */
	struct runtime *mail_runtime; /* a new runtime, or NULL */
	struct listener *mail_listeners; /* to add with it */
	struct trust *mail_trust; /* for the present runtime, with newer CRLs, or NULL */
	struct registry *mail_registry; /* a new view of the tokens, or NULL */
	bool mail_room; /* the trace queue has room again */
	bool mail_cut; /* a farm server was made unavailable at once */
	bool mail_drain; /* finish what runs, then end */
	ev_timer accept_again; /* after a pause: no descriptors, or no room for traces */
	ev_timer drain_limit; /* how long it may take */
	struct trust *trust; /* reference: of the present runtime, with the newest CRLs */
	struct registry *registry; /* reference; tokens in view; NULL = look-up is off */
	bool draining;
	struct conn *conns; /* all of this worker */
	size_t conn_count, conn_max; /* at conn_max no more are accepted */
	struct conn *stalled; /* wait for room in the trace queue */
	struct verify_cache *verdicts;
	struct counters *counters; /* what it counts; read by all */
	struct exchange *spare_exchanges; /* to reuse, linked by next */
	unsigned int spare_count;
	struct upstream *idle; /* kept server connections, newest first; see upstream.c */
	unsigned int idle_count;
	ev_timer sweep; /* closes those kept for too long */
	uint64_t next_conn; /* ConnId: worker index in the top bits */
	char *in; /* SCRATCH_SIZE: bytes just read from a client socket */
	struct conn *in_owner; /* whose bytes; NULL = free */
	char *out; /* SCRATCH_SIZE: bytes about to be sent to a client */
	struct conn *out_owner; /* whose bytes; NULL = free */
	char *cork; /* 16 KiB: clear text that will share a TLS record */
	size_t cork_len;
	struct conn *cork_owner; /* whose; NULL = free */
	struct buf head; /* a message head while it is put together */
	char *server_in; /* SCRATCH_SIZE: bytes just read from a server */
	char *body; /* 16 KiB + a chunk frame: one piece of a body on its way */
};

int worker_init(struct worker *w, unsigned int index, struct runtime *runtime);
int worker_start(struct worker *w); /* 0 or -errno */
/* Listeners of a worker that does not run yet. */
void worker_adopt(struct worker *w, struct listener *added);
/* Mail; each may be posted from another thread.  Ownership of listeners and
 * references of runtime, trust and registry go to the worker. */
void worker_post_runtime(struct worker *w, struct runtime *r, struct listener *added);
void worker_post_trust(struct worker *w, struct trust *t);
void worker_post_registry(struct worker *w, struct registry *r);
void worker_post(struct worker *w, struct mail *m);
void worker_post_room(struct worker *w);
void worker_post_drain(struct worker *w);
/* Cuts the requests that run at servers whose state is SERVER_UNAVAILABLE. */
void worker_post_cut(struct worker *w);
void worker_join(struct worker *w); /* waits for the thread */
/* Ends the connections that are left, once no pool thread works for them any more. */
void worker_drop_conns(struct worker *w);
void worker_done(struct worker *w); /* frees; nobody may post any more */

/*
 * listeners_open - sockets for the addresses of config that the old one did
 * not have, one per worker (SO_REUSEPORT).
 * @old     the configuration the workers run, NULL = none.
 * @added   out: array of `workers` lists.
 * Returns 0, or -errno with a line in messages.
 */
int listeners_open(const struct config *config, const struct config *old, struct worker *workers,
		   unsigned int count, struct listener **added, struct buf *messages);
void listeners_free(struct listener *l); /* closes; not started ones only */

/* A time limit that is cheap to move: the timer is only touched when it fires
 * too early or must fire sooner. */
struct limit {
	ev_timer timer;
	double at; /* loop time; 0 = none */
};

static inline void
limit_set(struct ev_loop *loop, struct limit *l, double seconds)
{
	if (seconds <= 0) {
		l->at = 0;
		return;
	}
	l->at = ev_now(loop) + seconds;
	if (ev_is_active(&l->timer) && ev_now(loop) + ev_timer_remaining(loop, &l->timer) <= l->at)
		return;
	ev_timer_stop(loop, &l->timer);
	ev_timer_set(&l->timer, seconds, 0.);
	ev_timer_start(loop, &l->timer);
}

/* In the timer's callback: true if the limit is really over. */
static inline bool
limit_is_over(struct ev_loop *loop, struct limit *l)
{
	double left = l->at - ev_now(loop);

	if (l->at == 0)
		return false;
	if (left <= 0.001) {
		l->at = 0;
		return true;
	}
	ev_timer_set(&l->timer, left, 0.);
	ev_timer_start(loop, &l->timer);
	return false;
}

/* Changes a watcher's events; touches the kernel only on a change. */
static inline void
watch(struct ev_loop *loop, ev_io *io, int fd, int events)
{
	if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(loop, io);
	if (!events)
		return;
	ev_io_set(io, fd, events);
	ev_io_start(loop, io);
}

#endif
