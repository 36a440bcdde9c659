/* SPDX-License-Identifier: MIT */
/*
 * config_values - text of a setting to its value.
 *
 * Knows nothing of XML, flags or files; the messages about a wrong value are
 * made in config_allowed.c.
 */
#include <config.h>

#include "core/config_values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

int
value_bool(const char *text, bool *out)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "true", true }, { "false", false }, { "on", true }, { "off", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(text, words[i].word)) {
			*out = words[i].value;
			return 0;
		}
	return -EINVAL;
}

/* Decimal digits only; *end is behind them. */
static int
digits(const char *text, uint64_t *out, const char **end)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > (UINT64_MAX - 9) / 10)
			return -EINVAL;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	*out = v;
	*end = p;
	return p == text ? -EINVAL : 0;
}

/* "from..to" of a limits column. */
static bool
within(uint64_t v, const char *limits)
{
	uint64_t from, to;
	const char *p;

	if (digits(limits, &from, &p) < 0 || strncmp(p, "..", 2) || digits(p + 2, &to, &p) < 0)
		return true;
	return v >= from && v <= to;
}

int
value_number(const char *text, const char *limits, uint64_t *out)
{
	uint64_t v;
	const char *end;

	if (digits(text, &v, &end) < 0 || *end || !within(v, limits))
		return -EINVAL;
	*out = v;
	return 0;
}

/* IIS timeSpan: [days.]hh:mm:ss[.fraction] in ms. */
static int
parse_time_span(const char *text, uint64_t *ms)
{
	uint64_t day = 0, part[3] = { 0 }, fraction = 0, scale = 1000;
	const char *p = text;

	if (digits(p, &part[0], &p) < 0)
		return -EINVAL;
	if (*p == '.') {
		day = part[0];
		if (digits(p + 1, &part[0], &p) < 0)
			return -EINVAL;
	}
	for (int i = 1; i < 3; i++)
		if (*p != ':' || digits(p + 1, &part[i], &p) < 0)
			return -EINVAL;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++)
			if (scale > 1) {
				scale /= 10;
				fraction += (uint64_t)(*p - '0') * scale;
			}
	}
	if (*p || day > 36500 || part[0] > 23 || part[1] > 59 || part[2] > 59)
		return -EINVAL;
	*ms = (((day * 24 + part[0]) * 60 + part[1]) * 60 + part[2]) * 1000 + fraction;
	return 0;
}

static int
parse_duration(const char *text, uint64_t *ms)
{
	static const struct { const char *unit; uint64_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	};
	uint64_t v;
	const char *end;

	if (strchr(text, ':'))
		return parse_time_span(text, ms);
	if (digits(text, &v, &end) < 0 || v > UINT32_MAX)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].unit)) {
			*ms = v * units[i].ms;
			return 0;
		}
	return -EINVAL;
}

int
value_milliseconds(const char *text, const char *limits, uint64_t *out)
{
	uint64_t ms;

	if (parse_duration(text, &ms) < 0 || !within(ms, limits))
		return -EINVAL;
	*out = ms;
	return 0;
}

int
value_seconds(const char *text, const char *limits, unsigned int *out)
{
	uint64_t ms;

	if (parse_duration(text, &ms) < 0 || ms % 1000 || !within(ms / 1000, limits) ||
	    ms / 1000 > UINT32_MAX)
		return -EINVAL;
	*out = (unsigned int)(ms / 1000);
	return 0;
}

int
value_word(const char *text, const char *words, unsigned int *index)
{
	size_t len = strlen(text);

	for (unsigned int i = 0;; i++) {
		size_t word = strcspn(words, "|");

		if (word == len && !strncasecmp(words, text, len)) {
			*index = i;
			return 0;
		}
		if (!words[word])
			return -EINVAL;
		words += word + 1;
	}
}

int
value_ssl_flags(const char *text, unsigned int *out)
{
	/* The bit each word sets; Ssl128 asks for what TLS always gives now. */
	static const unsigned int bits[] = { 0, SSL_FLAG_SSL, SSL_FLAG_NEGOTIATE_CERT,
					     SSL_FLAG_REQUIRE_CERT, SSL_FLAG_SSL };
	static const char words[] = "None|Ssl|SslNegotiateCert|SslRequireCert|Ssl128";
	unsigned int flags = 0, word;
	char one[32];

	for (;;) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, ", \t");
		if (len >= sizeof(one))
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		if (value_word(one, words, &word) < 0)
			return -EINVAL;
		flags |= bits[word];
		text += len;
		text += strspn(text, " \t");
		if (!*text)
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	*out = flags;
	return 0;
}

/* "404" or "404.2". */
static int
parse_status(const char **text, unsigned int *status, int *sub)
{
	uint64_t v;
	const char *p = *text;

	if (digits(p, &v, &p) < 0 || v < 100 || v > 999)
		return -EINVAL;
	*status = (unsigned int)v;
	*sub = -1;
	if (*p == '.') {
		if (digits(p + 1, &v, &p) < 0 || v > 999)
			return -EINVAL;
		*sub = (int)v;
	}
	*text = p;
	return 0;
}

/* Behind the first status: "-599", or "-" as ARR writes it for all that follow. */
static int
parse_end(const char **text, struct status_range *r)
{
	if (*++*text && **text != ',')
		return parse_status(text, &r->to, &r->to_sub);
	r->to = 999;
	r->to_sub = -1;
	return 0;
}

