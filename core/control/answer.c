/* SPDX-License-Identifier: MIT */
/* answer - see answer.h. */
#include <config.h>

#include "core/control/answer.h"

#include "core/base/log.h"
#include "core/control/show.h"
#include "core/control/steer.h"

#include <string.h>

#define BODY_MAX ((size_t)256 << 20)
#define PARAMETER_MAX 600 /* a farm's name and a host, escaped or not */
#define TEXT "text/plain; charset=utf-8"

struct ask { /* a request on its way to an answer */
	const struct control_view *view;
	const struct http_request *q;
	const struct asker *who;
	struct answer *out;
};

void
answer_refuse(struct answer *out, unsigned int status, const char *text)
{
	out->status = status;
	out->type = TEXT;
	buf_reset(&out->body);
	buf_putf(&out->body, "%s\n", text);
}

/* ---- the query ---- */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded; false when it is too long, wrongly escaped, or has control characters. */
static bool
decode(const char *at, size_t len, char out[static PARAMETER_MAX])
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)at[i];

		if (c == '%') {
			if (len - i < 3 || hex(at[i + 1]) < 0 || hex(at[i + 2]) < 0)
				return false;
			c = hex(at[i + 1]) << 4 | hex(at[i + 2]);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || to + 1 >= PARAMETER_MAX)
			return false;
		out[to++] = (char)c;
	}
	out[to] = '\0';
	return true;
}

/* false = it cannot be read.  out: "" = it is not there. */
static bool
parameter(const struct http_request *q, const char *name, char out[static PARAMETER_MAX])
{
	const char *at = q->query.at, *end = at + q->query.len;
	size_t name_len = strlen(name);

	out[0] = '\0';
	while (at < end) {
		const char *next = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((next ? next : end) - at);

		if (len > name_len && memcmp(at, name, name_len) == 0 && at[name_len] == '=')
			return decode(at + name_len + 1, len - name_len - 1, out);
		at += len + 1;
	}
	return true;
}

/* ---- the pages ---- */

static void
show_page(const struct ask *a, const char *type,
	  void (*show)(const struct picture *p, struct buf *out))
{
	struct picture p;

	metrics_take(a->view, &p);
	a->out->type = type;
	show(&p, &a->out->body);
}

static void
get_metrics(const struct ask *a)
{
	show_page(a, "text/plain; version=0.0.4; charset=utf-8", show_prometheus);
}

static void
get_status(const struct ask *a)
{
	show_page(a, "application/json", show_json);
}

static void
get_list(const struct ask *a)
{
	const struct farm *farm = NULL;
	char name[PARAMETER_MAX];
	struct picture p;

	if (!parameter(a->q, "farm", name)) {
		answer_refuse(a->out, 400, "farm cannot be read");
		return;
	}
	if (*name)
		farm = steer_find_farm(a->view->runtime, name, &a->out->body);
	if (*name && !farm) {
		a->out->status = 404;
		return;
	}
	metrics_take(a->view, &p);
	show_list(&p, farm, &a->out->body);
}

static void
get_show(const struct ask *a)
{
	char name[PARAMETER_MAX];
	struct farm_server *s;

	if (!parameter(a->q, "server", name)) {
		answer_refuse(a->out, 400, "server cannot be read");
		return;
	}
	if (!*name) {
		show_page(a, TEXT, show_proxy);
		return;
	}
	s = steer_find(a->view->runtime, name, &a->out->status, &a->out->body);
	if (s)
		show_server(s, &a->out->body);
}

static void
post_server(const struct ask *a)
{
	char word[PARAMETER_MAX], name[PARAMETER_MAX];
	const struct verb *v = NULL;

	if (parameter(a->q, "verb", word))
		v = verb_find(word);
	if (!v || (v->kind != VERB_STATE && v->kind != VERB_HEALTH))
		answer_refuse(a->out, 400, "verb is none that changes a server");
	else if (!parameter(a->q, "server", name) || !*name)
		answer_refuse(a->out, 400, "server is missing or cannot be read");
	else
		a->out->status = steer_server(a->view, v, name, a->who->name, &a->out->body);
}

