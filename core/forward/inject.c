/* SPDX-License-Identifier: MIT */
/* inject - see inject.h. */
#include <config.h>

#include "core/forward/inject.h"

#include "core/forward/cert_format.h"
#include "core/forward/cert_headers.h"
#include "core/forward/fitness.h"
#include "core/forward/guard.h"
#include "core/forward/trailers.h"
#include "core/handshake/credentials.h"
#include "core/handshake/tls.h"
#include "core/route/farm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct slice
slice_of(const char *text)
{
	return (struct slice){ text ? text : "", text ? strlen(text) : 0 };
}

/* A row's name in this farm; "" = off. */
static const char *
name_of(const struct config_farm *farm, size_t row)
{
	static const char *const names[INJECT_COUNT] = {
#define INJECT(symbol, name, value) name,
#include "core/forward/inject.def"
#undef INJECT
	};
	const char *own = NULL;

	switch ((enum inject_id)row) {
	case INJECT_FORWARDED_FOR: own = farm->xff_header; break;
	case INJECT_FORWARDED_BY: own = farm->by_header; break;
	case INJECT_ARR_SSL: own = farm->ssl_header; break;
	case INJECT_ARR_LOG_ID: own = farm->log_id_header; break;
	default: break;
	}
	return own ? own : names[row];
}

static struct slice
original_url(struct exchange *x)
{
	return slice_of(x->original_url);
}

/* Also among those that will not be forwarded as they are. */
static const struct header *
find_any(const struct headers *list, enum header_id id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].id == id)
			return &list->at[i];
	return NULL;
}

/* The client's count less one, the farm's if it has none (RFC 9110 7.6.2, ARR 1.1). */
static struct slice
max_forwards(struct exchange *x)
{
	const struct header *h = find_any(&x->request.headers, HF_MAX_FORWARDS);
	unsigned int n = 0, standard = x->server->farm->config->max_forwards;

	if (!h && !standard)
		return slice_of("");
	if (!h)
		return slice_of(arena_printf(&x->arena, "%u", standard));
	for (size_t i = 0; i < h->value.len && i < 6; i++) {
		if (h->value.at[i] < '0' || h->value.at[i] > '9')
			return slice_of("10");
		n = n * 10 + (unsigned int)(h->value.at[i] - '0');
	}
	return slice_of(arena_printf(&x->arena, "%u", n ? n - 1 : 0));
}

/* What the configuration calls the server; "" = nothing. */
static const char *
own_host(const struct exchange *x)
{
	const struct config_server *s = x->server->config;

	return *s->host_name ? s->host_name : x->server->farm->config->alternate_host;
}

static struct slice
host(struct exchange *x)
{
	const struct config_farm *farm = x->server->farm->config;

	if (*own_host(x))
		return slice_of(own_host(x));
	if (farm->preserve_host && x->request.authority.len)
		return x->request.authority;
	return slice_of(x->server->host_field);
}

/* What came in the fields of a row's name, as a list that goes on. */
static void
put_list(struct buf *b, const struct exchange *x, enum inject_id row)
{
	const struct headers *h = &x->request.headers;
	const char *name = name_of(x->server->farm->config, row);

	for (size_t i = 0; i < h->count; i++) {
		if (h->at[i].value.len == 0 || !slice_is_nocase(&h->at[i].name, name))
			continue;
		buf_put(b, h->at[i].value.at, h->at[i].value.len);
		buf_puts(b, ", ");
	}
}

static struct slice
keep_text(struct exchange *x, struct buf *b)
{
	struct slice out = slice_of(b->error ? NULL : arena_strndup(&x->arena, b->data, b->len));

	buf_done(b);
	return out;
}

/* The list so far, then this client's address, with its port unless turned off. */
static struct slice
forwarded_for(struct exchange *x)
{
	const struct peer_address *peer = &x->conn->peer;
	bool port = x->server->farm->config->xff_port;
	struct buf b = BUF_INIT;

	put_list(&b, x, INJECT_FORWARDED_FOR);
	buf_putf(&b, peer->v6 && port ? "[%s]" : "%s", peer->text);
	if (port)
		buf_putf(&b, ":%u", peer->port);
	return keep_text(x, &b);
}

