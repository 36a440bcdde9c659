/* SPDX-License-Identifier: MIT */
/*
 * config_values - the types of settings: text in, checked value out.
 *
 * Pure functions without a configuration around them; each returns 0, or
 * -EINVAL when the text is no such value.  What is allowed is told by
 * value_allowed(), from the limits column of config.def.  Thread-safe.
 * Sources: IIS configuration types (bool, timeSpan, bindingInformation),
 * FORMAT 1 (statusCodes).
 */
#ifndef CORE_CONFIG_VALUES_H
#define CORE_CONFIG_VALUES_H

#include "core/config.h"
#include "trace/buf.h"

enum value_type {
	VALUE_UNUSED,		/* known to IIS, without effect here */
	VALUE_BOOL,
	VALUE_NUMBER,
	VALUE_SECONDS,		/* a duration of whole seconds */
	VALUE_MILLISECONDS,	/* a duration */
	VALUE_WORD,		/* one of a list, case ignored */
	VALUE_PROVIDER,		/* a word; unknown ones are told apart in the message */
	VALUE_TEXT,
	VALUE_HOST,		/* host name, address, or *.suffix */
	VALUE_SERVER,		/* host name, address, or unix:PATH */
	VALUE_ADDRESS,		/* of a listener */
	VALUE_ENDPOINT,		/* ip:port:host */
	VALUE_NETWORKS,		/* addresses, or address/bits, ; between */
	VALUE_HEADER,		/* name of a header field */
	VALUE_SSL_FLAGS,
	VALUE_STATUS_CODES,
	VALUE_FILE,		/* must be there and readable */
	VALUE_FILES,		/* several, ';' between */
	VALUE_KEY,		/* a file, or a pkcs11: URI without pin-value */
	VALUE_PIN_SOURCE,	/* a file, fd:N, credential:NAME or prompt */
	VALUE_NEW_FILE,		/* will be written; its folder must be there */
	VALUE_FOLDER,		/* made when missing */
};

#define STATUS_RANGES_MAX 64
#define FILES_MAX 256
#define NETWORKS_MAX 256

struct endpoint {		/* bindingInformation */
	char address[64];	/* numeric, "*" = any; without brackets */
	unsigned int port;
	char host[254];		/* "" = any */
};

int value_bool(const char *text, bool *out);
int value_number(const char *text, const char *limits, uint64_t *out);
/* "00:01:30", "1.00:00:00" (a day), "90s", "1500ms", "2m", "1h"; limits in the unit of out. */
int value_seconds(const char *text, const char *limits, unsigned int *out);
int value_milliseconds(const char *text, const char *limits, uint64_t *out);
/* index of text in "a|b|c". */
int value_word(const char *text, const char *words, unsigned int *index);
int value_ssl_flags(const char *text, unsigned int *out);
/* out may be NULL to check only; at most STATUS_RANGES_MAX are written. */
int value_status_codes(const char *text, struct status_range *out, size_t *count);
int value_endpoint(const char *text, struct endpoint *out);
/* A numeric address ("*" = 0.0.0.0, brackets allowed) and a port. */
int value_address(const char *address, unsigned int port, struct config_address *out);
/* The path of a Unix socket, without unix:; -EINVAL = too long. */
int value_socket(const char *path, struct config_address *out);
/* out may be NULL to check only; at most NETWORKS_MAX are written. */
int value_networks(const char *text, struct config_network *out, size_t *count);
/* Address and port as text: "127.0.0.1:443", "[::1]:443". */
void value_address_text(struct config_address *a);

/*
 * value_check - is text a value of that type?
 * @base    folder relative paths begin at, "" = where we are.
 * @reason  what is wrong, appended; only on error.
 */
bool value_check(enum value_type type, const char *limits, const char *text, const char *base,
		 struct buf *reason);
/* What is allowed: "a whole number, 1 to 65535". */
void value_allowed(enum value_type type, const char *limits, struct buf *out);
bool value_is_socket(const char *text);	/* unix: */
bool value_is_uri(const char *text);	/* pkcs11: */
bool value_is_pin_name(const char *text);	/* a PIN source that is no file */
/* An absolute path (not resolved, needs no file): base + "/" + text. */
void value_path(const char *base, const char *text, struct buf *out);
/* Text with control characters and what is not UTF-8 made visible, cut at 120 bytes, in quotes. */
void value_quote(const char *text, struct buf *out);

#endif
