/* SPDX-License-Identifier: MIT */
/*
 * buf - a growing byte buffer with a sticky error.
 *
 * Appending never has to be checked one call at a time: the first failure (no
 * memory, or the limit given at the start) is remembered in .error, later
 * calls do nothing, and the caller looks once at the end.  The bytes are
 * always followed by a NUL that is not counted, so .data is usable as text.
 * Not thread-safe; no buffer is shared.  It lives in libfreb because all three
 * programs need it, and trace may include nothing of core or viewer.
 */
#ifndef TRACE_BUF_H
#define TRACE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* heap, or NULL before the first append */
	size_t len; /* bytes used */
	size_t cap; /* bytes allocated, the closing NUL included */
	size_t max; /* .len may not pass this; 0 = 1 GiB */
	int error; /* 0, or -ENOMEM, -EMSGSIZE; sticky */
};

#define BUF_INIT  \
	{         \
		0 \
	}

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b); /* frees; b is as after buf_init */
void buf_reset(struct buf *b); /* empty, keeps memory, clears error */
void buf_shrink(struct buf *b, size_t keep); /* frees memory above keep when empty */
bool buf_reserve(struct buf *b, size_t more); /* room for more bytes at the end */
void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_putf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vputf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_i64(struct buf *b, int64_t v);
void buf_put_hex(struct buf *b, const void *data, size_t len, bool upper);
void buf_put_base64(struct buf *b, const void *data, size_t len);
void buf_drop(struct buf *b, size_t n); /* removes the first n bytes */
/* Writes len bytes, all of them unless it fails; 0 or -errno.  They need not be a buffer's. */
int buf_write(int fd, const void *data, size_t len);
/* Text of b; "" when nothing was ever appended.  Borrowed from b. */
const char *buf_text(const struct buf *b);
/* Hands the memory over (free()); b is empty afterwards; NULL on .error. */
char *buf_take(struct buf *b);

#endif
