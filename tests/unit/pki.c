/* SPDX-License-Identifier: MIT */
/* pki - see pki.h.  Stops the test at the first call that fails. */
#include <config.h>

#include "tests/unit/pki.h"

#include <dirent.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/chain/der.h"

#define MUST(call) must((call), #call)
#define OID_UPN "1.3.6.1.4.1.311.20.2.3"

static void
must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "pki: %s: %s\n", what, gnutls_strerror(r));
	abort();
}

static gnutls_x509_privkey_t
new_key(void)
{
	gnutls_x509_privkey_t key;

	MUST(gnutls_x509_privkey_init(&key));
	MUST(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	return key;
}

static gnutls_x509_privkey_t
copy_key(gnutls_x509_privkey_t from)
{
	gnutls_x509_privkey_t key;

	MUST(gnutls_x509_privkey_init(&key));
	MUST(gnutls_x509_privkey_cpy(key, from));
	return key;
}

static void
put_tlv(struct buf *b, unsigned char tag, const void *data, size_t len)
{
	buf_putc(b, (char)tag);
	if (len >= 0x10000) {
		buf_putc(b, (char)0x83);
		buf_putc(b, (char)(len >> 16));
		buf_putc(b, (char)(len >> 8));
	} else if (len >= 0x100) {
		buf_putc(b, (char)0x82);
		buf_putc(b, (char)(len >> 8));
	} else if (len >= 0x80) {
		buf_putc(b, (char)0x81);
	}
	buf_putc(b, (char)(len & 0xff));
	buf_put(b, data, len);
}

/* Wraps what b has from a position on. */
static void
wrap(struct buf *b, size_t from, unsigned char tag)
{
	struct buf inner = BUF_INIT;

	buf_put(&inner, b->data + from, b->len - from);
	b->len = from;
	put_tlv(b, tag, buf_text(&inner), inner.len);
	buf_done(&inner);
}

static size_t
from_hex(const char *hex, unsigned char *out, size_t size)
{
	gnutls_datum_t d = { (unsigned char *)(uintptr_t)hex, (unsigned int)strlen(hex) };

	MUST(gnutls_hex_decode(&d, out, &size));
	return size;
}

static void
set_names(gnutls_x509_crt_t crt, const struct wish *w)
{
	struct buf upn = BUF_INIT;
	unsigned char value[256];

	if (w->uri)
		MUST(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI, w->uri,
			(unsigned int)strlen(w->uri), GNUTLS_FSAN_APPEND));
	if (w->other[0])
		MUST(gnutls_x509_crt_set_subject_alt_othername(crt, w->other[0], value,
			(unsigned int)from_hex(w->other[1], value, sizeof(value)),
			GNUTLS_FSAN_APPEND));

	if (w->email)
		MUST(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_RFC822NAME, w->email,
			(unsigned int)strlen(w->email), GNUTLS_FSAN_APPEND));
	if (!w->upn)
		return;
	put_tlv(&upn, DER_UTF8_STRING, w->upn, strlen(w->upn));
	MUST(gnutls_x509_crt_set_subject_alt_othername(crt, OID_UPN, upn.data,
		(unsigned int)upn.len, GNUTLS_FSAN_APPEND));
	buf_done(&upn);
}

static void
set_policies(gnutls_x509_crt_t crt, const struct wish *w)
{
	struct gnutls_x509_policy_st policy = { 0 };

	for (size_t i = 0; i < 4 && w->policies[i]; i++) {
		policy.oid = (char *)(uintptr_t)w->policies[i];
		MUST(gnutls_x509_crt_set_policy(crt, &policy, 0));
	}
}

static void
set_usages(gnutls_x509_crt_t crt, const struct wish *w)
{
	unsigned int usage = w->ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN :
			     GNUTLS_KEY_DIGITAL_SIGNATURE;

	MUST(gnutls_x509_crt_set_basic_constraints(crt, w->ca,
		w->path_length == 0 ? -1 : w->path_length < 0 ? 0 : w->path_length));
	MUST(gnutls_x509_crt_set_key_usage(crt, w->key_usage ? w->key_usage : usage));
	if (w->purpose || !w->ca)
		MUST(gnutls_x509_crt_set_key_purpose_oid(crt,
			w->purpose ? w->purpose : GNUTLS_KP_TLS_WWW_CLIENT, 0));
}

