/* SPDX-License-Identifier: MIT */
/* clock_doubt - see clock_doubt.h. */
#include <config.h>

#include "core/chain/clock_doubt.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define KEPT 8u

static struct {
	unsigned char sha256[32];
	uint64_t at_s;
	bool used;
} kept[KEPT];
static _Atomic bool busy; /* guards kept; who finds it set leaves his certificate out */

unsigned int
clock_doubt_note(const unsigned char sha256[static 32], uint64_t now_s)
{
	unsigned int count = 0, place = 0;

	if (atomic_exchange_explicit(&busy, true, memory_order_acquire))
		return 1;
	for (unsigned int i = 0; i < KEPT; i++) {
		if (kept[i].used && now_s - kept[i].at_s >= CLOCK_DOUBT_SECONDS)
			kept[i].used = false;
		if (kept[i].used && memcmp(kept[i].sha256, sha256, sizeof(kept[i].sha256)) == 0)
			kept[i].used = false; /* it is put in again */
		count += kept[i].used;
	}
	for (unsigned int i = 1; i < KEPT && kept[place].used; i++)
		if (!kept[i].used || kept[i].at_s < kept[place].at_s)
			place = i;
	count += !kept[place].used;
	memcpy(kept[place].sha256, sha256, sizeof(kept[place].sha256));
	kept[place].at_s = now_s;
	kept[place].used = true;
	atomic_store_explicit(&busy, false, memory_order_release);
	return count;
}
