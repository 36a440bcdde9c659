/* SPDX-License-Identifier: MIT */
/*
 * attest - see attest.h.  All YubiKeys name the issuer of their attestations
 * alike, so an issuer is the one whose key signed, looked for in the same file
 * and among the shared intermediates only.
 */
#include <config.h>

#include "core/token/attest.h"

#include <dirent.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/chain/files.h"
#include "core/token/extension.h"

#define FILE_MAX ((size_t)1 << 20)
#define FILES_MAX 65536
#define PER_FILE_MAX 64
#define CHAIN_MAX 8
#define YUBICO "1.3.6.1.4.1.41482.3."
#define VERIFY_FLAGS \
	(GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS)

struct certs {		/* of one file, or the shared intermediates; GnuTLS's form is kept */
	struct cert *list[PER_FILE_MAX];
	size_t count;
};

struct attestations {
	struct attestation *list;	/* sorted by key, verified ones first */
	size_t count, room;
};

struct loader {
	struct attestations *out;
	gnutls_x509_trust_list_t roots;
	struct certs shared;
	const char *folder;
	struct buf *messages;
};

/* ---- what a YubiKey says ---- */

static bool
yubico(const struct cert *c, const char *arc, struct der *value)
{
	char oid[sizeof(YUBICO) + 4];

	snprintf(oid, sizeof(oid), YUBICO "%s", arc);
	return extension_find(c, oid, value);
}

static bool
is_attestation(const struct cert *c)
{
	struct der value;

	return yubico(c, "8", &value);
}

static const char *
word(const char *const *words, size_t count, unsigned int i)
{
	return i < count && words[i] ? words[i] : "unknown";
}

static void
read_policies(const struct cert *c, struct attestation *a)
{
	static const char *const pin[] = { NULL, "never", "once", "always", "match once",
					   "match always" };
	static const char *const touch[] = { NULL, "never", "always", "cached" };
	struct der v;

	a->pin_policy = a->touch_policy = "unknown";
	if (!yubico(c, "8", &v) || der_left(&v) != 2)
		return;
	a->pin_policy = word(pin, sizeof(pin) / sizeof(pin[0]), v.at[0]);
	a->touch_policy = word(touch, sizeof(touch) / sizeof(touch[0]), v.at[1]);
	a->pin = v.at[0] == 1 ? ATTESTED_PIN_NEVER :
		 v.at[0] == 2 || v.at[0] == 3 ? ATTESTED_PIN_NEEDED : ATTESTED_PIN_UNKNOWN;
}

static void
read_serial(const struct cert *c, struct attestation *a)
{
	unsigned long long number = 0;
	struct der v, content;

	if (!yubico(c, "7", &v) || !der_take(&v, DER_INTEGER, &content) || der_left(&content) > 7)
		return;
	while (content.at < content.end)
		number = number << 8 | *content.at++;
	snprintf(a->serial, sizeof(a->serial), "%llu", number);
}

static void
read_device(const struct cert *c, struct attestation *a)
{
	static const char *const forms[] = { NULL, "USB-A keychain", "USB-A nano",
		"USB-C keychain", "USB-C nano", "USB-C and Lightning", "USB-A biometric",
		"USB-C biometric" };
	struct der v;

	a->vendor = "Yubico";
	a->form_factor = "";
	if (yubico(c, "3", &v) && der_left(&v) == 3)
		snprintf(a->firmware, sizeof(a->firmware), "%u.%u.%u", v.at[0], v.at[1], v.at[2]);
	if (yubico(c, "9", &v) && der_left(&v) == 1)	/* the high bits mark certified models */
		a->form_factor = word(forms, sizeof(forms) / sizeof(forms[0]), v.at[0] & 0x0f);
}

/* ---- does it hold? ---- */

static bool
signed_by(const struct cert *child, const struct cert *parent)
{
	unsigned int status = 0;
	gnutls_x509_crt_t ca = parent->crt;

	return gnutls_x509_crt_check_issuer(child->crt, parent->crt) &&
	       gnutls_x509_crt_verify(child->crt, &ca, 1, VERIFY_FLAGS, &status) == 0 &&
	       !(status & GNUTLS_CERT_SIGNATURE_FAILURE);
}

