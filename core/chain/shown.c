/* SPDX-License-Identifier: MIT */
/* shown - see shown.h. */
#include <config.h>

#include "core/chain/shown.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/chain/online_store.h"
#include "core/conn.h"
#include "core/errand.h"
#include "trace/event.h"

/* New CRLs may have come meanwhile: then what was asked is forgotten with the old trust. */
#define ASKS_MAX 3u

struct asking {
	struct errand errand;	/* first member */
	struct badge *badge;	/* reference */
	struct runtime *runtime;	/* reference: owns the policy */
	const struct config_trust *policy;
	struct online *online;	/* the answers; NULL before, and without memory */
	struct store_waiter waiter;	/* for what another one fetches already */
};

static void
drop(struct errand *e)
{
	struct asking *a = (struct asking *)e;

	badge_unref(a->badge);
	runtime_unref(a->runtime);
	online_free(a->online);
	free(a);
}

static bool
run(struct errand *e)
{
	struct asking *a = (struct asking *)e;

	return online_fetch(a->badge, a->policy, a->runtime->config->state_dir, time(NULL),
			    &a->waiter, &a->online);
}

static void
wake(struct store_waiter *w)
{
	errand_resume(&((struct asking *)((char *)w - offsetof(struct asking, waiter)))->errand);
}

static void
back(struct errand *e)
{
	struct asking *a = (struct asking *)e;

	verify_take_online(a->badge, a->online);
	a->online = NULL;
	drop(e);
}

/* Takes badge.  false: nobody can be sent now, which is an answer too. */
static bool
ask(struct conn *c, struct badge *badge)
{
	struct asking *a = calloc(1, sizeof(*a));

	if (!a) {
		badge_unref(badge);
		return false;
	}
	a->errand.run = run;
	a->errand.back = back;
	a->errand.drop = drop;
	a->waiter.wake = wake;
	a->badge = badge;
	a->runtime = runtime_ref(c->runtime);
	a->policy = &c->binding->site->trust;
	if (errand_send_by(c->worker->fetchers, c, &a->errand) == 0)
		return true;
	verify_take_online(badge, online_none(badge, a->policy, TE_ERROR_NOT_ENOUGH_MEMORY,
					       time(NULL)));
	drop(&a->errand);
	return false;
}

/* true: an errand is under way, and the step is called again when it is back. */
static bool
ask_first(struct conn *c, const struct trust *trust, const gnutls_datum_t *raw, unsigned int n)
{
	struct badge *badge;

	if (c->online_asks >= ASKS_MAX)
		return false;
	c->online_asks++;
	badge = verify_wants_online(c->worker->verdicts, trust, &c->binding->site->trust, raw, n,
				    time(NULL));
	return badge && ask(c, badge);
}

enum next
shown_judge(struct conn *c)
{
	unsigned int n = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(c->tls, &n);
	const struct trust *trust = c->runtime->trust;

	if (c->runtime == c->worker->runtime)
		trust = c->worker->trust; /* the newest CRLs */
	if (raw && n && ask_first(c, trust, raw, n))
		return WAIT;
	if (raw && n)
		c->verdict = verify_chain(c->worker->verdicts, trust, &c->binding->site->trust,
					  raw, n, time(NULL), c->trace, &c->badge);
	return NEXT;
}
