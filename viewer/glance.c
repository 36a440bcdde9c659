/* SPDX-License-Identifier: MIT */
/*
 * The file in chunks that overlap by what could be cut in two.
 */
#include <config.h>
#include "viewer/glance.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, OVERLAP = 256, HEAD = 1024 };

static bool
is_plain(const char *word)
{
	size_t len = 0;

	while (isalnum((unsigned char)word[len]) || word[len] == '_' || word[len] == '-')
		len++;
	return len > 0 && !word[len] && len < OVERLAP / 2;
}

/* UTF-8, said or unsaid; what iconv knows may write letters in any way. */
static bool
is_utf8(const char *head, size_t len)
{
	const char *end = memchr(head, '>', len);
	const char *at = end ? memmem(head, (size_t)(end - head), "encoding=", 9) : NULL;

	if (memchr(head, '\0', len) || (len >= 2 && (unsigned char)head[0] >= 0xFE))
		return false;
	return !at || (end - at > 15 && strncasecmp(at + 10, "utf-8", 5) == 0);
}

/* A reference to a character that a word could be made of. */
static bool
has_reference(const char *bytes, size_t len)
{
	const char *end = bytes + len, *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), "&#", 2)) != NULL) {
		unsigned long c = 0;

		at += 2;
		if (at >= end || *at == 'x' || *at == 'X')
			return true;
		for (; at < end && isdigit((unsigned char)*at) && c < 1000; at++)
			c = c * 10 + (unsigned long)(*at - '0');
		if (c >= ' ')
			return true;
	}
	return false;
}

/* <![CDATA[, comments and instructions can stand in the middle of a word. */
static bool
has_markup(const char *bytes, size_t len)
{
	return memmem(bytes, len, "<!", 2) || memmem(bytes, len, "<?", 2);
}

/* The first part: declaration and comments above the root are harmless. */
static bool
head_hides(const char *bytes, size_t len)
{
	const char *root = memmem(bytes, len < 4 * HEAD ? len : 4 * HEAD, "<failedRequest", 14);

	return !root || !is_utf8(bytes, len < HEAD ? len : HEAD) ||
	       has_markup(root, len - (size_t)(root - bytes));
}

static bool
look(int fd, char *bytes, const char *word)
{
	size_t kept = 0;
	bool first = true;

	for (;;) {
		ssize_t n = read(fd, bytes + kept, CHUNK);
		size_t len = kept + (n > 0 ? (size_t)n : 0);

		if (n < 0)
			return true;
		if (n == 0)
			return false;
		if (memmem(bytes, len, word, strlen(word)) || has_reference(bytes, len) ||
		    (first ? head_hides(bytes, len) : has_markup(bytes, len)))
			return true;
		first = false;
		kept = len < OVERLAP ? len : OVERLAP;
		memmove(bytes, bytes + len - kept, kept);
	}
}

bool
glance(const char *path, const char *word)
{
	if (!is_plain(word))
		return true;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *bytes = fd >= 0 ? malloc(CHUNK + OVERLAP) : NULL;
	bool may = !bytes || look(fd, bytes, word);

	free(bytes);
	if (fd >= 0)
		close(fd);
	return may;
}
