/* SPDX-License-Identifier: MIT */
/*
 * cert - see cert.h.  One pass over a certificate after which nobody has to
 * ask GnuTLS for a field again.  How fields look as text is cert_text.c's.
 */
#include <config.h>

#include "core/chain/cert.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "core/chain/cert_text.h"

#define KEY_ID_MAX 64
#define OID_EMAIL "1.2.840.113549.1.9.1"

/* Hands the text over without the buffer's spare room: verdicts are kept by the thousand. */
static char *
take_text(struct buf *b)
{
	size_t len = b->len;
	char *text = buf_take(b);
	char *tight = text ? realloc(text, len + 1) : NULL;

	return tight ? tight : text;
}

static void
hash_hex(gnutls_digest_algorithm_t algorithm, const struct cert *c, bool upper, char *out,
	 unsigned char *raw)
{
	unsigned char digest[64];
	size_t len = gnutls_hash_get_len(algorithm);
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (gnutls_hash_fast(algorithm, c->der, c->der_len, digest) < 0)
		memset(digest, 0, sizeof(digest));
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	*out = '\0';
	if (raw)
		memcpy(raw, digest, len);
}

static char *
dn_text(gnutls_x509_crt_t crt, int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned int))
{
	struct buf b = BUF_INIT;
	gnutls_datum_t dn = { NULL, 0 };
	int r = get(crt, &dn, GNUTLS_X509_DN_FLAG_COMPAT);

	if (r == 0)
		cert_put_dn(&b, &dn);
	else if (r != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		buf_puts(&b, "(unreadable name)");
	gnutls_free(dn.data);
	return take_text(&b);
}

static void
load_names(struct cert *c)
{
	c->subject = dn_text(c->crt, gnutls_x509_crt_get_dn3);
	c->issuer = dn_text(c->crt, gnutls_x509_crt_get_issuer_dn3);
	if (gnutls_x509_crt_get_raw_dn(c->crt, &c->subject_der) < 0)
		c->subject_der = (gnutls_datum_t){ NULL, 0 };
	if (gnutls_x509_crt_get_raw_issuer_dn(c->crt, &c->issuer_der) < 0)
		c->issuer_der = (gnutls_datum_t){ NULL, 0 };
	c->self_issued = c->subject_der.size > 0 && c->subject_der.size == c->issuer_der.size &&
			 memcmp(c->subject_der.data, c->issuer_der.data, c->subject_der.size) == 0;
}

static void
load_serial(struct cert *c)
{
	struct buf b = BUF_INIT;
	unsigned char raw[128];
	size_t size = sizeof(raw), skip = 0;

	if (gnutls_x509_crt_get_serial(c->crt, raw, &size) < 0)
		size = 0;
	buf_put_hex(&b, raw, size, true);
	while (skip + 1 < size && raw[skip] == 0)
		skip++;
	if (size - skip <= sizeof(c->serial_der)) {
		c->serial_len = size - skip;
		memcpy(c->serial_der, raw + skip, size - skip);
	}
	c->serial = take_text(&b);
}

/* "ECDSA P-256": people know NIST's names, GnuTLS has SEC's. */
static void
put_ec_key(struct buf *b, gnutls_x509_crt_t crt)
{
	static const struct {
		gnutls_ecc_curve_t curve;	/* GnuTLS's number */
		const char *name;		/* NIST's name */
	} curves[] = {
		{ GNUTLS_ECC_CURVE_SECP256R1, "P-256" },
		{ GNUTLS_ECC_CURVE_SECP384R1, "P-384" },
		{ GNUTLS_ECC_CURVE_SECP521R1, "P-521" },
	};
	gnutls_ecc_curve_t curve;
	const char *name = NULL;

	buf_puts(b, "ECDSA");
	if (gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].curve == curve)
			name = curves[i].name;
	name = name ? name : gnutls_ecc_curve_get_name(curve);
	if (name)
		buf_putf(b, " %s", name);
}

static void
load_algorithms(struct cert *c)
{
	struct buf b = BUF_INIT;
	char oid[128];
	size_t size = sizeof(oid);
	int pk = gnutls_x509_crt_get_pk_algorithm(c->crt, &c->key_bits);
	int sign = gnutls_x509_crt_get_signature_algorithm(c->crt);
	const char *name = pk > 0 ? gnutls_pk_get_name(pk) : NULL;

	if (pk == GNUTLS_PK_ECDSA)
		put_ec_key(&b, c->crt);
	else
		buf_puts(&b, name ? name : "unknown");
	c->key_algorithm = take_text(&b);
	c->key_type = pk > 0 ? (gnutls_pk_algorithm_t)pk : GNUTLS_PK_UNKNOWN;
	name = sign > 0 ? gnutls_sign_get_name(sign) : NULL;
	if (!name && gnutls_x509_crt_get_signature_oid(c->crt, oid, &size) == 0)
		name = oid;
	buf_puts(&b, name ? name : "unknown");
	c->signature_algorithm = take_text(&b);
}

