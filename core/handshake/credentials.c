/* SPDX-License-Identifier: MIT */
/* credentials - see credentials.h.  Facts: STACK 3.2, 3.5; ARR 1.1 (X-ARR-SSL). */
#include <config.h>

#include "core/handshake/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DN text for a header: bytes a backend may choke on become %XX (ARR 2, R4). */
static void
put_ascii(struct buf *b, const char *dn)
{
	for (const char *p = dn; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c >= 0x7f || c == '|' || c == '%')
			buf_putf(b, "%%%02X", c);
		else
			buf_putc(b, *p);
	}
}

static int
read_leaf(struct credentials *c)
{
	struct buf names = BUF_INIT;
	gnutls_x509_crt_t *list = NULL;
	gnutls_datum_t der = { NULL, 0 };
	unsigned int count = 0;
	int r;

	r = gnutls_certificate_get_x509_crt(c->cred, 0, &list, &count);
	if (r < 0)
		return r;
	r = gnutls_x509_crt_export2(list[0], GNUTLS_X509_FMT_DER, &der);
	for (unsigned int i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (r < 0)
		return r;
	c->cert = cert_load(der.data, der.size);
	gnutls_free(der.data);
	if (!c->cert || !c->cert->crt)
		return GNUTLS_E_MEMORY_ERROR;
	buf_putc(&names, '|');
	put_ascii(&names, c->cert->issuer);
	buf_putc(&names, '|');
	put_ascii(&names, c->cert->subject);
	c->arr_ssl_names = buf_take(&names);
	buf_putf(&names, "%u", c->cert->key_bits);
	c->key_bits = buf_take(&names);
	return c->arr_ssl_names && c->key_bits ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static bool
is_pkcs11(const char *s)
{
	return strncmp(s, "pkcs11:", 7) == 0;
}

static int
load(struct credentials *c, const struct config_certificate *from, const struct trust *trust)
{
	const char *key = from->key ? from->key : from->certificate;
	int r = gnutls_certificate_allocate_credentials(&c->cred);

	if (r < 0)
		return r;
	c->on_token = is_pkcs11(key);
	c->key_store = strdup(c->on_token ? "pkcs11" : "file");
	c->token_uri = c->on_token ? pin_uri_public(key) : strdup("");
	c->pin.file = from->pin_source ? strdup(from->pin_source) : NULL;
	if (!c->key_store || !c->token_uri)
		return GNUTLS_E_MEMORY_ERROR;
	gnutls_certificate_set_pin_function(c->cred, pin_callback, &c->pin);
	/* Makes one test signature: key and certificate match, the token works. */
	r = gnutls_certificate_set_x509_key_file(c->cred, from->certificate, key,
						 GNUTLS_X509_FMT_PEM);
	if (r < 0)
		return r;
	if (trust_anchor_count(trust) > 0)
		r = trust_set_ca_names(trust, c->cred);
	return r < 0 ? r : read_leaf(c);
}

struct credentials *
credentials_load(const struct config_certificate *from, const struct trust *trust,
		 struct buf *errors)
{
	struct credentials *c = calloc(1, sizeof(*c));
	int r = c ? load(c, from, trust) : GNUTLS_E_MEMORY_ERROR;
	char *name;

	if (r >= 0)
		return c;
	name = pin_uri_public(from->certificate);
	buf_putf(errors, "error: %s: the server certificate or its key cannot be used: %s%s%s\n",
		 name ? name : "certificate", gnutls_strerror(r),
		 c && c->pin.refused[0] ? ": " : "", c ? c->pin.refused : "");
	free(name);
	credentials_free(c);
	return NULL;
}

void
credentials_free(struct credentials *c)
{
	if (!c)
		return;
	if (c->cred)
		gnutls_certificate_free_credentials(c->cred);
	cert_free(c->cert);
	free(c->key_bits);
	free(c->key_store);
	free(c->token_uri);
	free(c->arr_ssl_names);
	free(c->pin.file);
	free(c);
}
