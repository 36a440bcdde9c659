/* SPDX-License-Identifier: MIT */
/* hello - see hello.h. */
#include <config.h>

#include "core/handshake/hello.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { /* extension numbers, IANA registry */
       EXT_SERVER_NAME = 0,
       EXT_GROUPS = 10,
       EXT_SIGNATURES = 13,
       EXT_ALPN = 16,
       EXT_TICKET = 35,
       EXT_PSK = 41,
       EXT_VERSIONS = 43,
       EXT_CA_NAMES = 47,
       EXT_POST_HANDSHAKE_AUTH = 49,
};

struct reader { /* a cursor that cannot leave its bytes */
	const unsigned char *at;
	size_t left;
	bool bad; /* something asked for more than there was */
};

static unsigned int
get(struct reader *r, unsigned int bytes)
{
	unsigned int v = 0;

	if (r->left < bytes) {
		r->bad = true;
		r->left = 0;
		return 0;
	}
	r->left -= bytes;
	while (bytes--)
		v = v << 8 | *r->at++;
	return v;
}

/* The next part whose length stands in `bytes` bytes. */
static struct reader
part(struct reader *r, unsigned int bytes)
{
	size_t len = get(r, bytes);
	struct reader p = { r->at, len, false };

	if (r->bad || len > r->left) {
		r->bad = true;
		r->left = 0;
		p.left = 0;
		p.bad = true;
		return p;
	}
	r->at += len;
	r->left -= len;
	return p;
}

static void
list_add(struct hello_list *l, unsigned int v)
{
	l->total++;
	if ((v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff))
		return;
	if (l->count < HELLO_LIST)
		l->at[l->count++] = (uint16_t)v;
}

static void
list_read(struct hello_list *l, struct reader r)
{
	while (r.left >= 2)
		list_add(l, get(&r, 2));
}

static void
read_server_name(struct hello *h, struct reader r)
{
	struct reader names = part(&r, 2), name;
	unsigned int type = get(&names, 1);

	name = part(&names, 2);
	if (names.bad || type != 0 || name.left >= sizeof(h->server_name))
		return;
	for (size_t i = 0; i < name.left; i++) {
		unsigned char c = name.at[i];
		bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			  (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';

		h->server_name[i] = ok ? (char)c : '?';
	}
	h->server_name[name.left] = '\0';
}

static void
read_alpn(struct hello *h, struct reader r)
{
	struct reader list = part(&r, 2);
	size_t n = 0;

	while (list.left && !list.bad) {
		struct reader p = part(&list, 1);

		if (p.bad || n + p.left + 3 > sizeof(h->alpn))
			break;
		if (n) {
			h->alpn[n++] = ',';
			h->alpn[n++] = ' ';
		}
		for (size_t i = 0; i < p.left; i++)
			h->alpn[n++] = p.at[i] > 0x20 && p.at[i] < 0x7f ? (char)p.at[i] : '?';
	}
	h->alpn[n] = '\0';
}

/* The first ticket is the one a client offers; RFC 8446 4.2.11. */
static void
read_tickets(struct hello *h, struct reader r)
{
	struct reader identities = part(&r, 2), ticket = part(&identities, 2);

	h->ticket = true;
	if (ticket.bad || ticket.left < sizeof(h->ticket_name))
		return;
	memcpy(h->ticket_name, ticket.at, sizeof(h->ticket_name));
	h->has_ticket_name = true;
}

static void
read_extension(struct hello *h, unsigned int type, struct reader r)
{
	switch (type) {
	case EXT_SERVER_NAME: read_server_name(h, r); break;
	case EXT_GROUPS: list_read(&h->groups, part(&r, 2)); break;
	case EXT_SIGNATURES: list_read(&h->signatures, part(&r, 2)); break;
	case EXT_ALPN: read_alpn(h, r); break;
	case EXT_TICKET: h->ticket |= r.left > 0; break;
	case EXT_PSK: read_tickets(h, r); break;
	case EXT_VERSIONS:
		h->versions.count = h->versions.total = 0;
		list_read(&h->versions, part(&r, 1));
		break;
	case EXT_POST_HANDSHAKE_AUTH: h->post_handshake_auth = true; break;
	default: break;
	}
}

void
hello_parse(struct hello *h, const unsigned char *msg, size_t len)
{
	struct reader r = { msg, len, false };
	struct reader suites, extensions;
	unsigned int legacy;

	memset(h, 0, sizeof(*h));
	h->bytes = len;
	legacy = get(&r, 2);
	if (r.left < 32)
		return;
	r.at += 32;
	r.left -= 32;
	part(&r, 1);
	suites = part(&r, 2);
	part(&r, 1);
	if (r.bad)
		return;
	h->valid = true;
	list_add(&h->versions, legacy);
	list_read(&h->suites, suites);
	extensions = part(&r, 2);
	while (extensions.left && !extensions.bad) {
		unsigned int type = get(&extensions, 2);
		struct reader body = part(&extensions, 2);

		if (!body.bad)
			read_extension(h, type, body);
	}
}

bool
hello_list_has(const struct hello_list *l, uint16_t value)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->at[i] == value)
			return true;
	return false;
}

struct name {
	uint16_t id;
	const char *text;
};

static const struct name versions[] = {
	{ 0x0002, "SSL 2.0" }, { 0x0300, "SSL 3.0" }, { 0x0301, "TLS 1.0" }, { 0x0302, "TLS 1.1" },
	{ 0x0303, "TLS 1.2" }, { 0x0304, "TLS 1.3" }, { 0, NULL },
};

