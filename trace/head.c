/* SPDX-License-Identifier: MIT */
/*
 * head - the first bytes of a trace: its root, and for lists a little more.
 *
 * The root is read strictly first; when that fails but the bytes speak of a
 * failedRequest, again with repair, so that a trace with a damaged head still
 * shows its events.  freb_peek() is what a list needs of ten thousand files.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL 64		/* bytes at the end that hold </failedRequest> */

ssize_t
freb_pread(int fd, void *to, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static bool
is_in_quotes(const char *text, size_t len)
{
	bool in = false;

	for (size_t i = 0; i < len && (in || text[i] != '>'); i++)
		in ^= text[i] == '"';
	return in;
}

/* A second, forgiving look at a root that is broken or cut. */
static int
mend_root(const char *bytes, size_t len, struct freb_head *h)
{
	const char *start = memmem(bytes, len, "<failedRequest", 14);
	const char *end = start ? memmem(start, len - (size_t)(start - bytes), "<Event", 6) : NULL;
	struct buf mended = BUF_INIT;
	char *ignored = NULL;
	size_t tag;
	bool empty;
	int result;

	if (!start)
		return -EBADMSG;
	if (!end)
		end = bytes + len;
	freb_mend(start, (size_t)(end - start), &mended);
	/* Ends the tag where that is what is missing. */
	buf_puts(&mended, is_in_quotes(buf_text(&mended), mended.len) ? "\">" : ">");
	freb_root_done(&h->root);
	result = freb_parse_root(buf_text(&mended), mended.len, true, &h->root, &tag, &empty,
				 &ignored);
	buf_done(&mended);
	free(ignored);
	h->body = (size_t)(end - bytes);
	return result == -ENOMEM ? result : 0;
}

/*
 * The root within these bytes.  -EAGAIN: more are needed; with @last there are
 * no more.  -EBADMSG: no trace, h->error says why.
 */
static int
parse_head(const char *bytes, size_t len, bool last, struct freb_head *h)
{
	size_t bom = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	int result = freb_parse_root(bytes + bom, len - bom, false, &h->root, &h->body, &h->empty,
				     &h->error);

	if (result == 0)
		h->body += bom;
	if (result == 0 || result == -ENOMEM || (result == -EAGAIN && !last))
		return result;
	h->error_at = (result == -EAGAIN ? len - bom : h->body) + bom;
	if (!h->error)
		h->error = strdup(len == 0 ? "the file is empty"
				: last && len < FREB_HEAD_MAX ? "the file is cut here"
				: "the root's start tag does not end");
	if (!h->error)
		return -ENOMEM;
	if (strstr(h->error, "DOCTYPE") || strstr(h->error, "root element"))
		return -EBADMSG;
	return mend_root(bytes, len, h);
}

void
freb_head_done(struct freb_head *h)
{
	freb_root_done(&h->root);
	free(h->error);
	free(h->bytes);
	memset(h, 0, sizeof(*h));
}

/* Replaces the bytes read by their UTF-8 form where they are something else. */
static int
convert_head(struct freb_head *h)
{
	char name[32];
	const char *encoding = freb_encoding(h->bytes, h->len, name);
	struct buf text = BUF_INIT;

	if (!encoding)
		return 0;
	if (freb_convert(encoding, h->bytes, h->len, &text) < 0) {
		buf_done(&text);
		return -EILSEQ;
	}
	free(h->bytes);
	h->len = text.len;
	h->bytes = buf_take(&text);
	return h->bytes ? 0 : -ENOMEM;
}

/* Reads a little, and more only while the root asks for it. */
int
freb_head_read(int fd, bool convert, struct freb_head *h)
{
	int result = -EAGAIN;

	for (size_t want = FREB_HEAD; result == -EAGAIN; want *= 8) {
		ssize_t n;
		bool last;

		freb_head_done(h);
		h->bytes = malloc(want);
		if (!h->bytes)
			return -ENOMEM;
		n = freb_pread(fd, h->bytes, want, 0);
		if (n < 0)
			return (int)n;
		h->len = (size_t)n;
		last = h->len < want || want >= FREB_HEAD_MAX;
		result = convert ? convert_head(h) : 0;
		if (result == 0)
			result = parse_head(h->bytes, h->len, last, h);
	}
	return result;
}

/* ---- lists ---- */

/* SystemTime of the first event, if it lies within what was read. */
static int64_t
first_time(const struct freb_head *h)
{
	static const char key[] = "SystemTime=";
	char text[40];
	const char *at;
	size_t n;

	if (h->body >= h->len)
		return INT64_MIN;
	at = memmem(h->bytes + h->body, h->len - h->body, key, sizeof(key) - 1);
	if (!at)
		return INT64_MIN;
	at += sizeof(key);	/* behind the quote */
	n = (size_t)(h->bytes + h->len - at);
	if (at > h->bytes + h->len || n < 20)
		return INT64_MIN;
	n = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
	memcpy(text, at, n);
	text[n] = '\0';
	text[strcspn(text, "\"'")] = '\0';
	return freb_time(text);
}

static bool
ends_well(int fd, uint64_t size)
{
	char tail[TAIL];
	uint64_t from = size > TAIL ? size - TAIL : 0;
	ssize_t n = freb_pread(fd, tail, sizeof(tail), from);

	return n > 0 && memmem(tail, (size_t)n, "</failedRequest", 15) != NULL;
}

static void
judge(int fd, struct freb_head *h, struct freb_peek *out)
{
	char name[32];
	struct buf text = BUF_INIT;

	if (h->error) {
		out->damaged = true;
		out->message = h->error;
		h->error = NULL;
	} else if (!h->empty && !freb_encoding(h->bytes, h->len, name) &&
		   !ends_well(fd, out->size)) {
		out->damaged = true;
		buf_putf(&text, "cut at %llu", (unsigned long long)out->size);
		out->message = buf_take(&text);
	}
}

static int
peek(int fd, struct freb_peek *out)
{
	struct freb_head h = { 0 };
	struct stat st;
	int result;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	out->size = (uint64_t)st.st_size;
	out->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	result = freb_head_read(fd, true, &h);
	if (result == 0) {
		out->time_ms = first_time(&h);
		judge(fd, &h, out);
		out->root = h.root;
		memset(&h.root, 0, sizeof(h.root));
	} else {
		out->damaged = true;
		out->message = h.error;
		h.error = NULL;
	}
	freb_head_done(&h);
	return result;
}

int
freb_peek(const char *path, struct freb_peek *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int result;

	memset(out, 0, sizeof(*out));
	out->time_ms = INT64_MIN;
	if (fd < 0)
		return -errno;
	result = peek(fd, out);
	close(fd);
	return result;
}

void
freb_peek_done(struct freb_peek *p)
{
	freb_root_done(&p->root);
	free(p->message);
	memset(p, 0, sizeof(*p));
}

const char *
freb_attr(const struct freb_root *root, const char *name)
{
	for (size_t i = 0; i < root->attr_count; i++)
		if (strcmp(root->attrs[i].name, name) == 0)
			return root->attrs[i].value;
	return NULL;
}
