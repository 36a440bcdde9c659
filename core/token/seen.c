/* SPDX-License-Identifier: MIT */
/* seen - see seen.h. */
#include <config.h>

#include "core/token/seen.h"

#include "core/base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SLOTS 4096u /* power of two */
#define COUNT_MAX 0xffffu
#define TRIES 1000 /* the other thread holds a place for nanoseconds; then it is left out */

struct slot {
	_Atomic bool busy; /* one thread at a time; nobody waits for it */
	unsigned char sha256[32];
	bool used;
	uint64_t signed_ns; /* monotonic; 0 = never */
	uint64_t minute_ns; /* when the present count began */
	unsigned int count;
	unsigned int end; /* of the last connection that ended; 0 = not known */
	uint64_t from_ns; /* 0 = no address */
	char from[SEEN_ADDRESS];
};

static struct slot slots[SLOTS];

/* The place of a certificate, ours until let_go(); NULL = another thread is there, or, unless
 * take, another certificate. */
static struct slot *
hold(const unsigned char sha256[static 32], bool take)
{
	size_t hash;
	struct slot *s;
	int tries = 0;

	memcpy(&hash, sha256, sizeof(hash));
	s = &slots[hash & (SLOTS - 1)];
	while (atomic_exchange_explicit(&s->busy, true, memory_order_acquire))
		if (++tries == TRIES)
			return NULL;
	if (s->used && memcmp(s->sha256, sha256, sizeof(s->sha256)) == 0)
		return s;
	if (!take) {
		atomic_store_explicit(&s->busy, false, memory_order_release);
		return NULL;
	}
	s->used = true;
	memcpy(s->sha256, sha256, sizeof(s->sha256));
	s->signed_ns = s->minute_ns = s->from_ns = 0;
	s->count = s->end = 0;
	return s;
}

static void
let_go(struct slot *s)
{
	atomic_store_explicit(&s->busy, false, memory_order_release);
}

static uint64_t
seconds_since(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? (now_ns - then_ns) / CLOCK_NS_PER_S : 0;
}

unsigned int
seen_signed(const unsigned char sha256[static 32], uint64_t now_ns)
{
	struct slot *s = hold(sha256, true);
	unsigned int count;

	if (!s)
		return 1;
	if (s->count == 0 || seconds_since(s->minute_ns, now_ns) >= SEEN_SECONDS) {
		s->minute_ns = now_ns;
		s->count = 0;
	}
	if (s->count < COUNT_MAX)
		s->count++;
	count = s->count;
	s->signed_ns = now_ns;
	let_go(s);
	return count;
}

uint64_t
seen_age(const unsigned char sha256[static 32], uint64_t now_ns)
{
	struct slot *s = hold(sha256, false);
	uint64_t age;

	if (!s)
		return UINT64_MAX;
	age = s->signed_ns ? seconds_since(s->signed_ns, now_ns) : UINT64_MAX;
	let_go(s);
	return age;
}

void
seen_ended(const unsigned char sha256[static 32], unsigned int end)
{
	struct slot *s = hold(sha256, false);

	if (!s)
		return;
	s->end = end;
	let_go(s);
}

unsigned int
seen_last_end(const unsigned char sha256[static 32])
{
	struct slot *s = hold(sha256, false);
	unsigned int end = 0;

	if (!s)
		return 0;
	end = s->end;
	let_go(s);
	return end;
}

bool
seen_from(const unsigned char sha256[static 32], const char *address, uint64_t now_ns,
	  char other[static SEEN_ADDRESS], uint64_t *ago)
{
	struct slot *s = hold(sha256, true);
	bool elsewhere = false;

	other[0] = '\0';
	*ago = 0;
	if (!s)
		return false;
	if (s->from_ns && strcmp(s->from, address) != 0) {
		*ago = seconds_since(s->from_ns, now_ns);
		elsewhere = *ago <= SEEN_ELSEWHERE_SECONDS;
		memcpy(other, s->from, SEEN_ADDRESS);
	}
	snprintf(s->from, sizeof(s->from), "%s", address);
	s->from_ns = now_ns;
	let_go(s);
	return elsewhere;
}