static char *
hex_text(const unsigned char *id, size_t size)
{
	struct buf b = BUF_INIT;

	buf_put_hex(&b, id, size, false);
	return take_text(&b);
}

static void
load_key_ids(struct cert *c)
{
	unsigned char id[KEY_ID_MAX];
	size_t size = sizeof(id);

	if (gnutls_x509_crt_get_subject_key_id(c->crt, id, &size, NULL) < 0)
		size = 0;
	c->subject_key_id = hex_text(id, size);
	size = sizeof(id);
	if (gnutls_x509_crt_get_authority_key_id(c->crt, id, &size, NULL) < 0)
		size = 0;
	c->authority_key_id = hex_text(id, size);
	size = sizeof(c->key_sha256);
	if (gnutls_x509_crt_get_key_id(c->crt, GNUTLS_KEYID_USE_SHA256, c->key_sha256, &size) < 0)
		memset(c->key_sha256, 0, sizeof(c->key_sha256));
}

static void
load_usages(struct cert *c)
{
	struct buf b = BUF_INIT;
	unsigned int critical, ca = 0;

	if (gnutls_x509_crt_get_key_usage(c->crt, &c->key_usage_bits, &critical) < 0)
		c->key_usage_bits = 0;
	cert_put_key_usage(&b, c->key_usage_bits);
	c->key_usage = take_text(&b);
	cert_put_purposes(&b, c->crt);
	c->extended_key_usage = take_text(&b);
	cert_put_policies(&b, c->crt);
	c->policies = take_text(&b);
	cert_put_unknown_critical(&b, c->crt);
	c->critical_unknown = take_text(&b);
	if (gnutls_x509_crt_get_basic_constraints(c->crt, NULL, &ca, &c->path_length) >= 0)
		c->is_ca = ca != 0;
	else
		c->path_length = -1;
}

static bool
has_extension(gnutls_x509_crt_t crt, const char *oid)
{
	gnutls_datum_t ext = { NULL, 0 };
	int r = gnutls_x509_crt_get_extension_by_oid2(crt, oid, 0, &ext, NULL);

	gnutls_free(ext.data);
	return r >= 0;
}

static void
load_alt_names(struct cert *c)
{
	struct buf b = BUF_INIT, upn = BUF_INIT, email = BUF_INIT;
	char dn_email[256];
	size_t size = sizeof(dn_email);

	cert_put_alt_names(&b, c->crt, &upn, &email);
	if (email.len == 0 && gnutls_x509_crt_get_dn_by_oid(c->crt, OID_EMAIL, 0, 0, dn_email,
							     &size) == 0)
		cert_put_safe(&email, dn_email, strnlen(dn_email, sizeof(dn_email)));
	c->alt_names = take_text(&b);
	c->upn = take_text(&upn);
	c->email = take_text(&email);
	c->policy_limits = has_extension(c->crt, "2.5.29.33") ||
			   has_extension(c->crt, "2.5.29.36") || has_extension(c->crt, "2.5.29.54");
}

static char *
crl_address(gnutls_x509_crt_t crt)
{
	struct buf b = BUF_INIT;
	char url[1024];

	for (unsigned int i = 0; i < CERT_LIST_MAX && b.len == 0; i++) {
		size_t size = sizeof(url) - 1;
		int type = gnutls_x509_crt_get_crl_dist_points(crt, i, url, &size, NULL, NULL);

		if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (type < 0)
			break;
		if (type == GNUTLS_SAN_URI && size >= 7 && strncasecmp(url, "http", 4) == 0)
			cert_put_safe(&b, url, size);
	}
	return take_text(&b);
}

static char *
access_address(gnutls_x509_crt_t crt, int what)
{
	struct buf b = BUF_INIT;

	for (unsigned int i = 0; i < CERT_LIST_MAX && b.len == 0; i++) {
		gnutls_datum_t url = { NULL, 0 };
		int r = gnutls_x509_crt_get_authority_info_access(crt, i,
					what, &url, NULL);

		if (r == 0)
			cert_put_safe(&b, url.data, url.size);
		gnutls_free(url.data);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
	}
	return take_text(&b);
}

