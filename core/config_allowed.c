/* SPDX-License-Identifier: MIT */
/*
 * config_allowed - is a text a value of its type, and if not, what is wrong
 * and what would be allowed: the second half of config_values.h.
 *
 * The only part of the values that looks at the file system.  A key's value
 * is never repeated in a message: its URI may hold a PIN.
 */
#include <config.h>

#include "core/config_values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUOTE_MAX 120

void
value_quote(const char *text, struct buf *out)
{
	size_t i;

	buf_putc(out, '"');
	for (i = 0; text[i] && i < QUOTE_MAX; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			buf_putf(out, "\\x%02x", c);
		else
			buf_putc(out, (char)c);
	}
	if (text[i]) {
		/* no half of a UTF-8 character at the cut */
		while (out->len && ((unsigned char)text[i] & 0xc0) == 0x80) {
			out->data[--out->len] = '\0';
			i--;
		}
		buf_puts(out, "...");
	}
	buf_putc(out, '"');
}

static bool
is_not(const char *text, const char *what, struct buf *reason)
{
	value_quote(text, reason);
	buf_putf(reason, " is not %s", what);
	return false;
}

static bool
length_is_within(const char *text, const char *limits)
{
	char number[24];
	uint64_t v;

	snprintf(number, sizeof(number), "%zu", strlen(text));
	return value_number(number, limits, &v) == 0;
}

static bool
check_text(const char *text, const char *limits, struct buf *reason)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			value_quote(text, reason);
			buf_puts(reason, " holds a control character");
			return false;
		}
	if (length_is_within(text, limits))
		return true;
	buf_putf(reason, "%s (%zu bytes)", *text ? "the text is too long" : "it is empty",
		 strlen(text));
	return false;
}

static bool
check_host(const char *text, const char *limits, struct buf *reason)
{
	struct config_address a;
	const char *p = text;

	if (!check_text(text, limits, reason))
		return false;
	if (value_address(text, 0, &a) == 0 && strcmp(text, "*"))
		return true;
	if (!strncmp(p, "*.", 2))
		p += 2;
	for (size_t label = 0; *p; p++) {
		bool dot = *p == '.';

		if (dot ? !label : !isalnum((unsigned char)*p) && *p != '-' && *p != '_')
			return is_not(text, "a host name", reason);
		label = dot ? 0 : label + 1;
		if (label > 63)
			return is_not(text, "a host name", reason);
	}
	return true;
}

static bool
check_server(const char *text, const char *limits, const char *base, struct buf *reason)
{
	struct buf path = BUF_INIT;
	struct config_address a;
	bool fine;

	if (!value_is_socket(text))
		return check_host(text, limits, reason);
	value_path(base, text + 5, &path);
	fine = text[5] && value_socket(buf_text(&path), &a) == 0;
	buf_done(&path);
	if (fine)
		return check_text(text, limits, reason);
	buf_puts(reason, "the path of the socket is empty or longer than 107 bytes");
	return false;
}

static bool
check_header(const char *text, const char *limits, struct buf *reason)
{
	if (!check_text(text, limits, reason))
		return false;
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return is_not(text, "the name of a header field", reason);
	return true;
}

