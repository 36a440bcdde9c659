/* SPDX-License-Identifier: MIT */
/*
 * spool - a trace that is not UTF-8, or that cannot be read at any place
 * (a pipe), becomes a temporary file that is both.
 *
 * The rest of the reader then knows one kind of input only.  The file has no
 * name, so nothing is left behind whatever happens.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
encoding_by_mark(const unsigned char *head, size_t len)
{
	if (len >= 2 && head[0] == 0xFF && head[1] == 0xFE)
		return "UTF-16LE";
	if (len >= 2 && head[0] == 0xFE && head[1] == 0xFF)
		return "UTF-16BE";
	if (len >= 4 && head[0] == '<' && head[1] == 0 && head[3] == 0)
		return "UTF-16LE";
	if (len >= 4 && head[0] == 0 && head[1] == '<' && head[2] == 0)
		return "UTF-16BE";
	return NULL;
}

/* encoding="..." of the XML declaration, if there is one. */
static const char *
declared(const char *head, size_t len, char name[static 32])
{
	const char *end = len ? memchr(head, '>', len) : NULL;
	const char *at;
	size_t n;

	if (len < 5 || memcmp(head, "<?xml", 5) != 0 || !end)
		return NULL;
	at = memmem(head, (size_t)(end - head), "encoding=", 9);
	if (!at || at + 11 >= end)
		return NULL;
	at += 10;	/* behind the quote */
	n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	if (n == 0 || n > 31 || (at[n] != '"' && at[n] != '\''))
		return NULL;
	memcpy(name, at, n);
	name[n] = '\0';
	return name;
}

const char *
freb_encoding(const char *head, size_t len, char name[static 32])
{
	const char *mark = encoding_by_mark((const unsigned char *)head, len);
	const char *word = mark ? mark : declared(head, len, name);

	/* A file that says UTF-16 in bytes that are none was converted by someone else. */
	if (!word || strcasecmp(word, "UTF-8") == 0 || strcasecmp(word, "US-ASCII") == 0 ||
	    (!mark && strncasecmp(word, "UTF-16", 6) == 0))
		return NULL;
	return word;
}

struct conversion {
	iconv_t to_utf8;	/* open */
	struct buf rest;	/* input that is not a whole character yet */
	size_t unit;		/* bytes left out at what cannot be converted */
	long bad;		/* characters that could not be converted */
};

static bool
begin(struct conversion *c, const char *encoding)
{
	c->to_utf8 = iconv_open("UTF-8", encoding);
	c->unit = strncasecmp(encoding, "UTF-16", 6) == 0 ? 2 : 1;
	return c->to_utf8 != (iconv_t)-1;
}

static void
put_bad(struct conversion *c, char **in, size_t *left, struct buf *out)
{
	size_t skip = c->unit < *left ? c->unit : *left;

	buf_puts(out, "\xEF\xBF\xBD");
	c->bad++;
	*in += skip;
	*left -= skip;
}

/* Converts what is whole in c->rest; at the end also what is not. */
static void
convert(struct conversion *c, bool last, struct buf *out)
{
	char *in = c->rest.data;
	size_t left = c->rest.len;

	while (left > 0 && !out->error) {
		char text[4096];
		char *to = text;
		size_t room = sizeof(text);
		size_t got = iconv(c->to_utf8, &in, &left, &to, &room);
		int error = errno;

		buf_put(out, text, sizeof(text) - room);
		if (got != (size_t)-1 || error == E2BIG)
			continue;
		if (error == EINVAL && !last)
			break;
		put_bad(c, &in, &left, out);
	}
	buf_drop(&c->rest, c->rest.len - left);
}

long
freb_convert(const char *encoding, const char *in, size_t len, struct buf *out)
{
	struct conversion c = { 0 };

	if (!begin(&c, encoding))
		return -EILSEQ;
	buf_put(&c.rest, in, len);
	convert(&c, false, out);
	if (c.rest.error || out->error)
		c.bad = -ENOMEM;
	buf_done(&c.rest);
	iconv_close(c.to_utf8);
	return c.bad;
}

static ssize_t
read_some(int fd, char *data, size_t len)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Fills the chunk; the first one whole, for a pipe may bring the first bytes one by one. */
static ssize_t
read_chunk(int fd, char *chunk, bool whole)
{
	size_t had = 0;
	ssize_t n;

	do {
		n = read_some(fd, chunk + had, FREB_CHUNK - had);
		had += n > 0 ? (size_t)n : 0;
	} while (n > 0 && whole && had < FREB_CHUNK);
	return n < 0 ? n : (ssize_t)had;
}

/* Copies fd to out, through iconv when the first bytes ask for it. */
static int
copy(int fd, int out, char *chunk, struct conversion *c)
{
	ssize_t n = read_chunk(fd, chunk, true);
	struct buf text = BUF_INIT;
	char name[32];
	const char *encoding = n > 0 ? freb_encoding(chunk, (size_t)n, name) : NULL;
	int result = 0;

	if (!encoding) {
		for (; n > 0 && result == 0; n = result == 0 ? read_chunk(fd, chunk, false) : 0)
			result = buf_write(out, chunk, (size_t)n);
		return n < 0 ? (int)n : result;
	}
	if (!begin(c, encoding))
		return -EILSEQ;
	do {
		buf_put(&c->rest, chunk, n > 0 ? (size_t)n : 0);
		convert(c, n <= 0, &text);
		result = text.error ? text.error : c->rest.error;
		if (result == 0)
			result = buf_write(out, buf_text(&text), text.len);
		buf_reset(&text);
		if (n <= 0)
			break;
		n = read_chunk(fd, chunk, false);
	} while (result == 0);
	buf_done(&text);
	return n < 0 ? (int)n : result;
}

static int
spool(int fd, size_t *unconvertible, int *out)
{
	struct conversion c = { .to_utf8 = (iconv_t)-1, .unit = 1 };
	char *chunk = malloc(FREB_CHUNK);
	FILE *file = tmpfile();
	int result = -ENOMEM;

	*out = -1;
	if (chunk && file) {
		*out = dup(fileno(file));
		result = *out < 0 ? -errno : copy(fd, *out, chunk, &c);
	} else if (chunk) {
		result = -errno;
	}
	if (c.to_utf8 != (iconv_t)-1)
		iconv_close(c.to_utf8);
	buf_done(&c.rest);
	free(chunk);
	if (file)
		fclose(file);
	*unconvertible = (size_t)c.bad;
	return result;
}

/* A regular file in UTF-8 needs no copy. */
static bool
is_readable_anywhere(int fd)
{
	char head[256], name[32];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	n = pread(fd, head, sizeof(head), 0);
	return n >= 0 && !freb_encoding(head, (size_t)n, name);
}

int
freb_spool(int fd, size_t *unconvertible, int *out)
{
	int result;

	*unconvertible = 0;
	if (is_readable_anywhere(fd)) {
		*out = fd;
		return 0;
	}
	result = spool(fd, unconvertible, out);
	close(fd);
	if (result < 0 && *out >= 0) {
		close(*out);
		*out = -1;
	}
	return result;
}
