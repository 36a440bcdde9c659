/* SPDX-License-Identifier: MIT */
/*
 * key_watch - see key_watch.h.  Polled: C_WaitForSlotEvent blocks a thread for
 * ever in one module and is not there in the next.
 */
#include <config.h>

#include "core/key_watch.h"

#include "core/handshake/backend.h"
#include "core/handshake/credentials.h"
#include "core/route/farm.h"

#include <ev.h>
#include <stdlib.h>

#define LOOK_SECONDS 2.

struct key_watch {
	struct ev_loop *loop;
	ev_timer timer;
	struct runtime *runtime; /* reference */
};

static void
drop(void *owner)
{
	runtime_unref(owner);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct key_watch *k = t->data;
	struct runtime *r = k->runtime;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < r->config->binding_count; i++)
		if (r->credentials[i])
			credentials_check(r->credentials[i], drop, runtime_ref(r));
	for (size_t i = 0; i < r->config->farm_count; i++) {
		struct credentials *own = backend_credentials(r->farms[i]->backend);

		if (own)
			credentials_check(own, drop, runtime_ref(r));
	}
}

struct key_watch *
key_watch_new(struct ev_loop *loop)
{
	struct key_watch *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	ev_timer_init(&k->timer, on_timer, LOOK_SECONDS, LOOK_SECONDS);
	k->timer.data = k;
	return k;
}

void
key_watch_use(struct key_watch *k, struct runtime *r)
{
	bool wanted = false;

	if (!k)
		return;
	runtime_unref(k->runtime);
	k->runtime = runtime_ref(r);
	for (size_t i = 0; i < r->config->binding_count; i++)
		wanted |= r->credentials[i] && r->credentials[i]->token;
	for (size_t i = 0; i < r->config->farm_count; i++)
		wanted |= r->config->farms[i].tls.cert.certificate != NULL;
	if (wanted)
		ev_timer_again(k->loop, &k->timer);
	else
		ev_timer_stop(k->loop, &k->timer);
}

void
key_watch_free(struct key_watch *k)
{
	if (!k)
		return;
	ev_timer_stop(k->loop, &k->timer);
	runtime_unref(k->runtime);
	free(k);
}
