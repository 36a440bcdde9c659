/* SPDX-License-Identifier: MIT */
/*
 * pin - see pin.h.  A PIN lives in one line of locked memory while it is read,
 * in a slot of the same memory if it must be kept, and in the buffer GnuTLS
 * gives, which is GnuTLS's to wipe.
 */
#include <config.h>

#include "core/token/pin.h"

#include "core/base/lane.h"
#include "core/base/log.h"
#include "core/token/pin_read.h"

#include <gnutls/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT_MAX 32u
#define KEY_MAX 200

struct kept {
	char key[KEY_MAX]; /* source, and the token for a prompt; "" = free */
	char pin[PIN_MAX + 1];
};

struct secrets { /* one mapping: locked, not dumped */
	char line[PIN_LINE_MAX + 2];
	struct kept kept[KEPT_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all below */
static struct secrets *secrets; /* NULL before the first PIN */
static bool serving;

static const char *
secrets_make(void)
{
	void *p;

	if (secrets)
		return NULL;
	p = mmap(NULL, sizeof(*secrets), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED)
		return "out of memory";
	madvise(p, sizeof(*secrets), MADV_DONTDUMP);
	if (mlock(p, sizeof(*secrets)) < 0)
		log_warning("the memory of PINs cannot be locked: it may be swapped out");
	secrets = p;
	return NULL;
}

/* The slot of a key, "" = a free one; NULL = none. */
static struct kept *
slot_of(const char *key)
{
	for (unsigned int i = 0; i < KEPT_MAX; i++)
		if (strcmp(secrets->kept[i].key, key) == 0)
			return &secrets->kept[i];
	return NULL;
}

/* Giving a PIN could burn a try: NULL, or why none is given. */
static const char *
refusal(struct pin_source *s, int attempt, unsigned int flags)
{
	if (!s->from || !s->from[0])
		return "no pin-source is configured";
	if (attempt > 0 || flags & GNUTLS_PIN_WRONG)
		pin_was_wrong(s);
	s->wrong |= pin_wrong_is_known(s->pair);
	if (s->wrong)
		return "the token says the PIN was wrong";
	if (flags & GNUTLS_PIN_FINAL_TRY && !s->allow_final_try)
		return "the token has only one try left: log in by hand to clear that";
	if (flags & GNUTLS_PIN_SO)
		return "the token asks for the security officer's PIN";
	return NULL;
}

/* A person's time is not the token's. */
static const char *
read_now(enum pin_kind kind, const char *rest, const char *label)
{
	const char *why;

	lane_clock(false);
	why = pin_read(kind, rest, label, secrets->line);
	lane_clock(true);
	return why;
}

/* The PIN of a source that can be asked once only: from its slot, else read and kept. */
static const char *
read_once(enum pin_kind kind, const char *rest, const char *key, const char *label)
{
	struct kept *slot = slot_of(key);
	const char *why;

	if (slot) {
		memcpy(secrets->line, slot->pin, PIN_MAX + 1);
		return NULL;
	}
	if (kind == PIN_PROMPT && serving)
		return "a PIN is asked for at the start only";
	why = read_now(kind, rest, label);
	slot = why ? NULL : slot_of("");
	if (slot) {
		snprintf(slot->key, sizeof(slot->key), "%s", key);
		memcpy(slot->pin, secrets->line, PIN_MAX + 1);
	}
	return why;
}

/* A descriptor has one PIN, a person one for each token. */
static void
key_of(const struct pin_source *s, const char *url, char key[static KEY_MAX])
{
	bool each = strcmp(s->from, "prompt") == 0 && url;

	snprintf(key, KEY_MAX, "%s %s", s->from, each ? url : "");
}

/* A kept PIN was wrong: it may be typed anew. */
static void
forget_kept(const struct pin_source *s, const char *url)
{
	char key[KEY_MAX];
	struct kept *slot;

	if (!secrets || !s->from)
		return;
	key_of(s, url, key);
	slot = slot_of(key);
	if (slot)
		explicit_bzero(slot, sizeof(*slot));
}

/* Into secrets->line; NULL, or why not. */
static const char *
get(const struct pin_source *s, const char *url, const char *label)
{
	const char *rest;
	enum pin_kind kind = pin_kind_of(s->from, &rest);
	char key[KEY_MAX];

	key_of(s, url, key);
	if (kind == PIN_DESCRIPTOR || kind == PIN_PROMPT)
		return read_once(kind, rest, key, label ? label : "");
	return read_now(kind, rest, label ? label : "");
}

/* With the lock: the PIN stands in secrets->line, or why it does not. */
static const char *
take(struct pin_source *s, int attempt, const char *url, const char *label, unsigned int flags)
{
	const char *why;

	s->attempts++;
	s->flags = flags;
	pin_wrong_pair(s->from, url, s->pair);
	why = refusal(s, attempt, flags);
	if (!why)
		why = secrets_make();
	if (!why)
		why = get(s, url, label);
	else if (s->wrong)
		forget_kept(s, url);
	return why;
}

static void
put_away(struct pin_source *s, const char *why)
{
	snprintf(s->refused, sizeof(s->refused), "%s", why ? why : "");
	s->given += !why;
	if (secrets)
		explicit_bzero(secrets->line, sizeof(secrets->line));
}

int
pin_callback(void *userdata, int attempt, const char *url, const char *label, unsigned int flags,
	     char *pin, size_t pin_max)
{
	struct pin_source *s = userdata;
	const char *why;

	pthread_mutex_lock(&lock);
	why = take(s, attempt, url, label, flags);
	if (!why && strlen(secrets->line) >= pin_max)
		why = "the PIN is longer than the library takes";
	if (!why)
		memcpy(pin, secrets->line, strlen(secrets->line) + 1);
	put_away(s, why);
	pthread_mutex_unlock(&lock);
	return why ? GNUTLS_E_PKCS11_PIN_ERROR : 0;
}

int
pin_use(struct pin_source *s, const char *url, const char *label, unsigned int flags,
	int (*use)(void *arg, const char *pin, size_t len), void *arg)
{
	char pin[PIN_MAX + 1];
	const char *why;
	size_t len = 0;
	int r = -1;

	pthread_mutex_lock(&lock);
	why = take(s, 0, url, label, flags);
	if (!why) {
		len = strlen(secrets->line);
		memcpy(pin, secrets->line, len + 1);
	}
	put_away(s, why);
	pthread_mutex_unlock(&lock);
	if (!why) /* without the lock: a token may take for ever, and others need theirs */
		r = use(arg, pin, len);
	explicit_bzero(pin, sizeof(pin));
	return r;
}

void
pin_was_wrong(struct pin_source *s)
{
	s->wrong = true;
	pin_wrong_note(s->pair);
}

const char *
pin_kind_text(const char *from)
{
	static const char *const texts[] = {
		[PIN_FILE] = "file",	 [PIN_DESCRIPTOR] = "descriptor",
		[PIN_PROMPT] = "prompt", [PIN_CREDENTIAL] = "credential",
		[PIN_NOWHERE] = "none",
	};
	const char *rest;

	return texts[pin_kind_of(from, &rest)];
}

void
pin_serving(void)
{
	pthread_mutex_lock(&lock);
	serving = true;
	pthread_mutex_unlock(&lock);
}

void
pin_forget(void)
{
	pthread_mutex_lock(&lock);
	if (secrets) {
		explicit_bzero(secrets, sizeof(*secrets));
		munmap(secrets, sizeof(*secrets));
	}
	secrets = NULL;
	pthread_mutex_unlock(&lock);
	pin_wrong_forget();
}
