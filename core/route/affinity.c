/* SPDX-License-Identifier: MIT */
/* affinity - see affinity.h. */
#include <config.h>

#include "core/route/affinity.h"

#include "core/base/hash.h"
#include "core/handshake/secret.h"

#include <string.h>
#include <strings.h>

int
affinity_load(struct farm *f, const char *state_dir, struct buf *messages)
{
	const struct config_affinity *a = &f->config->affinity;
	struct buf key = BUF_INIT;
	int r;

	if (!a->use_cookie)
		return 0;
	r = *a->key_file ? secret_read(a->key_file, &key, messages)
			 : secret_own(state_dir, "affinity.key", &key, messages);
	for (size_t i = 0; r == 0 && i < f->count; i++) {
		struct buf name = BUF_INIT;

		buf_putf(&name, "%s\n%s", f->config->name, f->servers[i].host);
		r = name.error ? -1
			       : secret_hash(&key, name.data, name.len, f->servers[i].affinity);
		buf_done(&name);
	}
	secret_done(&key);
	return r < 0 ? -1 : 0;
}

/* ---- cookies ---- */

/* The next cookie of that name in a Cookie field's rest; false = none is left. */
static bool
next_cookie(struct slice *rest, const char *name, struct slice *value)
{
	size_t name_len = strlen(name);

	while (rest->len) {
		const char *p = rest->at;
		const char *end = memchr(p, ';', rest->len);
		size_t len = end ? (size_t)(end - p) : rest->len, used = len + (end != NULL);

		rest->at += used;
		rest->len -= used;
		for (; len && (*p == ' ' || *p == '\t'); p++)
			len--;
		while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		if (len <= name_len || memcmp(p, name, name_len) != 0 || p[name_len] != '=')
			continue;
		*value = (struct slice){ p + name_len + 1, len - name_len - 1 };
		return true;
	}
	return false;
}

enum found { NO_COOKIE, UNKNOWN_VALUE, KNOWN_VALUE };

static enum found
find_cookie(struct exchange *x, struct farm_server **server)
{
	const struct headers *list = &x->request.headers;
	enum found found = NO_COOKIE;

	for (size_t i = 0; i < list->count; i++) {
		struct slice rest = list->at[i].value, value;

		if (list->at[i].id != HF_COOKIE)
			continue;
		while (next_cookie(&rest, x->farm->config->affinity.cookie, &value)) {
			found = UNKNOWN_VALUE;
			for (size_t k = 0; k < x->farm->count; k++)
				if (slice_is(&value, x->farm->servers[k].affinity)) {
					*server = &x->farm->servers[k];
					return KNOWN_VALUE;
				}
		}
	}
	return found;
}

/* ---- host names ---- */

/* Equal names lead to equal servers; a drained one keeps its names. */
static struct farm_server *
find_host(struct exchange *x, const struct lb_request *q)
{
	struct lb_request wanted = *q;
	char name[256];
	size_t len = x->request.host.len;

	if (len == 0 || len >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char c = x->request.host.at[i];

		name[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	wanted.key = hash_bytes(HASH_START, name, len);
	wanted.affine = true;
	return lb_hash_pick(x->farm, NULL, &wanted);
}

/* ---- the choice ---- */

static void
tell(struct exchange *x, const char *kind, const struct farm_server *s, const char *result,
     const char *reason)
{
	bool lost = strcmp(result, "lost") == 0;

	TRACE_AT(x->trace, lost ? TE_WARNING : TE_INFO, ROUTE_AFFINITY, .Kind = kind,
		 .Result = result, .Server = s ? s->host : "",
		 .State = s ? server_state_text(farm_server_state(s)) : "", .Reason = reason);
}

static struct farm_server *
by_cookie(struct exchange *x, const struct lb_request *q)
{
	struct lb_request affine = *q;
	struct farm_server *s = NULL;
	enum usability u;

	switch (find_cookie(x, &s)) {
	case NO_COOKIE:
		if (x->conn->affinity_sent & farm_bit(x->farm))
			tell(x, "cookie", NULL, "lost",
			     "the client does not send the cookie it got on this connection");
		else
			tell(x, "cookie", NULL, "none", "the client has no cookie");
		return NULL;
	case UNKNOWN_VALUE:
		tell(x, "cookie", NULL, "lost",
		     "no server of the farm has this value: it is forged, of another key, or of "
		     "a server that is gone");
		return NULL;
	default: break;
	}
	affine.affine = true;
	u = lb_usability(s, &affine);
	if (u != SERVER_USABLE) {
		tell(x, "cookie", s, "lost", usability_text(u));
		return NULL;
	}
	tell(x, "cookie", s, "kept", "the cookie names it");
	x->affine = true;
	return s;
}

struct farm_server *
affinity_find(struct exchange *x, const struct lb_request *q, const char **why)
{
	const struct config_affinity *a = &x->farm->config->affinity;
	struct farm_server *s = NULL;

	x->affine = false;
	if (a->use_cookie)
		s = by_cookie(x, q);
	*why = "Affinity";
	if (s || !a->use_host)
		return s;
	s = find_host(x, q);
	*why = "HostNameAffinity";
	tell(x, "host", s, s ? "kept" : "none",
	     s ? "the hash of the host name leads to it" : "no server can be had");
	return s;
}

void
affinity_keep(struct exchange *x)
{
	static const char *const same_site[] = { "None", "Lax", "Strict" };
	const struct config_affinity *a = &x->farm->config->affinity;

	x->affinity_cookie = NULL;
	if (!a->use_cookie || x->affine)
		return;
	x->affinity_cookie = arena_printf(&x->arena, "%s=%s; Path=/; HttpOnly; SameSite=%s%s",
					  a->cookie, x->server->affinity, same_site[a->same_site],
					  x->conn->tls ? "; Secure" : "");
}