static const struct cert *
find_issuer(const struct certs *in, const struct cert *child)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->list[i] != child && !is_attestation(in->list[i]) &&
		    signed_by(child, in->list[i]))
			return in->list[i];
	return NULL;
}

static bool
holds(const struct loader *l, const struct certs *file, const struct cert *c)
{
	gnutls_x509_crt_t chain[CHAIN_MAX];
	unsigned int n = 0, status = 0;

	while (c && n < CHAIN_MAX) {
		const struct cert *issuer = find_issuer(file, c);

		chain[n++] = c->crt;
		c = c->self_issued ? NULL : issuer ? issuer : find_issuer(&l->shared, c);
	}
	return gnutls_x509_trust_list_verify_crt2(l->roots, chain, n, NULL, 0, VERIFY_FLAGS,
						  &status, NULL) == 0 && status == 0;
}

/* ---- reading ---- */

static void
certs_done(struct certs *c)
{
	while (c->count > 0)
		cert_free(c->list[--c->count]);
}

static void
add_certificate(struct certs *to, gnutls_x509_crt_t crt)
{
	gnutls_datum_t der = { NULL, 0 };
	struct cert *c = NULL;

	if (to->count < PER_FILE_MAX &&
	    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) == 0)
		c = cert_load(der.data, der.size);
	gnutls_free(der.data);
	if (c && c->readable)
		to->list[to->count++] = c;
	else
		cert_free(c);
}

static bool
read_certificates(struct loader *l, const char *name, struct certs *to)
{
	gnutls_x509_crt_t *crts = NULL;
	gnutls_datum_t data = { NULL, 0 };
	struct buf path = BUF_INIT;
	unsigned int n = 0;
	int r = -1;

	buf_putf(&path, "%s/%s", l->folder, name);
	if (path.error || !file_load(path.data, FILE_MAX, &data, l->messages))
		goto out;
	r = gnutls_x509_crt_list_import2(&crts, &n, &data, file_format(&data), 0);
	if (r < 0)
		buf_putf(l->messages, "error: %s: no certificates in PEM or DER: %s\n", path.data,
			 gnutls_strerror(r));
	else if (n > PER_FILE_MAX)
		buf_putf(l->messages, "error: %s: %u certificates; allowed: %d\n", path.data, n,
			 PER_FILE_MAX);
	for (unsigned int i = 0; r >= 0 && i < n; i++) {
		add_certificate(to, crts[i]);
		gnutls_x509_crt_deinit(crts[i]);
	}
	if (r >= 0)
		gnutls_free(crts);
out:
	gnutls_free(data.data);
	buf_done(&path);
	return r >= 0 && n <= PER_FILE_MAX;
}

static bool
add_attestation(struct loader *l, const char *name, const struct certs *file,
		const struct cert *c)
{
	struct attestations *to = l->out;
	struct attestation *a;

	if (to->count == to->room) {
		size_t room = to->room ? 2 * to->room : 16;
		struct attestation *more = realloc(to->list, room * sizeof(*more));

		if (!more)
			return false;
		to->list = more;
		to->room = room;
	}
	a = &to->list[to->count];
	memset(a, 0, sizeof(*a));
	a->source = strdup(name);
	if (!a->source)
		return false;
	to->count++;
	memcpy(a->key_sha256, c->key_sha256, sizeof(a->key_sha256));
	read_device(c, a);
	read_serial(c, a);
	read_policies(c, a);
	a->verified = holds(l, file, c);
	if (!a->verified)
		buf_putf(l->messages, "warning: %s/%s: the attestation %s does not lead to a "
			 "root of rootsFile\n", l->folder, name, c->subject);
	return true;
}

static bool
has_attestation(const struct certs *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (is_attestation(c->list[i]))
			return true;
	return false;
}

