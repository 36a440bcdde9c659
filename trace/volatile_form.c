/* SPDX-License-Identifier: MIT */
/*
 * volatile_form - the forms of volatile.def.
 *
 * WHOLE all of the value; URL the port of scheme://host:port/; HOSTPORT the
 * port of each host:port of a list; URISERIAL serial= of a PKCS#11 URI (RFC
 * 7512); FOLDER what stands before the last / of an absolute path; HINT "12
 * days" and key identifiers within a sentence; COOKIE value and expires= of a
 * Set-Cookie (RFC 6265); CERTIFICATE PEM or base64 of DER; GUID any GUID;
 * LOOPBACK the port after a loopback address.  A part may also be what a
 * normalised trace has there.
 */
#include <config.h>

#include "trace/volatile_form.h"

#include <string.h>
#include <strings.h>

static void
mark(struct volatile_pieces *p, struct volatile_piece row, const char *at, size_t len)
{
	row.at = at;
	row.len = len;
	volatile_mark(p, row);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Length of a port at @at: one to five digits, or its placeholder. */
static size_t
port_len(const char *at, size_t len)
{
	enum volatile_class class;
	bool bare;
	size_t n = volatile_placeholder(at, len, &class, &bare);

	if (n)
		return class == VOLATILE_PORT ? n : 0;
	while (n < len && n < 6 && is_digit(at[n]))
		n++;
	return n <= 5 ? n : 0;
}

/* host:port, host without a port, or [v6]:port; the whole of @at is it. */
static void
mark_authority(struct volatile_pieces *p, struct volatile_piece row, const char *at, size_t len)
{
	const char *close = memrchr(at, ']', len);
	const char *from = close ? close : at;
	const char *colon = memchr(from, ':', len - (size_t)(from - at));

	if (!colon)
		return;
	size_t left = len - (size_t)(colon + 1 - at);
	size_t n = port_len(colon + 1, left);

	if (n && n == left)
		mark(p, row, colon + 1, n);
}

void
volatile_form_WHOLE(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		    size_t len)
{
	mark(p, row, value, len);
}

void
volatile_form_PLAIN(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		    size_t len)
{
	(void)p, (void)row, (void)value, (void)len;
}

void
volatile_form_URL(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		  size_t len)
{
	const char *host = memmem(value, len, "://", 3);

	if (!host)
		return;
	host += 3;
	size_t left = len - (size_t)(host - value), n = 0;

	while (n < left && host[n] != '/' && host[n] != '?' && host[n] != '#')
		n++;
	mark_authority(p, row, host, n);
}

void
volatile_form_HOSTPORT(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		       size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t end = at;

		while (end < len && value[end] != ',')
			end++;
		while (at < end && value[at] == ' ')
			at++;
		size_t n = end - at;

		while (n && value[at + n - 1] == ' ')
			n--;
		mark_authority(p, row, value + at, n);
		at = end + 1;
	}
}

void
volatile_form_URISERIAL(struct volatile_pieces *p, struct volatile_piece row, const char *value,
			size_t len)
{
	const char *end = value + len, *at = value;

	while ((at = memmem(at, (size_t)(end - at), "serial=", 7))) {
		const char *stop = at + 7;

		while (stop < end && !strchr(";?&", *stop))
			stop++;
		if (at > value && strchr(":;", at[-1]))
			mark(p, row, at + 7, (size_t)(stop - at - 7));
		at = stop;
	}
}

void
volatile_form_FOLDER(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		     size_t len)
{
	const char *slash = memrchr(value, '/', len);

	if (value[0] == '/' && slash != value)
		mark(p, row, value, (size_t)(slash - value));
}

/* 20 or 32 bytes in hex, as key identifiers and fingerprints are written. */
static void
mark_hex(struct volatile_pieces *p, struct volatile_piece row, const char *at, size_t n)
{
	row.class = VOLATILE_HASH;
	if (n == 40 || n == 64)
		mark(p, row, at, n);
}

