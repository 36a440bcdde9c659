/* SPDX-License-Identifier: MIT */
/* names - see names.h. */
#include <config.h>

#include "core/token/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/token/extension.h"

#define OID_FASCN "2.16.840.1.101.3.6.6"
#define OID_SID "1.3.6.1.4.1.311.25.2"
#define OID_SID_NAME "1.3.6.1.4.1.311.25.2.1"
#define SID_URI "tag:microsoft.com,2022-09-14:sid:"
#define UUID_URI "urn:uuid:"
#define URI DER_CONTEXT(6)
#define EDIPI_LEN 10
#define FASCN_BYTES 25
#define FASCN_SYMBOLS 40
#define UUID_LEN 36
#define SID_MAX 184

const char *
names_kind_text(enum identity_kind k)
{
	static const char *const texts[IDENTITY_KIND_COUNT] = {
#define KIND(symbol, word, text) [IDENTITY_##symbol] = word,
#include "core/token/kinds.def"
#undef KIND
	};

	return texts[k];
}

/* Keeps the first of a kind; false = no memory. */
static bool
keep(struct names *n, enum identity_kind k, const void *data, size_t len)
{
	struct buf b = BUF_INIT;

	if (n->value[k] || len == 0)
		return true;
	cert_put_safe(&b, data, len);
	n->value[k] = buf_take(&b);
	return n->value[k] != NULL;
}

/* ---- EDIPI ---- */

/* "DOE.JOHN.1234567890" */
static bool
keep_edipi(struct names *n, const struct cert *leaf)
{
	char cn[256];
	size_t len = sizeof(cn), digits = 0;

	if (!leaf->crt || gnutls_x509_crt_get_dn_by_oid(leaf->crt, GNUTLS_OID_X520_COMMON_NAME, 0,
							0, cn, &len) < 0)
		return true;
	while (digits < len && isdigit((unsigned char)cn[len - digits - 1]))
		digits++;
	if (digits != EDIPI_LEN || digits == len || cn[len - digits - 1] != '.')
		return true;
	return keep(n, IDENTITY_EDIPI, cn + len - digits, digits);
}

/* ---- FASC-N ---- */

/* Five bits, the lowest first, the last one for odd parity; -1 = wrong parity. */
static int
fascn_symbol(const unsigned char *data, size_t i)
{
	int value = 0, ones = 0;

	for (size_t k = 0; k < 5; k++) {
		size_t at = 5 * i + k;
		int bit = data[at / 8] >> (7 - at % 8) & 1;

		ones += bit;
		if (k < 4)
			value |= bit << k;
	}
	return ones % 2 ? value : -1;
}

bool
names_fascn_text(const unsigned char *data, size_t len, char out[static 48])
{
	/* S start, F field separator, E end, L check; digits: agency, system, credential,
	 * series, issue, then person, category, organisation and association together */
	static const char shape[FASCN_SYMBOLS + 1] = "SddddFddddFddddddFdFdFddddddddddddddddEL";
	size_t used = 0;

	for (size_t i = 0; len == FASCN_BYTES && i < FASCN_SYMBOLS; i++) {
		int v = fascn_symbol(data, i);

		if (v < 0 || (shape[i] == 'd' && v > 9) || (shape[i] == 'F' && v != 13) ||
		    (shape[i] == 'S' && v != 11) || (shape[i] == 'E' && v != 15))
			return false;
		if (shape[i] == 'd')
			out[used++] = (char)('0' + v);
		else if (shape[i] == 'F')
			out[used++] = '-';
	}
	out[used] = '\0';
	return used > 0;
}

/* A card may carry one of another form: then its bytes are the name. */
static bool
keep_fascn(struct names *n, struct der value)
{
	struct buf hex = BUF_INIT;
	struct der bytes;
	char text[48];
	bool ok;

	if (!der_take(&value, DER_OCTET_STRING, &bytes) || der_left(&bytes) > 64)
		return true;
	if (names_fascn_text(bytes.at, der_left(&bytes), text))
		return keep(n, IDENTITY_FASCN, text, strlen(text));
	buf_put_hex(&hex, bytes.at, der_left(&bytes), false);
	ok = keep(n, IDENTITY_FASCN, buf_text(&hex), hex.len);
	buf_done(&hex);
	return ok;
}

/* ---- card UUID and SID ---- */

static bool
is_uuid(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' :
							      !isxdigit((unsigned char)s[i]))
			return false;
	return len == UUID_LEN;
}

static bool
is_sid(const char *s, size_t len)
{
	if (len < 7 || len > SID_MAX || memcmp(s, "S-1-", 4) != 0)
		return false;
	for (size_t i = 4; i < len; i++)
		if (!isdigit((unsigned char)s[i]) && (s[i] != '-' || s[i - 1] == '-'))
			return false;
	return s[len - 1] != '-';
}

static bool
keep_uri(struct names *n, const struct der *value)
{
	const char *s = (const char *)value->at;
	size_t len = der_left(value), uuid = strlen(UUID_URI), sid = strlen(SID_URI);

	if (len > uuid && strncasecmp(s, UUID_URI, uuid) == 0 && is_uuid(s + uuid, len - uuid))
		return keep(n, IDENTITY_UUID, s + uuid, len - uuid);
	if (len > sid && strncasecmp(s, SID_URI, sid) == 0 && is_sid(s + sid, len - sid))
		return keep(n, IDENTITY_SID, s + sid, len - sid);
	return true;
}

static bool
keep_sid(struct names *n, const struct cert *leaf)
{
	struct der value, text;
	struct alt_names walk;
	struct alt_name name;

	if (!extension_find(leaf, OID_SID, &value))
		return true;
	walk = alt_names_in(value);
	while (alt_names_next(&walk, &name))
		if (strcmp(name.oid, OID_SID_NAME) == 0 &&
		    der_take(&name.value, DER_OCTET_STRING, &text) &&
		    is_sid((const char *)text.at, der_left(&text)))
			return keep(n, IDENTITY_SID, text.at, der_left(&text));
	return true;
}

static bool
keep_alt_names(struct names *n, const struct cert *leaf)
{
	struct alt_names walk = alt_names_of(leaf);
	struct alt_name name;
	bool ok = true;

	while (ok && alt_names_next(&walk, &name)) {
		if (name.tag == URI)
			ok = keep_uri(n, &name.value);
		else if (strcmp(name.oid, OID_FASCN) == 0)
			ok = keep_fascn(n, name.value);
	}
	return ok;
}

bool
names_load(const struct cert *leaf, struct names *out)
{
	memset(out, 0, sizeof(*out));
	return keep(out, IDENTITY_UPN, leaf->upn, strlen(leaf->upn)) &&
	       keep(out, IDENTITY_EMAIL, leaf->email, strlen(leaf->email)) &&
	       keep(out, IDENTITY_DN, leaf->subject, strlen(leaf->subject)) &&
	       keep_edipi(out, leaf) && keep_sid(out, leaf) && keep_alt_names(out, leaf);
}

void
names_release(struct names *n)
{
	for (size_t i = 0; i < IDENTITY_KIND_COUNT; i++)
		free(n->value[i]);
}