/* First the shared intermediates are read, then, with them, the attestations. */
static bool
read_file(struct loader *l, const char *name, bool shared)
{
	struct certs file = { .count = 0 };
	bool ok = read_certificates(l, name, &file), attests = has_attestation(&file);

	for (size_t i = 0; ok && i < file.count; i++) {
		if (!shared && is_attestation(file.list[i])) {
			ok = ok && add_attestation(l, name, &file, file.list[i]);
		} else if (shared && !attests && l->shared.count < PER_FILE_MAX) {
			l->shared.list[l->shared.count++] = file.list[i];
			file.list[i] = NULL;
		}
	}
	certs_done(&file);
	return ok;
}

static int
is_certificate_file(const struct dirent *e)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der" };
	size_t len = strlen(e->d_name);

	for (size_t i = 0; e->d_name[0] != '.' && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > 4 && strcasecmp(e->d_name + len - 4, ends[i]) == 0)
			return 1;
	return 0;
}

static bool
read_folder(struct loader *l)
{
	struct dirent **list = NULL;
	int n = scandir(l->folder, &list, is_certificate_file, alphasort);
	bool ok = n >= 0 && n <= FILES_MAX;

	if (n < 0)
		buf_putf(l->messages, "error: %s: %s; allowed: a folder that can be read\n",
			 l->folder, strerror(errno));
	else if (!ok)
		buf_putf(l->messages, "error: %s: more than %d files\n", l->folder, FILES_MAX);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; ok && i < n; i++)
			ok = read_file(l, list[i]->d_name, pass == 0);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return ok;
}

static bool
load_roots(struct loader *l, char *const *roots, size_t count)
{
	bool ok = gnutls_x509_trust_list_init(&l->roots, 0) == 0;

	for (size_t i = 0; ok && i < count; i++) {
		gnutls_datum_t data;
		int r;

		ok = file_load(roots[i], FILE_MAX, &data, l->messages);
		if (!ok)
			break;
		r = gnutls_x509_trust_list_add_trust_mem(l->roots, &data, NULL, file_format(&data),
							 0, 0);
		gnutls_free(data.data);
		ok = r > 0;
		if (!ok)
			buf_putf(l->messages, "error: %s: no certificates in PEM or DER: %s\n",
				 roots[i], r < 0 ? gnutls_strerror(r) : "empty");
	}
	return ok;
}

static int
compare(const void *a, const void *b)
{
	const struct attestation *x = a, *y = b;
	int order = memcmp(x->key_sha256, y->key_sha256, sizeof(x->key_sha256));

	return order ? order : (int)y->verified - (int)x->verified;
}

struct attestations *
attest_load(const char *folder, char *const *roots, size_t root_count, struct buf *messages)
{
	struct loader *l = calloc(1, sizeof(*l));
	struct attestations *a = calloc(1, sizeof(*a));
	bool ok = l && a;

	if (ok) {
		l->out = a;
		l->folder = folder;
		l->messages = messages;
		ok = load_roots(l, roots, root_count) && read_folder(l);
	} else {
		buf_puts(messages, "error: out of memory\n");
	}
	if (l) {
		certs_done(&l->shared);
		if (l->roots)
			gnutls_x509_trust_list_deinit(l->roots, 1);
	}
	free(l);
	if (!ok) {
		attest_free(a);
		return NULL;
	}
	if (a->count > 1)
		qsort(a->list, a->count, sizeof(*a->list), compare);
	return a;
}

void
attest_free(struct attestations *a)
{
	for (size_t i = 0; a && i < a->count; i++)
		free(a->list[i].source);
	free(a ? a->list : NULL);
	free(a);
}

size_t
attest_count(const struct attestations *a)
{
	return a ? a->count : 0;
}

const struct attestation *
attest_find(const struct attestations *a, const unsigned char key_sha256[static 32])
{
	size_t low = 0, high = attest_count(a);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(a->list[middle].key_sha256, key_sha256, 32) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == attest_count(a) || memcmp(a->list[low].key_sha256, key_sha256, 32) != 0)
		return NULL;
	return &a->list[low];
}