static bool
check_file(const char *text, const char *base, struct buf *reason)
{
	struct buf path = BUF_INIT;
	struct stat st;
	int error = 0;

	if (!*text)
		return true;
	value_path(base, text, &path);
	if (path.error)
		error = ENOMEM;
	else if (stat(path.data, &st) < 0 || access(path.data, R_OK) < 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	if (error) {
		buf_puts(reason, "file ");
		value_quote(buf_text(&path), reason);
		buf_putf(reason, ": %s", strerror(error));
	}
	buf_done(&path);
	return !error;
}

static bool
check_files(const char *text, const char *base, struct buf *reason)
{
	size_t count = 0;

	while (*text) {
		struct buf one = BUF_INIT;
		size_t len = strcspn(text, ";");
		bool fine;

		buf_put(&one, text, len);
		fine = !one.error && len && check_file(buf_text(&one), base, reason);
		if (!len)
			buf_puts(reason, "an empty file name in the list");
		buf_done(&one);
		if (!fine)
			return false;
		if (++count > FILES_MAX) {
			buf_puts(reason, "too many files");
			return false;
		}
		text += len;
		if (*text && !*++text) {
			buf_puts(reason, "an empty file name in the list");
			return false;
		}
	}
	return true;
}

static bool
check_key(const char *text, const char *base, struct buf *reason)
{
	if (!value_is_uri(text))
		return check_file(text, base, reason);
	if (strcasestr(text, "pin-value")) {
		buf_puts(reason, "a PIN in the URI (pin-value) is refused, use pinSource");
		return false;
	}
	return true;
}

/* What a descriptor or a credential holds shows when the key is loaded. */
static bool
check_pin_source(const char *text, const char *base, struct buf *reason)
{
	uint64_t number;

	if (!value_is_pin_name(text))
		return check_file(strncmp(text, "file:", 5) ? text : text + 5, base, reason);
	if (!strncmp(text, "fd:", 3) &&
	    (value_number(text + 3, "0..1023", &number) < 0 || number == 1 || number == 2)) {
		buf_puts(reason, "the descriptor is no number from 0 or 3 to 1023");
		return false;
	}
	if (!strncmp(text, "credential:", 11) &&
	    (!text[11] || text[11] == '.' || strchr(text + 11, '/'))) {
		buf_puts(reason, "the credential is no name without / and leading dot");
		return false;
	}
	return true;
}

/* A folder, or a file to come: what is there must be of the right kind. */
static bool
check_place(enum value_type type, const char *text, const char *base, struct buf *reason)
{
	struct buf path = BUF_INIT;
	struct stat st;
	const char *wrong = NULL;

	if (!*text)
		return true;
	value_path(base, text, &path);
	if (strchr(text, '\\') || strchr(text, '%'))
		wrong = "is a path of Windows";
	else if (path.error)
		wrong = strerror(ENOMEM);
	else if (stat(path.data, &st) == 0 && S_ISDIR(st.st_mode) != (type == VALUE_FOLDER))
		wrong = type == VALUE_FOLDER ? "is no folder" : "is a folder";
	if (!wrong && type == VALUE_NEW_FILE) {
		*strrchr(path.data, '/') = '\0';
		if (stat(*path.data ? path.data : "/", &st) < 0 || !S_ISDIR(st.st_mode))
			wrong = "lies in a folder that is not there";
	}
	buf_done(&path);
	if (!wrong)
		return true;
	value_quote(text, reason);
	buf_putf(reason, " %s", wrong);
	return false;
}

static bool
check_simple(enum value_type type, const char *limits, const char *text, struct buf *reason)
{
	uint64_t number;
	unsigned int word;
	bool truth;
	struct endpoint endpoint;
	struct config_address address;

	switch (type) {
	case VALUE_BOOL:
		return value_bool(text, &truth) == 0 || is_not(text, "true or false", reason);
	case VALUE_NUMBER:
		return value_number(text, limits, &number) == 0 ||
		       is_not(text, "a whole number in range", reason);
	case VALUE_SECONDS:
		return value_seconds(text, limits, &word) == 0 ||
		       is_not(text, "a time in range", reason);
	case VALUE_MILLISECONDS:
		return value_milliseconds(text, limits, &number) == 0 ||
		       is_not(text, "a time in range", reason);
	case VALUE_WORD:
	case VALUE_PROVIDER:
		return value_word(text, limits, &word) == 0 || is_not(text, "known", reason);
	case VALUE_SSL_FLAGS:
		return value_ssl_flags(text, &word) == 0 ||
		       is_not(text, "a list of sslFlags", reason);
	case VALUE_STATUS_CODES:
		return !*text || value_status_codes(text, NULL, NULL) == 0 ||
		       is_not(text, "a list of status codes", reason);
	case VALUE_ENDPOINT:
		return !*text || value_endpoint(text, &endpoint) == 0 ||
		       is_not(text, "ip:port:host", reason);
	case VALUE_NETWORKS:
		return !*text || value_networks(text, NULL, NULL) == 0 ||
		       is_not(text, "a list of networks", reason);
	case VALUE_ADDRESS:
		return value_address(text, 0, &address) == 0 ||
		       is_not(text, "a numeric address", reason);
	default:
		return true;
	}
}

bool
value_check(enum value_type type, const char *limits, const char *text, const char *base,
	    struct buf *reason)
{
	switch (type) {
	case VALUE_TEXT:
		return check_text(text, limits, reason);
	case VALUE_SERVER:
		return check_server(text, limits, base, reason);
	case VALUE_HOST:
		return check_host(text, limits, reason);
	case VALUE_HEADER:
		return check_header(text, limits, reason);
	case VALUE_FILE:
		return check_file(text, base, reason);
	case VALUE_FILES:
		return check_files(text, base, reason);
	case VALUE_KEY:
		return check_key(text, base, reason);
	case VALUE_PIN_SOURCE:
		return check_pin_source(text, base, reason);
	case VALUE_NEW_FILE:
	case VALUE_FOLDER:
		return check_place(type, text, base, reason);
	default:
		return check_simple(type, limits, text, reason);
	}
}

/* "a..b" as "a to b", "a|b" as "a, b". */
static void
put_limits(const char *limits, struct buf *out)
{
	for (; *limits; limits++)
		if (!strncmp(limits, "..", 2)) {
			buf_puts(out, " to ");
			limits++;
		} else if (*limits == '|') {
			buf_puts(out, ", ");
		} else {
			buf_putc(out, *limits);
		}
}

void
value_allowed(enum value_type type, const char *limits, struct buf *out)
{
	static const char *const kinds[] = {
		[VALUE_BOOL] = "true, false",
		[VALUE_NUMBER] = "a whole number, ",
		[VALUE_SECONDS] = "hh:mm:ss, or a number with s, m or h; seconds: ",
		[VALUE_MILLISECONDS] = "hh:mm:ss, or a number with ms, s, m or h; milliseconds: ",
		[VALUE_WORD] = "",
		[VALUE_PROVIDER] = "",
		[VALUE_TEXT] = "a text; bytes: ",
		[VALUE_HOST] = "a host name or an address; bytes: ",
		[VALUE_SERVER] = "a host name, an address, or unix: and a path; bytes: ",
		[VALUE_ADDRESS] = "an IPv4 or IPv6 address of this machine, * for all of IPv4",
		[VALUE_ENDPOINT] =
			"ip:port:host, as in *:443:, 127.0.0.1:8443:www.example.org, [::1]:443:",
		[VALUE_NETWORKS] = "addresses and networks as 10.0.0.0/8, with ; between them, "
				   "no bits set behind the prefix",
		[VALUE_HEADER] = "letters, digits and hyphens; bytes: ",
		[VALUE_SSL_FLAGS] =
			"None, or Ssl, SslNegotiateCert, SslRequireCert with commas between",
		[VALUE_STATUS_CODES] =
			"404, 404.2, 400-599, 401.3-404.2 with commas between, 100 to 999",
		[VALUE_FILE] = "a file that can be read",
		[VALUE_FILES] = "files that can be read, with ; between",
		[VALUE_KEY] = "a PEM file that can be read, or a pkcs11: URI",
		[VALUE_PIN_SOURCE] =
			"a file that can be read, fd:N, credential:NAME, or prompt",
		[VALUE_NEW_FILE] = "a file to be written, in a folder that is there",
		[VALUE_FOLDER] = "a folder of this machine",
	};

	if (type == VALUE_UNUSED)
		return;
	buf_puts(out, kinds[type]);
	put_limits(limits, out);
}
