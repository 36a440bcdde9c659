/* SPDX-License-Identifier: MIT */
/* slots - see slots.h. */
#include <config.h>

#include "core/token/slots.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/lane.h"

#include <p11-kit/p11-kit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 256
#define LOOK_NS CLOCK_NS_PER_S
#define PAUSE_NS (CLOCK_NS_PER_S / 5) /* after an event: readers chatter */
#define LOOKS 30 /* then a module begins anew: some see their tokens only then */
#define LANE_NAME_MAX 4200
#define TRUST_MODULE "p11-kit-trust"

struct slots { /* owned by its user and by each watcher */
	_Atomic unsigned int refs;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t over;
	bool ended;
	void (*changed)(void *arg);
	void *arg;
};

struct watcher { /* of one module */
	struct lane_job job; /* first member */
	struct slots *slots; /* reference */
	CK_FUNCTION_LIST *module; /* loaded; released by the watcher */
};

static void
unref(struct slots *s)
{
	if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_cond_destroy(&s->over);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static bool
has_ended(struct slots *s)
{
	bool ended;

	pthread_mutex_lock(&s->lock);
	ended = s->ended;
	pthread_mutex_unlock(&s->lock);
	return ended;
}

static void
tell(struct slots *s)
{
	pthread_mutex_lock(&s->lock);
	if (!s->ended)
		s->changed(s->arg);
	pthread_mutex_unlock(&s->lock);
}

static void
rest(struct slots *s, uint64_t ns)
{
	uint64_t at = clock_mono_ns() + ns;
	struct timespec t = { .tv_sec = (time_t)(at / CLOCK_NS_PER_S),
			      .tv_nsec = (long)(at % CLOCK_NS_PER_S) };

	pthread_mutex_lock(&s->lock);
	if (!s->ended)
		pthread_cond_timedwait(&s->over, &s->lock, &t);
	pthread_mutex_unlock(&s->lock);
}

/* Which tokens are in which slots, as one number. */
static uint64_t
stamp_of(CK_FUNCTION_LIST *m)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	uint64_t h = HASH_START;

	if (m->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		h = hash_bytes(h, &slots[i], sizeof(slots[i]));
		if (m->C_GetTokenInfo(slots[i], &info) != CKR_OK)
			continue;
		h = hash_bytes(h, info.label, sizeof(info.label));
		h = hash_bytes(h, info.serialNumber, sizeof(info.serialNumber));
		h = hash_bytes(h, &info.flags, sizeof(info.flags));
	}
	return h;
}

/* true while the module tells of events by itself. */
static bool
wait_in_module(CK_FUNCTION_LIST *m)
{
	CK_SLOT_ID slot;
	CK_RV rv;

	lane_idle(true);
	rv = m->C_WaitForSlotEvent(0, &slot, NULL);
	lane_idle(false);
	return rv == CKR_OK;
}

/* Looks for a while; *before: what was seen last. */
static void
look(struct slots *s, CK_FUNCTION_LIST *m, uint64_t *before)
{
	for (unsigned int i = 0; i < LOOKS && !has_ended(s); i++) {
		CK_SLOT_ID slot;
		bool event = m->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL) == CKR_OK;
		uint64_t now = stamp_of(m);

		if (event || now != *before)
			tell(s);
		*before = now;
		rest(s, LOOK_NS);
	}
}

static void
run(struct lane_job *j)
{
	struct watcher *w = (struct watcher *)j;

	CK_FUNCTION_LIST *m = w->module;
	uint64_t before = 0;

	lane_clock(false); /* it has no limit: nobody waits for it */
	while (!has_ended(w->slots)) {
		if (p11_kit_module_initialize(m) != CKR_OK) {
			rest(w->slots, LOOKS * LOOK_NS);
			continue;
		}
		if (!before) {
			before = stamp_of(m);
			tell(w->slots); /* who has looked before may have missed something */
		}
		while (!has_ended(w->slots) && wait_in_module(m)) {
			tell(w->slots);
			rest(w->slots, PAUSE_NS);
		}
		look(w->slots, m, &before);
		p11_kit_module_finalize(m);
	}
}

static void
done(struct lane_job *j)
{
	struct watcher *w = (struct watcher *)j;

	p11_kit_module_release(w->module);
	unref(w->slots);
	free(w);
}

/* Takes the module. */
static void
add(struct slots *s, CK_FUNCTION_LIST *module, const char *name)
{
	struct watcher *w = calloc(1, sizeof(*w));
	static atomic_uint lanes; /* another watcher of this module may still be in its own */
	char lane_name[LANE_NAME_MAX];
	struct lane *lane;

	snprintf(lane_name, sizeof(lane_name), "%u: slots of %s",
		 atomic_fetch_add(&lanes, 1), name);
	lane = lane_named(lane_name, 1);
	if (!w || !lane) {
		p11_kit_module_release(module);
		free(w);
		return;
	}
	w->job = (struct lane_job){ .run = run, .free = done, .seconds = 1 };
	w->module = module;
	w->slots = s;
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	lane_send(lane, &w->job);
}

static void
add_configured(struct slots *s)
{
	CK_FUNCTION_LIST **list = p11_kit_modules_load(NULL, 0);

	for (size_t i = 0; list && list[i]; i++) {
		char *name = p11_kit_module_get_name(list[i]);

		if (name && strcmp(name, TRUST_MODULE) == 0)
			p11_kit_module_release(list[i]);
		else
			add(s, list[i], name ? name : "?");
		free(name);
	}
	free(list);
}

struct slots *
slots_watch(char *const *modules, size_t count, void (*changed)(void *arg), void *arg)
{
	struct slots *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->over, &attr);
	pthread_condattr_destroy(&attr);
	s->changed = changed;
	s->arg = arg;
	for (size_t i = 0; i < count; i++) {
		CK_FUNCTION_LIST *m = modules[i][0] == '/' ? p11_kit_module_load(modules[i], 0) :
							     NULL;

		if (m)
			add(s, m, modules[i]);
	}
	if (count == 0)
		add_configured(s);
	return s;
}

void
slots_free(struct slots *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_cond_broadcast(&s->over);
	pthread_mutex_unlock(&s->lock);
	unref(s);
}
