/* SPDX-License-Identifier: MIT */
/* log - see log.h.  The journald prefix is that of sd-daemon(3). */
#include <config.h>

#include "core/base/log.h"

#include "core/base/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048

static const struct {
	const char *name; /* shown to the operator */
	const char *journal; /* syslog priority for journald */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error: ", "<3>" },
	[LOG_LEVEL_WARNING] = { "warning: ", "<4>" },
	[LOG_LEVEL_INFO] = { "", "<6>" },
};

static void
write_line(enum log_level level, const char *fmt, va_list ap, uint64_t held)
{
	char line[LOG_LINE_MAX];
	bool journal = getenv("JOURNAL_STREAM") && !isatty(STDERR_FILENO);
	size_t n, max = sizeof(line) - 64;
	ssize_t done;

	n = (size_t)snprintf(line, max, "%sfrebproxy: %s", journal ? levels[level].journal : "",
			     levels[level].name);
	n += (size_t)vsnprintf(line + n, max - n, fmt, ap);
	if (n >= max)
		n = max - 1;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	if (held)
		n += (size_t)snprintf(line + n, sizeof(line) - n - 1, " (%llu more like this)",
				      (unsigned long long)held);
	line[n++] = '\n';
	done = write(STDERR_FILENO, line, n);
	(void)done; /* nobody is left to tell */
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(level, fmt, ap, 0);
	va_end(ap);
}

void
log_limited(struct log_gate *gate, enum log_level level, const char *fmt, ...)
{
	uint64_t now = clock_mono_ns();
	uint64_t until = atomic_load(&gate->until_ns);
	va_list ap;

	if (now < until ||
	    !atomic_compare_exchange_strong(&gate->until_ns, &until, now + 60 * CLOCK_NS_PER_S)) {
		atomic_fetch_add(&gate->held, 1);
		return;
	}
	va_start(ap, fmt);
	write_line(level, fmt, ap, atomic_exchange(&gate->held, 0));
	va_end(ap);
}
