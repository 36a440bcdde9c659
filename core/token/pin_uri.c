/* SPDX-License-Identifier: MIT */
/* pin_uri - pkcs11: URIs and what they say about PINs; see pin.h.  RFC 7512. */
#include <config.h>

#include "core/token/pin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *
pin_uri_public(const char *uri)
{
	size_t len = strcspn(uri, "?"), used = 0, i = 0;
	char *out = malloc(len + 1);

	while (out && i < len) {
		size_t n = strcspn(uri + i, ";?");

		/* Before RFC 7512 these stood among the path attributes; tools still write so. */
		if (strncasecmp(uri + i, "pin-", 4) != 0 &&
		    strncasecmp(uri + i, "pkcs11:pin-", 11) != 0) {
			if (used > 0)
				out[used++] = ';';
			memcpy(out + used, uri + i, n);
			used += n;
		}
		i += n + 1;
	}
	if (out)
		out[used] = '\0';
	return out;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Without percent escapes; false = a broken one, or a NUL. */
static bool
decode(const char *text, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			buf_putc(out, text[i]);
			continue;
		}
		high = i + 2 < len ? hex(text[i + 1]) : -1;
		low = i + 2 < len ? hex(text[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		buf_putc(out, (char)(high << 4 | low));
		i += 2;
	}
	return true;
}

/* One attribute: kept, dropped or read. */
static const char *
take(const char *a, size_t len, struct buf *rest, struct buf *source, char sep)
{
	static const char source_is[] = "pin-source=";
	const size_t n = sizeof(source_is) - 1;

	if (len >= 9 && strncasecmp(a, "pin-value", 9) == 0)
		return "a PIN in the URI (pin-value) is refused, use pinSource";
	if (len < n || strncasecmp(a, source_is, n) != 0) {
		if (sep)
			buf_putc(rest, sep);
		buf_put(rest, a, len);
		return NULL;
	}
	if (source->len > 0)
		return "it has pin-source twice";
	if (!decode(a + n, len - n, source))
		return "its pin-source has a broken % escape";
	if (source->len == 0)
		return "its pin-source is empty";
	if (*buf_text(source) == '|')
		return "its pin-source is a command, which is not run; use a file";
	return NULL;
}

int
pin_uri_split(const char *text, char **uri, char **source, struct buf *why)
{
	struct buf rest = BUF_INIT, from = BUF_INIT;
	const char *p = text, *wrong = NULL;
	bool query = false, asked = false;

	*uri = *source = NULL;
	buf_puts(&rest, "pkcs11:");
	for (p += strcspn(p, ":") + 1; *p && !wrong;) {
		size_t len = strcspn(p, query ? "&;" : ";?"), before = rest.len;
		char sep = query ? asked ? '&' : '?' : rest.len > 7 ? ';' : '\0';

		wrong = take(p, len, &rest, &from, sep);
		asked |= query && rest.len > before;
		p += len;
		query |= *p == '?';
		p += *p != '\0';
	}
	if (!wrong && !rest.error && !from.error) {
		*uri = buf_take(&rest);
		*source = from.len ? buf_take(&from) : NULL;
		return *uri ? 0 : -ENOMEM;
	}
	if (wrong)
		buf_puts(why, wrong);
	buf_done(&rest);
	buf_done(&from);
	return wrong ? -EINVAL : -ENOMEM;
}
