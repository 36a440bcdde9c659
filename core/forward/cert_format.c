/* SPDX-License-Identifier: MIT */
/* cert_format - see cert_format.h. */
#include <config.h>

#include "core/forward/cert_format.h"

#include "core/chain/cert_text.h"

#include <string.h>

#define PEM_LINE 64 /* base64 characters, RFC 7468 2 */

const struct cert_format_info cert_formats[CERT_FORMAT_COUNT] = {
#define CERT_FORMAT(symbol, group, word, header, encoding) { group, word, header, encoding },
#include "core/forward/cert_format.def"
#undef CERT_FORMAT
};

static bool
is_unreserved(unsigned char c) /* RFC 3986 2.3 */
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~", c));
}

static void
put_escaped(struct buf *b, const char *text, size_t len, const char *also)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_unreserved(c) || (c && strchr(also, c)))
			buf_putc(b, text[i]);
		else
			buf_putf(b, "%%%02X", c);
	}
}

/* @also  characters that stay as they are, beside the unreserved ones. */
static void
put_pem(struct buf *b, const struct cert *cert, const char *also)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
	static const char end[] = "-----END CERTIFICATE-----\n";
	struct buf text = BUF_INIT;

	buf_put_base64(&text, cert->der, cert->der_len);
	put_escaped(b, begin, sizeof(begin) - 1, also);
	for (size_t i = 0; i < text.len; i += PEM_LINE) {
		put_escaped(b, text.data + i, text.len - i < PEM_LINE ? text.len - i : PEM_LINE,
			    also);
		put_escaped(b, "\n", 1, also);
	}
	put_escaped(b, end, sizeof(end) - 1, also);
	if (text.error)
		b->error = text.error;
	buf_done(&text);
}

/* A byte sequence of RFC 8941. */
static void
put_bytes(struct buf *b, const struct cert *cert)
{
	buf_putc(b, ':');
	buf_put_base64(b, cert->der, cert->der_len);
	buf_putc(b, ':');
}

/* The server has the anchor, or should not believe us. */
static size_t
chain_length(const struct badge *badge)
{
	size_t n = badge->path_count;

	return n > 1 && badge->path[n - 1].origin == ORIGIN_ANCHOR ? n - 1 : n;
}

static void
put_chain(struct buf *b, const struct badge *badge)
{
	for (size_t i = 1; i < chain_length(badge); i++) {
		buf_puts(b, i > 1 ? ", " : "");
		put_bytes(b, badge->path[i].cert);
	}
}

/* ---- X-Forwarded-Client-Cert ---- */

static void
put_key(struct buf *b, const char *key)
{
	buf_puts(b, b->len ? ";" : "");
	buf_puts(b, key);
	buf_putc(b, '=');
}

/* Quotes where a separator could be read; a quote itself never stands in a value. */
static void
put_alt_name(struct buf *b, const char *key, const char *text, size_t len)
{
	static const char visible[] = "!#$&'()*+/:?@[]%,;=";
	bool quoted = false;

	for (size_t i = 0; i < len; i++)
		quoted |= text[i] && strchr(",;=", text[i]);
	put_key(b, key);
	buf_puts(b, quoted ? "\"" : "");
	put_escaped(b, text, len, visible);
	buf_puts(b, quoted ? "\"" : "");
}

static void
put_uri(void *arg, const char *text, size_t len)
{
	put_alt_name(arg, "URI", text, len);
}

static void
put_dns(void *arg, const char *text, size_t len)
{
	put_alt_name(arg, "DNS", text, len);
}

static void
put_xfcc(struct buf *b, const struct badge *badge, unsigned int parts)
{
	const struct cert *leaf = badge->leaf;

	if (parts & XFCC_HASH) {
		put_key(b, "Hash");
		buf_puts(b, leaf->sha256_text);
	}
	if (parts & XFCC_CERT) {
		put_key(b, "Cert");
		buf_putc(b, '"');
		put_pem(b, leaf, "");
		buf_putc(b, '"');
	}
	if (parts & XFCC_CHAIN) {
		put_key(b, "Chain");
		buf_putc(b, '"');
		for (size_t i = 0; i < chain_length(badge); i++)
			put_pem(b, badge->path[i].cert, "");
		buf_putc(b, '"');
	}
	if (parts & XFCC_SUBJECT) {
		put_key(b, "Subject");
		buf_putc(b, '"');
		cert_put_rfc4514(b, &leaf->subject_der);
		buf_putc(b, '"');
	}
	if (parts & XFCC_URI)
		cert_each_name(leaf, true, put_uri, b);
	if (parts & XFCC_DNS)
		cert_each_name(leaf, false, put_dns, b);
}

void
cert_format_put(struct buf *b, enum cert_format f, const struct badge *badge, unsigned int parts)
{
	const struct cert *leaf = badge->leaf;

	switch (f) {
	case CERT_FORMAT_ARR: buf_puts(b, badge->leaf_base64); break;
	case CERT_FORMAT_RFC9440: put_bytes(b, leaf); break;
	case CERT_FORMAT_RFC9440_CHAIN: put_chain(b, badge); break;
	case CERT_FORMAT_XFCC: put_xfcc(b, badge, parts); break;
	case CERT_FORMAT_PEM: put_pem(b, leaf, ""); break;
	case CERT_FORMAT_ALB_SERIAL: buf_puts(b, leaf->serial); break;
	case CERT_FORMAT_ALB_ISSUER: cert_put_rfc4514(b, &leaf->issuer_der); break;
	case CERT_FORMAT_ALB_SUBJECT: cert_put_rfc4514(b, &leaf->subject_der); break;
	case CERT_FORMAT_ALB_VALIDITY:
		buf_putf(b, "NotBefore=%s;NotAfter=%s", leaf->not_before_text,
			 leaf->not_after_text);
		break;
	case CERT_FORMAT_ALB_LEAF: put_pem(b, leaf, "+/="); break;
	case CERT_FORMAT_COUNT: break;
	}
}
