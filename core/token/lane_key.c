/* SPDX-License-Identifier: MIT */
/* lane_key - see lane_key.h. */
#include <config.h>

#include "core/token/lane_key.h"

#include <gnutls/crypto.h>
#include <gnutls/pkcs11.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_LEN 48u /* of the RSA key exchange, RFC 5246 7.4.7.1 */
#define DATA_MAX 4096u /* what is signed: hashes, and what TLS 1.3 signs for Ed25519 */

struct lane_key {
	struct lane_job end; /* first member: closes the session */
	_Atomic unsigned int refs;
	gnutls_privkey_t key; /* GnuTLS's, on the token */
	struct pin_source pin; /* for keys that want the PIN for each use */
	struct lane *lane;
	unsigned int seconds;
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits;
	bool pss; /* an RSA key that can make PSS signatures */
};

enum use { SIGN_HASH, SIGN_DATA, DECRYPT };

struct use_job {
	struct lane_job job; /* first member */
	struct lane_key *key; /* reference */
	enum use use;
	gnutls_sign_algorithm_t algorithm;
	int result;
	gnutls_datum_t out; /* gnutls_free */
	unsigned int len;
	unsigned char data[]; /* a copy: the caller may be gone */
};

/* ---- life ---- */

static void
end_run(struct lane_job *j)
{
	struct lane_key *k = (struct lane_key *)j;

	if (k->key)
		gnutls_privkey_deinit(k->key);
}

static void
end_free(struct lane_job *j)
{
	free(j);
}

static void
unref(struct lane_key *k)
{
	if (atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) == 1)
		lane_send(k->lane, &k->end);
}

static void
on_deinit(gnutls_privkey_t outer, void *userdata)
{
	(void)outer;
	unref(userdata);
}

/* ---- one use ---- */

static int
decrypt(struct use_job *u, const gnutls_datum_t *data)
{
	u->out.data = gnutls_malloc(SECRET_LEN);
	if (!u->out.data)
		return GNUTLS_E_MEMORY_ERROR;
	u->out.size = SECRET_LEN;
	/* A wrong secret looks like a right one until the end (RFC 5246 7.4.7.1). */
	gnutls_rnd(GNUTLS_RND_NONCE, u->out.data, u->out.size);
	gnutls_privkey_decrypt_data2(u->key->key, 0, data, u->out.data, u->out.size);
	return 0;
}

static void
use_run(struct lane_job *j)
{
	struct use_job *u = (struct use_job *)j;
	const gnutls_datum_t data = { u->data, u->len };
	gnutls_privkey_t key = u->key->key;

	if (u->use == DECRYPT)
		u->result = decrypt(u, &data);
	else if (u->use == SIGN_DATA)
		u->result = gnutls_privkey_sign_data2(key, u->algorithm, 0, &data, &u->out);
	else if (u->algorithm == GNUTLS_SIGN_RSA_RAW)
		u->result = gnutls_privkey_sign_hash2(
			key, GNUTLS_SIGN_UNKNOWN, GNUTLS_PRIVKEY_SIGN_FLAG_TLS1_RSA, &data,
			&u->out);
	else
		u->result = gnutls_privkey_sign_hash2(key, u->algorithm, 0, &data, &u->out);
}

static void
use_free(struct lane_job *j)
{
	struct use_job *u = (struct use_job *)j;

	if (u->out.data)
		gnutls_memset(u->out.data, 0, u->out.size);
	gnutls_free(u->out.data);
	gnutls_memset(u->data, 0, u->len);
	unref(u->key);
	free(u);
}

/* Runs one use in the lane.  A code of tokens stands for "no answer". */
static int
use(struct lane_key *k, enum use what, gnutls_sign_algorithm_t algorithm,
    const gnutls_datum_t *data, gnutls_datum_t *out)
{
	struct use_job *u = data->size <= DATA_MAX ? calloc(1, sizeof(*u) + data->size) : NULL;
	int r;

	*out = (gnutls_datum_t){ NULL, 0 };
	if (!u)
		return GNUTLS_E_MEMORY_ERROR;
	u->job = (struct lane_job){ .run = use_run, .free = use_free, .seconds = k->seconds };
	u->key = k;
	atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	u->use = what;
	u->algorithm = algorithm;
	u->len = data->size;
	memcpy(u->data, data->data, data->size);
	r = lane_call(k->lane, &u->job) == 0 ? u->result : GNUTLS_E_PKCS11_DEVICE_ERROR;
	if (r >= 0) {
		*out = u->out;
		u->out = (gnutls_datum_t){ NULL, 0 };
	}
	lane_release(&u->job);
	return r;
}