static struct slice
forwarded_by(struct exchange *x)
{
	struct buf b = BUF_INIT;

	put_list(&b, x, INJECT_FORWARDED_BY);
	buf_puts(&b, x->server->farm->config->by);
	return keep_text(x, &b);
}

static struct slice
arr_ssl(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct credentials *cred;

	if (!c->tls)
		return slice_of("");
	cred = c->runtime->credentials[c->binding->index];
	return slice_of(arena_printf(&x->arena, "%s|%u%s", cred->key_bits, tls_cipher_bits(c),
				     cred->arr_ssl_names));
}

static struct slice
log_id(struct exchange *x)
{
	return slice_of(x->log_id_text);
}

/* Our connection to the server is no business of the client's, except for an upgrade and TE. */
static struct slice
connection(struct exchange *x)
{
	bool keep = x->server->farm->config->keep_alive;

	if (x->upgrade.len)
		return slice_of("Upgrade");
	if (x->te) /* RFC 9110 10.1.4 */
		return slice_of(keep ? "TE" : "close, TE");
	return slice_of(keep ? "" : "close");
}

_Static_assert(INJECT_HOST < INJECT_ARR_CLIENT_CERT, "x->inject has it at its row's place");

static const struct row {
	struct slice (*value)(struct exchange *x);
} rows[INJECT_COUNT] = {
#define INJECT(symbol, name, value) { value },
#include "core/forward/inject.def"
#undef INJECT
};

/* Names of all rows, for the comparisons with each field of a client. */
struct row_names {
	struct slice at[INJECT_COUNT];
};

static struct row_names
names_of(const struct config_farm *farm)
{
	struct row_names n;

	for (size_t i = 0; i < INJECT_COUNT; i++)
		n.at[i] = slice_of(name_of(farm, i));
	return n;
}

static bool
is_name(const struct slice *name, const struct slice *own)
{
	return name->len == own->len && slice_is_nocase(name, own->at);
}

/* true if the field is set anew; the value is still read then. */
static bool
is_replaced(const struct header *h, const struct row_names *n)
{
	for (size_t i = 0; i < INJECT_COUNT; i++)
		if (is_name(&h->name, &n->at[i]))
			return true;
	return false;
}

/* "X_Forwarded_For": a server that folds its bytes would read two fields. */
static bool
is_other_spelling(const struct slice *name, const struct row_names *n)
{
	for (size_t i = 0; i < INJECT_COUNT; i++)
		if (guard_is(name, n->at[i].at, n->at[i].len) && !is_name(name, &n->at[i]))
			return true;
	return false;
}

/* Why a server might take h for a field of ours; NULL = it will not. */
static const char *
forged(const struct exchange *x, const struct header *h, const struct row_names *n)
{
	const char *reason;

	if (is_name(&h->name, &n->at[INJECT_FORWARDED_FOR]) ||
	    is_name(&h->name, &n->at[INJECT_FORWARDED_BY]))
		return NULL; /* a list that goes on here */
	reason = guard_reason(&x->conn->runtime->config->guarded, &h->name, h->id);
	if (!reason && is_other_spelling(&h->name, n))
		reason = "another spelling of a field that the proxy sets";
	return reason;
}

/* Fields the client names in Connection are for this hop only. */
bool
headers_is_connection_option(const struct headers *list, const struct header *h)
{
	for (size_t i = 0; i < list->count; i++) {
		struct slice options = list->at[i].value, option;

		if (list->at[i].id != HF_CONNECTION)
			continue;
		while (headers_next_token(&options, &option))
			if (slice_same_nocase(&option, &h->name))
				return true;
	}
	return false;
}

