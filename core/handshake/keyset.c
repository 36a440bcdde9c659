/* SPDX-License-Identifier: MIT */
/* keyset - see keyset.h. */
#include <config.h>

#include "core/handshake/keyset.h"

#include "core/token/lane_key.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define COPIES 4u /* cards sign one by one anyway; network HSMs do not */
#define CHAIN_MAX 16u /* certificates */

struct keyset {
	_Atomic unsigned int refs;
	_Atomic unsigned int turn;
	gnutls_certificate_credentials_t copies[COPIES];
};

/* ---- where it is made from ---- */

struct keyset_source *
keyset_source_new(void)
{
	struct keyset_source *s = calloc(1, sizeof(*s));

	if (s)
		atomic_init(&s->refs, 1);
	return s;
}

void
keyset_source_unref(struct keyset_source *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	trust_unref(s->trust);
	free(s->certificate);
	free(s->key);
	free(s->pin_from);
	free(s);
}

/* ---- one copy ---- */

static void
drop_chain(gnutls_pcert_st *chain, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		gnutls_pcert_deinit(&chain[i]);
}

/* Credentials with the chain, which they take, and a key of their own on the token. */
static int
join(gnutls_certificate_credentials_t cred, const struct keyset_source *s, gnutls_pcert_st *chain,
     unsigned int count, struct pin_source *pin, bool first)
{
	const struct lane_key_source from = {
		.uri = s->key,
		.lane = s->lane,
		.seconds = s->seconds,
		.pin = pin,
		.check = first ? chain[0].pubkey : NULL, /* a slow token signs for the test once */
	};
	gnutls_privkey_t key;
	int r = lane_key_open(&from, &key);

	if (r == 0) {
		r = gnutls_certificate_set_key(cred, NULL, 0, chain, (int)count, key);
		if (r >= 0)
			return 0;
		gnutls_privkey_deinit(key);
	}
	drop_chain(chain, count);
	return r;
}

static int
load(gnutls_certificate_credentials_t *cred, const struct keyset_source *s, struct pin_source *pin,
     bool first)
{
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned int count = CHAIN_MAX;
	int r = gnutls_certificate_allocate_credentials(cred);

	if (r < 0)
		return r;
	gnutls_certificate_set_flags(*cred, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	r = gnutls_pcert_list_import_x509_file(chain, &count, s->certificate, GNUTLS_X509_FMT_PEM,
					       pin_callback, pin, 0);
	if (r >= 0)
		r = join(*cred, s, chain, count, pin, first);
	if ((r == GNUTLS_E_PKCS11_PIN_ERROR || r == GNUTLS_E_PKCS11_PIN_LOCKED) && pin->given &&
	    !pin->refused[0])
		pin_was_wrong(pin); /* GnuTLS did not ask again */
	if (r >= 0 && trust_anchor_count(s->trust) > 0)
		r = trust_set_ca_names(s->trust, *cred);
	return r < 0 ? r : 0;
}

/* ---- the set ---- */

static struct pin_source
pin_of(const struct keyset_source *s)
{
	return (struct pin_source){ .from = s->pin_from, .allow_final_try = s->allow_final_try };
}

struct keyset *
keyset_make(struct keyset_source *s, struct token_login *login)
{
	struct keyset *k = calloc(1, sizeof(*k));
	struct pin_source pin = pin_of(s), first;
	int r = login_begin(login, s->key, &pin);

	if (r == 0 && !k)
		r = GNUTLS_E_MEMORY_ERROR;
	if (r == 0)
		r = load(&k->copies[0], s, &pin, true);
	first = pin; /* how the login went is told by the first */
	for (unsigned int i = 1; r == 0 && i < COPIES; i++) {
		pin = pin_of(s);
		r = load(&k->copies[i], s, &pin, false);
	}
	login_end(login, s->key, &first, r);
	if (k)
		atomic_init(&k->refs, 1);
	if (r == 0)
		return k;
	keyset_unref(k);
	return NULL;
}

struct making {
	struct lane_job job; /* first member */
	struct keyset_source *source; /* reference */
	struct token_login login;
	struct keyset *made; /* reference */
	bool taken; /* .made and .login are the caller's */
};

static void
make_run(struct lane_job *j)
{
	struct making *m = (struct making *)j;

	m->made = keyset_make(m->source, &m->login);
}

static void
make_free(struct lane_job *j)
{
	struct making *m = (struct making *)j;

	if (!m->taken) {
		keyset_unref(m->made);
		login_done(&m->login);
	}
	keyset_source_unref(m->source);
	free(m);
}

struct keyset *
keyset_new(struct keyset_source *s, struct token_login *login)
{
	const struct pin_source pin = pin_of(s);
	struct making *m = calloc(1, sizeof(*m));
	struct keyset *made = NULL;

	if (!m) {
		login_none(login, s->key, &pin, GNUTLS_E_MEMORY_ERROR);
		return NULL;
	}
	m->job = (struct lane_job){ .run = make_run, .free = make_free, .seconds = s->seconds };
	m->source = s;
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	if (lane_call(s->look, &m->job) == 0) {
		m->taken = true;
		*login = m->login;
		made = m->made;
	} else {
		login_none(login, s->key, &pin, GNUTLS_E_PKCS11_DEVICE_ERROR);
	}
	lane_release(&m->job);
	return made;
}

struct keyset *
keyset_ref(struct keyset *k)
{
	if (k)
		atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
keyset_unref(struct keyset *k)
{
	if (!k || atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (unsigned int i = 0; i < COPIES; i++)
		if (k->copies[i])
			gnutls_certificate_free_credentials(k->copies[i]);
	free(k);
}

gnutls_certificate_credentials_t
keyset_pick(struct keyset *k)
{
	unsigned int n = atomic_fetch_add_explicit(&k->turn, 1, memory_order_relaxed);

	return k->copies[n % COPIES];
}
