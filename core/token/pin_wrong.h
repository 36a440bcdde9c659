/* SPDX-License-Identifier: MIT */
/*
 * pin_wrong - remembers, for the whole process, which source had a wrong PIN for
 * which token, so that not each binding, farm and look-up of a start tries it
 * and burns another try.  It knows no PIN, only hashes of names.  Thread-safe.
 */
#ifndef CORE_TOKEN_PIN_WRONG_H
#define CORE_TOKEN_PIN_WRONG_H

#include <stdbool.h>

#define PIN_PAIR 32u

/*
 * pin_wrong_pair - names a source and a token, however their texts are spelled.
 * @from  a source, as in pin.h; NULL = none.
 * @url   pkcs11: of the token; NULL = not known.
 */
void pin_wrong_pair(const char *from, const char *url, unsigned char pair[static PIN_PAIR]);
void pin_wrong_note(const unsigned char pair[static PIN_PAIR]);
bool pin_wrong_is_known(const unsigned char pair[static PIN_PAIR]);
/* A reload begins: the operator may have corrected it.  Also at the end. */
void pin_wrong_forget(void);

#endif