void
inject_tell_stripped(struct exchange *x, const struct header *h, const char *reason)
{
	char hex[65];

	if (!x->trace)
		return;
	hex[0] = '\0'; /* a hash of a password can be guessed */
	if (!header_is_secret(h->id) || x->conn->runtime->config->trace_secrets)
		tls_sha256_text(h->value.at, h->value.len, hex);
	TRACE(x->trace, SECURITY_HEADER_STRIPPED, .HeaderName = { h->name.at, h->name.len },
	      .Length = h->value.len, .Sha256 = hex, .Reason = reason);
}

/* It goes on as the client sent it: one line, one protocol, and one that is allowed. */
static bool
is_wanted_upgrade(const struct exchange *x, const struct header *h)
{
	return h->id == HF_UPGRADE && x->upgrade.len;
}

/* Which trailers will follow the body, and that the client takes them; what is allowed of it. */
static bool
is_about_trailers(struct exchange *x, struct header *h)
{
	static const struct slice wanted = { "trailers", 8 };

	if (h->id == HF_TE && x->te) {
		h->value = wanted;
		return headers_find(&x->request.headers, HF_TE) == h;
	}
	if (h->id != HF_TRAILER || x->body != BODY_CHUNKED)
		return false;
	h->value = x->announced;
	return h->value.len && headers_find(&x->request.headers, HF_TRAILER) == h;
}

static const char *
hop_reason(const struct exchange *x, const struct header *h)
{
	return h->id == HF_UPGRADE && x->upgrade_refused ? x->upgrade_refused
							  : "it is for this hop only";
}

static void
strip(struct exchange *x)
{
	const struct row_names names = names_of(x->server->farm->config);
	struct headers *list = &x->request.headers;

	for (size_t i = 0; i < list->count; i++) {
		struct header *h = &list->at[i];
		const char *reason;

		if (h->removed)
			continue;
		reason = forged(x, h, &names);
		if (reason) {
			inject_tell_stripped(x, h, reason);
			h->removed = true;
		} else if (is_replaced(h, &names)) {
			h->removed = true; /* the value is still read by inject_headers */
		} else if (header_is_hop_by_hop(h->id)) {
			h->removed = !is_wanted_upgrade(x, h) && !is_about_trailers(x, h);
			if (h->removed && h->id != HF_TRANSFER_ENCODING)
				inject_tell_stripped(x, h, hop_reason(x, h));
		} else if (h->id != HF_HOST && h->id != HF_CONTENT_LENGTH &&
			   headers_is_connection_option(list, h)) {
			inject_tell_stripped(x, h, "the client names it in Connection: for this "
						   "hop only");
			h->removed = true;
		} else if (h->id == HF_CONTENT_LENGTH) {
			h->removed = true; /* written anew from what was parsed */
		}
	}
}

const char *
inject_forged(const struct exchange *x, const struct header *h)
{
	const struct row_names names = names_of(x->server->farm->config);

	return forged(x, h, &names);
}

/*
 * The client's own Host goes on: nothing is set.  The name may also have come with an absolute
 * target, which counts more (RFC 9112 3.2.2) and may be spelled otherwise.
 */
static bool
is_kept_host(const struct exchange *x, const struct slice *value)
{
	const struct header *h = find_any(&x->request.headers, HF_HOST);

	return h && h->value.len == value->len && !memcmp(h->value.at, value->at, value->len);
}

static void
tell_set(struct exchange *x, const struct inject *in)
{
	TRACE(x->trace, GENERAL_SET_REQUEST_HEADER, .HeaderName = { in->name.at, in->name.len },
	      .HeaderValue = { in->value.at, in->value.len }, .Replace = true);
}

/* What both sides need to find out whether they mean the same certificate. */
static void
tell_certificate(struct exchange *x, const struct inject *in, enum cert_format f)
{
	const struct cert *leaf = x->conn->badge->leaf;

	TRACE(x->trace, SECURITY_CERTIFICATE_FORWARDED, .HeaderName = in->name.at,
	      .Format = cert_formats[f].word, .Encoding = cert_formats[f].encoding,
	      .Length = in->value.len, .Sha1 = leaf->sha1_text, .Sha256 = leaf->sha256_text);
}

