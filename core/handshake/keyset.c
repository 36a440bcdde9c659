/* SPDX-License-Identifier: MIT */
/* keyset - see keyset.h. */
#include <config.h>

#include "core/handshake/keyset.h"

#include <stdatomic.h>
#include <stdlib.h>

#define COPIES 4u /* cards sign one by one anyway; network HSMs do not */

struct copy {
	gnutls_certificate_credentials_t cred;
	struct pin_source pin;
};

struct keyset {
	_Atomic unsigned int refs;
	_Atomic unsigned int turn;
	struct copy copies[COPIES];
};

static int
load(struct copy *c, const struct keyset_source *s, bool first)
{
	int r = gnutls_certificate_allocate_credentials(&c->cred);

	if (r < 0)
		return r;
	c->pin.from = s->pin_from;
	c->pin.allow_final_try = s->allow_final_try;
	gnutls_certificate_set_pin_function(c->cred, pin_callback, &c->pin);
	if (!first) /* a slow token signs for the test once */
		gnutls_certificate_set_flags(c->cred, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	r = gnutls_certificate_set_x509_key_file(c->cred, s->certificate, s->key,
						 GNUTLS_X509_FMT_PEM);
	if (r >= 0 && trust_anchor_count(s->trust) > 0)
		r = trust_set_ca_names(s->trust, c->cred);
	return r < 0 ? r : 0;
}

struct keyset *
keyset_new(const struct keyset_source *s, struct token_login *login)
{
	struct keyset *k = calloc(1, sizeof(*k));
	const struct pin_source none = { .from = s->pin_from,
					 .allow_final_try = s->allow_final_try };
	int r = login_begin(login, s->key, &none);

	if (r == 0 && !k)
		r = GNUTLS_E_MEMORY_ERROR;
	for (unsigned int i = 0; r == 0 && i < COPIES; i++)
		r = load(&k->copies[i], s, i == 0);
	login_end(login, s->key, k ? &k->copies[0].pin : &none, r);
	if (k)
		atomic_init(&k->refs, 1);
	if (r == 0)
		return k;
	keyset_unref(k);
	return NULL;
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
		if (k->copies[i].cred)
			gnutls_certificate_free_credentials(k->copies[i].cred);
	free(k);
}

gnutls_certificate_credentials_t
keyset_pick(struct keyset *k)
{
	unsigned int n = atomic_fetch_add_explicit(&k->turn, 1, memory_order_relaxed);

	return k->copies[n % COPIES].cred;
}
