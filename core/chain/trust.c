/* SPDX-License-Identifier: MIT */
/*
 * trust - see trust.h.  Everything that can be said about the files of the
 * configuration is said here, once, at load; later nobody looks at them again.
 */
#include <config.h>

#include "core/chain/trust.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/chain/files.h"
#include "core/chain/revoke.h"

#define CERT_FILE_MAX ((size_t)16 << 20)
#define CERTS_MAX 10000
#define NAMES_WARN ((size_t)16 << 10)	/* Schannel's limit; ARR 2 */
#define NAMES_MAX ((size_t)60 << 10)	/* above, handshakes break; STACK 2.5 */
#define NAMES_TEXT_MAX ((size_t)4 << 10)

struct certs {
	struct cert **list;	/* owned */
	size_t count, room;
};

struct trust {
	_Atomic unsigned int refs;
	uint64_t generation;		/* from 1 */
	struct certs anchors, intermediates;
	gnutls_x509_trust_list_t list;	/* of the anchors; they stay ours */
	const struct cert **names;	/* one certificate per name to send; borrowed */
	size_t name_count, name_bytes;
	char *name_text;		/* their subjects, joined */
	struct crl_table *crls;		/* owned */
};

static const struct cert *
find_equal(const struct certs *c, const struct cert *wanted)
{
	for (size_t i = 0; i < c->count; i++)
		if (memcmp(c->list[i]->sha256, wanted->sha256, CERT_SHA256) == 0)
			return c->list[i];
	return NULL;
}

static bool
names_equal(const gnutls_datum_t *a, const gnutls_datum_t *b)
{
	return a->size > 0 && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Takes c. */
static bool
append(struct certs *to, struct cert *c)
{
	if (c && to->count < CERTS_MAX && to->count == to->room) {
		size_t room = to->room ? 2 * to->room : 16;
		struct cert **more = realloc(to->list, room * sizeof(*more));

		if (more) {
			to->list = more;
			to->room = room;
		}
	}
	if (!c || to->count == to->room) {
		cert_free(c);
		return false;
	}
	to->list[to->count++] = c;
	return true;
}

static bool
add_one(struct certs *to, gnutls_x509_crt_t crt, const char *file, struct buf *messages)
{
	gnutls_datum_t der = { NULL, 0 };
	struct cert *c;

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) < 0) {
		buf_putf(messages, "error: %s: a certificate cannot be read\n", file);
		return false;
	}
	c = cert_load(der.data, der.size);
	gnutls_free(der.data);
	if (c && c->readable && find_equal(to, c)) {
		buf_putf(messages, "warning: %s: %s is there twice\n", file, c->subject);
		cert_free(c);
		return true;
	}
	if (append(to, c))
		return true;
	buf_putf(messages, "error: %s: no memory, or more than %d certificates\n", file, CERTS_MAX);
	return false;
}

static bool
load_file(struct certs *to, const char *file, struct buf *messages)
{
	gnutls_x509_crt_t *crts = NULL;
	gnutls_datum_t data;
	unsigned int n = 0;
	bool ok = true;
	int r;

	if (!file_load(file, CERT_FILE_MAX, &data, messages))
		return false;
	r = gnutls_x509_crt_list_import2(&crts, &n, &data, file_format(&data), 0);
	gnutls_free(data.data);
	if (r < 0) {
		buf_putf(messages, "error: %s: no certificates in PEM or DER: %s\n", file,
			 gnutls_strerror(r));
		return false;
	}
	for (unsigned int i = 0; i < n; i++) {
		ok = ok && add_one(to, crts[i], file, messages);
		gnutls_x509_crt_deinit(crts[i]);
	}
	gnutls_free(crts);
	return ok;
}