/* Without a certificate that was accepted they are set to nothing, as ARR does. */
static int
set_cert_headers(struct exchange *x)
{
	const struct config_farm *farm = x->server->farm->config;
	const struct slice *values = cert_headers_for(x->conn, farm);

	if (!values && farm->cert_header_count)
		return -FAULT_INTERNAL;
	for (size_t i = 0; i < farm->cert_header_count; i++) {
		struct inject *in = &x->inject[x->inject_count++];

		in->name = slice_of(farm->cert_headers[i].name);
		in->value = values[i];
		tell_set(x, in);
		if (in->value.len)
			tell_certificate(x, in, farm->cert_headers[i].format);
	}
	return 0;
}

/* Another server than before: only its name changes. */
static int
set_host_again(struct exchange *x)
{
	struct inject *in = &x->inject[INJECT_HOST];

	in->value = host(x);
	if (!is_kept_host(x, &in->value))
		tell_set(x, in);
	return 0;
}

bool
inject_is_http10(const struct exchange *x)
{
	enum forward_version v = x->server->farm->config->version;

	return v == FORWARD_HTTP10 || (v == FORWARD_AS_CLIENT && x->request.minor == 0);
}

int
inject_headers(struct exchange *x)
{
	const struct config_farm *farm = x->server->farm->config;

	if (x->inject)
		return set_host_again(x);
	if (inject_is_http10(x) && x->body == BODY_CHUNKED)
		return -FAULT_LENGTH_REQUIRED;
	x->inject = arena_zalloc(&x->arena,
				 (INJECT_COUNT + farm->cert_header_count) * sizeof(*x->inject));
	if (!x->inject)
		return -FAULT_INTERNAL;
	x->te = trailers_are_wanted(x) && !x->upgrade.len && !inject_is_http10(x);
	x->announced = trailers_announced(x, &x->request.headers);
	strip(x);
	for (size_t i = 0; i < INJECT_COUNT; i++) {
		struct inject *in;

		if (i == INJECT_ARR_CLIENT_CERT) {
			if (set_cert_headers(x) < 0)
				return -FAULT_INTERNAL;
			continue;
		}
		in = &x->inject[x->inject_count++];
		in->name = slice_of(name_of(farm, i));
		if (in->name.len == 0)
			continue;
		in->value = rows[i].value(x);
		if (i != INJECT_HOST || !is_kept_host(x, &in->value))
			tell_set(x, in);
	}
	fitness_tell(x);
	return 0;
}

static void
put_field(struct buf *b, const struct slice *name, const struct slice *value)
{
	buf_put(b, name->at, name->len);
	buf_put(b, ": ", 2);
	buf_put(b, value->at, value->len);
	buf_put(b, "\r\n", 2);
}

void
inject_write_head(struct exchange *x, struct buf *b)
{
	const struct http_request *r = &x->request;

	buf_put(b, r->method.at, r->method.len);
	buf_putc(b, ' ');
	buf_puts(b, x->forward_url);
	buf_puts(b, inject_is_http10(x) ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	put_field(b, &x->inject[INJECT_HOST].name, &x->inject[INJECT_HOST].value);
	for (size_t i = 0; i < r->headers.count; i++)
		if (!r->headers.at[i].removed)
			put_field(b, &r->headers.at[i].name, &r->headers.at[i].value);
	for (size_t i = 0; i < x->inject_count; i++)
		if (i != INJECT_HOST && x->inject[i].value.len)
			put_field(b, &x->inject[i].name, &x->inject[i].value);
	if (x->body == BODY_LENGTH)
		buf_putf(b, "Content-Length: %llu\r\n", (unsigned long long)r->content_length);
	else if (x->body == BODY_CHUNKED)
		buf_puts(b, "Transfer-Encoding: chunked\r\n");
	buf_put(b, "\r\n", 2);
}
