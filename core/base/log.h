/* SPDX-License-Identifier: MIT */
/*
 * log - what the operator reads: start, stop, reload, drops, faults.  Nothing
 * about a single request belongs here (TRACE does that).  One line per call on
 * stderr, "frebproxy: level: text"; under journald (JOURNAL_STREAM set) with
 * the "<N>" priority prefix.  Control characters are made visible.  A kind of
 * line can be limited to once a minute.  Never pass a PIN, a key or a cookie.
 * Thread-safe: one write(2) per line.
 */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/* One per call site: static struct log_gate g; log_limited(&g, level, ...). */
struct log_gate {
	_Atomic uint64_t until_ns; /* monotonic; silent before */
	_Atomic uint64_t held; /* lines kept back since the last one */
};

/* At most one line a minute; the next one says how many were kept back. */
void log_limited(struct log_gate *gate, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
