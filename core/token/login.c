/* SPDX-License-Identifier: MIT */
/* login - see login.h. */
#include <config.h>

#include "core/token/login.h"

#include "core/chain/cert.h"

#include <gnutls/pkcs11.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_TOKEN_ERROR GNUTLS_E_PKCS11_ERROR
#define LAST_TOKEN_ERROR GNUTLS_E_PKCS11_USER_ERROR

bool
login_is_token_error(int code)
{
	return (code <= FIRST_TOKEN_ERROR && code >= LAST_TOKEN_ERROR) ||
	       code == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE;
}

static bool
look(const char *uri, unsigned int *flags)
{
	*flags = 0;
	return gnutls_pkcs11_token_get_flags(uri, flags) >= 0;
}

/* Names of tokens come from outside: they are shown without control characters. */
static void
put_text(const unsigned char *raw, size_t max, char *out, size_t size)
{
	struct buf safe = BUF_INIT;

	cert_put_safe(&safe, raw, p11_kit_space_strlen(raw, max));
	snprintf(out, size, "%s", buf_text(&safe));
	buf_done(&safe);
}

/* Label and serial of the token that a URI means; GnuTLS would only repeat the URI. */
static void
name_token(struct token_login *l, const char *uri)
{
	P11KitUri *ours = p11_kit_uri_new(), *its = p11_kit_uri_new();
	bool found = !ours || !its || p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, ours) < 0;
	char *url = NULL;

	for (unsigned int i = 0;
	     !found && gnutls_pkcs11_token_get_url(i, GNUTLS_PKCS11_URL_GENERIC, &url) >= 0; i++) {
		const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(its);

		found = p11_kit_uri_parse(url, P11_KIT_URI_FOR_TOKEN, its) == P11_KIT_URI_OK &&
			p11_kit_uri_match_token_info(ours, info);
		gnutls_free(url);
		if (!found)
			continue;
		put_text(info->label, sizeof(info->label), l->label, sizeof(l->label));
		put_text(info->serialNumber, sizeof(info->serialNumber), l->serial,
			 sizeof(l->serial));
	}
	p11_kit_uri_free(ours);
	p11_kit_uri_free(its);
}

int
login_begin(struct token_login *l, const char *uri, const struct pin_source *pin)
{
	*l = (struct token_login){ .kind = pin_kind_text(pin->from), .result = "ok" };
	l->uri = pin_uri_public(uri);
	l->there_before = look(uri, &l->before);
	if (!l->there_before)
		return GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE;
	name_token(l, uri);
	if (l->before & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED)
		return GNUTLS_E_PKCS11_PIN_LOCKED;
	if (l->before & GNUTLS_PKCS11_TOKEN_USER_PIN_FINAL_TRY && !pin->allow_final_try)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	return 0;
}

static const char *
words(const struct token_login *l, const struct pin_source *pin)
{
	if (l->code >= 0)
		return "ok";
	if (!l->there_before)
		return "the token is not there";
	if (l->before & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED)
		return "the token is locked: its PIN was wrong too often";
	if (l->code == GNUTLS_E_PKCS11_PIN_LOCKED)
		return "the PIN was wrong, and the token is locked now";
	if (pin->wrong)
		return "the PIN was wrong; it is not tried again";
	if (l->before & GNUTLS_PKCS11_TOKEN_USER_PIN_FINAL_TRY && !pin->allow_final_try)
		return "the token has one PIN try left and is left alone: log in by hand, or "
		       "allow it with --allow-final-try";
	if (pin->refused[0])
		return "no PIN was given";
	if (!l->there_after)
		return "the token was removed";
	if (l->code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
	    l->code == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE)
		return "no such key on the token";
	return gnutls_strerror(l->code);
}

void
login_end(struct token_login *l, const char *uri, const struct pin_source *pin, int code)
{
	l->there_after = look(uri, &l->after);
	l->code = code;
	l->attempts = pin->given;
	l->wrong_pin = pin->wrong || code == GNUTLS_E_PKCS11_PIN_LOCKED;
	snprintf(l->why, sizeof(l->why), "%s", pin->refused);
	l->result = words(l, pin);
}

void
login_none(struct token_login *l, const char *uri, const struct pin_source *pin, int code)
{
	*l = (struct token_login){ .kind = pin_kind_text(pin->from), .code = code };
	l->uri = pin_uri_public(uri);
	l->unknown = true;
	l->result = code == GNUTLS_E_MEMORY_ERROR ? "out of memory" : "the token does not answer";
}

char *
login_token_uri(const char *uri)
{
	P11KitUri *parsed = p11_kit_uri_new();
	char *text = NULL;

	if (!parsed || p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, parsed) != P11_KIT_URI_OK ||
	    p11_kit_uri_format(parsed, P11_KIT_URI_FOR_TOKEN, &text) != P11_KIT_URI_OK)
		text = strdup(uri);
	p11_kit_uri_free(parsed);
	return text;
}

void
login_done(struct token_login *l)
{
	free(l->uri);
	l->uri = NULL;
}

static const char *
flags_text(bool there, unsigned int flags)
{
	if (!there)
		return "not there";
	if (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED)
		return "locked";
	if (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_FINAL_TRY)
		return "final try";
	return flags & GNUTLS_PKCS11_TOKEN_USER_PIN_COUNT_LOW ? "few tries" : "all tries";
}

void
login_put(const struct token_login *l, struct buf *out)
{
	if (l->label[0])
		buf_putf(out, "token \"%s\", serial %s: ", l->label, l->serial);
	else if (l->uri)
		buf_putf(out, "%s: ", l->uri);
	buf_puts(out, l->result);
	if (l->why[0] && strstr(l->result, "no PIN"))
		buf_putf(out, ": %s", l->why);
	if (l->unknown)
		return;
	buf_putf(out, " (PIN from %s, given %d time%s; before: %s, after: %s", l->kind, l->attempts,
		 l->attempts == 1 ? "" : "s", flags_text(l->there_before, l->before),
		 flags_text(l->there_after, l->after));
	if (l->code < 0)
		buf_putf(out, "; GnuTLS %d, %s", l->code, gnutls_strerror(l->code));
	buf_putc(out, ')');
}

static const char *
yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

void
login_trace(const struct token_login *l, struct trace *t)
{
	unsigned int flags = l->there_after ? l->after : l->before;

	TRACE_AT(t, l->code < 0 ? TE_ERROR : TE_INFO, SERVER_TOKEN_LOGIN, .TokenUri = l->uri,
		 .PinSource = l->kind, .Attempt = (uint32_t)l->attempts,
		 .PinCountLow = yes_no(flags & GNUTLS_PKCS11_TOKEN_USER_PIN_COUNT_LOW),
		 .PinFinalTry = yes_no(flags & GNUTLS_PKCS11_TOKEN_USER_PIN_FINAL_TRY),
		 .PinLocked = yes_no(flags & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED),
		 .Result = l->result, .ErrorCode = l->code, .TokenLabel = l->label,
		 .TokenSerial = l->serial, .Before = flags_text(l->there_before, l->before),
		 .After = flags_text(l->there_after, l->after));
}
