/* SPDX-License-Identifier: MIT */
/*
 * cert_text - see cert_text.h.  Sources: RFC 5280 4.2, RFC 4514, RFC 3629;
 * names of Microsoft's and PIV's identifiers: ARR 6.2.
 */
#include <config.h>

#include "core/chain/cert_text.h"

#include <arpa/inet.h>
#include <gnutls/x509-ext.h>
#include <stdio.h>
#include <string.h>

#include "core/chain/der.h"

#define OID_MAX 128
#define ALT_NAMES_READ 1000u /* of a certificate: an end for broken ones */
#define OID_UPN "1.3.6.1.4.1.311.20.2.3"
#define OID_FASCN "2.16.840.1.101.3.6.6"

struct named_oid {
	const char *oid;	/* dotted */
	const char *name;	/* what people call it */
};

static const struct named_oid purposes[] = {
	{ "1.3.6.1.5.5.7.3.1", "serverAuth" },
	{ "1.3.6.1.5.5.7.3.2", "clientAuth" },
	{ "1.3.6.1.5.5.7.3.3", "codeSigning" },
	{ "1.3.6.1.5.5.7.3.4", "emailProtection" },
	{ "1.3.6.1.5.5.7.3.8", "timeStamping" },
	{ "1.3.6.1.5.5.7.3.9", "OCSPSigning" },
	{ "2.5.29.37.0", "anyExtendedKeyUsage" },
	{ "1.3.6.1.4.1.311.20.2.2", "smartcardLogon" },
	{ "1.3.6.1.5.2.3.4", "pkinitClientAuth" },
	{ "2.16.840.1.101.3.6.8", "id-PIV-cardAuth" },
	{ "2.16.840.1.101.3.6.7", "id-PIV-content-signing" },
};

static const struct {
	unsigned int bit;	/* GNUTLS_KEY_* */
	const char *name;	/* of RFC 5280 4.2.1.3 */
} key_usages[] = {
	{ GNUTLS_KEY_DIGITAL_SIGNATURE, "digitalSignature" },
	{ GNUTLS_KEY_NON_REPUDIATION, "nonRepudiation" },
	{ GNUTLS_KEY_KEY_ENCIPHERMENT, "keyEncipherment" },
	{ GNUTLS_KEY_DATA_ENCIPHERMENT, "dataEncipherment" },
	{ GNUTLS_KEY_KEY_AGREEMENT, "keyAgreement" },
	{ GNUTLS_KEY_KEY_CERT_SIGN, "keyCertSign" },
	{ GNUTLS_KEY_CRL_SIGN, "cRLSign" },
	{ GNUTLS_KEY_ENCIPHER_ONLY, "encipherOnly" },
	{ GNUTLS_KEY_DECIPHER_ONLY, "decipherOnly" },
};

/* Extensions that GnuTLS processes when it verifies; others must not be critical. */
static const char *const known_extensions[] = {
	"2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31",
	"2.5.29.32", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.54", "1.3.6.1.5.5.7.1.1",
	"1.3.6.1.5.5.7.1.14", "1.3.6.1.5.5.7.1.24",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes of the valid UTF-8 character at p, 0 = none; *code gets its number. */
static size_t
utf8_length(const unsigned char *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	if (n == 1) {
		*code = *p;
		return 1;
	}
	if (*p < 0xc2 || *p > 0xf4 || n > left)
		return 0;
	*code = *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	return *code < least[n] || *code > 0x10ffff ? 0 : n;
}

/* Control characters, surrogates, non-characters of XML, direction overrides. */
static bool
code_is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) ||
	       (c & 0xfffe) == 0xfffe || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void
cert_put_safe(struct buf *b, const void *data, size_t len)
{
	const unsigned char *p = data, *end = p + len;
	uint32_t code = 0;

	while (p < end) {
		size_t n = utf8_length(p, (size_t)(end - p), &code);

		if (n > 0 && !code_is_unsafe(code)) {
			buf_put(b, p, n);
			p += n;
			continue;
		}
		for (n = n ? n : 1; n > 0; n--)
			buf_putf(b, "\\%02X", *p++);
	}
}

