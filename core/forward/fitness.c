/* SPDX-License-Identifier: MIT */
/* fitness - see fitness.h. */
#include <config.h>

#include "core/forward/fitness.h"

#include "core/forward/cert_format.h"
#include "core/forward/inject.h"

#include <string.h>
#include <strings.h>

#define NAMES_MAX 256

enum when { ALWAYS, NAMED };

static const struct row {
	const char *software, *server, *setting;
	unsigned int line, total; /* bytes, 0 = no limit */
	enum when when;
} rows[FITNESS_COUNT] = {
#define FITNESS(symbol, word, software, server, line, total, when, setting) \
	{ software, server, setting, line, total, when },
#include "core/forward/fitness.def"
#undef FITNESS
};

struct sizes { /* of the head as it is sent */
	struct slice largest; /* name of the largest field */
	size_t line, total; /* bytes: that field's line, all */
};

static void
add_line(struct sizes *s, const struct slice *name, const struct slice *value)
{
	size_t line = name->len + 2 + value->len;

	s->total += line + 2;
	if (line <= s->line)
		return;
	s->line = line;
	s->largest = *name;
}

/* What inject_write_head will write, all but a few digits. */
static struct sizes
measure(const struct exchange *x)
{
	const struct http_request *r = &x->request;
	struct sizes s = { { "", 0 }, 0, r->method.len + strlen(x->forward_url) + 14 };

	for (size_t i = 0; i < r->headers.count; i++)
		if (!r->headers.at[i].removed)
			add_line(&s, &r->headers.at[i].name, &r->headers.at[i].value);
	for (size_t i = 0; i < x->inject_count; i++)
		if (x->inject[i].value.len)
			add_line(&s, &x->inject[i].name, &x->inject[i].value);
	return s;
}

static bool
is_judged(const struct exchange *x, size_t i)
{
	unsigned int named = x->farm->config->software;

	return named == FITNESS_COUNT ? rows[i].when == ALWAYS : named == i;
}

/* Software whose limit is passed by that many bytes: its names, the lowest limit; 0 = none. */
static unsigned int
passed(const struct exchange *x, size_t bytes, bool line, struct buf *names)
{
	unsigned int lowest = 0;

	for (size_t i = 0; i < FITNESS_COUNT; i++) {
		unsigned int limit = line ? rows[i].line : rows[i].total;

		if (!limit || bytes <= limit || !is_judged(x, i))
			continue;
		buf_putf(names, "%s%s (%s)", names->len ? ", " : "", rows[i].software,
			 rows[i].setting);
		if (!lowest || limit < lowest)
			lowest = limit;
	}
	return lowest;
}

static void
warn(struct exchange *x, const struct slice *name, size_t bytes, size_t total, bool line)
{
	struct buf names = BUF_INIT;
	unsigned int limit = passed(x, line ? bytes : total, line, &names);

	if (limit)
		TRACE(x->trace, HEADER_FITNESS, .HeaderName = { name->at, name->len },
		      .Bytes = bytes, .TotalBytes = total, .Limit = limit,
		      .LimitOf = buf_text(&names));
	buf_done(&names);
}

void
fitness_tell(struct exchange *x)
{
	const struct headers *h = &x->request.headers;
	struct sizes s;

	if (!x->trace)
		return;
	s = measure(x);
	for (size_t i = 0; i < h->count; i++)
		if (!h->at[i].removed)
			warn(x, &h->at[i].name, h->at[i].name.len + 2 + h->at[i].value.len, s.total,
			     true);
	for (size_t i = 0; i < x->inject_count; i++)
		if (x->inject[i].value.len)
			warn(x, &x->inject[i].name,
			     x->inject[i].name.len + 2 + x->inject[i].value.len, s.total, true);
	warn(x, &s.largest, s.line, s.total, false);
}

/* ---- a server that refused ---- */

/* The row the farm names, else that of the Server field; FITNESS_COUNT = not known. */
static size_t
software_of(const struct exchange *x, const struct slice *server)
{
	size_t i = x->farm->config->software;

	for (size_t n = 0; i == FITNESS_COUNT && n < FITNESS_COUNT; n++) {
		size_t len = strlen(rows[n].server);

		if (server->len >= len && !strncasecmp(server->at, rows[n].server, len))
			i = n;
	}
	return i;
}

struct refusal {
	struct slice server; /* its Server field */
	struct sizes sent;
	unsigned int status, limit;
	bool challenge; /* a 401 that offers a way to log in: ordinary */
	const char *limit_of, *format, *reason;
};

static void
tell(struct exchange *x, const struct refusal *r, const struct cert *leaf)
{
	TRACE_AT(x->trace, r->challenge ? TE_INFO : TE_WARNING, UPSTREAM_REFUSED,
		 .Server = x->server->host, .HttpStatus = r->status,
		 .Software = { r->server.at, r->server.len },
		 .HeaderName = { r->sent.largest.at, r->sent.largest.len }, .Bytes = r->sent.line,
		 .TotalBytes = r->sent.total, .Limit = r->limit, .LimitOf = r->limit_of,
		 .Format = r->format, .Sha1 = leaf ? leaf->sha1_text : "",
		 .Sha256 = leaf ? leaf->sha256_text : "", .Reason = r->reason);
}

static void
tell_size(struct exchange *x, struct refusal *r)
{
	size_t i = software_of(x, &r->server);

	r->reason = "the limits of the server's software are not known";
	if (i < FITNESS_COUNT) {
		bool line = rows[i].line && r->sent.line > rows[i].line;
		bool total = rows[i].total && r->sent.total > rows[i].total;

		r->limit_of = rows[i].setting;
		r->limit = line || !rows[i].total ? rows[i].line : rows[i].total;
		r->reason = "the head is within what its software takes as it is installed";
		if (line)
			r->reason = "a field is longer than its software takes as it is installed";
		else if (total)
			r->reason = "the head is longer than its software takes as it is installed";
	}
	tell(x, r, NULL);
}

/* Each header that carried the certificate, so that both sides can compare. */
static void
tell_certificates(struct exchange *x, struct refusal *r)
{
	const struct config_farm *farm = x->farm->config;

	for (size_t i = 0; i < farm->cert_header_count; i++) {
		const struct inject *in = &x->inject[INJECT_ARR_CLIENT_CERT + i];

		if (!in->value.len)
			continue;
		r->sent.largest = in->name;
		r->sent.line = in->name.len + 2 + in->value.len;
		r->format = cert_formats[farm->cert_headers[i].format].word;
		r->reason = "the certificate was sent: the server may want it under another name "
			    "or in another encoding, or not let its holder in";
		if (r->challenge)
			r->reason = "the server asks for a login of its own; if the certificate "
				    "should do, it may want that in another form";
		tell(x, r, x->conn->badge->leaf);
	}
}

void
fitness_tell_refused(struct exchange *x, const struct http_response *response)
{
	struct refusal r = { .status = response->status, .limit_of = "", .format = "" };

	if (!x->trace || !x->inject || response->status < 400)
		return;
	for (size_t i = 0; i < response->headers.count; i++) {
		if (response->headers.at[i].id == HF_SERVER)
			r.server = response->headers.at[i].value;
		if (response->headers.at[i].id == HF_WWW_AUTHENTICATE)
			r.challenge = r.status == 401;
	}
	r.sent = measure(x);
	switch (r.status) {
	case 400:
	case 413:
	case 414:
	case 431:
	case 494: tell_size(x, &r); break; /* 494 is nginx's own */
	case 401:
	case 403: tell_certificates(x, &r); break;
	default: break;
	}
}
