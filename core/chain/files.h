/* SPDX-License-Identifier: MIT */
/*
 * files - reading certificate files whole, with a limit.
 *
 * Messages have the form of trust_load: "error: FILE: what".
 */
#ifndef CORE_CHAIN_FILES_H
#define CORE_CHAIN_FILES_H

#include "trace/buf.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* Reads a regular file; true and out->data (gnutls_free), or false and one error line. */
bool file_load(const char *path, size_t max, gnutls_datum_t *out, struct buf *messages);
gnutls_x509_crt_fmt_t file_format(const gnutls_datum_t *data);	/* PEM if there is armour */

#endif
