/* SPDX-License-Identifier: MIT */
/* pin_read - see pin_read.h.  Reads straight into the caller's memory: no stdio. */
#include <config.h>

#include "core/token/pin_read.h"

#include "core/token/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "trace/buf.h"

#define DESCRIPTOR_WAIT_MS 10000
#define DESCRIPTOR_MAX 1023
#define CONTROL_C 3

enum pin_kind
pin_kind_of(const char *from, const char **rest)
{
	static const struct {
		const char *prefix;
		enum pin_kind kind;
	} prefixes[] = {
		{ "file:", PIN_FILE },
		{ "fd:", PIN_DESCRIPTOR },
		{ "credential:", PIN_CREDENTIAL },
	};

	*rest = from;
	if (!from || !*from)
		return PIN_NOWHERE;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i].prefix);

		if (strncmp(from, prefixes[i].prefix, len) == 0) {
			*rest = from + len;
			return prefixes[i].kind;
		}
	}
	return strcmp(from, "prompt") == 0 ? PIN_PROMPT : PIN_FILE;
}

/* Reads up to the end of the first line; the length, -1 = error. */
static ssize_t
read_line(int fd, char *line, size_t max)
{
	size_t len = 0;

	while (len <= max && !memchr(line, '\n', len)) {
		ssize_t n = read(fd, line + len, max + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* Makes a text of what was read. */
static const char *
first_line(char *line, ssize_t len)
{
	if (len < 0)
		return "the PIN file cannot be read";
	if (len > PIN_LINE_MAX)
		return "the PIN file is larger than 256 bytes";
	line[len] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (!line[0])
		return "the PIN file has an empty first line";
	return strlen(line) > PIN_MAX ? "the PIN is longer than 64 characters" : NULL;
}

static const char *
read_file(const char *path, char *line)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len;

	if (fd < 0)
		return "the PIN file cannot be opened";
	len = read_line(fd, line, PIN_LINE_MAX);
	close(fd);
	return first_line(line, len);
}

static const char *
read_credential(const char *name, char *line)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	int n;

	if (!*name || *name == '.' || strchr(name, '/'))
		return "the name of a credential has no / and no leading dot";
	if (!folder || *folder != '/')
		return "CREDENTIALS_DIRECTORY is not set: systemd handed no credentials over";
	n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	return n < (int)sizeof(path) ? read_file(path, line) : "the name is too long";
}

/* Only what was inherited: our own descriptors are closed on exec. */
static const char *
read_descriptor(const char *number, char *line)
{
	char *end;
	long n = strtol(number, &end, 10);
	struct pollfd p = { .fd = (int)n, .events = POLLIN };
	ssize_t len;
	int flags;

	if (!*number || *end || n < 0 || n > DESCRIPTOR_MAX || n == 1 || n == 2)
		return "a descriptor is a number, 0 or 3 to 1023";
	flags = fcntl((int)n, F_GETFD);
	if (flags < 0 || flags & FD_CLOEXEC)
		return "the descriptor was not handed over, or is used up";
	if (poll(&p, 1, DESCRIPTOR_WAIT_MS) != 1)
		return "nothing came from the descriptor within 10 s";
	len = read_line((int)n, line, PIN_LINE_MAX);
	close((int)n);
	return first_line(line, len);
}

static void
say(int fd, const char *text)
{
	buf_write(fd, text, strlen(text));
}

/* Not echoed.  Control-C ends the line instead of the process, which would leave the
 * terminal dumb. */
static const char *
ask(const char *label, char *line)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios before, quiet;
	const char *why = NULL;
	ssize_t len;

	if (fd < 0 || tcgetattr(fd, &before) != 0) {
		if (fd >= 0)
			close(fd);
		return "there is no terminal to ask at";
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = CONTROL_C;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	say(fd, "frebproxy: PIN of token \"");
	say(fd, label);
	say(fd, "\": ");
	do
		len = read(fd, line, PIN_LINE_MAX);
	while (len < 0 && errno == EINTR);
	tcsetattr(fd, TCSAFLUSH, &before);
	say(fd, "\n");
	close(fd);
	if (len > 0 && memchr(line, CONTROL_C, (size_t)len))
		why = "the question was cancelled";
	else if (len <= 0 || line[0] == '\n')
		why = "no PIN was typed";
	return why ? why : first_line(line, len);
}

const char *
pin_read(enum pin_kind kind, const char *rest, const char *label, char *line)
{
	switch (kind) {
	case PIN_FILE:
		return read_file(rest, line);
	case PIN_CREDENTIAL:
		return read_credential(rest, line);
	case PIN_DESCRIPTOR:
		return read_descriptor(rest, line);
	case PIN_PROMPT:
		return ask(label, line);
	default:
		return "no pin-source is configured";
	}
}
