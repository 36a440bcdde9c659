/* SPDX-License-Identifier: MIT */
/* show_text - the pages for people: the list of servers, and what is known of one thing. */
#include <config.h>

#include "core/control/show.h"
#include "core/route/addresses.h"
#include "core/route/lb.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 12
#define CELL 304 /* a host is the longest */

/* Columns of ARR's monitoring page (ARR 1.3), the state and the health ahead of them. */
static const char *const titles[COLUMNS] = {
	"SERVER", "STATE",  "HEALTH",  "REQ/S",  "RESP ms", "CURRENT",
	"TOTAL",  "FAILED", "SHARE %", "REQ KB", "RESP KB", "WEIGHT %",
};
#define LEFT_COLUMNS 3 /* the others are numbers */

struct row {
	char cells[COLUMNS][CELL];
};

const char *
show_state(const struct farm_server *s)
{
	return s->config->enabled ? server_state_text(farm_server_state(s)) : "Disabled";
}

/* Names come from the file: nothing in them moves the reader's cursor. */
static void
put_name(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_putc(out, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void
fill_row(struct row *row, const struct farm_server *s, double requests, double weights)
{
	struct server_numbers n;

	metrics_of_server(s, &n);
#define CELL_OF(i, ...) snprintf(row->cells[i], CELL, __VA_ARGS__)
	CELL_OF(0, "%s", s->host);
	CELL_OF(1, "%s", show_state(s));
	CELL_OF(2, "%s", n.healthy > 0 ? "Healthy" : "Unhealthy");
	CELL_OF(3, "%.1f", n.requests_per_second);
	CELL_OF(4, "%.1f", n.response_time * 1000);
	CELL_OF(5, "%.0f", n.current);
	CELL_OF(6, "%.0f", n.requests);
	CELL_OF(7, "%.0f", n.failed);
	CELL_OF(8, "%.1f", requests > 0 ? n.requests * 100 / requests : 0);
	CELL_OF(9, "%.0f", n.bytes_sent / 1024);
	CELL_OF(10, "%.0f", n.bytes_received / 1024);
	CELL_OF(11, "%.1f", weights > 0 ? n.weight * 100 / weights : 0);
#undef CELL_OF
}

static void
widen(size_t widths[COLUMNS], const struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t len = strlen(row->cells[i]);

		if (len > widths[i])
			widths[i] = len;
	}
}

static void
put_row(struct buf *out, const size_t widths[COLUMNS], const struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		buf_putf(out, i < LEFT_COLUMNS ? "%s%-*s" : "%s%*s", i ? "  " : "", (int)widths[i],
			 row->cells[i]);
	buf_putc(out, '\n');
}

static void
put_farm(struct buf *out, const struct farm *f)
{
	size_t widths[COLUMNS] = { 0 };
	double requests = 0, weights = 0;
	struct server_numbers n;
	struct row row;

	put_name(out, f->config->name);
	buf_putf(out, " (%s)\n", lb_algorithms[f->config->balance].name);
	for (size_t i = 0; i < f->count; i++) {
		metrics_of_server(&f->servers[i], &n);
		requests += n.requests;
		weights += n.weight;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		widths[i] = strlen(titles[i]);
	for (size_t i = 0; i < f->count; i++) {
		fill_row(&row, &f->servers[i], requests, weights);
		widen(widths, &row);
	}
	for (size_t i = 0; i < COLUMNS; i++)
		snprintf(row.cells[i], CELL, "%s", titles[i]);
	put_row(out, widths, &row);
	for (size_t i = 0; i < f->count; i++) {
		fill_row(&row, &f->servers[i], requests, weights);
		put_row(out, widths, &row);
	}
}

void
show_list(const struct picture *p, const struct farm *only, struct buf *out)
{
	const struct runtime *r = p->view->runtime;

	for (size_t i = 0; i < r->config->farm_count; i++) {
		if (only && r->farms[i] != only)
			continue;
		if (out->len)
			buf_putc(out, '\n');
		put_farm(out, r->farms[i]);
	}
}

/* ---- one thing ---- */

static void
put_line(struct buf *out, const char *key, double value, const char *text)
{
	struct buf number = BUF_INIT;

	metric_put(&number, value);
	buf_putf(out, "%-24s %12s  %s\n", key, buf_text(&number), text);
	buf_done(&number);
}

static void
put_sample(void *arg, const struct metric *m, const struct sample *s)
{
	char key[128] = "";

	if (s->label_count == 0) {
		put_line(arg, m->key, s->value, m->text);
		return;
	}
	if (s->value == 0)
		return;
	for (size_t i = 0; i < s->label_count; i++) {
		size_t len = strlen(key);

		snprintf(key + len, sizeof(key) - len, " %s", s->values[i]);
	}
	put_line(arg, m->key, s->value, key + 1);
}

void
show_proxy(const struct picture *p, struct buf *out)
{
	buf_puts(out, "frebproxy " PACKAGE_VERSION ", configuration ");
	put_name(out, p->view->runtime->config->source);
	buf_putc(out, '\n');
	for (size_t i = 0; i < metric_count; i++)
		if (metrics[i].labels != METRIC_SERVER && metrics[i].labels != METRIC_STATE)
			metric_walk(&metrics[i], p, put_sample, out);
}

void
show_server(const struct farm_server *s, struct buf *out)
{
	struct server_numbers n;
	char health[HEALTH_TEXT_MAX];
	struct config_address a;

	addresses_get(s, 0, &a);
	metrics_of_server(s, &n);
	farm_server_health_text(s, health);
	put_name(out, s->farm->config->name);
	buf_putf(out, "/%s at %s\n", s->host, a.text[0] ? a.text : "no known address");
	buf_putf(out, "state: %s\nhealth: %s\n", show_state(s), health);
#define SERVER(member, type, name, text) put_line(out, #member, n.member, text);
#include "core/control/metrics.def"
}