void
volatile_form_HINT(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		   size_t len)
{
	static const char *const units[] = { " days", " hours", " minutes", " seconds" };
	size_t at = 0, digits, hex;

	while (at < len) {
		for (digits = 0; at + digits < len && is_digit(value[at + digits]);)
			digits++;
		for (hex = digits; at + hex < len && is_hex(value[at + hex]);)
			hex++;
		for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
			size_t m = strlen(units[i]);

			if (len - at - digits >= m && !memcmp(value + at + digits, units[i], m))
				mark(p, row, value + at, digits + m);
		}
		mark_hex(p, row, value + at, hex);
		at += hex + 1;
	}
}

/* The date of an expires= attribute. */
static void
mark_expiry(struct volatile_pieces *p, struct volatile_piece row, const char *at, size_t len)
{
	row.class = VOLATILE_HTTPDATE;
	for (size_t i = 0; i + 8 < len; i++) {
		if (strncasecmp(at + i, "expires=", 8))
			continue;
		size_t n = i + 8;

		while (n < len && at[n] != ';')
			n++;
		mark(p, row, at + i + 8, n - i - 8);
		i = n;
	}
}

void
volatile_form_COOKIE(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		     size_t len)
{
	const char *equals = memchr(value, '=', len), *stop = memchr(value, ';', len);

	if (!stop)
		stop = value + len;
	if (equals && equals < stop)
		mark(p, row, equals + 1, (size_t)(stop - equals - 1));
	else if (!equals)
		mark(p, row, value, len);
	mark_expiry(p, row, stop, (size_t)(value + len - stop));
}

static bool
is_base64(const char *at, size_t len)
{
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789+/=";

	for (size_t i = 0; i < len; i++)
		if (!at[i] || !strchr(more, at[i]))
			return false;
	return true;
}

void
volatile_form_CERTIFICATE(struct volatile_pieces *p, struct volatile_piece row, const char *value,
			  size_t len)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char finish[] = "-----END CERTIFICATE-----";
	/* DER of any real certificate: SEQUENCE with a two-byte length. */
	if (len >= 200 && !memcmp(value, "MII", 3) && is_base64(value, len)) {
		mark(p, row, value, len);
		return;
	}
	const char *end = value + len, *at = value;

	while (end - at > 60 && (at = memmem(at, (size_t)(end - at), begin, strlen(begin)))) {
		const char *stop = memmem(at, (size_t)(end - at), finish, strlen(finish));

		if (!stop)
			return;
		stop += strlen(finish);
		mark(p, row, at, (size_t)(stop - at));
		at = stop;
	}
}

/* 8-4-4-4-12 hex digits. */
static bool
is_guid(const char *at)
{
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? at[i] != '-' : !is_hex(at[i]))
			return false;
	}
	return true;
}

void
volatile_form_GUID(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		   size_t len)
{
	const char *end = value + len, *dash = value;

	while (end - dash > 27 && (dash = memchr(dash, '-', (size_t)(end - dash) - 27))) {
		const char *at = dash - 8;

		dash++;
		if (at < value || !is_guid(at) || (at > value && is_hex(at[-1])) ||
		    (at + 36 < end && is_hex(at[36])))
			continue;
		row.bare = !(at > value && at[-1] == '{' && at + 36 < end && at[36] == '}');
		mark(p, row, row.bare ? at : at - 1, row.bare ? 36 : 38);
		dash = at + 36;
	}
}

/* Whether the text that ends at @colon is a loopback address or name. */
static bool
is_loopback(const char *value, const char *colon)
{
	size_t n = (size_t)(colon - value);

	if (n >= 9 && !strncasecmp(colon - 9, "localhost", 9))
		return true;
	if (n >= 5 && !memcmp(colon - 5, "[::1]", 5))
		return true;
	size_t i = 0;

	while (i < n && i < 15 && (is_digit(value[n - 1 - i]) || value[n - 1 - i] == '.'))
		i++;
	return i >= 9 && !memcmp(colon - i, "127.", 4);
}

void
volatile_form_LOOPBACK(struct volatile_pieces *p, struct volatile_piece row, const char *value,
		       size_t len)
{
	const char *end = value + len, *colon = value;

	while (colon < end && (colon = memchr(colon, ':', (size_t)(end - colon)))) {
		size_t left = (size_t)(end - colon - 1), n;

		if (left && is_loopback(value, colon)) {
			n = port_len(colon + 1, left);
			if (n)
				mark(p, row, colon + 1, n);
		}
		colon++;
	}
}
