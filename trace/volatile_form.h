/* SPDX-License-Identifier: MIT */
/*
 * volatile_form - finds the part of a value that a row of volatile.def means.
 *
 * Private to volatile.
 */
#ifndef TRACE_VOLATILE_FORM_H
#define TRACE_VOLATILE_FORM_H

#include "trace/volatile.h"

/* Marks what it finds in the value; class and row are the row's. */
typedef void volatile_form(struct volatile_pieces *p, struct volatile_piece row,
			   const char *value, size_t len);

volatile_form volatile_form_WHOLE;
volatile_form volatile_form_PLAIN;
volatile_form volatile_form_URL;
volatile_form volatile_form_HOSTPORT;
volatile_form volatile_form_URISERIAL;
volatile_form volatile_form_FOLDER;
volatile_form volatile_form_HINT;
volatile_form volatile_form_COOKIE;
volatile_form volatile_form_CERTIFICATE;
volatile_form volatile_form_GUID;
volatile_form volatile_form_LOOPBACK;

#endif