static int
on_sign_hash(gnutls_privkey_t outer, gnutls_sign_algorithm_t algorithm, void *userdata,
	     unsigned int flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
	(void)outer;
	(void)flags;
	return use(userdata, SIGN_HASH, algorithm, hash, signature);
}

static int
on_sign_data(gnutls_privkey_t outer, gnutls_sign_algorithm_t algorithm, void *userdata,
	     unsigned int flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	(void)outer;
	(void)flags;
	return use(userdata, SIGN_DATA, algorithm, data, signature);
}

static int
on_decrypt(gnutls_privkey_t outer, void *userdata, const gnutls_datum_t *ciphertext,
	   gnutls_datum_t *plaintext)
{
	(void)outer;
	return use(userdata, DECRYPT, GNUTLS_SIGN_UNKNOWN, ciphertext, plaintext);
}

static int
on_info(gnutls_privkey_t outer, unsigned int flags, void *userdata)
{
	const struct lane_key *k = userdata;
	gnutls_sign_algorithm_t sign;

	(void)outer;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return k->algorithm;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)k->bits;
	if (!(flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO))
		return -1;
	sign = GNUTLS_FLAGS_TO_SIGN_ALGO(flags);
	if (gnutls_sign_get_pk_algorithm(sign) == GNUTLS_PK_RSA_PSS && !k->pss)
		return 0;
	return gnutls_sign_supports_pk_algorithm(sign, k->algorithm) != 0;
}

/* ---- opening ---- */

/* GnuTLS's object on the token, and what it says of itself. */
static int
open_inner(struct lane_key *k, const char *uri)
{
	int r = gnutls_privkey_init(&k->key);

	if (r < 0)
		return r;
	gnutls_privkey_set_pin_function(k->key, pin_callback, &k->pin);
	r = gnutls_privkey_import_url(k->key, uri, 0);
	if (r < 0)
		return r;
	r = gnutls_privkey_get_pk_algorithm(k->key, &k->bits);
	if (r < 0)
		return r;
	k->algorithm = (gnutls_pk_algorithm_t)r;
	k->pss = k->algorithm == GNUTLS_PK_RSA_PSS ||
		 (k->algorithm == GNUTLS_PK_RSA &&
		  gnutls_pkcs11_token_check_mechanism(uri, CKM_RSA_PKCS_PSS, NULL, 0, 0) > 0);
	return 0;
}

/* One signature, checked with the public key of the certificate. */
static int
fits(gnutls_privkey_t key, gnutls_pubkey_t pubkey)
{
	static const gnutls_datum_t text = { (unsigned char *)(uintptr_t)"a test of the key", 17 };
	gnutls_datum_t signature = { NULL, 0 };
	gnutls_digest_algorithm_t hash = GNUTLS_DIG_SHA256;
	gnutls_pk_algorithm_t pk;
	gnutls_sign_algorithm_t sign;
	int r = gnutls_pubkey_get_preferred_hash_algorithm(pubkey, &hash, NULL);

	if (r < 0)
		return r;
	pk = (gnutls_pk_algorithm_t)gnutls_pubkey_get_pk_algorithm(pubkey, NULL);
	sign = gnutls_pk_to_sign(pk, hash);
	r = gnutls_privkey_sign_data2(key, sign, 0, &text, &signature);
	if (r == 0 && gnutls_pubkey_verify_data2(pubkey, sign, 0, &text, &signature) < 0)
		r = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
	gnutls_free(signature.data);
	return r;
}

int
lane_key_open(const struct lane_key_source *s, gnutls_privkey_t *out)
{
	struct lane_key *k = calloc(1, sizeof(*k));
	int r;

	*out = NULL;
	if (!k)
		return GNUTLS_E_MEMORY_ERROR;
	k->end = (struct lane_job){ .run = end_run, .free = end_free, .seconds = s->seconds };
	atomic_init(&k->refs, 1);
	k->lane = s->lane;
	k->seconds = s->seconds;
	k->pin = *s->pin;
	r = open_inner(k, s->uri);
	if (r == 0 && s->check)
		r = fits(k->key, s->check);
	*s->pin = k->pin;
	if (r == 0)
		r = gnutls_privkey_init(out);
	if (r == 0)
		r = gnutls_privkey_import_ext4(*out, k, on_sign_data, on_sign_hash,
					       on_decrypt, on_deinit, on_info, 0);
	if (r == 0)
		return 0;
	if (*out)
		gnutls_privkey_deinit(*out);
	*out = NULL;
	unref(k);
	return r;
}
