/* SPDX-License-Identifier: MIT */
/*
 * selfsigned - a server certificate for a first start, made once and kept.
 *
 * ECDSA P-256, one host name, 397 days, in two files of the state folder:
 * self-signed-NAME.pem and self-signed-NAME.key (mode 0600).  It is used again
 * until a week before its end.  Blocks on files and name look-ups: for the
 * main thread.  Source: RFC 5280; CA/Browser Forum's limit of 398 days.
 */
#ifndef CORE_HANDSHAKE_SELFSIGNED_H
#define CORE_HANDSHAKE_SELFSIGNED_H

#include "trace/buf.h"

/*
 * selfsigned_ensure - the kept certificate, or a new one.
 * @state_dir    folder, made (mode 0700) when missing.
 * @name         host name or address; NULL or "" = this machine's full name.
 * @cert_path, @key_path  out: paths; free() them.
 * @fingerprint_sha256    out: lower-case hex of the certificate's DER.
 * @error        what is wrong and where, appended; only on failure.
 * Returns 0, or -1 with nothing to free.  Processes may call it at the same
 * time for one folder.
 */
int selfsigned_ensure(const char *state_dir, const char *name, char **cert_path, char **key_path,
		      char fingerprint_sha256[static 65], struct buf *error);

#endif
