/* SPDX-License-Identifier: MIT */
/*
 * revoke - see revoke.h.  Loads lists, checks who signed them, and answers.
 * The inside of a list is crl_index.c's.
 */
#include <config.h>

#include "core/chain/revoke.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

#include "core/chain/cert_text.h"
#include "core/chain/crl_files.h"
#include "core/chain/crl_index.h"
#include "core/chain/files.h"

#define CLOCKS_APART 60	/* seconds a CA or responder may be ahead of us */
#define OCSP_AGE_MAX 86400	/* of an answer that does not say when it is stale */

struct crl_table {
	struct crl *crls;	/* in the order they were read */
	size_t count, room;
};

static void
crl_done(struct crl *c)
{
	crl_index_free(c->index);
	gnutls_free(c->issuer_der.data);
	free(c->file);
	free(c->issuer);
}

static int
take_head(struct crl *c, gnutls_x509_crl_t crl)
{
	gnutls_datum_t dn = { NULL, 0 };
	struct buf b = BUF_INIT;
	int algorithm = gnutls_x509_crl_get_signature_algorithm(crl);

	if (gnutls_x509_crl_get_issuer_dn3(crl, &dn, GNUTLS_X509_DN_FLAG_COMPAT) == 0)
		cert_put_dn(&b, &dn);
	gnutls_free(dn.data);
	c->issuer = buf_take(&b);
	c->this_update = gnutls_x509_crl_get_this_update(crl);
	c->next_update = gnutls_x509_crl_get_next_update(crl);
	cert_time_text(c->this_update, c->this_update_text);
	cert_time_text(c->next_update, c->next_update_text);
	c->index->algorithm = algorithm > 0 ? algorithm : GNUTLS_SIGN_UNKNOWN;
	return gnutls_x509_crl_get_raw_issuer_dn(crl, &c->issuer_der);
}

/* GnuTLS is given the head alone: of a whole list it makes a tree forty times as large. */
static int
read_head(struct crl *c)
{
	struct buf head = BUF_INIT;
	gnutls_x509_crl_t crl = NULL;
	int r = gnutls_x509_crl_init(&crl);

	crl_index_put_head(c->index, &head);
	if (r == 0 && head.error)
		r = head.error == -ENOMEM ? GNUTLS_E_MEMORY_ERROR : GNUTLS_E_ASN1_DER_ERROR;
	if (r == 0) {
		gnutls_datum_t der = { (unsigned char *)head.data, (unsigned int)head.len };

		r = gnutls_x509_crl_import(crl, &der, GNUTLS_X509_FMT_DER);
	}
	if (r == 0)
		r = take_head(c, crl);
	if (crl)
		gnutls_x509_crl_deinit(crl);
	buf_done(&head);
	return r;
}

/* NULL or what is wrong.  Takes der, the bytes that were signed. */
static const char *
read_crl(struct crl *c, gnutls_datum_t *der, const char *file)
{
	int r;

	memset(c, 0, sizeof(*c));
	c->file = strdup(file);
	c->index = crl_index_new(der, c);
	if (!c->index)
		return "malformed, or no memory";
	r = read_head(c);
	if (r < 0)
		return gnutls_strerror(r);
	return c->file && c->issuer ? NULL : "no memory";
}

static bool
make_room(struct crl_table *t)
{
	size_t room = t->room ? 2 * t->room : 8;
	struct crl *more;

	if (t->count < t->room)
		return true;
	more = realloc(t->crls, room * sizeof(*more));
	if (!more)
		return false;
	t->crls = more;
	t->room = room;
	return true;
}

/* Takes der. */
static bool
add_crl(struct crl_table *t, gnutls_datum_t *der, const char *file, struct buf *messages)
{
	const char *why = "no memory";

	if (make_room(t)) {
		why = read_crl(&t->crls[t->count], der, file);
		if (why)
			crl_done(&t->crls[t->count]);
		else
			t->count++;
	}
	gnutls_free(der->data);
	if (why)
		buf_putf(messages, "error: %s: no CRL in PEM or DER: %s\n", file, why);
	return !why;
}

/*
 * Every list of a PEM file.  Not by gnutls_x509_crl_list_import2: what comes out
 * of it is encoded anew, and the signature is over the bytes as they were.
 */
