/* SPDX-License-Identifier: MIT */
/* tls - see tls.h.  Facts: STACK 1.1, 5.3. */
#include <config.h>

#include "core/handshake/tls.h"

#include "core/handshake/credentials.h"
#include "core/handshake/story.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * TLS 1.2 and 1.3 only.  The client's order counts: with ours, a client whose
 * first key share is X25519 would be sent round again for P-256.
 */
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static gnutls_priority_t priority; /* shared by all sessions, immutable */

int
tls_global_init(void)
{
	int r = gnutls_global_init();

	if (r < 0)
		return r;
	/* Without this, the first PKCS#11 call would load every module of the system. */
	gnutls_pkcs11_init(GNUTLS_PKCS11_FLAG_MANUAL, NULL);
	return gnutls_priority_init(&priority, PRIORITY, NULL);
}

void
tls_global_done(void)
{
	gnutls_priority_deinit(priority);
	gnutls_pkcs11_deinit();
	gnutls_global_deinit();
}

gnutls_priority_t
tls_priority(void)
{
	return priority;
}

int
tls_pkcs11_init(char *const *modules, size_t count, const char **failed)
{
	*failed = "p11-kit";
	if (count == 0)
		return gnutls_pkcs11_init(GNUTLS_PKCS11_FLAG_AUTO, NULL);
	for (size_t i = 0; i < count; i++) {
		int r = gnutls_pkcs11_add_provider(modules[i], NULL);

		*failed = modules[i];
		if (r < 0)
			return r;
	}
	return 0;
}

bool
tls_requests_certificate(const struct config_binding *b)
{
	const unsigned int ask = SSL_FLAG_NEGOTIATE_CERT | SSL_FLAG_REQUIRE_CERT;
	unsigned int flags = b->site->access.ssl_flags;

	for (size_t i = 0; !b->site->late_certificate && i < b->site->location_count; i++)
		flags |= b->site->locations[i].access.ssl_flags;
	return flags & ask;
}

/* How well a binding's host name fits: its length for an exact match and, for "*.example.org",
 * that of the part after the star; 0 = not at all. */
static size_t
host_fits(const char *name, const char *host, size_t len)
{
	size_t own = strlen(name);

	if (own == 0 || len == 0)
		return 0;
	if (own == len && strncasecmp(name, host, len) == 0)
		return own + 1;
	if (name[0] == '*' && len >= own &&
	    strncasecmp(name + 1, host + len - (own - 1), own - 1) == 0)
		return own - 1;
	return 0;
}

const struct config_binding *
tls_binding_for(const struct conn *c, const char *host, size_t len)
{
	const struct config *config = c->runtime->config;
	const struct config_binding *best = NULL, *any = NULL;
	size_t fit = 0;

	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_binding *b = &config->bindings[i];
		const char *name = b->host ? b->host : "";
		size_t fits = host_fits(name, host, len);

		if (b->tls != c->binding->tls ||
		    strcmp(b->address.text, c->binding->address.text) != 0)
			continue;
		if (fits > fit) {
			best = b;
			fit = fits;
		}
		if (name[0] == '\0' || !any)
			any = b;
	}
	return best ? best : any ? any : c->binding;
}

struct lane *
tls_token_lane(const struct conn *c)
{
	const struct config *config = c->runtime->config;
	struct lane *lane = credentials_lane(c->runtime->credentials[c->binding->index]);

	for (size_t i = 0; i < config->binding_count && !lane; i++) {
		const struct credentials *cred = c->runtime->credentials[i];

		if (cred &&
		    strcmp(config->bindings[i].address.text, c->binding->address.text) == 0)
			lane = credentials_lane(cred);
	}
	return lane;
}

static void
use_binding(struct conn *c, const struct config_binding *b)
{
	struct credentials *cred = c->runtime->credentials[b->index];

	c->binding = b;
	credentials_use(cred, c->tls, &c->keys);
	gnutls_certificate_server_set_request(
		c->tls, tls_requests_certificate(b) ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
}

/* After the ClientHello: the server name decides the binding. */
static int
on_client_hello(gnutls_session_t s)
{
	struct conn *c = gnutls_session_get_ptr(s);
	char name[256];
	size_t len = sizeof(name);
	unsigned int type;

	if (c->exchange) /* a renegotiation leads to no other site */
		return 0;
	if (gnutls_server_name_get(s, name, &len, &type, 0) == 0 && type == GNUTLS_NAME_DNS)
		use_binding(c, tls_binding_for(c, name, strnlen(name, len)));
	return 0;
}

int
tls_session_new(struct conn *c)
{
	static const gnutls_datum_t http11 = { (unsigned char *)"http/1.1", 8 };
	unsigned int flags = GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
			     GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_TICKETS_TLS12;
	int r;

	if (c->runtime->config->late_certificate) /* GnuTLS keeps the handshake then: 6 KiB */
		flags |= GNUTLS_POST_HANDSHAKE_AUTH;
	r = gnutls_init(&c->tls, flags);
	if (r < 0)
		return r;
	gnutls_session_set_ptr(c->tls, c);
	gnutls_priority_set(c->tls, priority);
	use_binding(c, c->binding);
	gnutls_alpn_set_protocols(c->tls, &http11, 1, 0);
	gnutls_handshake_set_post_client_hello_function(c->tls, on_client_hello);
	transport_attach(c);
	return story_begin(c);
}

void
tls_session_free(struct conn *c)
{
	if (c->tls)
		gnutls_deinit(c->tls);
	c->tls = NULL;
	keyset_unref(c->keys);
	c->keys = NULL;
}

void
tls_sha256_text(const void *data, size_t len, char out[static 65])
{
	unsigned char hash[32];

	out[0] = '\0';
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, hash) < 0)
		return;
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

int
tls_sha1_base64(const void *data, size_t len, char out[static TLS_SHA1_BASE64])
{
	unsigned char hash[20];
	const gnutls_datum_t in = { hash, sizeof(hash) };
	gnutls_datum_t text = { NULL, 0 };
	int r = -1;

	out[0] = '\0';
	if (gnutls_hash_fast(GNUTLS_DIG_SHA1, data, len, hash) < 0 ||
	    gnutls_base64_encode2(&in, &text) < 0)
		return -1;
	if (text.size == TLS_SHA1_BASE64 - 1) {
		memcpy(out, text.data, text.size);
		out[text.size] = '\0';
		r = 0;
	}
	gnutls_free(text.data);
	return r;
}

unsigned int
tls_cipher_bits(const struct conn *c)
{
	return c->tls ? (unsigned int)gnutls_cipher_get_key_size(gnutls_cipher_get(c->tls)) * 8 : 0;
}
