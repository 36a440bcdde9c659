/* SPDX-License-Identifier: MIT */
/* credentials - see credentials.h.  Facts: STACK 3.2, 3.5; ARR 1.1 (X-ARR-SSL). */
#include <config.h>

#include "core/handshake/credentials.h"

#include "core/base/lane.h"
#include "core/base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DN text for a header: bytes a server may choke on become RFC 4514 escapes (ARR 2, R4). */
static void
put_ascii(struct buf *b, const char *dn)
{
	for (const char *p = dn; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c >= 0x7f || c == '|')
			buf_putf(b, "\\%02X", c);
		else
			buf_putc(b, *p);
	}
}

static int
read_leaf(struct credentials *c, gnutls_certificate_credentials_t cred)
{
	struct buf names = BUF_INIT;
	gnutls_x509_crt_t *list = NULL;
	gnutls_datum_t der = { NULL, 0 };
	unsigned int count = 0;
	int r;

	r = gnutls_certificate_get_x509_crt(cred, 0, &list, &count);
	if (r < 0)
		return r;
	r = gnutls_x509_crt_export2(list[0], GNUTLS_X509_FMT_DER, &der);
	for (unsigned int i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (r < 0)
		return r;
	c->cert = cert_load(der.data, der.size);
	gnutls_free(der.data);
	if (!c->cert || !c->cert->crt)
		return GNUTLS_E_MEMORY_ERROR;
	buf_putc(&names, '|');
	put_ascii(&names, c->cert->issuer);
	buf_putc(&names, '|');
	put_ascii(&names, c->cert->subject);
	c->arr_ssl_names = buf_take(&names);
	buf_putf(&names, "%u", c->cert->key_bits);
	c->key_bits = buf_take(&names);
	return c->arr_ssl_names && c->key_bits ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static bool
is_pkcs11(const char *s)
{
	return strncmp(s, "pkcs11:", 7) == 0;
}

/* ---- keys on tokens ---- */

struct token_key {
	struct keyset_source *from; /* reference */
	pthread_mutex_t lock; /* guards the next two, for the moment of a copy */
	struct keyset *keys; /* reference; never NULL once loaded */
	char told[160]; /* why the token cannot be used, as last told; "" = it can */
	_Atomic bool failed; /* .keys are of no more use */
	_Atomic bool checking; /* a thread looks at the token */
	_Atomic bool give_up; /* the PIN was wrong: only a reload tries again */
};

static void
token_key_free(struct token_key *t)
{
	if (!t)
		return;
	keyset_unref(t->keys);
	keyset_source_unref(t->from);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

#define LANE_THREADS 4u /* as many as a set has keys */
#define LOOK_THREADS 1u /* so that a PIN that has become wrong is tried once */

/* How a login went; of a token that hangs, for how long. */
static void
put_login(const struct token_key *t, const struct token_login *l, struct buf *out)
{
	unsigned int busy = lane_busy_seconds(t->from->lane);
	unsigned int look = lane_busy_seconds(t->from->look);

	if (look > busy)
		busy = look;
	login_put(l, out);
	if (l->unknown && busy)
		buf_putf(out, " (busy since %u s)", busy);
}

/* The two URIs without what they say about PINs, and the one PIN source. */
static const char *
split(struct keyset_source *t, const struct config_certificate *c, struct buf *why)
{
	const char *both[] = { c->certificate, c->key ? c->key : c->certificate };
	char **out[] = { &t->certificate, &t->key };

	t->pin_from = c->pin_source && *c->pin_source ? strdup(c->pin_source) : NULL;
	for (size_t i = 0; i < 2; i++) {
		char *source = NULL;

		if (!is_pkcs11(both[i]))
			*out[i] = strdup(both[i]);
		else if (pin_uri_split(both[i], out[i], &source, why) < 0)
			return buf_text(why);
		if (!*out[i])
			return "out of memory";
		if (source && t->pin_from && strcmp(source, t->pin_from) != 0) {
			free(source);
			return "the URI has another pin-source than pinSource: give one";
		}
		if (source) {
			free(t->pin_from);
			t->pin_from = source;
		}
	}
	return NULL;
}

static bool
find_lanes(struct keyset_source *s)
{
	char *token = login_token_uri(s->key);
	struct buf look = BUF_INIT;

	buf_putf(&look, "%s (look)", token ? token : "");
	if (token && !look.error) {
		s->lane = lane_named(token, LANE_THREADS);
		s->look = lane_named(buf_text(&look), LOOK_THREADS);
	}
	buf_done(&look);
	free(token);
	return s->lane && s->look;
}

/* All that a set of keys is made from. */
static const char *
fill_source(struct keyset_source *s, const struct config_certificate *from,
	    const struct trust *trust, struct buf *why)
{
	const char *wrong = split(s, from, why);

	if (wrong)
		return wrong;
	s->allow_final_try = from->allow_final_try;
	s->seconds = from->token_timeout;
	s->trust = trust_ref((struct trust *)(uintptr_t)trust);
	return find_lanes(s) ? NULL : "out of memory";
}

static int
load_token(struct credentials *c, const struct config_certificate *from, const struct trust *trust,
	   struct trace *start, struct buf *why)
{
	struct token_key *t = calloc(1, sizeof(*t));
	struct token_login login;
	const char *wrong;
	struct buf text = BUF_INIT;

	if (!t)
		return GNUTLS_E_MEMORY_ERROR;
	c->token = t;
	pthread_mutex_init(&t->lock, NULL);
	t->from = keyset_source_new();
	wrong = t->from ? fill_source(t->from, from, trust, &text) : "out of memory";
	if (wrong) {
		buf_puts(why, wrong);
		buf_done(&text);
		return GNUTLS_E_INVALID_REQUEST;
	}
	t->keys = keyset_new(t->from, &login);
	put_login(t, &login, &text);
	login_trace(&login, start);
	if (t->keys)
		log_info("server key: %s", buf_text(&text));
	else
		buf_puts(why, buf_text(&text));
	buf_done(&text);
	login_done(&login);
	return t->keys ? read_leaf(c, keyset_pick(t->keys)) : login.code;
}

struct lane *
credentials_lane(const struct credentials *c)
{
	return c->token ? c->token->from->lane : NULL;
}

void
credentials_use(struct credentials *c, gnutls_session_t session, struct keyset **keys)
{
	struct keyset *old = *keys;

	*keys = NULL;
	if (c->token) {
		pthread_mutex_lock(&c->token->lock);
		*keys = keyset_ref(c->token->keys);
		pthread_mutex_unlock(&c->token->lock);
	}
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
			       *keys ? keyset_pick(*keys) : c->cred);
	keyset_unref(old);
}

void
credentials_failed(struct credentials *c, const struct keyset *keys)
{
	struct token_key *t = c->token;

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	if (keys == t->keys)
		atomic_store(&t->failed, true);
	pthread_mutex_unlock(&t->lock);
}

/* The same reason is told once. */
static void
tell(struct token_key *t, const char *uri, const struct token_login *l)
{
	struct buf text = BUF_INIT;
	bool known;

	pthread_mutex_lock(&t->lock);
	known = strcmp(t->told, l->result) == 0;
	snprintf(t->told, sizeof(t->told), "%s", l->result);
	pthread_mutex_unlock(&t->lock);
	if (known)
		return;
	put_login(t, l, &text);
	log_error("server key %s: new connections cannot be served: %s", uri, buf_text(&text));
	buf_done(&text);
}

static void
renew(struct token_key *t, const char *uri)
{
	struct token_login login;
	struct keyset *keys = keyset_make(t->from, &login), *old;

	if (keys) {
		pthread_mutex_lock(&t->lock);
		old = t->keys;
		t->keys = keys;
		t->told[0] = '\0';
		atomic_store(&t->failed, false);
		pthread_mutex_unlock(&t->lock);
		keyset_unref(old);
		log_info("server key %s: the token can be used again", uri);
	} else {
		tell(t, uri, &login);
		t->give_up = login.wrong_pin;
	}
	login_done(&login);
}

/* On the thread of its looks. */
static void
check(struct credentials *c)
{
	struct token_key *t = c->token;
	struct token_login now;
	const struct pin_source pin = { .from = t->from->pin_from };
	int r = login_begin(&now, t->from->key, &pin);

	if (!now.there_before) {
		atomic_store(&t->failed, true);
		login_end(&now, t->from->key, &pin, r);
		tell(t, c->token_uri, &now);
	} else if (atomic_load(&t->failed)) {
		renew(t, c->token_uri);
	}
	login_done(&now);
}

/* The token hangs: it is told once, and once it answers again its keys are made anew. */
static void
check_hanging(struct credentials *c)
{
	struct token_key *t = c->token;
	const struct pin_source pin = { .from = t->from->pin_from };
	struct token_login now;

	atomic_store(&t->failed, true);
	login_none(&now, t->from->key, &pin, GNUTLS_E_PKCS11_DEVICE_ERROR);
	tell(t, c->token_uri, &now);
	login_done(&now);
}

struct check_job {
	struct lane_job job; /* first member */
	struct credentials *credentials;
	void (*drop)(void *owner);
	void *owner; /* what keeps the credentials */
};

static void
check_run(struct lane_job *j)
{
	check(((struct check_job *)j)->credentials);
}

static void
check_free(struct lane_job *j)
{
	struct check_job *k = (struct check_job *)j;

	atomic_store(&k->credentials->token->checking, false);
	k->drop(k->owner);
	free(k);
}

/* Nothing is wrong with its keys: those that there are go on. */
static void
tell_no_look(struct credentials *c)
{
	static struct log_gate gate;
	unsigned int busy = lane_busy_seconds(c->token->from->look);

	if (busy)
		log_limited(&gate, LOG_LEVEL_WARNING,
			    "server key %s: the token cannot be looked at (since %u s): it, or "
			    "another module, does not answer", c->token_uri, busy);
}

void
credentials_check(struct credentials *c, void (*drop)(void *owner), void *owner)
{
	struct token_key *t = c->token;
	struct check_job *k;

	if (t && !t->give_up && lane_busy_seconds(t->from->lane))
		check_hanging(c);
	else if (t && !t->give_up && !atomic_exchange(&t->checking, true)) {
		k = calloc(1, sizeof(*k));
		if (k) {
			k->job = (struct lane_job){ .run = check_run, .free = check_free,
						    .seconds = t->from->seconds };
			k->credentials = c;
			k->drop = drop;
			k->owner = owner;
			lane_send(t->from->look, &k->job);
			return;
		}
		atomic_store(&t->checking, false);
	} else if (t && !t->give_up) {
		tell_no_look(c);
	}
	drop(owner);
}

/* ---- both kinds ---- */

static int
load_file(struct credentials *c, const struct config_certificate *from, const struct trust *trust)
{
	const char *key = from->key ? from->key : from->certificate;
	int r = gnutls_certificate_allocate_credentials(&c->cred);

	if (r < 0)
		return r;
	r = gnutls_certificate_set_x509_key_file(c->cred, from->certificate, key,
						 GNUTLS_X509_FMT_PEM);
	if (r < 0)
		return r;
	if (trust_anchor_count(trust) > 0)
		r = trust_set_ca_names(trust, c->cred);
	return r < 0 ? r : read_leaf(c, c->cred);
}

struct credentials *
credentials_load(const struct config_certificate *from, const struct trust *trust,
		 struct trace *start, struct buf *errors)
{
	const char *key = from->key ? from->key : from->certificate;
	struct credentials *c = calloc(1, sizeof(*c));
	struct buf why = BUF_INIT;
	int r = GNUTLS_E_MEMORY_ERROR;
	char *name;

	if (c) {
		c->key_store = is_pkcs11(key) ? "pkcs11" : "file";
		c->token_uri = is_pkcs11(key) ? pin_uri_public(key) : strdup("");
	}
	if (c && c->token_uri)
		r = is_pkcs11(key) ? load_token(c, from, trust, start, &why)
					  : load_file(c, from, trust);
	if (r >= 0) {
		buf_done(&why);
		return c;
	}
	name = pin_uri_public(from->certificate);
	buf_putf(errors, "error: %s: the server certificate or its key cannot be used: %s\n",
		 name ? name : "certificate", why.len ? buf_text(&why) : gnutls_strerror(r));
	free(name);
	buf_done(&why);
	credentials_free(c);
	return NULL;
}

void
credentials_free(struct credentials *c)
{
	if (!c)
		return;
	token_key_free(c->token);
	if (c->cred)
		gnutls_certificate_free_credentials(c->cred);
	cert_free(c->cert);
	free(c->key_bits);
	free(c->token_uri);
	free(c->arr_ssl_names);
	free(c);
}