static bool
load_pem(struct crl_table *t, const gnutls_datum_t *data, const char *file, struct buf *messages)
{
	static const char armour[] = "-----BEGIN X509 CRL-----";
	unsigned char *end = data->data + data->size, *at = data->data;
	size_t before = t->count;

	while ((at = memmem(at, (size_t)(end - at), armour, sizeof(armour) - 1))) {
		gnutls_datum_t rest = { at, (unsigned int)(end - at) }, der = { NULL, 0 };
		int r = gnutls_pem_base64_decode2("X509 CRL", &rest, &der);

		if (r < 0)
			buf_putf(messages, "error: %s: no CRL in PEM or DER: %s\n", file,
				 gnutls_strerror(r));
		if (r < 0 || !add_crl(t, &der, file, messages))
			return false;
		at += sizeof(armour) - 1;
	}
	if (t->count == before)
		buf_putf(messages, "error: %s: no CRL in PEM or DER\n", file);
	return t->count > before;
}

static bool
load_file(struct crl_table *t, const char *file, struct buf *messages)
{
	gnutls_datum_t data;
	bool ok;

	if (!file_load(file, CRL_FILE_MAX, &data, messages))
		return false;
	if (file_format(&data) == GNUTLS_X509_FMT_DER)
		return add_crl(t, &data, file, messages);
	ok = load_pem(t, &data, file, messages);
	gnutls_free(data.data);
	return ok;
}

bool
crl_table_index(struct crl_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (!crl_index_fill(t->crls[i].index, t->crls[i].entries))
			return false;
	return true;
}

struct crl_table *
crl_table_load(char *const *files, size_t count, const char *directory, struct buf *messages,
	       bool *failed)
{
	struct crl_table *t = calloc(1, sizeof(*t));
	struct crl_names names = { NULL, 0 };

	for (size_t i = 0; t && i < count; i++)
		if (!load_file(t, files[i], messages))
			*failed = true;
	if (t && directory && !crl_names_read(&names, directory, messages))
		*failed = true;
	for (size_t i = 0; t && i < names.count; i++)
		if (!load_file(t, names.paths[i], messages))
			*failed = true;
	crl_names_done(&names);
	if (!t || crl_table_index(t))
		return t;
	crl_table_free(t);
	return NULL;
}

struct crl_table *
crl_table_from(const void *data, size_t len, const char *name)
{
	gnutls_datum_t copy = { gnutls_malloc(len + 1), (unsigned int)len };
	struct crl_table *t = calloc(1, sizeof(*t));
	struct buf unread = BUF_INIT;
	bool ok = false;

	if (copy.data && t && len > 0) {
		memcpy(copy.data, data, len);
		copy.data[len] = '\0';
		if (file_format(&copy) == GNUTLS_X509_FMT_DER) {
			ok = add_crl(t, &copy, name, &unread);
			copy.data = NULL; /* taken, also when it is none */
		} else {
			ok = load_pem(t, &copy, name, &unread);
		}
	}
	gnutls_free(copy.data);
	buf_done(&unread);
	if (ok)
		return t;
	crl_table_free(t);
	return NULL;
}

void
crl_table_free(struct crl_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		crl_done(&t->crls[i]);
	free(t->crls);
	free(t);
}

size_t
crl_table_count(const struct crl_table *t)
{
	return t ? t->count : 0;
}

const struct crl *
crl_table_at(const struct crl_table *t, size_t i)
{
	return &t->crls[i];
}

static bool
verify_signature(const struct crl_index *x, const struct cert *issuer)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)x->signed_part.at,
				(unsigned int)der_left(&x->signed_part) };
	gnutls_datum_t signature = { (unsigned char *)(uintptr_t)x->signature.at,
				     (unsigned int)der_left(&x->signature) };
	gnutls_datum_t der = { issuer->der, (unsigned int)issuer->der_len };
	gnutls_x509_crt_t crt = NULL;
	gnutls_pubkey_t key = NULL;
	bool ok;

	ok = gnutls_pubkey_init(&key) == 0 && gnutls_x509_crt_init(&crt) == 0 &&
	     gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0 &&
	     gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
	     gnutls_pubkey_verify_data2(key, x->algorithm, 0, &data, &signature) >= 0;
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_pubkey_deinit(key);
	return ok;
}

bool
crl_is_signed_by(const struct crl *c, const struct cert *issuer)
{
	struct crl_index *x = c->index;
	int none = 0;

	if (!issuer->readable || c->issuer_der.size != issuer->subject_der.size ||
	    memcmp(c->issuer_der.data, issuer->subject_der.data, c->issuer_der.size) != 0)
		return false;
	if (issuer->key_usage_bits && !(issuer->key_usage_bits & GNUTLS_KEY_CRL_SIGN))
		return false;
	if (atomic_load_explicit(&x->verified, memory_order_acquire) == 2 &&
	    memcmp(x->verified_key, issuer->key_sha256, CERT_SHA256) == 0)
		return true;
	if (x->algorithm == GNUTLS_SIGN_UNKNOWN || !verify_signature(x, issuer))
		return false;
	if (atomic_compare_exchange_strong(&x->verified, &none, 1)) {
		memcpy(x->verified_key, issuer->key_sha256, CERT_SHA256);
		atomic_store_explicit(&x->verified, 2, memory_order_release);
	}
	return true;
}