int
value_status_codes(const char *text, struct status_range *out, size_t *count)
{
	size_t n = 0;

	for (;;) {
		struct status_range r;

		text += strspn(text, " \t");
		if (parse_status(&text, &r.from, &r.from_sub) < 0)
			return -EINVAL;
		r.to = r.from;
		r.to_sub = r.from_sub;
		if (*text == '-' && parse_end(&text, &r) < 0)
			return -EINVAL;
		if (r.to < r.from || (r.to == r.from && r.to_sub >= 0 && r.to_sub < r.from_sub) ||
		    n == STATUS_RANGES_MAX)
			return -EINVAL;
		if (out)
			out[n] = r;
		n++;
		text += strspn(text, " \t");
		if (!*text)
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	if (count)
		*count = n;
	return 0;
}

/* Takes the address off the front: "[::1]", "127.0.0.1", "*", "" up to ':' or the end. */
static int
take_address(const char **text, char *out, size_t size)
{
	const char *p = *text;
	size_t len;

	if (*p == '[') {
		p++;
		len = strcspn(p, "]");
		if (p[len] != ']')
			return -EINVAL;
		*text = p + len + 1;
	} else {
		len = strcspn(p, ":");
		*text = p + len;
	}
	if (len >= size)
		return -EINVAL;
	memcpy(out, p, len);
	out[len] = '\0';
	if (!len && snprintf(out, size, "*") < 0)
		return -EINVAL;
	return 0;
}

int
value_endpoint(const char *text, struct endpoint *out)
{
	struct config_address a;
	uint64_t port;
	struct endpoint e = { .host = "" };
	struct buf ignored = BUF_INIT;
	bool fine = true;

	if (take_address(&text, e.address, sizeof(e.address)) < 0 || *text != ':' ||
	    digits(text + 1, &port, &text) < 0 || port > 65535)
		return -EINVAL;
	e.port = (unsigned int)port;
	if (value_address(e.address, e.port, &a) < 0)
		return -EINVAL;
	if (*text == ':') {
		size_t len = strlen(++text);

		if (len >= sizeof(e.host))
			return -EINVAL;
		memcpy(e.host, text, len + 1);
		fine = !len || value_check(VALUE_HOST, "1..253", text, "", &ignored);
		buf_done(&ignored);
	} else if (*text) {
		return -EINVAL;
	}
	if (!fine)
		return -EINVAL;
	*out = e;
	return 0;
}

/* "fe80::1%eth0": the part behind % into sin6_scope_id. */
static int
parse_v6(const char *text, struct sockaddr_in6 *in)
{
	char plain[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");

	if (len >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET6, plain, &in->sin6_addr) != 1)
		return -EINVAL;
	if (text[len]) {
		in->sin6_scope_id = if_nametoindex(text + len + 1);
		if (!in->sin6_scope_id)
			return -EINVAL;
	}
	in->sin6_family = AF_INET6;
	return 0;
}

int
value_address(const char *address, unsigned int port, struct config_address *out)
{
	struct config_address a = { .len = 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.sa;
	size_t len = strlen(address);
	char plain[64];

	if (!strcmp(address, "*"))
		address = "0.0.0.0";
	if (len > 2 && len < sizeof(plain) && address[0] == '[' && address[len - 1] == ']') {
		memcpy(plain, address + 1, len - 2);
		plain[len - 2] = '\0';
		address = plain;
	}
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		a.len = sizeof(*v4);
	} else if (parse_v6(address, v6) == 0) {
		v6->sin6_port = htons((uint16_t)port);
		a.len = sizeof(*v6);
	} else {
		return -EINVAL;
	}
	value_address_text(&a);
	*out = a;
	return 0;
}

bool
value_is_socket(const char *text)
{
	return !strncmp(text, "unix:", 5);
}

int
value_socket(const char *path, struct config_address *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->sa;
	size_t len = strlen(path);

	memset(out, 0, sizeof(*out));
	if (!len || len >= sizeof(un->sun_path))
		return -EINVAL;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len);
	out->len = sizeof(*un);
	value_address_text(out);
	return 0;
}

void
value_address_text(struct config_address *a)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->sa;
	char text[INET6_ADDRSTRLEN] = "";

	if (a->sa.ss_family == AF_UNIX) {
		snprintf(a->text, sizeof(a->text), "unix:%s",
			 ((const struct sockaddr_un *)&a->sa)->sun_path);
	} else if (a->sa.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		snprintf(a->text, sizeof(a->text), "%s:%u", text, ntohs(v4->sin_port));
	} else {
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		snprintf(a->text, sizeof(a->text), "[%s]:%u", text, ntohs(v6->sin6_port));
	}
}

bool
value_is_uri(const char *text)
{
	return !strncasecmp(text, "pkcs11:", 7);
}

bool
value_is_pin_name(const char *text)
{
	return !strncmp(text, "fd:", 3) || !strncmp(text, "credential:", 11) ||
	       !strcmp(text, "prompt");
}

void
value_path(const char *base, const char *text, struct buf *out)
{
	char *here;

	if (*text != '/' && *base) {
		buf_puts(out, base);
		buf_putc(out, '/');
	} else if (*text != '/') {
		here = realpath(".", NULL);
		buf_puts(out, here ? here : ".");
		buf_putc(out, '/');
		free(here);
	}
	if (!strncmp(text, "./", 2))
		text += 2;
	buf_puts(out, text);
}
