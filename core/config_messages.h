/* SPDX-License-Identifier: MIT */
/*
 * config_messages - what is wrong with a configuration: every error with its
 * place, not only the first; warnings apart.  One line each:
 * "file:line: element/@attribute: what is wrong; allowed: what is".
 * The same line is not said twice.  At most MESSAGES_MAX lines are kept, the
 * rest is counted.  Not thread-safe.
 */
#ifndef CORE_CONFIG_MESSAGES_H
#define CORE_CONFIG_MESSAGES_H

#include "trace/buf.h"

#include <stdarg.h>

#define MESSAGES_MAX 200

struct messages {
	struct buf text;		/* lines */
	unsigned int errors;		/* all of them, also those not kept */
	unsigned int warnings;		/* the same */
};

#define MESSAGES_INIT { .errors = 0 }

/* where: "file:12: sites/site/@id" or "--workers".  The line gets "warning: " after it if so. */
void message_add(struct messages *m, bool warning, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void message_vadd(struct messages *m, bool warning, const char *where, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));
void messages_done(struct messages *m);

#endif