static void
load_crl_points(struct cert *c)
{
	unsigned int critical;

	if (gnutls_x509_crt_get_extension_by_oid2(c->crt, "2.5.29.31", 0, &c->crl_points,
						  &critical) < 0)
		c->crl_points = (gnutls_datum_t){ NULL, 0 };
}

static void
load_facts(struct cert *c)
{
	load_names(c);
	load_serial(c);
	c->not_before = gnutls_x509_crt_get_activation_time(c->crt);
	c->not_after = gnutls_x509_crt_get_expiration_time(c->crt);
	cert_time_text(c->not_before, c->not_before_text);
	cert_time_text(c->not_after, c->not_after_text);
	load_algorithms(c);
	load_key_ids(c);
	load_usages(c);
	load_alt_names(c);
	c->aia_url = access_address(c->crt, GNUTLS_IA_CAISSUERS_URI);
	c->ocsp_url = access_address(c->crt, GNUTLS_IA_OCSP_URI);
	c->crl_url = crl_address(c->crt);
	load_crl_points(c);
}

/* All texts of c, so that no list of them is kept twice. */
static size_t
texts_of(struct cert *c, char **texts[static 20])
{
	char **all[] = { &c->subject, &c->issuer, &c->serial, &c->key_algorithm,
		&c->signature_algorithm, &c->subject_key_id, &c->authority_key_id, &c->key_usage,
		&c->extended_key_usage, &c->policies, &c->alt_names, &c->upn, &c->email,
		&c->aia_url, &c->ocsp_url, &c->crl_url, &c->critical_unknown };

	memcpy(texts, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

/* Where the certificate could not be parsed every text is empty. */
static bool
fill_texts(struct cert *c)
{
	char **texts[20];
	size_t n = texts_of(c, texts);

	for (size_t i = 0; i < n; i++) {
		if (!*texts[i] && !c->readable)
			*texts[i] = strdup("");
		if (!*texts[i])
			return false;
	}
	return true;
}

struct cert *
cert_load(const unsigned char *der, size_t len)
{
	struct cert *c = calloc(1, sizeof(*c));
	gnutls_datum_t d;

	if (!c)
		return NULL;
	c->der = malloc(len ? len : 1);
	if (!c->der)
		goto fail;
	memcpy(c->der, der, len);
	c->der_len = len;
	hash_hex(GNUTLS_DIG_SHA256, c, false, c->sha256_text, c->sha256);
	hash_hex(GNUTLS_DIG_SHA1, c, true, c->sha1_text, NULL);
	d = (gnutls_datum_t){ c->der, (unsigned int)len };
	if (gnutls_x509_crt_init(&c->crt) < 0)
		goto fail;
	if (gnutls_x509_crt_import(c->crt, &d, GNUTLS_X509_FMT_DER) == 0) {
		c->readable = true;
		load_facts(c);
	} else {
		gnutls_x509_crt_deinit(c->crt);
		c->crt = NULL;
	}
	if (fill_texts(c))
		return c;
fail:
	cert_free(c);
	return NULL;
}

void
cert_free(struct cert *c)
{
	char **texts[20];
	size_t n;

	if (!c)
		return;
	n = texts_of(c, texts);
	for (size_t i = 0; i < n; i++)
		free(*texts[i]);
	cert_trim(c);
	gnutls_free(c->crl_points.data);
	gnutls_free(c->subject_der.data);
	gnutls_free(c->issuer_der.data);
	free(c->der);
	free(c);
}

void
cert_trim(struct cert *c)
{
	if (c->crt)
		gnutls_x509_crt_deinit(c->crt);
	c->crt = NULL;
}

static int
copy_name(const gnutls_datum_t *name, gnutls_datum_t *out)
{
	*out = (gnutls_datum_t){ NULL, 0 };
	if (!name->data)
		return GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	out->data = gnutls_malloc(name->size);
	if (!out->data)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(out->data, name->data, name->size);
	out->size = name->size;
	return 0;
}

int
cert_raw_subject(const struct cert *c, gnutls_datum_t *out)
{
	return copy_name(&c->subject_der, out);
}

int
cert_raw_issuer(const struct cert *c, gnutls_datum_t *out)
{
	return copy_name(&c->issuer_der, out);
}

bool
cert_list_has(const char *list, const char *item)
{
	size_t len = strlen(item);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, item, n) == 0)
			return true;
		list += n;
		list += strspn(list, ", ");
	}
	return false;
}