void
cert_put_dn(struct buf *b, const gnutls_datum_t *rfc4514)
{
	const unsigned char *p = rfc4514->data, *end = p + rfc4514->size, *from = p;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
		} else if (*p == ',') {
			cert_put_safe(b, from, (size_t)(p - from));
			buf_puts(b, ", ");
			from = p + 1;
		}
	}
	cert_put_safe(b, from, (size_t)(end - from));
}

/* Puts the separator; false once the list is long enough. */
static bool
next_item(struct buf *b, unsigned int i)
{
	if (i > 0)
		buf_puts(b, ", ");
	if (i < CERT_LIST_MAX && b->len < CERT_TEXT_MAX)
		return true;
	buf_puts(b, "...");
	return false;
}

void
cert_put_key_usage(struct buf *b, unsigned int bits)
{
	unsigned int n = 0;

	for (size_t i = 0; i < LENGTH(key_usages); i++)
		if (bits & key_usages[i].bit && next_item(b, n++))
			buf_puts(b, key_usages[i].name);
}

void
cert_put_purposes(struct buf *b, gnutls_x509_crt_t crt)
{
	char oid[OID_MAX];

	for (unsigned int i = 0;; i++) {
		size_t size = sizeof(oid), k = 0;
		int r = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size, NULL);

		if (r < 0 || !next_item(b, i))
			return;
		while (k < LENGTH(purposes) && strcmp(purposes[k].oid, oid) != 0)
			k++;
		buf_puts(b, k < LENGTH(purposes) ? purposes[k].name : oid);
	}
}

void
cert_put_policies(struct buf *b, gnutls_x509_crt_t crt)
{
	struct gnutls_x509_policy_st policy;

	for (unsigned int i = 0;; i++) {
		bool more;

		if (gnutls_x509_crt_get_policy(crt, i, &policy, NULL) < 0)
			return;
		more = next_item(b, i);
		if (more)
			buf_puts(b, policy.oid);
		gnutls_x509_policy_release(&policy);
		if (!more)
			return;
	}
}

void
cert_put_unknown_critical(struct buf *b, gnutls_x509_crt_t crt)
{
	char oid[OID_MAX];

	for (unsigned int i = 0; i < CERT_LIST_MAX; i++) {
		unsigned int critical = 0;
		size_t size = sizeof(oid), k = 0;

		if (gnutls_x509_crt_get_extension_info(crt, i, oid, &size, &critical) < 0)
			return;
		while (k < LENGTH(known_extensions) && strcmp(known_extensions[k], oid) != 0)
			k++;
		if (!critical || k < LENGTH(known_extensions))
			continue;
		if (b->len)
			buf_puts(b, ", ");
		buf_puts(b, oid);
	}
}

static void
put_address(struct buf *b, const gnutls_datum_t *san)
{
	char text[INET6_ADDRSTRLEN];
	int family = san->size == 4 ? AF_INET : AF_INET6;

	if ((san->size == 4 || san->size == 16) && inet_ntop(family, san->data, text, sizeof(text)))
		buf_putf(b, "IP:%s", text);
	else
		buf_puts(b, "IP:?");
}

static void
put_other_name(struct buf *b, const char *oid, const gnutls_datum_t *san, struct buf *upn)
{
	struct der d = der_from(san->data, san->size), value;

	if (strcmp(oid, OID_UPN) == 0 && der_take(&d, DER_UTF8_STRING, &value)) {
		buf_puts(b, "UPN:");
		cert_put_safe(b, value.at, der_left(&value));
		if (upn->len == 0)
			cert_put_safe(upn, value.at, der_left(&value));
		return;
	}
	d = der_from(san->data, san->size);
	if (strcmp(oid, OID_FASCN) == 0 && der_take(&d, DER_OCTET_STRING, &value)) {
		buf_puts(b, "FASC-N:");
		buf_put_hex(b, value.at, der_left(&value), false);
		return;
	}
	buf_puts(b, "other:");
	buf_puts(b, oid);
}

