/* SPDX-License-Identifier: MIT */
/*
 * trust - see trust.h.  Everything that can be said about the files of the
 * configuration is said here, once, at load; later nobody looks at them again.
 */
#include <config.h>

#include "core/chain/trust_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/chain/crl_files.h"
#include "core/chain/files.h"
#include "core/chain/revoke.h"
#include "core/chain/trust_check.h"

#define CERT_FILE_MAX ((size_t)16 << 20)
#define CERTS_MAX 10000

const struct cert *
certs_find(const struct certs *c, const struct cert *wanted)
{
	for (size_t i = 0; i < c->count; i++)
		if (memcmp(c->list[i]->sha256, wanted->sha256, CERT_SHA256) == 0)
			return c->list[i];
	return NULL;
}

bool
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
	if (c && c->readable && certs_find(to, c)) {
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

static bool
make_list(struct roots *t)
{
	if (gnutls_x509_trust_list_init(&t->list, (unsigned int)t->anchors.count) < 0)
		return false;
	for (size_t i = 0; i < t->anchors.count; i++)
		if (gnutls_x509_trust_list_add_cas(t->list, &t->anchors.list[i]->crt, 1, 0) != 1)
			return false;
	return true;
}

static void
free_certs(struct certs *c)
{
	for (size_t i = 0; i < c->count; i++)
		cert_free(c->list[i]);
	free(c->list);
}

void
roots_unref(struct roots *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (r->list)
		gnutls_x509_trust_list_deinit(r->list, 0);
	free_certs(&r->anchors);
	free_certs(&r->intermediates);
	free(r->names);
	free(r->name_text);
	free(r->name_biggest);
	free(r->anchor_text);
	free(r->added);
	free(r->gone);
	roots_unref(r->first);
	free(r);
}

static struct roots *
load_roots(const struct config_trust *c, struct buf *messages)
{
	struct roots *r = calloc(1, sizeof(*r));
	bool ok = r != NULL;

	if (ok) {
		r->refs = 1;
		ok = load_files(&r->anchors, c->ca_files, c->ca_count, true, messages);
		ok = load_files(&r->intermediates, c->intermediate_files, c->intermediate_count,
				false, messages) && ok;
		ok = roots_name(r, messages) && ok;
		ok = roots_describe(r) && ok;
	}
	if (ok && make_list(r))
		return r;
	if (ok || !r)
		buf_puts(messages, "error: CA files: no memory\n");
	roots_unref(r);
	return NULL;
}

/* Takes roots, NULL if they failed; the lists are looked at in any case, for their messages. */
static struct trust *
make_trust(struct roots *roots, const struct config_trust *c, struct buf *messages)
{
	static _Atomic uint64_t generation;
	struct trust *t = calloc(1, sizeof(*t));
	bool failed = false;

	if (!t) {
		roots_unref(roots);
		return NULL;
	}
	t->refs = 1;
	t->generation = atomic_fetch_add(&generation, 1) + 1;
	t->roots = roots;
	t->stamp = crl_files_stamp(c);
	t->crls = crl_table_load(c->crl_files, c->crl_count, c->crl_directory, messages, &failed);
	if (roots && t->crls && !failed) {
		trust_check_crls(t, messages);
		return t;
	}
	trust_unref(t);
	return NULL;
}

struct trust *
trust_load(const struct config_trust *c, struct buf *messages)
{
	struct trust *t = make_trust(load_roots(c, messages), c, messages);

	if (t)
		trust_check_intermediates(t, messages);
	return t;
}

struct trust *
trust_renew(const struct trust *old, const struct config_trust *c, struct buf *messages)
{
	atomic_fetch_add_explicit(&old->roots->refs, 1, memory_order_relaxed);
	return make_trust(old->roots, c, messages);
}

struct trust *
trust_ref(struct trust *t)
{
	if (t)
		atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void
trust_unref(struct trust *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
		return;
	roots_unref(t->roots);
	crl_table_free(t->crls);
	free(t);
}

uint64_t
trust_generation(const struct trust *t)
{
	return t->generation;
}

uint64_t
trust_stamp(const struct trust *t)
{
	return t->stamp;
}

size_t
trust_anchor_count(const struct trust *t)
{
	return t->roots->anchors.count;
}

const struct cert *
trust_anchor(const struct trust *t, size_t i)
{
	return t->roots->anchors.list[i];
}

size_t
trust_intermediate_count(const struct trust *t)
{
	return t->roots->intermediates.count;
}

const struct cert *
trust_intermediate(const struct trust *t, size_t i)
{
	return t->roots->intermediates.list[i];
}

int
trust_set_ca_names(const struct trust *t, gnutls_certificate_credentials_t cred)
{
	gnutls_x509_crt_t *crts = calloc(t->roots->name_count + 1, sizeof(*crts));
	int r;

	if (!crts)
		return GNUTLS_E_MEMORY_ERROR;
	for (size_t i = 0; i < t->roots->name_count; i++)
		crts[i] = t->roots->names[i]->crt;
	r = gnutls_certificate_set_x509_trust(cred, crts, (int)t->roots->name_count);
	free(crts);
	return r < 0 ? r : 0;
}

size_t
trust_ca_name_count(const struct trust *t)
{
	return t->roots->name_count;
}

size_t
trust_ca_name_bytes(const struct trust *t)
{
	return t->roots->name_bytes;
}

const char *
trust_ca_names(const struct trust *t)
{
	return t->roots->name_text;
}

const char *
trust_ca_names_biggest(const struct trust *t)
{
	return t->roots->name_biggest;
}

const struct crl_table *
trust_crls(const struct trust *t)
{
	return t->crls;
}

size_t
trust_crl_count(const struct trust *t)
{
	return crl_table_count(t->crls);
}

gnutls_x509_trust_list_t
trust_list(const struct trust *t)
{
	return t->roots->list;
}

const struct cert *
trust_find_subject(const struct trust *t, const gnutls_datum_t *dn)
{
	for (size_t i = 0; i < t->roots->anchors.count; i++)
		if (names_equal(&t->roots->anchors.list[i]->subject_der, dn))
			return t->roots->anchors.list[i];
	return NULL;
}

const struct cert *
trust_find_key_id(const struct trust *t, const char *key_id)
{
	for (size_t i = 0; key_id[0] && i < t->roots->anchors.count; i++)
		if (strcmp(t->roots->anchors.list[i]->subject_key_id, key_id) == 0)
			return t->roots->anchors.list[i];
	return NULL;
}