static void
post_reload(const struct ask *a)
{
	log_info("%s asks: reload", a->who->name);
	if (a->view->reload(a->view->arg, &a->out->body)) {
		buf_putf(&a->out->body, "the configuration was loaded again, generation %u\n",
			 a->view->generation);
		return;
	}
	a->out->status = 409;
	buf_puts(&a->out->body, "the configuration was not loaded; the old one stays\n");
}

static const struct page {
	const char *path;
	bool post; /* else GET and HEAD */
	bool socket; /* nowhere else */
	void (*make)(const struct ask *a);
} pages[] = {
	{ "/metrics", false, false, get_metrics }, { "/status.json", false, false, get_status },
	{ "/list", false, true, get_list },	   { "/show", false, true, get_show },
	{ "/server", true, true, post_server },	   { "/reload", true, true, post_reload },
};

static const struct page *
find_page(const struct http_request *q, const struct asker *who)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (slice_is(&q->path, pages[i].path) && (who->socket || !pages[i].socket))
			return &pages[i];
	return NULL;
}

/* A name that somebody else's page made a browser look up does not lead here. */
static bool
is_our_host(const struct http_request *q, const struct asker *who)
{
	return who->socket || who->any_host || q->host.len == 0 ||
	       slice_is_nocase(&q->host, who->address) || slice_is_nocase(&q->host, "localhost");
}

/* {"ok": true, "message": "..."} for programs, where the answer is a line for people. */
static void
wrap_json(struct answer *a)
{
	struct buf json = BUF_INIT;
	size_t len = a->body.len;

	if (len && a->body.data[len - 1] == '\n')
		a->body.data[len - 1] = '\0';
	buf_putf(&json, "{\"ok\": %s, \"message\": ", a->status < 300 ? "true" : "false");
	show_put_json(&json, buf_text(&a->body));
	buf_puts(&json, "}\n");
	buf_done(&a->body);
	a->body = json;
	a->type = "application/json";
}

static bool
wants_json(const struct http_request *q)
{
	for (size_t i = 0; i < q->headers.count; i++)
		if (slice_is_nocase(&q->headers.at[i].name, "Accept"))
			return slice_is_nocase(&q->headers.at[i].value, "application/json");
	return false;
}

void
answer_make(const struct control_view *view, const struct http_request *q,
	    const struct asker *who, struct answer *out)
{
	const struct ask a = { view, q, who, out };
	const struct page *page = find_page(q, who);
	bool get = q->method_id == METHOD_GET || q->method_id == METHOD_HEAD;

	out->status = 200;
	out->type = TEXT;
	out->head_only = q->method_id == METHOD_HEAD;
	buf_init(&out->body, BODY_MAX);
	if (!is_our_host(q, who))
		answer_refuse(out, 421, "the host name is not this address");
	else if (q->body == BODY_CHUNKED || (q->body == BODY_LENGTH && q->content_length))
		answer_refuse(out, 413, "a body is not wanted");
	else if (!page)
		answer_refuse(out, 404, who->socket ? "there are /metrics, /status.json, /list, "
						      "/show, /server, /reload"
						    : "there are /metrics, /status.json");
	else if (page->post ? q->method_id != METHOD_POST : !get)
		answer_refuse(out, 405, page->post ? "POST is allowed" : "GET, HEAD are allowed");
	else
		page->make(&a);
	if (out->body.error)
		answer_refuse(out, 500, "out of memory");
	if (wants_json(q) && strcmp(out->type, TEXT) == 0)
		wrap_json(out);
}

void
answer_put(struct answer *a, struct buf *out)
{
	buf_putf(out, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		      "Cache-Control: no-store\r\nConnection: close\r\n",
		 a->status, http_reason(a->status), a->type, a->body.len);
	if (a->status == 405)
		buf_putf(out, "Allow: %s\r\n", strncmp(buf_text(&a->body), "POST", 4) == 0
						       ? "POST" : "GET, HEAD");
	buf_puts(out, "\r\n");
	if (!a->head_only)
		buf_put(out, buf_text(&a->body), a->body.len);
	buf_done(&a->body);
}