static const struct name groups[] = {
	{ 0x0017, "secp256r1" },
	{ 0x0018, "secp384r1" },
	{ 0x0019, "secp521r1" },
	{ 0x001d, "x25519" },
	{ 0x001e, "x448" },
	{ 0x0100, "ffdhe2048" },
	{ 0x0101, "ffdhe3072" },
	{ 0x0102, "ffdhe4096" },
	{ 0x0103, "ffdhe6144" },
	{ 0x0104, "ffdhe8192" },
	{ 0x11ec, "X25519MLKEM768" },
	{ 0x11eb, "SecP256r1MLKEM768" },
	{ 0x6399, "X25519Kyber768Draft00" },
	{ 0x001a, "brainpoolP256r1" },
	{ 0x001b, "brainpoolP384r1" },
	{ 0x001c, "brainpoolP512r1" },
	{ 0x0013, "secp192r1" },
	{ 0x0015, "secp224r1" },
	{ 0, NULL },
};

static const struct name signatures[] = {
	{ 0x0401, "rsa_pkcs1_sha256" },
	{ 0x0501, "rsa_pkcs1_sha384" },
	{ 0x0601, "rsa_pkcs1_sha512" },
	{ 0x0403, "ecdsa_secp256r1_sha256" },
	{ 0x0503, "ecdsa_secp384r1_sha384" },
	{ 0x0603, "ecdsa_secp521r1_sha512" },
	{ 0x0804, "rsa_pss_rsae_sha256" },
	{ 0x0805, "rsa_pss_rsae_sha384" },
	{ 0x0806, "rsa_pss_rsae_sha512" },
	{ 0x0807, "ed25519" },
	{ 0x0808, "ed448" },
	{ 0x0809, "rsa_pss_pss_sha256" },
	{ 0x080a, "rsa_pss_pss_sha384" },
	{ 0x080b, "rsa_pss_pss_sha512" },
	{ 0x0201, "rsa_pkcs1_sha1" },
	{ 0x0203, "ecdsa_sha1" },
	{ 0x0301, "rsa_pkcs1_sha224" },
	{ 0x0303, "ecdsa_sha224" },
	{ 0x0202, "dsa_sha1" },
	{ 0x0402, "dsa_sha256" },
	{ 0, NULL },
};

#define SUITES_MAX 400

static struct name suites[SUITES_MAX]; /* GnuTLS's list, made once */
static pthread_once_t suites_once = PTHREAD_ONCE_INIT;

static void
suites_fill(void)
{
	unsigned char id[2];
	size_t n = 0;

	for (size_t i = 0; n + 2 < SUITES_MAX; i++) {
		const char *name = gnutls_cipher_suite_info(i, id, NULL, NULL, NULL, NULL);

		if (!name)
			break;
		suites[n].id = (uint16_t)(id[0] << 8 | id[1]);
		suites[n++].text = name;
	}
	suites[n++] = (struct name){ 0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" };
	suites[n] = (struct name){ 0, NULL };
}

static const char *
name_of(enum hello_kind kind, uint16_t id)
{
	const struct name *n = versions;

	if (kind == HELLO_SUITE) {
		pthread_once(&suites_once, suites_fill);
		n = suites;
	} else if (kind == HELLO_GROUP) {
		n = groups;
	} else if (kind == HELLO_SIGNATURE) {
		n = signatures;
	}
	for (; n->text; n++)
		if (n->id == id)
			return n->text;
	return NULL;
}

const char *
hello_list_text(const struct hello_list *l, enum hello_kind kind, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < l->count; i++) {
		const char *name = name_of(kind, l->at[i]);
		char number[8];
		size_t len;

		if (!name) {
			snprintf(number, sizeof(number), "0x%04x", l->at[i]);
			name = number;
		}
		len = strlen(name);
		if (n + len + 8 > size) {
			memcpy(out + n, " ...", 5);
			break;
		}
		if (n) {
			out[n++] = ',';
			out[n++] = ' ';
		}
		memcpy(out + n, name, len + 1);
		n += len;
	}
	return out;
}

int
hello_certificate_count(const unsigned char *msg, size_t len, bool tls13)
{
	struct reader r = { msg, len, false };
	struct reader list;
	int count = 0;

	if (tls13)
		part(&r, 1);
	list = part(&r, 3);
	while (list.left && !list.bad) {
		part(&list, 3);
		if (tls13)
			part(&list, 2);
		count++;
	}
	return r.bad || list.bad ? -1 : count;
}

static void
read_ca_names(struct hello_request *q, struct reader names)
{
	q->ca_bytes = names.left;
	while (names.left && !names.bad) {
		part(&names, 2);
		q->ca_count++;
	}
}

void
hello_parse_request(struct hello_request *q, const unsigned char *msg, size_t len, bool tls13)
{
	struct reader r = { msg, len, false };
	struct reader extensions;

	memset(q, 0, sizeof(*q));
	part(&r, 1); /* request context, or the certificate types of TLS 1.2 */
	if (!tls13) {
		list_read(&q->signatures, part(&r, 2));
		read_ca_names(q, part(&r, 2));
		return;
	}
	extensions = part(&r, 2);
	while (extensions.left && !extensions.bad) {
		unsigned int type = get(&extensions, 2);
		struct reader body = part(&extensions, 2);

		if (type == EXT_SIGNATURES)
			list_read(&q->signatures, part(&body, 2));
		else if (type == EXT_CA_NAMES)
			read_ca_names(q, part(&body, 2));
	}
}
