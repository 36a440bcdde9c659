/* SPDX-License-Identifier: MIT */
/*
 * message - reads the battery of HTTP messages in fixtures/corpus/http.
 *
 * The format is described in fixtures/corpus/http/README.md.  A file that is
 * wrong ends the test program with a message that names it.
 */
#ifndef TESTS_UNIT_MESSAGE_H
#define TESTS_UNIT_MESSAGE_H

#include "core/http/head.h"
#include "trace/buf.h"

struct message {
	char *name;		/* "request/host-missing" */
	char *text;		/* the file, cut into lines by NUL */
	size_t text_len;	/* of the lines above "---" */
	struct buf bytes;	/* the message itself */
	size_t marks;		/* how many times \^ stands in it */
	size_t offset;		/* where the last one stands */
	enum head_rule rule;	/* HEAD_OK if it must be accepted */
};

struct messages {
	struct message *at;	/* sorted by name */
	size_t count;
};

/* All files of a folder ("request", "response", "chunked"); messages_done() frees. */
void messages_read(struct messages *list, const char *folder);
void messages_done(struct messages *list);
/* The value of "key: value", or NULL.  Borrowed. */
const char *message_fact(const struct message *m, const char *key);
/* The n-th line "key: value" above "---" as its key, or NULL behind the last.  Borrowed. */
const char *message_line(const struct message *m, size_t n);
/* Appends bytes with everything outside printable ASCII escaped as in the files. */
void message_escape(struct buf *b, const char *data, size_t len);

#endif
