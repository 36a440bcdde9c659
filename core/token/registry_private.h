/* SPDX-License-Identifier: MIT */
/* registry_private - what registry.c and registry_scan.c share. */
#ifndef CORE_TOKEN_REGISTRY_PRIVATE_H
#define CORE_TOKEN_REGISTRY_PRIVATE_H

#include "core/token/registry.h"
#include "core/token/token_keys.h"

#include <stdatomic.h>

#define MODULES_MAX 64

struct entry {
	unsigned char sha256[32];	/* of a certificate */
	size_t token;			/* index in .tokens */
	struct token_key_id id;		/* of the certificate object */
	bool key_known;			/* .key was read */
	struct registry_key key;
};

struct registry {
	_Atomic unsigned int refs;
	struct registry_module modules[MODULES_MAX];
	size_t module_count;
	struct token *tokens;		/* owned; .module is the name in .modules */
	size_t token_count, token_room;
	struct entry *entries;		/* sorted by sha256 at the end */
	size_t entry_count, entry_room;
	struct registry_pin *pins;	/* borrowed during the scan */
	size_t pin_count;
	_Atomic unsigned int silent;	/* seconds the tokens do not answer; 0 = they do */
};

void registry_token_done(struct token *k);
/* The entry of a module in the registry; NULL = no memory or too many. */
struct registry_module *registry_add_module(struct registry *r, const char *path,
					    struct buf *messages);

#endif
