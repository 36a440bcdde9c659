/* SPDX-License-Identifier: MIT */
/*
 * head_private - what the files of the head and chunk parsers share.
 *
 * A head always ends with a line feed, and no class below holds CR or LF, so a
 * loop over one class stops inside the head without a test for its end.
 */
#ifndef CORE_HTTP_HEAD_PRIVATE_H
#define CORE_HTTP_HEAD_PRIVATE_H

#include "core/http/head.h"

enum head_class {
	CLASS_TOKEN = 1,	/* RFC 9110 5.6.2: methods and field names */
	CLASS_VALUE = 2,	/* RFC 9110 5.5: field values, with white space and obs-text */
	CLASS_TARGET = 4,	/* what we let stand in a target: see head.c */
	CLASS_HOST = 8,		/* a host name: letters, digits, '-', '.', '_' */
	CLASS_HEX = 16,
	CLASS_PATH = 32,	/* nothing special in a path: no '/', '.', '%', '\\', '?', ';' */
};

extern const unsigned char head_class[256];	/* bits of enum head_class */

static inline bool
is_class(char c, enum head_class class)
{
	return head_class[(unsigned char)c] & class;
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct head_scan {
	const char *data;		/* the head */
	const char *end;		/* behind its last byte, which is a line feed */
	const char *line;		/* start of the present line */
	const struct head_limits *limits;
	struct head_error *err;
	size_t line_max;		/* limit of the present line */
	enum head_rule line_rule;	/* what breaking it is called */
};

/* What the fields say about the connection and the body. */
struct head_facts {
	uint64_t seen;			/* a bit per header_id */
	uint64_t length;		/* of Content-Length */
	struct http_request *request;	/* NULL in a response */
	const char *length_at;		/* the Content-Length field, or NULL */
	const char *coding_at;		/* the Transfer-Encoding field, or NULL */
	const char *host_at;		/* the value of Host, or NULL */
	struct slice host;		/* from Host */
	unsigned int minor;		/* HTTP/1.minor */
	unsigned int port;		/* from Host; 0 = none */
	unsigned int upgrades;		/* Upgrade fields */
	struct slice upgrade_to;	/* value of the last one */
	bool close;			/* connection options */
	bool keep_alive;
	bool upgrade;
	bool expect;			/* Expect: 100-continue */
};

/* Sets the error, as "line too long" when the byte is beyond the limit of its line; returns -1. */
int head_refuse(const struct head_scan *s, enum head_rule rule, const char *at);
/* Sets the error as it is; returns -1. */
int head_refuse_at(const struct head_scan *s, enum head_rule rule, const char *at);
/* Refuses a byte that stopped a scan: NUL, CR, LF by their names, others as rule. */
int head_refuse_byte(const struct head_scan *s, enum head_rule rule, const char *at);
/* Checks the line end at p and the length of the line.  Returns the next line, or NULL. */
const char *head_end_line(const struct head_scan *s, const char *p, enum head_rule rule);
/* Checks what holds for every head and starts at the first line.  0 or -1. */
int head_begin(struct head_scan *s, const char *data, size_t len,
	       const struct head_limits *limits, struct head_error *err);
/* Reads HTTP/1.x at *p and goes behind it; rule when it is something else.  0 or -1. */
int head_version(const struct head_scan *s, const char **p, unsigned int *minor,
		 enum head_rule rule);
/* All field lines and the empty line.  0 or -1. */
int head_fields(struct head_scan *s, struct headers *h, struct head_facts *f);
/* Splits r->target into path, query, authority, host, port.  0 or -1. */
int head_target(const struct head_scan *s, struct http_request *r);
/* Splits host[:port]; port 0 = none.  0 or -1. */
int head_authority(const struct head_scan *s, const struct slice *text, struct slice *host,
		   unsigned int *port);

#endif
