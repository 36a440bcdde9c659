/* SPDX-License-Identifier: MIT */
/*
 * metrics - all numbers the operator may see, as one table of rows.
 *
 * metrics_take makes a picture of the moment; the pages of show.h are made by
 * walking the table over it.  Main thread only.
 * Source: ARR 1.3 (monitoring columns, performance counters).
 */
#ifndef CORE_CONTROL_METRICS_H
#define CORE_CONTROL_METRICS_H

#include "core/control/view.h"
#include "core/counters.h"
#include "core/route/farm.h"

struct facts { /* of the process */
#define FACT(member, type, name, text) double member;
#include "core/control/metrics.def"
};

struct server_numbers { /* of a farm server */
#define SERVER(member, type, name, text) double member;
#include "core/control/metrics.def"
};

struct picture {
	const struct control_view *view; /* borrowed */
	struct counters counters; /* of all workers */
	struct facts facts;
};

enum metric_labels { /* what tells the samples of a metric apart */
	METRIC_PLAIN, /* nothing: it has one */
	METRIC_result, /* of a handshake */
	METRIC_reason, /* of a handshake that was not completed */
	METRIC_class, /* of a status */
	METRIC_fault, /* status and reason */
	METRIC_SERVER, /* farm and server */
	METRIC_STATE, /* farm, server and state */
};

struct metric { /* a row of counters.def or metrics.def */
	const char *key; /* in JSON */
	const char *name; /* in Prometheus, behind frebproxy_ */
	const char *text;
	bool counter; /* else a gauge */
	enum metric_labels labels;
	size_t offset; /* in struct counters, facts or server_numbers */
	bool fact; /* .offset is in struct facts */
	size_t count; /* samples of a counter with labels */
};

struct sample {
	const char *names[3], *values[3]; /* labels */
	size_t label_count;
	double value;
};

extern const struct metric metrics[];
extern const size_t metric_count;

void metrics_take(const struct control_view *view, struct picture *out);
void metrics_of_server(const struct farm_server *s, struct server_numbers *out);
/* Calls one() for each sample of m; its texts hold during the call only. */
void metric_walk(const struct metric *m, const struct picture *p,
		 void (*one)(void *arg, const struct metric *m, const struct sample *s), void *arg);
/* "12", "0.25" */
void metric_put(struct buf *out, double value);

#endif
