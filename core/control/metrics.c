/* SPDX-License-Identifier: MIT */
/* metrics - see metrics.h. */
#include <config.h>

#include "core/control/metrics.h"

#include "core/base/clock.h"
#include "core/base/lane.h"
#include "core/chain/online.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


const struct metric metrics[] = {
#define COUNTER(member, name, text) \
	{ #member, name, text, true, METRIC_PLAIN, offsetof(struct counters, member), false, 1 },
#define COUNTER_BY(member, count, label, name, text)                                      \
	{ #member, name, text, true, METRIC_##label, offsetof(struct counters, member), false, \
	  count },
#include "core/counters.def"
#undef COUNTER
#undef COUNTER_BY
#define COUNTER true
#define GAUGE false
#define FACT(member, type, name, text) \
	{ #member, name, text, type, METRIC_PLAIN, offsetof(struct facts, member), true, 1 },
#define SERVER(member, type, name, text) \
	{ #member, name, text, type, METRIC_SERVER, offsetof(struct server_numbers, member), \
	  false, 1 },
#include "core/control/metrics.def"
	{ "state", "server_state", "1 = the state the server is in", false, METRIC_STATE, 0, false,
	  1 },
};
const size_t metric_count = sizeof(metrics) / sizeof(metrics[0]);

/* ---- the moment ---- */

static double
to_double(const _Atomic uint64_t *n)
{
	return (double)atomic_load_explicit(n, memory_order_relaxed);
}

/* Counters of several threads are read one after the other: never below zero. */
static double
left(const _Atomic uint64_t *begun, const _Atomic uint64_t *ended)
{
	double n = to_double(begun) - to_double(ended);

	return n > 0 ? n : 0;
}

static double
age(time_t now, time_t then)
{
	return then == (time_t)-1 || then > now ? 0 : (double)(now - then);
}

static void
take_revocation(const struct control_view *v, struct facts *f)
{
	const struct crl_table *t = trust_crls(v->trust);
	struct online_ages kept;
	time_t now = time(NULL);

	f->crls = (double)crl_table_count(t);
	for (size_t i = 0; i < crl_table_count(t); i++) {
		const struct crl *c = crl_table_at(t, i);
		double a = age(now, c->this_update);

		f->crls_stale += !crl_is_fresh(c, now);
		f->crl_age = a > f->crl_age ? a : f->crl_age;
	}
	online_ages(&kept);
	f->crls_fetched = (double)kept.lists;
	f->crl_fetched_age = age(now, kept.oldest_list);
	f->ocsp_answers = (double)kept.answers;
	f->ocsp_age = age(now, kept.oldest_answer);
}

static void
take_traces(const struct control_view *v, struct facts *f, uint64_t now_ns)
{
	struct trace_writer_counts c;

	trace_writer_counts(v->writer, &c);
	f->traces_written = (double)c.written;
	f->traces_failed = (double)c.failed;
	f->traces_dropped = (double)c.dropped;
	f->trace_bytes = (double)c.bytes;
	f->traces_queued = (double)c.queued;
	if (c.oldest_ns && c.oldest_ns < now_ns)
		f->trace_oldest = (double)(now_ns - c.oldest_ns) / 1e9;
}

void
metrics_take(const struct control_view *v, struct picture *out)
{
	struct counters *n = &out->counters;
	struct facts *f = &out->facts;
	uint64_t now_ns = clock_mono_ns(), responses = 0;
	unsigned int waiting, longest;

	memset(out, 0, sizeof(*out));
	out->view = v;
	for (unsigned int i = 0; i < v->worker_count; i++)
		counters_sum(n, v->workers[i].counters);
	f->connections_open = left(&n->connections, &n->connections_closed);
	f->upgrades_open = left(&n->upgrades, &n->upgrades_ended);
	f->upstream_open = left(&n->upstream_connects, &n->upstream_closes);
	for (size_t i = 0; i < RESPONSE_CLASS_COUNT; i++)
		responses += counter_get(&n->responses[i]);
	if (counter_get(&n->requests) > responses)
		f->requests_running = (double)(counter_get(&n->requests) - responses);
	take_traces(v, f, now_ns);
	take_revocation(v, f);
	lanes_look(&waiting, &longest);
	f->token_jobs = waiting;
	f->token_hangs = longest;
	f->fetch_jobs = pool_waiting(v->fetchers);
	f->workers = v->worker_count;
	f->start_time = (double)(v->start_real_ns / CLOCK_NS_PER_S);
	f->uptime = (double)((now_ns - v->start_ns) / CLOCK_NS_PER_S);
	f->config_generation = v->generation;
	f->reload_ok = !v->reload_failed;
	f->reload_time = (double)(v->reload_real_ns / CLOCK_NS_PER_S);
}

void
metrics_of_server(const struct farm_server *s, struct server_numbers *out)
{
	const struct server_live *l = s->live;

	out->requests = to_double(&l->requests);
	out->current = to_double(&l->current);
	out->failed = to_double(&l->failed);
	out->requests_per_second = l->per_second;
	out->bytes_sent = to_double(&l->bytes_sent);
	out->bytes_received = to_double(&l->bytes_received);
	out->response_time = to_double(&l->response_us) / 1e6;
	out->weight = atomic_load_explicit(&l->weight, memory_order_relaxed);
	out->healthy = farm_server_is_healthy(s);
}

/* ---- walking ---- */

typedef void visit(void *arg, const struct metric *m, const struct sample *s);

static void
walk_counters(const struct metric *m, const struct picture *p, visit *one, void *arg)
{
	static const char *const classes[RESPONSE_CLASS_COUNT] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx",
	};
	const _Atomic uint64_t *n = (const void *)((const char *)&p->counters + m->offset);

	for (size_t i = 0; i < m->count; i++) {
		const struct fault_info *f = fault_info((enum fault)i);
		struct sample s = { .value = to_double(&n[i]), .label_count = 1 };
		char status[16];

		switch (m->labels) {
		case METRIC_result:
			s.names[0] = "result";
			s.values[0] = handshake_result_words[i];
			break;
		case METRIC_reason:
			s.names[0] = "reason";
			s.values[0] = handshake_reason_words[i];
			break;
		case METRIC_class:
			s.names[0] = "class";
			s.values[0] = classes[i];
			break;
		case METRIC_fault:
			if (i == FAULT_NONE)
				continue;
			snprintf(status, sizeof(status), f->substatus ? "%u.%u" : "%u", f->status,
				 f->substatus);
			s = (struct sample){ { "status", "reason" }, { status, f->reason }, 2,
					     s.value };
			break;
		default: s.label_count = 0; break;
		}
		one(arg, m, &s);
	}
}

static void
walk_server(const struct metric *m, const struct farm_server *server, visit *one, void *arg)
{
	struct sample s = { .names = { "farm", "server", "state" },
			    .values = { server->farm->config->name, server->host },
			    .label_count = 2 };
	struct server_numbers numbers;

	if (m->labels == METRIC_SERVER) {
		metrics_of_server(server, &numbers);
		memcpy(&s.value, (const char *)&numbers + m->offset, sizeof(s.value));
		one(arg, m, &s);
		return;
	}
	s.label_count = 3;
	for (unsigned int i = 0; i <= SERVER_UNAVAILABLE; i++) {
		s.values[2] = server_state_text((enum server_state)i);
		s.value = farm_server_state(server) == (enum server_state)i;
		one(arg, m, &s);
	}
}

void
metric_walk(const struct metric *m, const struct picture *p, visit *one, void *arg)
{
	const struct runtime *r = p->view->runtime;

	if (m->fact) {
		struct sample s = { .label_count = 0 };

		memcpy(&s.value, (const char *)&p->facts + m->offset, sizeof(s.value));
		one(arg, m, &s);
		return;
	}
	if (m->labels != METRIC_SERVER && m->labels != METRIC_STATE) {
		walk_counters(m, p, one, arg);
		return;
	}
	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t k = 0; k < r->farms[i]->count; k++)
			walk_server(m, &r->farms[i]->servers[k], one, arg);
}

void
metric_put(struct buf *out, double value)
{
	if (value >= 0 && value < 9e15 && value == (double)(uint64_t)value)
		buf_put_u64(out, (uint64_t)value);
	else
		buf_putf(out, "%.6f", value);
}
