/* SPDX-License-Identifier: MIT */
/*
 * step_tunnel - after an upgrade: bytes in both directions until both sides
 * have closed, with bounded buffers: one piece is read only when the last one
 * is out.  A side that closes is told to the other, which may still send.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/exchange.h"
#include "core/forward/upstream.h"
#include "core/route/farm.h"

#include <errno.h>
#include <string.h>

#define PIECE ((size_t)16384)
#define TURN_MAX ((ssize_t)512 << 10) /* bytes before other connections get a turn */

/* How one pump ended; moved bytes are added to *moved. */
enum pump {
	PUMP_IDLE, /* nothing to do now */
	PUMP_MOVED,
	PUMP_BROKEN, /* its side of the tunnel was reset */
};

static void
begin_end(struct exchange *x, enum flow *flow, const char *reason)
{
	*flow = FLOW_ENDING;
	if (!x->tunnel.reason)
		x->tunnel.reason = reason;
}

/* What the server does not take is lost; what it says may still be of use. */
static enum pump
server_deaf(struct exchange *x)
{
	x->tunnel.up = FLOW_DONE;
	x->tunnel.deaf = true;
	return PUMP_MOVED;
}

/* Client to server. */
static enum pump
pump_up(struct exchange *x, ssize_t *moved)
{
	char *piece = x->conn->worker->body;
	ssize_t n;
	int r;

	if (x->tunnel.up == FLOW_DONE)
		return PUMP_IDLE;
	r = upstream_flush(x->upstream);
	if (r == -EAGAIN)
		return PUMP_IDLE;
	if (r < 0)
		return server_deaf(x);
	if (x->tunnel.up == FLOW_ENDING) {
		if (upstream_shut(x->upstream) == -EAGAIN)
			return PUMP_IDLE;
		x->tunnel.up = FLOW_DONE;
		return PUMP_MOVED;
	}
	n = x->client->read_raw(x, piece, PIECE);
	if (n == -EAGAIN)
		return PUMP_IDLE;
	if (n < 0)
		return PUMP_BROKEN;
	if (n == 0) {
		begin_end(x, &x->tunnel.up, "the client closed first");
		if (x->conn->end == CONN_END_NONE && x->tunnel.down == FLOW_OPEN)
			x->conn->end = CONN_END_CLIENT_CLOSED;
		return PUMP_MOVED;
	}
	x->body_bytes += (uint64_t)n;
	*moved += n;
	atomic_fetch_add_explicit(&x->server->live->bytes_sent, (uint64_t)n, memory_order_relaxed);
	return upstream_send(x->upstream, piece, (size_t)n) < 0 ? server_deaf(x) : PUMP_MOVED;
}

/* The client does not take what the server sends. */
static enum pump
client_deaf(struct exchange *x)
{
	x->client_error = true;
	return PUMP_BROKEN;
}

/* Server to client. */
static enum pump
pump_down(struct exchange *x, ssize_t *moved)
{
	const char *data = NULL;
	ssize_t n;
	int r;

	if (x->tunnel.down == FLOW_DONE)
		return PUMP_IDLE;
	r = x->tunnel.down == FLOW_ENDING ? x->client->half_close(x) : conn_flush(x->conn);
	if (r == -EAGAIN)
		return PUMP_IDLE;
	if (r < 0)
		return client_deaf(x);
	if (x->tunnel.down == FLOW_ENDING) {
		x->tunnel.down = FLOW_DONE;
		return PUMP_MOVED;
	}
	n = upstream_read(x->upstream, &data);
	if (n == -EAGAIN)
		return PUMP_IDLE;
	if (n < 0)
		return PUMP_BROKEN;
	if (n == 0) {
		begin_end(x, &x->tunnel.down, "the server closed first");
		return PUMP_MOVED;
	}
	x->response_bytes += (uint64_t)n;
	*moved += n;
	atomic_fetch_add_explicit(&x->server->live->bytes_received, (uint64_t)n,
				  memory_order_relaxed);
	return x->client->send_body(x, data, (size_t)n) < 0 ? client_deaf(x) : PUMP_MOVED;
}

static enum next
finish(struct exchange *x)
{
	exchange_close_tunnel(x, NULL);
	x->phase = RESPONSE_DONE;
	x->step = STEP_FINISH;
	return NEXT;
}

static enum next
broken(struct exchange *x, enum fault fault, bool closing, int error, const char *who)
{
	/* Who closes both ways at once resets what still comes: that is an end like others. */
	if (closing)
		return finish(x);
	x->tunnel.reason = arena_printf(&x->arena, "%s: %s", who, strerror(error));
	if (fault == FAULT_CLIENT_GONE && x->conn->end == CONN_END_NONE)
		x->conn->end = CONN_END_CLIENT_RESET;
	return exchange_fail(x, fault,
			     arena_printf(&x->arena,
					  "%s after %llu bytes from the client and %llu from %s",
					  strerror(error), (unsigned long long)x->body_bytes,
					  (unsigned long long)x->response_bytes,
					  exchange_address(x)));
}

static enum next
client_broke(struct exchange *x)
{
	int error = x->conn->transport.error ? x->conn->transport.error : ECONNRESET;

	return broken(x, FAULT_CLIENT_GONE, x->tunnel.down != FLOW_OPEN, error,
		      "the client broke the connection off");
}

/* A client that reads slowly has not fallen silent. */
static bool
still_takes(struct exchange *x)
{
	uint64_t taken = transport_taken(x->conn);

	if (!conn_is_blocked(x->conn) || taken == x->tunnel.taken)
		return false;
	x->tunnel.taken = taken;
	x->timed_out = false;
	return true;
}

static enum next
silent(struct exchange *x)
{
	x->tunnel.reason = arena_printf(&x->arena, "nobody said anything for %u s",
					x->farm->config->upgrade_idle);
	if (x->conn->end == CONN_END_NONE)
		x->conn->end = CONN_END_IDLE;
	return finish(x);
}

static enum next
wait_more(struct exchange *x, bool turn_over)
{
	uint64_t all = x->body_bytes + x->response_bytes;

	if (x->limit.at == 0 || all != x->tunnel.moved)
		limit_set(x->conn->worker->loop, &x->limit, x->farm->config->upgrade_idle);
	x->tunnel.moved = all;
	/* A socket that can be written wakes us again when others had their turn. */
	x->want = turn_over || conn_is_blocked(x->conn) ? WANT_CLIENT_WRITE : 0;
	return WAIT;
}

enum next
step_tunnel(struct exchange *x)
{
	enum pump up, down;
	ssize_t moved = 0;

	if (x->timed_out && !still_takes(x))
		return silent(x);
	do {
		up = pump_up(x, &moved);
		if (up == PUMP_BROKEN)
			return client_broke(x);
		down = pump_down(x, &moved);
		if (down == PUMP_BROKEN && x->client_error)
			return client_broke(x);
		if (down == PUMP_BROKEN)
			return broken(x, FAULT_UPGRADE_BROKEN,
				      x->tunnel.up != FLOW_OPEN && !x->tunnel.deaf,
				      x->upstream->error, "the server broke the connection off");
		if (x->tunnel.up == FLOW_DONE && x->tunnel.down == FLOW_DONE)
			return finish(x);
	} while ((up == PUMP_MOVED || down == PUMP_MOVED) && moved < TURN_MAX);
	return wait_more(x, moved >= TURN_MAX);
}
