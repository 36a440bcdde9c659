/* SPDX-License-Identifier: MIT */
/* key - see key.h. */
#include <config.h>

#include "core/route/key.h"

#include "core/base/hash.h"

#include <string.h>
#include <strings.h>

static struct slice
text(const char *s)
{
	return (struct slice){ s ? s : "", s ? strlen(s) : 0 };
}

static struct slice
remote_addr(const struct exchange *x)
{
	return text(x->conn->peer.text);
}

static struct slice
remote_user(const struct exchange *x)
{
	return text(x->user);
}

static struct slice
method(const struct exchange *x)
{
	return x->request.method;
}

static struct slice
url(const struct exchange *x)
{
	return x->request.path;
}

static struct slice
query_string(const struct exchange *x)
{
	return x->request.query;
}

static struct slice
server_name(const struct exchange *x)
{
	return x->request.host;
}

static struct slice
cert_subject(const struct exchange *x)
{
	const struct badge *b = x->conn->badge;

	return text(b && b->leaf->readable ? b->leaf->subject : NULL);
}

static struct slice
cert_issuer(const struct exchange *x)
{
	const struct badge *b = x->conn->badge;

	return text(b && b->leaf->readable ? b->leaf->issuer : NULL);
}

static const struct {
	const char *name;
	struct slice (*value)(const struct exchange *x);
} variables[] = {
	{ "REMOTE_ADDR", remote_addr },	  { "REMOTE_HOST", remote_addr },
	{ "REMOTE_USER", remote_user },	  { "AUTH_USER", remote_user },
	{ "LOGON_USER", remote_user },	  { "REQUEST_METHOD", method },
	{ "URL", url },			  { "PATH_INFO", url },
	{ "QUERY_STRING", query_string }, { "SERVER_NAME", server_name },
	{ "CERT_SUBJECT", cert_subject }, { "CERT_ISSUER", cert_issuer },
};

/* HTTP_X_TENANT is the field X-Tenant: '_' stands for '-'. */
static struct slice
field(const struct exchange *x, const char *name)
{
	const struct headers *list = &x->request.headers;

	for (size_t i = 0; i < list->count; i++) {
		const struct slice *n = &list->at[i].name;
		size_t k = 0;

		while (k < n->len && name[k] &&
		       (name[k] == '_' ? n->at[k] == '-' || n->at[k] == '_'
				       : !strncasecmp(&name[k], &n->at[k], 1)))
			k++;
		if (k == n->len && !name[k])
			return list->at[i].value;
	}
	return text(NULL);
}

struct slice
route_variable(const struct exchange *x, const char *name)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (!strcmp(variables[i].name, name))
			return variables[i].value(x);
	return strncmp(name, "HTTP_", 5) == 0 ? field(x, name + 5) : text(NULL);
}

static bool
is_named(const struct config_list *names, const char *at, size_t len)
{
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->items[i]) == len && !strncasecmp(names->items[i], at, len))
			return true;
	return names->count == 0;
}

/* Only the parameters that count, in the order of the request. */
static uint64_t
query_key(const struct slice *query, const struct config_list *names)
{
	const char *p = query->at, *end = p + query->len;
	uint64_t h = HASH_START;

	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		size_t len = (size_t)((amp ? amp : end) - p);
		const char *equals = memchr(p, '=', len);

		if (is_named(names, p, equals ? (size_t)(equals - p) : len))
			h = hash_bytes(h, p, len);
		p += len + 1;
	}
	return h;
}

uint64_t
route_key(const struct exchange *x, const struct config_farm *farm)
{
	struct slice value;

	switch (farm->balance) {
	case BALANCE_HASH_URL:
		return hash_bytes(hash_bytes(HASH_START, x->request.path.at, x->request.path.len),
				  x->request.query.at, x->request.query.len);
	case BALANCE_HASH_VARIABLE:
		value = route_variable(x, farm->hash_variable);
		return hash_bytes(HASH_START, value.at, value.len);
	case BALANCE_HASH_QUERY: return query_key(&x->request.query, &farm->query_names);
	default: return 0;
	}
}