static void
put_alt_name(struct buf *b, unsigned int type, const gnutls_datum_t *san, struct buf *email)
{
	static const struct {
		unsigned int type;	/* GNUTLS_SAN_* */
		const char *prefix;	/* in front of the text */
	} kinds[] = {
		{ GNUTLS_SAN_DNSNAME, "DNS:" },
		{ GNUTLS_SAN_RFC822NAME, "email:" },
		{ GNUTLS_SAN_URI, "URI:" },
		{ GNUTLS_SAN_DN, "DN:" },
		{ GNUTLS_SAN_REGISTERED_ID, "RID:" },
	};
	size_t i = 0;

	if (type == GNUTLS_SAN_IPADDRESS) {
		put_address(b, san);
		return;
	}
	while (i < LENGTH(kinds) && kinds[i].type != type)
		i++;
	buf_puts(b, i < LENGTH(kinds) ? kinds[i].prefix : "other");
	if (i < LENGTH(kinds))
		cert_put_safe(b, san->data, san->size);
	if (type == GNUTLS_SAN_RFC822NAME && email->len == 0)
		cert_put_safe(email, san->data, san->size);
}

static void
put_names(struct buf *b, gnutls_subject_alt_names_t names, struct buf *upn, struct buf *email)
{
	gnutls_datum_t san, oid;
	unsigned int type;
	char text[OID_MAX];

	for (unsigned int i = 0;; i++) {
		oid = (gnutls_datum_t){ NULL, 0 };
		if (gnutls_subject_alt_names_get(names, i, &type, &san, &oid) < 0 ||
		    !next_item(b, i))
			return;
		if (type == GNUTLS_SAN_OTHERNAME && oid.data) {
			snprintf(text, sizeof(text), "%.*s", (int)oid.size, (const char *)oid.data);
			put_other_name(b, text, &san, upn);
		} else {
			put_alt_name(b, type, &san, email);
		}
	}
}

void
cert_put_alt_names(struct buf *b, gnutls_x509_crt_t crt, struct buf *upn, struct buf *email)
{
	gnutls_subject_alt_names_t names = NULL;
	gnutls_datum_t ext = { NULL, 0 };

	if (gnutls_x509_crt_get_extension_by_oid2(crt, "2.5.29.17", 0, &ext, NULL) < 0)
		return;
	if (gnutls_subject_alt_names_init(&names) == 0) {
		if (gnutls_x509_ext_import_subject_alt_names(&ext, names, 0) == 0)
			put_names(b, names, upn, email);
		gnutls_subject_alt_names_deinit(names);
	}
	gnutls_free(ext.data);
}

void
cert_time_text(time_t t, char out[static 32])
{
	struct tm tm;

	out[0] = '\0';
	if (t != (time_t)-1 && gmtime_r(&t, &tm))
		strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* ---- for headers ---- */

static void
put_visible(struct buf *b, const gnutls_datum_t *text)
{
	for (unsigned int i = 0; i < text->size; i++) {
		unsigned char c = text->data[i];

		if (c == '\\' && i + 1 < text->size && text->data[i + 1] == '"')
			continue;
		if (c < 0x20 || c >= 0x7f || c == '"')
			buf_putf(b, "\\%02X", c);
		else
			buf_putc(b, (char)c);
	}
}

void
cert_put_rfc4514(struct buf *b, const gnutls_datum_t *name_der)
{
	gnutls_datum_t text = { NULL, 0 };
	gnutls_x509_dn_t dn;

	if (gnutls_x509_dn_init(&dn) < 0)
		return;
	if (gnutls_x509_dn_import(dn, name_der) >= 0 && gnutls_x509_dn_get_str2(dn, &text, 0) >= 0)
		put_visible(b, &text);
	gnutls_free(text.data);
	gnutls_x509_dn_deinit(dn);
}

void
cert_each_name(const struct cert *c, bool uri,
	       void (*each)(void *arg, const char *text, size_t len), void *arg)
{
	const gnutls_datum_t der = { c->der, (unsigned int)c->der_len };
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) < 0)
		goto out;
	for (unsigned int i = 0; i < ALT_NAMES_READ; i++) {
		char name[CERT_TEXT_MAX];
		size_t size = sizeof(name);
		unsigned int type = 0;
		int r = gnutls_x509_crt_get_subject_alt_name2(crt, i, name, &size, &type, NULL);

		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (r >= 0 && type == (uri ? GNUTLS_SAN_URI : GNUTLS_SAN_DNSNAME))
			each(arg, name, size);
	}
out:
	gnutls_x509_crt_deinit(crt);
}
