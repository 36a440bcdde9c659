/* SPDX-License-Identifier: MIT */
/* pin_wrong - see pin_wrong.h. */
#include <config.h>

#include "core/token/pin_wrong.h"

#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/token/login.h"
#include "core/token/pin_read.h"

struct pair {
	struct pair *next;
	unsigned char name[PIN_PAIR];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list */
static struct pair *known;

/* GnuTLS says more of a token than the registry does: what names it is the same. */
void
pin_wrong_pair(const char *from, const char *url, unsigned char pair[static PIN_PAIR])
{
	const char *rest = "";
	enum pin_kind kind = from ? pin_kind_of(from, &rest) : PIN_NOWHERE;
	char *token = url ? login_token_uri(url) : NULL;
	struct buf text = BUF_INIT;

	buf_putf(&text, "%d %s\n%s", (int)kind, rest, token ? token : "");
	memset(pair, 0, PIN_PAIR);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, buf_text(&text), text.len, pair);
	buf_done(&text);
	free(token);
}

static bool
find(const unsigned char *pair)
{
	const struct pair *p = known;

	while (p && memcmp(p->name, pair, PIN_PAIR) != 0)
		p = p->next;
	return p;
}

void
pin_wrong_note(const unsigned char pair[static PIN_PAIR])
{
	struct pair *p;

	pthread_mutex_lock(&lock);
	p = find(pair) ? NULL : malloc(sizeof(*p));
	if (p) {
		memcpy(p->name, pair, PIN_PAIR);
		p->next = known;
		known = p;
	}
	pthread_mutex_unlock(&lock);
}

bool
pin_wrong_is_known(const unsigned char pair[static PIN_PAIR])
{
	bool is;

	pthread_mutex_lock(&lock);
	is = find(pair);
	pthread_mutex_unlock(&lock);
	return is;
}

void
pin_wrong_forget(void)
{
	pthread_mutex_lock(&lock);
	while (known) {
		struct pair *p = known;

		known = p->next;
		free(p);
	}
	pthread_mutex_unlock(&lock);
}
