/* SPDX-License-Identifier: MIT */
/*
 * token_keys - what a token says of its private keys, which it shows after a
 * login only.  Used by the registry, for tokens whose PIN it was given.
 */
#ifndef CORE_TOKEN_TOKEN_KEYS_H
#define CORE_TOKEN_TOKEN_KEYS_H

#include "core/token/registry.h"

#include <p11-kit/p11-kit.h>

#define KEY_ID_MAX 64u

struct token_key_id { /* CKA_ID: what a key and its certificate share */
	unsigned char bytes[KEY_ID_MAX];
	size_t len; /* 0 = none, or longer */
};

struct token_key_found {
	struct token_key_id id;
	struct registry_key marks;
};

/* CKA_ID of an object; len 0 = it has none. */
struct token_key_id token_key_id_of(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session,
				    CK_OBJECT_HANDLE object);
/*
 * token_keys_read - logs in and reads the private keys.
 * @found  room for max; *count: how many.
 * Returns 0, or -1 with one warning in messages.  The login ends with the session,
 * unless others of this process hold sessions on the token too.
 */
int token_keys_read(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
		    const struct token *token, struct pin_source *pin,
		    struct token_key_found *found, size_t max, size_t *count,
		    struct buf *messages);

#endif
