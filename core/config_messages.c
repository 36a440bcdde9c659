/* SPDX-License-Identifier: MIT */
/*
 * config_messages - collects the lines an operator gets about a configuration.
 *
 * Knows neither XML nor flags; the caller names the place.
 */
#include <config.h>

#include "core/config_messages.h"

#include <string.h>

void
message_vadd(struct messages *m, bool warning, const char *where, const char *fmt, va_list ap)
{
	unsigned int *count = warning ? &m->warnings : &m->errors;
	struct buf line = BUF_INIT;

	if (m->errors + m->warnings >= MESSAGES_MAX) {
		++*count;
		return;
	}
	buf_puts(&line, where);
	buf_puts(&line, warning ? ": warning: " : ": ");
	buf_vputf(&line, fmt, ap);
	buf_putc(&line, '\n');
	/* what all sites share is looked at once for each */
	if (line.error || !strstr(buf_text(&m->text), buf_text(&line))) {
		++*count;
		buf_puts(&m->text, buf_text(&line));
	}
	buf_done(&line);
}

void
message_add(struct messages *m, bool warning, const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message_vadd(m, warning, where, fmt, ap);
	va_end(ap);
}

void
messages_done(struct messages *m)
{
	buf_done(&m->text);
}