static bool
load_files(struct certs *to, char *const *files, size_t count, bool anchors, struct buf *messages)
{
	time_t now = time(NULL);
	bool ok = true;

	for (size_t i = 0; i < count; i++) {
		size_t from = to->count;

		ok = load_file(to, files[i], messages) && ok;
		for (size_t k = from; k < to->count; k++) {
			const struct cert *c = to->list[k];

			if (c->not_after < now)
				buf_putf(messages, "warning: %s: %s expired on %s\n", files[i],
					 c->subject, c->not_after_text);
			if (anchors && !c->self_issued)
				buf_putf(messages, "warning: %s: %s is not self-signed; as an "
					 "anchor it ends every chain and its issuer is not "
					 "looked at\n",
					 files[i], c->subject);
			if (!c->is_ca)
				buf_putf(messages, "warning: %s: %s is not a CA certificate\n",
					 files[i], c->subject);
		}
	}
	return ok;
}

static const struct cert *
signer_of(const struct certs *certs, const struct crl *crl, bool *named)
{
	for (size_t i = 0; i < certs->count; i++) {
		if (!names_equal(&certs->list[i]->subject_der, &crl->issuer_der))
			continue;
		*named = true;
		if (crl_is_signed_by(crl, certs->list[i]))
			return certs->list[i];
	}
	return NULL;
}

static void
check_crls(const struct trust *t, struct buf *messages)
{
	time_t now = time(NULL);

	for (size_t i = 0; i < crl_table_count(t->crls); i++) {
		const struct crl *c = crl_table_at(t->crls, i);
		bool named = false;

		if (!signer_of(&t->anchors, c, &named) && !signer_of(&t->intermediates, c, &named))
			buf_putf(messages, named ?
				 "warning: %s: the CRL of %s is not signed by the certificate "
				 "configured\n" :
				 "warning: %s: the issuer %s is neither an anchor nor a configured "
				 "intermediate\n", c->file, c->issuer);
		if (c->next_update == (time_t)-1)
			buf_putf(messages, "warning: %s: the CRL of %s never expires (no "
				 "nextUpdate)\n", c->file, c->issuer);
		else if (!crl_is_fresh(c, now))
			buf_putf(messages, "warning: %s: the CRL of %s is %s (%s to %s)\n", c->file,
				 c->issuer, c->this_update > now ? "not valid yet" : "stale",
				 c->this_update_text, c->next_update_text);
	}
}

/* Each name once: anchors of one name and several keys are common. */
static void
add_names(struct trust *t, const struct certs *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct cert *c = from->list[i];
		const gnutls_datum_t *name = &c->subject_der;
		size_t k = 0;

		while (k < t->name_count && !names_equal(&t->names[k]->subject_der, name))
			k++;
		if (k < t->name_count)
			continue;
		t->names[t->name_count++] = c;
		t->name_bytes += 2 + c->subject_der.size;
	}
}

static char *
join_names(const struct trust *t)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < t->name_count; i++) {
		const char *name = t->names[i]->subject;

		buf_puts(&text, i > 0 ? "; " : "");
		if (text.len + strlen(name) > NAMES_TEXT_MAX - 3) {
			buf_puts(&text, "...");
			break;
		}
		buf_puts(&text, name);
	}
	return buf_take(&text);
}

static bool
collect_names(struct trust *t, struct buf *messages)
{
	t->names = calloc(t->anchors.count + t->intermediates.count + 1, sizeof(*t->names));
	if (!t->names)
		return false;
	add_names(t, &t->anchors);
	add_names(t, &t->intermediates);
	t->name_text = join_names(t);
	if (t->name_bytes > NAMES_WARN)
		buf_putf(messages, "%s: CA files: the %zu CA names sent to clients take %zu bytes; "
			 "%s\n", t->name_bytes > NAMES_MAX ? "error" : "warning", t->name_count,
			 t->name_bytes, t->name_bytes > NAMES_MAX ?
			 "above 61440 no handshake succeeds" :
			 "some clients accept at most 16384");
	return t->name_text && t->name_bytes <= NAMES_MAX;
}

