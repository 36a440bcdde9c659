/* SPDX-License-Identifier: MIT */
/* fresh - see fresh.h. */
#include <config.h>

#include "core/token/fresh.h"

#include "core/base/clock.h"

#include <stdatomic.h>
#include <string.h>

#define SLOTS 4096u /* power of two */

struct slot {
	_Atomic uint64_t tag; /* eight bytes of the hash; 0 = free */
	_Atomic uint64_t at_ns; /* monotonic */
};

static struct slot slots[SLOTS];

static uint64_t
tag_of(const unsigned char *sha256)
{
	uint64_t tag;

	memcpy(&tag, sha256, sizeof(tag));
	return tag ? tag : 1;
}

void
fresh_note(const unsigned char sha256[static 32])
{
	uint64_t tag = tag_of(sha256);
	struct slot *s = &slots[tag & (SLOTS - 1)];

	atomic_store(&s->tag, 0); /* no reader pairs the old time with the new tag */
	atomic_store(&s->at_ns, clock_mono_ns());
	atomic_store(&s->tag, tag);
}

uint64_t
fresh_age(const unsigned char sha256[static 32])
{
	uint64_t tag = tag_of(sha256);
	const struct slot *s = &slots[tag & (SLOTS - 1)];
	uint64_t at, now = clock_mono_ns();

	if (atomic_load(&s->tag) != tag)
		return UINT64_MAX;
	at = atomic_load(&s->at_ns);
	if (atomic_load(&s->tag) != tag)
		return UINT64_MAX;
	return now > at ? (now - at) / CLOCK_NS_PER_S : 0;
}
