/* SPDX-License-Identifier: MIT */
/* pin_read - what pin.c uses to get a PIN from its source; for nobody else. */
#ifndef CORE_TOKEN_PIN_READ_H
#define CORE_TOKEN_PIN_READ_H

#include <stdbool.h>

#define PIN_LINE_MAX 256

enum pin_kind { PIN_FILE, PIN_DESCRIPTOR, PIN_CREDENTIAL, PIN_PROMPT, PIN_NOWHERE };

/* The kind of a source; rest: what follows the prefix. */
enum pin_kind pin_kind_of(const char *from, const char **rest);
/*
 * pin_read - the first line of the source.
 * @label  of the token, for the question at the terminal.
 * @line   PIN_LINE_MAX + 1 bytes of locked memory; the caller wipes them.
 * Returns NULL, or why there is no PIN.
 */
const char *pin_read(enum pin_kind kind, const char *rest, const char *label, char *line);

#endif