static bool
make_list(struct trust *t)
{
	if (gnutls_x509_trust_list_init(&t->list, (unsigned int)t->anchors.count) < 0)
		return false;
	for (size_t i = 0; i < t->anchors.count; i++)
		if (gnutls_x509_trust_list_add_cas(t->list, &t->anchors.list[i]->crt, 1, 0) != 1)
			return false;
	return true;
}

struct trust *
trust_load(const struct config_trust *c, struct buf *messages)
{
	static _Atomic uint64_t generation;
	struct trust *t = calloc(1, sizeof(*t));
	bool failed = false;

	if (!t)
		goto fail;
	t->refs = 1;
	t->generation = atomic_fetch_add(&generation, 1) + 1;
	if (!load_files(&t->anchors, c->ca_files, c->ca_count, true, messages))
		failed = true;
	if (!load_files(&t->intermediates, c->intermediate_files, c->intermediate_count, false,
			messages))
		failed = true;
	t->crls = crl_table_load(c->crl_files, c->crl_count, messages, &failed);
	if (!collect_names(t, messages) || failed)
		goto fail;
	if (!t->crls || !make_list(t)) {
		buf_puts(messages, "error: CA files: no memory\n");
		goto fail;
	}
	check_crls(t, messages);
	return t;
fail:
	trust_unref(t);
	return NULL;
}

struct trust *
trust_ref(struct trust *t)
{
	if (t)
		atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

static void
free_certs(struct certs *c)
{
	for (size_t i = 0; i < c->count; i++)
		cert_free(c->list[i]);
	free(c->list);
}

void
trust_unref(struct trust *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (t->list)
		gnutls_x509_trust_list_deinit(t->list, 0);
	free_certs(&t->anchors);
	free_certs(&t->intermediates);
	crl_table_free(t->crls);
	free(t->names);
	free(t->name_text);
	free(t);
}

uint64_t
trust_generation(const struct trust *t)
{
	return t->generation;
}

size_t
trust_anchor_count(const struct trust *t)
{
	return t->anchors.count;
}

const struct cert *
trust_anchor(const struct trust *t, size_t i)
{
	return t->anchors.list[i];
}

size_t
trust_intermediate_count(const struct trust *t)
{
	return t->intermediates.count;
}

const struct cert *
trust_intermediate(const struct trust *t, size_t i)
{
	return t->intermediates.list[i];
}

int
trust_set_ca_names(const struct trust *t, gnutls_certificate_credentials_t cred)
{
	gnutls_x509_crt_t *crts = calloc(t->name_count + 1, sizeof(*crts));
	int r;

	if (!crts)
		return GNUTLS_E_MEMORY_ERROR;
	for (size_t i = 0; i < t->name_count; i++)
		crts[i] = t->names[i]->crt;
	r = gnutls_certificate_set_x509_trust(cred, crts, (int)t->name_count);
	free(crts);
	return r < 0 ? r : 0;
}

size_t
trust_ca_name_count(const struct trust *t)
{
	return t->name_count;
}

size_t
trust_ca_name_bytes(const struct trust *t)
{
	return t->name_bytes;
}

const char *
trust_ca_names(const struct trust *t)
{
	return t->name_text;
}

const struct crl_table *
trust_crls(const struct trust *t)
{
	return t->crls;
}

gnutls_x509_trust_list_t
trust_list(const struct trust *t)
{
	return t->list;
}

const struct cert *
trust_find_subject(const struct trust *t, const gnutls_datum_t *dn)
{
	for (size_t i = 0; i < t->anchors.count; i++)
		if (names_equal(&t->anchors.list[i]->subject_der, dn))
			return t->anchors.list[i];
	return NULL;
}

const struct cert *
trust_find_key_id(const struct trust *t, const char *key_id)
{
	for (size_t i = 0; key_id[0] && i < t->anchors.count; i++)
		if (strcmp(t->anchors.list[i]->subject_key_id, key_id) == 0)
			return t->anchors.list[i];
	return NULL;
}
