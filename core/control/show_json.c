/* SPDX-License-Identifier: MIT */
/*
 * show_json - /status.json: {"version": "", "proxy": {...}, "farms": [{...}]}.
 * Keys are the members of counters.def and metrics.def.
 */
#include <config.h>

#include "core/control/show.h"
#include "core/route/addresses.h"
#include "core/route/lb.h"

void
show_put_json(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_putf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_putf(out, "\\u%04x", c);
		else
			buf_putc(out, (char)c);
	}
	buf_putc(out, '"');
}

static void
put_member(struct buf *out, const char *before, const char *key, const char *text)
{
	buf_putf(out, "%s\"%s\": ", before, key);
	show_put_json(out, text);
}

struct list { /* samples of one metric */
	struct buf *out;
	const char *between; /* "" before the first */
};

static void
put_sample(void *arg, const struct metric *m, const struct sample *s)
{
	struct list *l = arg;

	if (m->labels == METRIC_fault && s->value == 0)
		return; /* there are many, and most never happen */
	buf_puts(l->out, l->between);
	l->between = ", ";
	if (s->label_count == 1) {
		show_put_json(l->out, s->values[0]);
		buf_puts(l->out, ": ");
	} else if (s->label_count > 1) {
		put_member(l->out, "{", s->names[0], s->values[0]);
		put_member(l->out, ", ", s->names[1], s->values[1]);
		buf_puts(l->out, ", \"count\": ");
	}
	metric_put(l->out, s->value);
	if (s->label_count > 1)
		buf_putc(l->out, '}');
}

static bool
is_of_server(const struct metric *m)
{
	return m->labels == METRIC_SERVER || m->labels == METRIC_STATE;
}

static void
put_proxy(struct buf *out, const struct picture *p)
{
	const char *between = "";

	buf_puts(out, " \"proxy\": {");
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metrics[i];
		struct list l = { out, "" };

		if (is_of_server(m))
			continue;
		buf_putf(out, "%s\n  \"%s\": ", between, m->key);
		between = ",";
		if (m->labels != METRIC_PLAIN)
			buf_putc(out, m->labels == METRIC_fault ? '[' : '{');
		metric_walk(m, p, put_sample, &l);
		if (m->labels != METRIC_PLAIN)
			buf_putc(out, m->labels == METRIC_fault ? ']' : '}');
	}
	buf_puts(out, "\n },\n");
}

static void
put_server(struct buf *out, const struct farm_server *s)
{
	struct server_numbers n;
	char health[HEALTH_TEXT_MAX];
	struct config_address a;

	addresses_get(s, 0, &a);
	metrics_of_server(s, &n);
	farm_server_health_text(s, health);
	put_member(out, "   {", "server", s->host);
	put_member(out, ", ", "address", a.text);
	put_member(out, ", ", "state", show_state(s));
	put_member(out, ", ", "health", health);
#define SERVER(member, type, name, text) \
	buf_puts(out, ", \"" #member "\": "); \
	metric_put(out, n.member);
#include "core/control/metrics.def"
	buf_putc(out, '}');
}

static void
put_farm(struct buf *out, const struct farm *f)
{
	put_member(out, "  {", "name", f->config->name);
	put_member(out, ", ", "algorithm", lb_algorithms[f->config->balance].name);
	buf_puts(out, ", \"servers\": [\n");
	for (size_t i = 0; i < f->count; i++) {
		put_server(out, &f->servers[i]);
		buf_puts(out, i + 1 < f->count ? ",\n" : "\n");
	}
	buf_puts(out, "  ]}");
}

void
show_json(const struct picture *p, struct buf *out)
{
	const struct runtime *r = p->view->runtime;

	put_member(out, "{", "version", PACKAGE_VERSION);
	put_member(out, ", ", "configuration", r->config->source);
	buf_puts(out, ",\n");
	put_proxy(out, p);
	buf_puts(out, " \"farms\": [\n");
	for (size_t i = 0; i < r->config->farm_count; i++) {
		put_farm(out, r->farms[i]);
		buf_puts(out, i + 1 < r->config->farm_count ? ",\n" : "\n");
	}
	buf_puts(out, " ]}\n");
}
