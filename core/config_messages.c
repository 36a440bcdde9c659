/* SPDX-License-Identifier: MIT */
/*
 * config_messages - collects the lines an operator gets about a configuration.
 *
 * Knows neither XML nor flags; the caller names the place.
 */
#include <config.h>

#include "core/config_messages.h"

void
message_vadd(struct messages *m, bool warning, const char *where, const char *fmt, va_list ap)
{
	unsigned int *count = warning ? &m->warnings : &m->errors;

	++*count;
	if (m->errors + m->warnings > MESSAGES_MAX)
		return;
	buf_puts(&m->text, where);
	buf_puts(&m->text, warning ? ": warning: " : ": ");
	buf_vputf(&m->text, fmt, ap);
	buf_putc(&m->text, '\n');
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
