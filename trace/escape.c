/* SPDX-License-Identifier: MIT */
/* escape - see escape.h.  A table tells clean bytes, which are most, from the others. */
#include <config.h>

#include "trace/escape.h"

#include <string.h>

enum class {		/* of a byte */
	CLEAN = 0,
	ENTITY,		/* & < > " ' */
	PERCENT,	/* %XX */
	SEQUENCE,	/* may begin a UTF-8 sequence */
};

#define COMMON                                                                        \
	[0x00 ... 0x08] = PERCENT, [0x0b] = PERCENT, [0x0c] = PERCENT,                \
	[0x0e ... 0x1f] = PERCENT,                                                    \
	['&'] = ENTITY, ['<'] = ENTITY, ['>'] = ENTITY, ['"'] = ENTITY, ['\''] = ENTITY

static const unsigned char text_class[256] = {
	COMMON, [0x80 ... 0xff] = SEQUENCE,
};
static const unsigned char attribute_class[256] = {
	COMMON, [0x80 ... 0xff] = SEQUENCE, ['\t'] = PERCENT, ['\n'] = PERCENT, ['\r'] = PERCENT,
};
static const unsigned char bytes_class[256] = {
	COMMON, [0x80 ... 0xff] = PERCENT, ['\t'] = PERCENT,
};

static char *
put_entity(char *out, char c)
{
	switch (c) {
	case '&':
		memcpy(out, "&amp;", 5);
		return out + 5;
	case '<':
		memcpy(out, "&lt;", 4);
		return out + 4;
	case '>':
		memcpy(out, "&gt;", 4);
		return out + 4;
	case '"':
		memcpy(out, "&quot;", 6);
		return out + 6;
	default:
		memcpy(out, "&apos;", 6);
		return out + 6;
	}
}

static char *
put_percent(char *out, unsigned char c)
{
	static const char digit[] = "0123456789ABCDEF";

	*out++ = '%';
	*out++ = digit[c >> 4];
	*out++ = digit[c & 15];
	return out;
}

/* Bytes of the UTF-8 sequence at s that XML 1.0 allows; 0 = none.  RFC 3629 4. */
static size_t
sequence(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90))
		return 0;	/* longer than needed */
	if ((s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;	/* a surrogate; past U+10FFFF */
	if (s[0] == 0xef && s[1] == 0xbf && s[2] > 0xbd)
		return 0;	/* U+FFFE, U+FFFF */
	return n;
}

static char *
escape(char *out, const char *text, size_t len, const unsigned char class_of[static 256])
{
	const unsigned char *s = (const unsigned char *)text;
	const unsigned char *end = s + len;
	size_t n;

	for (;;) {
		while (s < end && class_of[*s] == CLEAN)
			*out++ = (char)*s++;
		if (s == end)
			return out;
		switch ((enum class)class_of[*s]) {
		case ENTITY:
			out = put_entity(out, (char)*s++);
			break;
		case SEQUENCE:
			n = sequence(s, (size_t)(end - s));
			if (n > 0) {
				memcpy(out, s, n);
				out += n;
				s += n;
				break;
			}
			/* fall through */
		default:
			out = put_percent(out, *s++);
			break;
		}
	}
}

char *
escape_text(char *out, const char *s, size_t len)
{
	return escape(out, s, len, text_class);
}

char *
escape_attribute(char *out, const char *s, size_t len)
{
	return escape(out, s, len, attribute_class);
}

char *
escape_bytes(char *out, const char *s, size_t len)
{
	return escape(out, s, len, bytes_class);
}