static void
set_extras(gnutls_x509_crt_t crt, const struct wish *w)
{
	gnutls_datum_t url = { (unsigned char *)(uintptr_t)w->aia,
			       w->aia ? (unsigned int)strlen(w->aia) : 0 };

	if (w->aia)
		MUST(gnutls_x509_crt_set_authority_info_access(crt, GNUTLS_IA_CAISSUERS_URI, &url));
	if (w->crl_url)
		MUST(gnutls_x509_crt_set_crl_dist_points2(crt, GNUTLS_SAN_URI, w->crl_url,
			(unsigned int)strlen(w->crl_url), 0));
	if (w->critical)
		MUST(gnutls_x509_crt_set_extension_by_oid(crt, w->critical, "\x05\x00", 2, 1));
	for (size_t i = 0; i < 6 && w->extras[i][0]; i++) {
		unsigned char value[256];

		MUST(gnutls_x509_crt_set_extension_by_oid(crt, w->extras[i][0], value,
			(unsigned int)from_hex(w->extras[i][1], value, sizeof(value)), 0));
	}
	if (w->extension)
		MUST(gnutls_x509_crt_set_extension_by_oid(crt, w->extension, "\x30\x00", 2, 0));
}

static void
set_key_ids(struct party *p, const struct wish *w)
{
	const struct party *issuer = w->issuer ? w->issuer : p;
	size_t size = sizeof(p->key_id);

	MUST(gnutls_x509_crt_get_key_id(p->crt, GNUTLS_KEYID_USE_SHA1, p->key_id, &size));
	if (w->no_key_ids)
		return;
	MUST(gnutls_x509_crt_set_subject_key_id(p->crt, p->key_id, sizeof(p->key_id)));
	MUST(gnutls_x509_crt_set_authority_key_id(p->crt, issuer->key_id, sizeof(issuer->key_id)));
}

void
party_make(struct party *p, const struct wish *w)
{
	static unsigned int counter = 0x4000;
	unsigned int number = w->serial ? w->serial : ++counter;
	unsigned char serial[] = { (unsigned char)(number >> 8), (unsigned char)number };

	memset(p, 0, sizeof(*p));
	p->key = w->key_of ? copy_key(w->key_of->key) : new_key();
	MUST(gnutls_x509_crt_init(&p->crt));
	MUST(gnutls_x509_crt_set_version(p->crt, 3));
	MUST(gnutls_x509_crt_set_serial(p->crt, w->serial ? serial + 1 : serial,
		w->serial ? 1 : 2));
	MUST(gnutls_x509_crt_set_key(p->crt, p->key));
	MUST(gnutls_x509_crt_set_dn(p->crt, w->dn, NULL));
	MUST(gnutls_x509_crt_set_activation_time(p->crt, w->from ? w->from : PKI_NOW - PKI_DAY));
	MUST(gnutls_x509_crt_set_expiration_time(p->crt, w->to ? w->to : PKI_NOW + 365 * PKI_DAY));
	set_usages(p->crt, w);
	set_names(p->crt, w);
	set_policies(p->crt, w);
	set_extras(p->crt, w);
	set_key_ids(p, w);
	MUST(gnutls_x509_crt_sign2(p->crt, w->issuer ? w->issuer->crt : p->crt,
		w->issuer ? w->issuer->key : p->key, w->sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256,
		0));
	MUST(gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_DER, &p->der));
}

void
party_done(struct party *p)
{
	gnutls_x509_privkey_deinit(p->key);
	gnutls_x509_crt_deinit(p->crt);
	gnutls_free(p->der.data);
}

static void
append_file(const char *path, const gnutls_datum_t *data)
{
	FILE *f = fopen(path, "ab");

	if (!f || fwrite(data->data, 1, data->size, f) != data->size || fclose(f) != 0)
		abort();
}

void
party_save(const struct party *p, const char *path)
{
	gnutls_datum_t pem;

	MUST(gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &pem));
	append_file(path, &pem);
	gnutls_free(pem.data);
}

