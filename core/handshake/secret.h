/* SPDX-License-Identifier: MIT */
/*
 * secret - a key in a file, and keyed hashes with it (HMAC-SHA256).
 */
#ifndef CORE_HANDSHAKE_SECRET_H
#define CORE_HANDSHAKE_SECRET_H

#include "trace/buf.h"

#define SECRET_HASH_TEXT 65 /* hex and NUL */

/*
 * secret_read - the key of a file: its bytes without line ends behind them, 16 to 4096.
 * @out       appended; the caller wipes it: secret_done.
 * @messages  one line on an error.
 * Returns 0 or -errno.
 */
int secret_read(const char *path, struct buf *out, struct buf *messages);
/* The same for a file of ours in folder, which is made, readable by us only, when missing. */
int secret_own(const char *folder, const char *name, struct buf *out, struct buf *messages);
void secret_done(struct buf *key); /* wipes and frees */
/* Lower-case hex of HMAC-SHA256; 0, or -1 with out empty. */
int secret_hash(const struct buf *key, const void *data, size_t len,
		char out[static SECRET_HASH_TEXT]);

#endif