bool
crl_is_fresh(const struct crl *c, time_t now)
{
	return c->this_update <= now + CLOCKS_APART &&
	       (c->next_update == (time_t)-1 || now <= c->next_update);
}

/* Does the scope of c include cert?  A distribution point has to be the one cert names. */
static bool
crl_covers(const struct crl *c, const struct cert *cert)
{
	const struct der *point = &c->index->point;

	if ((c->users_only && cert->is_ca) || (c->authorities_only && !cert->is_ca))
		return false;
	return der_left(point) == 0 || crl_point_is_of(*point, &cert->crl_points);
}

static bool
same_scope(const struct crl *a, const struct crl *b)
{
	const struct der *x = &a->index->scope, *y = &b->index->scope;

	return a->partial == b->partial && der_left(x) == der_left(y) &&
	       (der_left(x) == 0 || memcmp(x->at, y->at, der_left(x)) == 0);
}

/* With all places taken: one of a list nobody has signed, else of one that does not name it. */
static struct revoke_source *
place_to_spare(struct revoke_answer *a)
{
	struct revoke_source *spare = NULL;

	for (size_t i = 0; i < a->count; i++) {
		struct revoke_source *s = &a->sources[i];

		if (!s->signed_by_issuer)
			return s;
		if (!s->listed)
			spare = s;
	}
	return spare;
}

/*
 * A place for an answer of c: that of an older list of the same scope, or a new one.  NULL =
 * what is known tells more.  A delta does not repeat what an earlier one named.
 */
static struct revoke_source *
place_for(struct revoke_answer *a, const struct revoke_source *new)
{
	const struct crl *c = new->crl;

	for (size_t i = 0; i < a->count && new->signed_by_issuer; i++) {
		struct revoke_source *s = &a->sources[i];

		if (!s->signed_by_issuer || !same_scope(s->crl, c) ||
		    (c->partial && s->listed != new->listed))
			continue;
		return s->crl->this_update < c->this_update ? s : NULL;
	}
	if (a->count < REVOKE_SOURCES_MAX)
		return &a->sources[a->count++];
	return new->signed_by_issuer ? place_to_spare(a) : NULL;
}

void
revoke_ask(const struct crl_table *t, const struct cert *cert, const struct cert *issuer,
	   struct revoke_answer *out)
{
	out->count = 0;
	for (size_t i = 0; i < crl_table_count(t); i++) {
		const struct crl *c = &t->crls[i];
		struct revoke_source said = { .crl = c, .reason = "" }, *place;

		if (c->issuer_der.size != cert->issuer_der.size ||
		    memcmp(c->issuer_der.data, cert->issuer_der.data, c->issuer_der.size) != 0 ||
		    !crl_covers(c, cert))
			continue;
		said.signed_by_issuer = crl_is_signed_by(c, issuer);
		said.listed = said.signed_by_issuer && !c->indirect && cert->serial_len > 0 &&
			      crl_index_find(c->index, cert->serial_der, cert->serial_len,
					     said.date, &said.reason);
		place = place_for(out, &said);
		if (place)
			*place = said;
	}
}

bool
revoke_source_is_fresh(const struct revoke_source *s, time_t now)
{
	if (s->crl)
		return crl_is_fresh(s->crl, now);
	return !s->error && s->this_update <= now + CLOCKS_APART &&
	       (s->next_update == (time_t)-1 ? now - s->this_update <= OCSP_AGE_MAX :
					       now <= s->next_update);
}

enum revoke_result
revoke_judge(const struct revoke_answer *a, const struct config_trust *policy, time_t now,
	     const struct revoke_source **decisive)
{
	*decisive = NULL;
	if (policy->revocation == REVOCATION_OFF)
		return REVOKE_SKIPPED;
	for (size_t i = 0; i < a->count; i++) {
		const struct revoke_source *s = &a->sources[i];

		if (!s->signed_by_issuer)
			continue;
		if (s->listed) {	/* also by a stale list: revocation is for good */
			*decisive = s;
			return REVOKE_REVOKED;
		}
		if ((s->crl ? !s->crl->partial : s->good) &&
		    (revoke_source_is_fresh(s, now) || !policy->crl_stale_refuses))
			*decisive = s;
	}
	return *decisive ? REVOKE_GOOD : REVOKE_UNKNOWN;
}

const char *
revoke_result_text(enum revoke_result r)
{
	static const char *const texts[] = { "good", "revoked", "unknown", "skipped" };

	return texts[r];
}
