/* SPDX-License-Identifier: MIT */
/* reverse - see reverse.h. */
#include <config.h>

#include "core/forward/reverse.h"

#include "core/route/farm.h"

#include <string.h>
#include <strings.h>

static bool
is_text(const struct slice *s, const char *text)
{
	return *text && slice_is_nocase(s, text);
}

/* The address without its port, brackets kept: "127.0.0.1", "[::1]". */
static bool
is_address(const struct slice *host, const struct config_address *a)
{
	const char *colon = strrchr(a->text, ':');
	const struct slice text = { a->text, colon ? (size_t)(colon - a->text) : 0 };

	return text.len && host->len == text.len && !strncasecmp(host->at, text.at, text.len);
}

/*
 * Does a server of the farm go by that name?
 * @port     of the URL, 0 = none was written.
 * @implied  what none means; 0 = the port does not count.
 */
static bool
is_ours(const struct exchange *x, const struct slice *host, unsigned int port,
	unsigned int implied)
{
	const struct config_farm *farm = x->farm->config;

	if (is_text(host, farm->alternate_host) && !port)
		return true;
	for (size_t i = 0; i < farm->server_count; i++) {
		const struct config_server *s = &farm->servers[i];

		if (is_text(host, s->host_name) && !port)
			return true;
		if (s->address.sa.ss_family == AF_UNIX)
			continue;
		if (!is_text(host, s->name) && !is_text(host, s->host_name) &&
		    !is_address(host, s == x->server->config ? &x->address : &s->address))
			continue;
		if (!implied || (port ? port : implied) == s->port)
			return true;
	}
	return false;
}

static void
tell(struct exchange *x, const struct header *h, const struct slice *before,
     const struct slice *after)
{
	TRACE(x->trace, RESPONSE_HEADER_REWRITTEN, .HeaderName = { h->name.at, h->name.len },
	      .Original = { before->at, before->len }, .Rewritten = { after->at, after->len });
}

/* "http://host:port/rest" or "//host/rest", where tls counts: cut into authority and rest. */
static bool
split_url(const struct slice *url, bool tls, unsigned int *implied, struct slice *host,
	  unsigned int *port, struct slice *rest)
{
	const char *p = url->at, *end = p + url->len, *at, *colon;

	*implied = tls ? 443 : 80;
	if (url->len > 8 && !strncasecmp(p, "https://", 8)) {
		*implied = 443;
		p += 8;
	} else if (url->len > 7 && !strncasecmp(p, "http://", 7)) {
		*implied = 80;
		p += 7;
	} else if (url->len > 2 && !memcmp(p, "//", 2)) {
		p += 2;
	} else {
		return false;
	}
	for (at = p; at < end && !strchr("/?#", *at); at++)
		if (*at == '@' || *at == '\\')
			return false;
	*rest = (struct slice){ at, (size_t)(end - at) };
	colon = memrchr(p, ':', (size_t)(at - p));
	if (colon && memchr(colon, ']', (size_t)(at - colon)))
		colon = NULL;
	*host = (struct slice){ p, (size_t)((colon ? colon : at) - p) };
	*port = 0;
	for (const char *d = colon ? colon + 1 : at; d < at; d++) {
		if (*d < '0' || *d > '9' || *port > 65535)
			return false;
		*port = *port * 10 + (unsigned int)(*d - '0');
	}
	return host->len > 0;
}

static void
rewrite_url(struct exchange *x, struct header *h)
{
	const struct slice *to = &x->request.authority;
	struct slice host, rest, url;
	unsigned int implied, port;

	if (!split_url(&h->value, x->farm->config->tls.on, &implied, &host, &port, &rest) ||
	    !is_ours(x, &host, port, implied))
		return;
	url.at = arena_printf(&x->arena, "%s://%.*s%.*s", x->conn->tls ? "https" : "http",
			      (int)to->len, to->at, (int)rest.len, rest.at);
	if (!url.at)
		return;
	url.len = strlen(url.at);
	tell(x, h, &h->value, &url);
	h->value = url;
}

/* A cookie for a server's name would be refused by the client, which knows another. */
static void
rewrite_cookie(struct exchange *x, struct header *h)
{
	const struct slice *to = &x->request.host;
	const char *end = h->value.at + h->value.len;
	const char *p = memchr(h->value.at, ';', h->value.len);
	struct slice domain, cookie;

	while (p) {
		for (p++; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		if (end - p > 7 && !strncasecmp(p, "domain=", 7))
			break;
		p = memchr(p, ';', (size_t)(end - p));
	}
	if (!p)
		return;
	p += 7;
	domain = (struct slice){ p, 0 };
	while (p + domain.len < end && p[domain.len] != ';')
		domain.len++;
	while (domain.len && (domain.at[domain.len - 1] == ' '))
		domain.len--;
	if (domain.len && *domain.at == '.')
		domain = (struct slice){ domain.at + 1, domain.len - 1 };
	if (!is_ours(x, &domain, 0, 0))
		return;
	cookie.at = arena_printf(&x->arena, "%.*s%.*s%.*s", (int)(domain.at - h->value.at),
				 h->value.at, (int)to->len, to->at,
				 (int)(end - domain.at - domain.len), domain.at + domain.len);
	if (!cookie.at)
		return;
	cookie.len = strlen(cookie.at);
	tell(x, h, &domain, to); /* the value of the cookie is nobody's business */
	h->value = cookie;
}

void
reverse_rewrite(struct exchange *x, struct headers *h)
{
	if (!x->farm->config->reverse_rewrite || !x->request.authority.len)
		return;
	for (size_t i = 0; i < h->count; i++) {
		if (h->at[i].removed)
			continue;
		if (h->at[i].id == HF_LOCATION ||
		    slice_is_nocase(&h->at[i].name, "Content-Location"))
			rewrite_url(x, &h->at[i]);
		else if (h->at[i].id == HF_SET_COOKIE)
			rewrite_cookie(x, &h->at[i]);
	}
}