static void
put_time(struct buf *b, time_t t)
{
	char text[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	put_tlv(b, DER_UTC_TIME, text + 2, strlen(text) - 2);
}

/* Extension with an OID of id-ce. */
static void
put_extension(struct buf *b, unsigned char id, bool critical, const void *value, size_t len)
{
	size_t from = b->len;
	unsigned char oid[] = { 0x55, 0x1d, id };

	put_tlv(b, DER_OID, oid, sizeof(oid));
	if (critical)
		put_tlv(b, DER_BOOLEAN, "\xff", 1);
	put_tlv(b, DER_OCTET_STRING, value, len);
	wrap(b, from, DER_SEQUENCE);
}

static void
put_reason(struct buf *b, int reason)
{
	unsigned char value[] = { DER_ENUMERATED, 1, (unsigned char)reason };
	size_t from = b->len;

	put_extension(b, 21, false, value, sizeof(value));
	wrap(b, from, DER_SEQUENCE);
}

static void
put_serials(struct buf *b, const struct crl_wish *w)
{
	unsigned int serial;
	size_t entry;

	for (const char *s = w->serials; s && sscanf(s, "%2x", &serial) == 1; s += 2) {
		unsigned char byte = (unsigned char)serial;

		entry = b->len;
		put_tlv(b, DER_INTEGER, &byte, 1);
		put_time(b, PKI_NOW - PKI_DAY);
		if (w->reason)
			put_reason(b, w->reason);
		wrap(b, entry, DER_SEQUENCE);
	}
}

static void
put_entries(struct buf *b, const struct crl_wish *w)
{
	size_t from = b->len;

	for (unsigned int i = 0; i == 0 || i < w->times; i++)
		put_serials(b, w);
	if (w->serials && w->serials[0])
		wrap(b, from, DER_SEQUENCE);
}

static void
put_crl_extensions(struct buf *b, const struct crl_wish *w)
{
	unsigned char scope[512];
	size_t size = sizeof(scope), from = b->len;
	gnutls_datum_t hex = { (unsigned char *)(uintptr_t)w->scope,
			       w->scope ? (unsigned int)strlen(w->scope) : 0 };

	put_extension(b, 20, false, "\x02\x01\x01", 3);
	if (w->scope) {
		MUST(gnutls_hex_decode(&hex, scope, &size));
		put_extension(b, 28, true, scope, size);
	}
	if (w->delta)
		put_extension(b, 27, true, "\x02\x01\x01", 3);
	wrap(b, from, DER_SEQUENCE);
	wrap(b, from, DER_CONTEXT_SET(0));
}

static void
put_signature(struct buf *b, size_t from, const struct party *signer)
{
	gnutls_datum_t data = { (unsigned char *)b->data + from, (unsigned int)(b->len - from) };
	gnutls_datum_t signature;
	gnutls_privkey_t key;
	struct buf bits = BUF_INIT;

	MUST(gnutls_privkey_init(&key));
	MUST(gnutls_privkey_import_x509(key, signer->key, GNUTLS_PRIVKEY_IMPORT_COPY));
	MUST(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &signature));
	gnutls_privkey_deinit(key);
	buf_putc(&bits, '\0');
	buf_put(&bits, signature.data, signature.size);
	gnutls_free(signature.data);
	put_tlv(b, DER_SEQUENCE, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 10);
	put_tlv(b, DER_BIT_STRING, bits.data, bits.len);
	buf_done(&bits);
}

gnutls_datum_t
crl_make(const struct crl_wish *w)
{
	struct buf b = BUF_INIT;
	gnutls_datum_t dn, out;

	MUST(gnutls_x509_crt_get_raw_dn(w->issuer->crt, &dn));
	put_tlv(&b, DER_INTEGER, "\x01", 1);
	put_tlv(&b, DER_SEQUENCE, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 10);
	buf_put(&b, dn.data, dn.size);
	gnutls_free(dn.data);
	put_time(&b, w->from ? w->from : PKI_NOW - PKI_DAY);
	if (w->to != -1)
		put_time(&b, w->to ? w->to : PKI_NOW + PKI_DAY);
	put_entries(&b, w);
	put_crl_extensions(&b, w);
	wrap(&b, 0, DER_SEQUENCE);
	put_signature(&b, 0, w->signer ? w->signer : w->issuer);
	wrap(&b, 0, DER_SEQUENCE);
	out.data = gnutls_malloc(b.len);
	out.size = (unsigned int)b.len;
	memcpy(out.data, b.data, b.len);
	buf_done(&b);
	return out;
}

void
crl_save(const struct crl_wish *w, const char *path, bool der)
{
	gnutls_datum_t crl = crl_make(w), pem;

	if (der) {
		append_file(path, &crl);
	} else {
		MUST(gnutls_pem_base64_encode2("X509 CRL", &crl, &pem));
		append_file(path, &pem);
		gnutls_free(pem.data);
	}
	gnutls_free(crl.data);
}

char *
folder_make(void)
{
	char template[] = P_tmpdir "/frebproxy-pki-XXXXXX";

	if (!mkdtemp(template))
		abort();
	return strdup(template);
}

char *
folder_file(const char *folder, const char *name)
{
	struct buf b = BUF_INIT;

	buf_putf(&b, "%s/%s", folder, name);
	return buf_take(&b);
}

void
folder_done(char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *path = folder_file(folder, e->d_name);

		unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
	free(folder);
}
