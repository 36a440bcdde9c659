/* SPDX-License-Identifier: MIT */
/* chunk - see chunk.h.  One byte at a time outside the data, so that no split matters. */
#include <config.h>

#include "core/http/chunk.h"

#include "core/http/head_private.h"

#define SIZE_DIGITS 16

enum state {
	SIZE,		/* first, as CHUNK_INIT is all zero */
	EXT_NAME,	/* behind a ';' */
	EXT,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,	/* at the start of a trailer line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	END,
};

static enum head_rule
enter(struct chunk *c, enum state state)
{
	c->state = (unsigned char)state;
	return HEAD_OK;
}

/* A byte that may not stand here; NUL, CR and LF are called by their names. */
static enum head_rule
refuse(char byte, enum head_rule rule)
{
	switch (byte) {
	case '\0': return HEAD_NUL;
	case '\n': return HEAD_BARE_LF;
	case '\r': return HEAD_BARE_CR;
	default: return rule;
	}
}

static unsigned int
hex_digit(char c)
{
	return is_digit(c) ? (unsigned int)(c - '0') : (unsigned int)((c | 0x20) - 'a' + 10);
}

static enum head_rule
eat_size(struct chunk *c, char byte)
{
	if (is_class(byte, CLASS_HEX)) {
		if (++c->digits > SIZE_DIGITS || c->left > INT64_MAX >> 4)
			return HEAD_CHUNK_TOO_LARGE;
		c->left = c->left << 4 | hex_digit(byte);
		return HEAD_OK;
	}
	if (byte == ' ' || byte == '\t')
		return HEAD_CHUNK_SPACE;
	if (c->digits > 0 && byte == ';')
		return enter(c, EXT_NAME);
	if (c->digits > 0 && byte == '\r')
		return enter(c, SIZE_LF);
	return byte == '\r' ? HEAD_CHUNK_SIZE : refuse(byte, HEAD_CHUNK_SIZE);
}

/* What an extension says is nobody's business; it may only not end the line in disguise. */
static enum head_rule
eat_extension(struct chunk *c, char byte)
{
	if (c->state == EXT_NAME)
		return is_class(byte, CLASS_TOKEN) ? enter(c, EXT) :
		       byte == '\r' ? HEAD_CHUNK_EXTENSION : refuse(byte, HEAD_CHUNK_EXTENSION);
	if (byte == '\r')
		return enter(c, SIZE_LF);
	return is_class(byte, CLASS_VALUE) ? HEAD_OK : refuse(byte, HEAD_CHUNK_EXTENSION);
}

static enum head_rule
eat_size_lf(struct chunk *c, char byte)
{
	if (byte != '\n')
		return HEAD_BARE_CR;
	if (c->left > (uint64_t)INT64_MAX - c->body)
		return HEAD_CHUNK_TOO_LARGE;
	c->line = 0;
	c->digits = 0;
	return enter(c, c->left ? DATA : TRAILER);
}

static enum head_rule
eat_trailer(struct chunk *c, char byte)
{
	if (c->state == TRAILER) {
		if (byte == '\r')
			return enter(c, END_LF);
		if (byte == ' ' || byte == '\t')
			return HEAD_OBS_FOLD;
		if (byte == ':')
			return HEAD_NAME_EMPTY;
		enter(c, TRAILER_NAME);
	}
	if (c->state == TRAILER_NAME) {
		if (byte == ':')
			return enter(c, TRAILER_VALUE);
		if (byte == '\r')
			return HEAD_COLON_MISSING;
		if (byte == ' ' || byte == '\t')
			return HEAD_SPACE_BEFORE_COLON;
		return is_class(byte, CLASS_TOKEN) ? HEAD_OK : refuse(byte, HEAD_NAME_CHAR);
	}
	if (byte == '\r')
		return enter(c, TRAILER_LF);
	return is_class(byte, CLASS_VALUE) ? HEAD_OK : refuse(byte, HEAD_VALUE_CONTROL);
}

static enum head_rule
eat(struct chunk *c, char byte)
{
	switch ((enum state)c->state) {
	case SIZE:
		return eat_size(c, byte);
	case EXT_NAME:
	case EXT:
		return eat_extension(c, byte);
	case SIZE_LF:
		return eat_size_lf(c, byte);
	case DATA_CR:
		return byte == '\r' ? enter(c, DATA_LF) : HEAD_CHUNK_DATA_END;
	case DATA_LF:
		return byte == '\n' ? enter(c, SIZE) : HEAD_CHUNK_DATA_END;
	case TRAILER_LF:
		return byte == '\n' ? enter(c, TRAILER) : HEAD_BARE_CR;
	case END_LF:
		c->done = byte == '\n';
		return c->done ? enter(c, END) : HEAD_BARE_CR;
	default:
		return eat_trailer(c, byte);
	}
}

/* Counts a byte against the limit of the part it stands in. */
static enum head_rule
count(struct chunk *c)
{
	if (c->state >= TRAILER)
		return ++c->trailer > CHUNK_TRAILER_MAX ? HEAD_TRAILER_TOO_LONG : HEAD_OK;
	if (c->state <= SIZE_LF)
		return ++c->line > CHUNK_LINE_MAX ? HEAD_CHUNK_LINE_TOO_LONG : HEAD_OK;
	return HEAD_OK;
}

static void
take_data(struct chunk *c, const char *data, size_t len, struct slice *body)
{
	if (len > c->left)
		len = (size_t)c->left;
	*body = (struct slice){ data, len };
	c->left -= len;
	c->body += len;
	c->eaten += len;
	if (c->left == 0)
		enter(c, DATA_CR);
}

ssize_t
chunk_feed(struct chunk *c, const char *data, size_t len, struct slice *body)
{
	size_t i = 0;

	*body = (struct slice){ data, 0 };
	while (i < len && !c->done && c->rule == HEAD_OK) {
		if (c->state == DATA) {
			take_data(c, data + i, len - i, body);
			return (ssize_t)(i + body->len);
		}
		c->rule = count(c);
		if (c->rule == HEAD_OK)
			c->rule = eat(c, data[i]);
		if (c->rule == HEAD_OK) {
			i++;
			c->eaten++;
		}
	}
	return c->rule == HEAD_OK ? (ssize_t)i : -1;
}

size_t
chunk_head(char out[static CHUNK_HEAD_MAX], size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 1;

	while (len >> 4 * (n - 1) > 15)
		n++;
	for (size_t i = 0; i < n; i++)
		out[i] = digits[len >> 4 * (n - 1 - i) & 15];
	out[n] = '\r';
	out[n + 1] = '\n';
	return n + 2;
}
