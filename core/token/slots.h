/* SPDX-License-Identifier: MIT */
/*
 * slots - tells when a token is put into a reader or pulled out.
 *
 * A module that can wait for it (C_WaitForSlotEvent) does, on a thread of its own;
 * the others are looked at once a second, without reading what is on a token.
 * Source: PKCS#11 2.40 5.5; the manual of p11-kit on managed modules.
 */
#ifndef CORE_TOKEN_SLOTS_H
#define CORE_TOKEN_SLOTS_H

#include <stddef.h>

struct slots;

/*
 * slots_watch - begins to watch.
 * @modules  absolute paths; count 0 = those p11-kit has configured.
 * @changed  called on any thread, once when it begins; it may be that nothing has changed.
 * NULL without memory.
 */
struct slots *slots_watch(char *const *modules, size_t count, void (*changed)(void *arg),
			  void *arg);
/* changed is not called any more.  Threads that wait in a module are left there. */
void slots_free(struct slots *s); /* NULL is fine */

#endif
