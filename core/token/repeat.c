/* SPDX-License-Identifier: MIT */
/* repeat - see repeat.h. */
#include <config.h>

#include "core/token/repeat.h"

#include <stdatomic.h>
#include <string.h>

#define SLOTS 4096u /* power of two */
#define COUNT_BITS 16
#define COUNT_MAX 0xffffu

struct slot {
	_Atomic uint64_t tag; /* eight bytes of the hash; 0 = free */
	_Atomic uint64_t minute; /* second it began << COUNT_BITS | signatures since */
	_Atomic unsigned int end; /* of the last connection that ended */
};

static struct slot slots[SLOTS];

static uint64_t
tag_of(const unsigned char *sha256)
{
	uint64_t tag;

	memcpy(&tag, sha256, sizeof(tag));
	return tag ? tag : 1;
}

unsigned int
repeat_signed(const unsigned char sha256[static 32], uint64_t now_s)
{
	uint64_t tag = tag_of(sha256);
	struct slot *s = &slots[tag & (SLOTS - 1)];
	uint64_t old = atomic_load(&s->minute), new;

	if (atomic_load(&s->tag) != tag) {
		atomic_store(&s->end, 0);
		atomic_store(&s->minute, now_s << COUNT_BITS | 1);
		atomic_store(&s->tag, tag);
		return 1;
	}
	do {
		uint64_t began = old >> COUNT_BITS;

		if (now_s - began >= REPEAT_SECONDS)
			new = now_s << COUNT_BITS | 1;
		else
			new = (old & COUNT_MAX) < COUNT_MAX ? old + 1 : old;
	} while (!atomic_compare_exchange_weak(&s->minute, &old, new));
	return (unsigned int)(new & COUNT_MAX);
}

void
repeat_ended(const unsigned char sha256[static 32], unsigned int end)
{
	uint64_t tag = tag_of(sha256);
	struct slot *s = &slots[tag & (SLOTS - 1)];

	if (atomic_load(&s->tag) == tag)
		atomic_store(&s->end, end);
}

unsigned int
repeat_last_end(const unsigned char sha256[static 32])
{
	uint64_t tag = tag_of(sha256);
	struct slot *s = &slots[tag & (SLOTS - 1)];
	unsigned int end = atomic_load(&s->end);

	return atomic_load(&s->tag) == tag ? end : 0;
}
