/* SPDX-License-Identifier: MIT */
/*
 * head_target - request targets and host names: origin form, absolute form, '*'.
 *
 * A path must mean the same to us, who match rules against it, and to any farm
 * server: what lenient servers fold away (dot segments, backslashes, %00) is
 * refused.  Source: RFC 9112 section 3.2, RFC 3986 sections 3.2, 3.3, 5.2.4.
 */
#include <config.h>

#include <arpa/inet.h>
#include <string.h>

#include "core/http/head_private.h"

#define HOST_MAX 255

/* One character of a path as a server would decode it; %XX counts as one. */
struct path_char {
	unsigned char c;	/* the character */
	unsigned char len;	/* 1 or 3 bytes */
};

static unsigned int
hex_digit(char c)
{
	return is_digit(c) ? (unsigned int)(c - '0') : (unsigned int)((c | 0x20) - 'a' + 10);
}

/* The target is followed by a space or NUL: looking two bytes ahead stays inside the text. */
static int
next_char(const struct head_scan *s, const char *p, struct path_char *out)
{
	out->c = (unsigned char)*p;
	out->len = 1;
	if (*p == '\\')
		return head_refuse(s, HEAD_TARGET_BACKSLASH, p);
	if (*p != '%')
		return 0;
	if (!is_class(p[1], CLASS_HEX) || !is_class(p[2], CLASS_HEX))
		return head_refuse(s, HEAD_TARGET_PERCENT, p);
	out->c = (unsigned char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
	out->len = 3;
	return out->c ? 0 : head_refuse(s, HEAD_TARGET_PERCENT_NUL, p);
}

/*
 * Walks a path up to '?' or end.  A segment ends at a slash, also at an encoded
 * one or an encoded backslash, and at ';', behind which some servers see
 * parameters: if it is "." or ".." until there, it is refused.
 */
static int
scan_path(const struct head_scan *s, const char *p, const char *end, const char **stop)
{
	const char *segment = p;
	unsigned int dots = 0;	/* of a segment of dots only; 3 = any other segment */

	while (p < end && *p != '?') {
		struct path_char ch;

		if (is_class(*p, CLASS_PATH)) {
			dots = 3;
			p++;
			continue;
		}
		if (next_char(s, p, &ch) < 0)
			return -1;
		if (ch.c == '/' || ch.c == '\\' || (ch.c == ';' && ch.len == 1)) {
			if (dots == 1 || dots == 2)
				return head_refuse(s, HEAD_TARGET_DOTS, segment);
			dots = ch.c == ';' ? 3 : 0;
			segment = p + ch.len;
		} else if (ch.c != '.') {
			dots = 3;
		} else if (dots < 3) {
			dots++;
		}
		p += ch.len;
	}
	if (dots == 1 || dots == 2)
		return head_refuse(s, HEAD_TARGET_DOTS, segment);
	*stop = p;
	return 0;
}

enum head_rule
head_path_rule(const char *path)
{
	const char *end = path + strlen(path), *stop;
	struct head_error err = { HEAD_OK, 0 };
	const struct head_scan s = {
		.data = path, .end = end, .line = path, .err = &err, .line_max = SIZE_MAX,
	};

	return scan_path(&s, path, end, &stop) < 0 ? err.rule : HEAD_OK;
}

static int
parse_port(const struct head_scan *s, const char *p, const char *end, unsigned int *port)
{
	const char *start = p;
	unsigned int n = 0;

	for (; p < end; p++) {
		if (!is_digit(*p) || (p == start && *p == '0') || p - start == 5)
			return head_refuse(s, HEAD_HOST_PORT, p);
		n = n * 10 + (unsigned int)(*p - '0');
	}
	if (n == 0 || n > 65535)
		return head_refuse(s, HEAD_HOST_PORT, start);
	*port = n;
	return 0;
}

/* [IPv6]; returns the byte behind it in *stop. */
static int
parse_address(const struct head_scan *s, const char *p, const char *end, const char **stop)
{
	const char *close = memchr(p, ']', (size_t)(end - p));
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t len;

	if (!close)
		return head_refuse(s, HEAD_HOST_ADDRESS, p);
	len = (size_t)(close - p) - 1;
	if (len >= sizeof(text))
		return head_refuse(s, HEAD_HOST_ADDRESS, p);
	memcpy(text, p + 1, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1)
		return head_refuse(s, HEAD_HOST_ADDRESS, p);
	*stop = close + 1;
	return 0;
}

/* A name or IPv4 address; one dot may stand at its end, none elsewhere beside another. */
static int
parse_name(const struct head_scan *s, const char *p, const char *end, const char **stop)
{
	const char *start = p;

	for (; p < end && is_class(*p, CLASS_HOST); p++)
		if (*p == '.' && (p == start || p[-1] == '.'))
			return head_refuse(s, HEAD_HOST_LABEL, p);
	if (p - start > HOST_MAX)
		return head_refuse(s, HEAD_HOST_TOO_LONG, start + HOST_MAX);
	*stop = p;
	return 0;
}

int
head_authority(const struct head_scan *s, const struct slice *text, struct slice *host,
	       unsigned int *port)
{
	const char *p = text->at, *end = p + text->len, *stop = p;
	const char *user = text->len ? memchr(p, '@', text->len) : NULL;

	*port = 0;
	if (user)
		return head_refuse(s, HEAD_HOST_USERINFO, user);
	if (p == end)
		return head_refuse(s, HEAD_HOST_EMPTY, p);
	if ((*p == '[' ? parse_address : parse_name)(s, p, end, &stop) < 0)
		return -1;
	host->at = p;
	host->len = (size_t)(stop - p);
	if (stop < end && *stop != ':')
		return head_refuse(s, HEAD_HOST_CHAR, stop);
	if (host->len == 0)
		return head_refuse(s, HEAD_HOST_EMPTY, p);
	return stop < end ? parse_port(s, stop + 1, end, port) : 0;
}

static bool
starts_with(const struct slice *s, const char *lower)
{
	size_t len = strlen(lower);

	if (s->len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s->at[i] != lower[i] &&
		    !(s->at[i] >= 'A' && s->at[i] <= 'Z' && (s->at[i] | 0x20) == lower[i]))
			return false;
	return true;
}

static bool
has_scheme(const struct slice *t)
{
	const char *colon = memchr(t->at, ':', t->len);

	if (!colon || (size_t)(colon - t->at) + 3 > t->len || colon[1] != '/' || colon[2] != '/')
		return false;
	for (const char *p = t->at; p < colon; p++)
		if (!is_class(*p, CLASS_HOST) && *p != '+')
			return false;
	return colon > t->at;
}

static int
parse_origin(const struct head_scan *s, struct http_request *r, const char *p)
{
	const char *end = r->target.at + r->target.len, *stop = p;

	if (scan_path(s, p, end, &stop) < 0)
		return -1;
	r->path = (struct slice){ p, (size_t)(stop - p) };
	if (stop < end)
		stop++;		/* the '?' */
	r->query = (struct slice){ stop, (size_t)(end - stop) };
	return 0;
}

static int
parse_absolute(const struct head_scan *s, struct http_request *r)
{
	const char *end = r->target.at + r->target.len, *p;
	size_t scheme = starts_with(&r->target, "http://") ? 7 :
			starts_with(&r->target, "https://") ? 8 : 0;

	if (!has_scheme(&r->target))
		return head_refuse(s, HEAD_TARGET_FORM, r->target.at);
	if (!scheme)
		return head_refuse(s, HEAD_TARGET_SCHEME, r->target.at);
	r->authority.at = p = r->target.at + scheme;
	while (p < end && *p != '/' && *p != '?')
		p++;
	r->authority.len = (size_t)(p - r->authority.at);
	if (head_authority(s, &r->authority, &r->host, &r->port) < 0)
		return -1;
	if (p < end && *p == '?')
		return head_refuse(s, HEAD_TARGET_NO_PATH, p);
	if (p < end)
		return parse_origin(s, r, p);
	/* RFC 9112 3.2.4: OPTIONS for a whole server, else the root. */
	r->path = (struct slice){ r->method_id == METHOD_OPTIONS ? "*" : "/", 1 };
	r->query = (struct slice){ end, 0 };
	return 0;
}

int
head_target(const struct head_scan *s, struct http_request *r)
{
	const char *at = r->target.at;

	r->authority = r->host = (struct slice){ at, 0 };
	r->port = 0;
	if (*at == '/')
		return parse_origin(s, r, at);
	if (*at != '*' || r->target.len != 1)
		return parse_absolute(s, r);
	if (r->method_id != METHOD_OPTIONS)
		return head_refuse(s, HEAD_TARGET_ASTERISK, at);
	r->path = r->target;
	r->query = (struct slice){ at + 1, 0 };
	return 0;
}
