/* SPDX-License-Identifier: MIT */
/*
 * pin - see pin.h.  The PIN lives in one local buffer and in the one GnuTLS
 * gives; ours is wiped on every way out.
 */
#include <config.h>

#include "core/token/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PIN_FILE_MAX 256

/* Reads the first line of the file into text; NULL or why not. */
static const char *
read_first_line(const char *file, char text[static PIN_FILE_MAX + 1])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return "the PIN file cannot be opened";
	n = read(fd, text, PIN_FILE_MAX + 1);
	close(fd);
	if (n < 0)
		return "the PIN file cannot be read";
	if (n > PIN_FILE_MAX)
		return "the PIN file is larger than 256 bytes";
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (!text[0])
		return "the PIN file has an empty first line";
	return strlen(text) > PIN_MAX ? "the PIN is longer than 64 characters" : NULL;
}

/* Giving a PIN could burn a try: NULL, or why none is given. */
static const char *
refusal(const struct pin_source *s, int attempt, unsigned int flags)
{
	if (!s->file || !s->file[0])
		return "no pin-source is configured";
	if (attempt > 0 || flags & GNUTLS_PIN_WRONG)
		return "the token says the PIN was wrong";
	if (flags & GNUTLS_PIN_FINAL_TRY)
		return "the token has only one try left: log in by hand to clear that";
	if (flags & GNUTLS_PIN_SO)
		return "the token asks for the security officer's PIN";
	return NULL;
}

int
pin_callback(void *userdata, int attempt, const char *url, const char *label, unsigned int flags,
	     char *pin, size_t pin_max)
{
	struct pin_source *s = userdata;
	char text[PIN_FILE_MAX + 2] = "";
	const char *why;

	(void)url;
	(void)label;
	s->attempts++;
	s->flags = flags;
	why = refusal(s, attempt, flags);
	if (!why)
		why = read_first_line(s->file, text);
	if (!why && strlen(text) >= pin_max)
		why = "the PIN is longer than the library takes";
	snprintf(s->refused, sizeof(s->refused), "%s", why ? why : "");
	if (!why)
		memcpy(pin, text, strlen(text) + 1);
	explicit_bzero(text, sizeof(text));
	return why ? GNUTLS_E_PKCS11_PIN_ERROR : 0;
}

char *
pin_uri_public(const char *uri)
{
	size_t len = strcspn(uri, "?"), used = 0, i = 0;
	char *out = malloc(len + 1);

	while (out && i < len) {
		size_t n = strcspn(uri + i, ";?");

		/* Before RFC 7512 these stood among the path attributes; tools still write so. */
		if (strncasecmp(uri + i, "pin-", 4) != 0 &&
		    strncasecmp(uri + i, "pkcs11:pin-", 11) != 0) {
			if (used > 0)
				out[used++] = ';';
			memcpy(out + used, uri + i, n);
			used += n;
		}
		i += n + 1;
	}
	if (out)
		out[used] = '\0';
	return out;
}
