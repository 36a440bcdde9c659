/* SPDX-License-Identifier: MIT */
/* buf - see buf.h.  Knows nothing but memory and descriptors. */
#include <config.h>

#include "trace/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUF_MIN 256u
#define BUF_MAX ((size_t)1 << 30)

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_done(struct buf *b)
{
	size_t max = b->max;

	free(b->data);
	buf_init(b, max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

void
buf_shrink(struct buf *b, size_t keep)
{
	if (b->len == 0 && b->cap > keep) {
		free(b->data);
		b->data = NULL;
		b->cap = 0;
	}
}

bool
buf_reserve(struct buf *b, size_t more)
{
	size_t max = b->max ? b->max : BUF_MAX;
	size_t want, cap;
	char *data;

	if (b->error)
		return false;
	if (more > max - b->len) {
		b->error = -EMSGSIZE;
		return false;
	}
	want = b->len + more + 1;
	if (want <= b->cap)
		return true;
	cap = b->cap ? b->cap : BUF_MIN;
	while (cap < want)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->error = -ENOMEM;
		return false;
	}
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || !buf_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_vputf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char small[256];
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		buf_put(b, small, (size_t)n);
	} else if (n >= 0 && buf_reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(b, fmt, ap);
	va_end(ap);
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	char text[20];
	char *p = text + sizeof(text);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_put(b, p, (size_t)(text + sizeof(text) - p));
}

void
buf_put_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_putc(b, '-');
	buf_put_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
buf_put_hex(struct buf *b, const void *data, size_t len, bool upper)
{
	const char *digit = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const unsigned char *p = data;

	if (!buf_reserve(b, len * 2))
		return;
	for (size_t i = 0; i < len; i++) {
		b->data[b->len++] = digit[p[i] >> 4];
		b->data[b->len++] = digit[p[i] & 15];
	}
	b->data[b->len] = '\0';
}

void
buf_put_base64(struct buf *b, const void *data, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;
	char *o;

	if (!buf_reserve(b, (len + 2) / 3 * 4))
		return;
	o = b->data + b->len;
	for (; len >= 3; len -= 3, p += 3) {
		*o++ = digit[p[0] >> 2];
		*o++ = digit[(p[0] & 3) << 4 | p[1] >> 4];
		*o++ = digit[(p[1] & 15) << 2 | p[2] >> 6];
		*o++ = digit[p[2] & 63];
	}
	if (len) {
		unsigned int second = len == 2 ? p[1] : 0;

		*o++ = digit[p[0] >> 2];
		*o++ = digit[(p[0] & 3) << 4 | second >> 4];
		*o++ = len == 2 ? digit[(second & 15) << 2] : '=';
		*o++ = '=';
	}
	*o = '\0';
	b->len = (size_t)(o - b->data);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
	} else if (n) {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	if (b->data)
		b->data[b->len] = '\0';
}

int
buf_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

const char *
buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *data = NULL;

	if (!b->error && buf_reserve(b, 0)) {
		data = b->data;
		b->data = NULL;
	}
	buf_done(b);
	return data;
}
