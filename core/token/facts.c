/* SPDX-License-Identifier: MIT */
/* facts - see facts.h. */
#include <config.h>

#include "core/token/facts.h"

#include <stdlib.h>
#include <string.h>

#include "core/token/policy_path.h"

static void
free_facts(struct badge_notes *n)
{
	struct facts *f = (struct facts *)(void *)n;

	names_release(&f->names);
	for (size_t i = 0; i < f->policy_count; i++) {
		free(f->policies[i].oid);
		free(f->policies[i].source);
	}
	free(f->policies);
	free(f);
}

static void
add_claim(struct claims *c, const struct fact_policy *p)
{
	bool hardware = p->known && p->known->hardware == POLICY_SAYS_YES;

	if (!p->known)
		return;
	c->hardware |= hardware;
	c->hardware_on_path |= hardware && p->valid == POLICY_SAYS_YES;
	/* What forbids counts in any case; what allows only where the CAs above may say it. */
	c->pin |= p->known->pin == POLICY_SAYS_YES && p->valid == POLICY_SAYS_YES;
	c->no_pin |= p->known->pin == POLICY_SAYS_NO;
	c->pinless_card |= hardware && p->known->pin == POLICY_SAYS_NO;
}

/* to: the policy of the leaf this one was mapped to, NULL = the leaf asserts it itself. */
static bool
add_policy(struct facts *f, const char *oid, enum policy_says valid, const char *to)
{
	struct fact_policy *p = &f->policies[f->policy_count++];
	struct buf source = BUF_INIT;

	p->known = policy_find(oid);
	p->valid = valid;
	p->oid = strdup(oid);
	buf_puts(&source, p->known ? p->known->source : "");
	if (to)
		buf_putf(&source, "%smapped to %s", source.len ? ", " : "", to);
	p->source = buf_take(&source);
	add_claim(&f->claims, p);
	return p->oid && p->source;
}

/* A policy of the leaf, and those of the anchor's domain it stands for. */
static bool
add_asserted(struct facts *f, const struct path_policies *all, const struct path_policy *p)
{
	bool ok = add_policy(f, p->oid, p->valid, NULL);

	for (size_t i = 0; ok && i < all->origin_count; i++)
		if (p->origins >> i & 1 && strcmp(all->origins[i], p->oid) != 0)
			ok = add_policy(f, all->origins[i], p->valid, p->oid);
	return ok;
}

static size_t
count_policies(const struct path_policies *all)
{
	size_t n = all->count;

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < all->origin_count; k++)
			n += all->asserted[i].origins >> k & 1;
	return n;
}

static bool
load_policies(struct facts *f, const struct badge *b)
{
	struct path_policies *all = malloc(sizeof(*all));
	bool ok = all != NULL;

	if (ok) {
		policy_process(b, all);
		f->policies_unreadable = all->unreadable;
		f->policies = calloc(count_policies(all) + 1, sizeof(*f->policies));
		ok = f->policies != NULL;
	}
	for (size_t i = 0; ok && i < all->count; i++)
		ok = add_asserted(f, all, &all->asserted[i]);
	free(all);
	return ok;
}

const struct facts *
facts_of(const struct badge *b)
{
	struct badge *badge = (struct badge *)(uintptr_t)b;
	struct badge_notes *known = atomic_load_explicit(&badge->notes, memory_order_acquire);
	struct facts *f;

	if (known)
		return (const struct facts *)(void *)known;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->notes.free = free_facts;
	if (!names_load(b->leaf, &f->names) || !load_policies(f, b)) {
		free_facts(&f->notes);
		return NULL;
	}
	if (atomic_compare_exchange_strong(&badge->notes, &known, &f->notes))
		return f;
	free_facts(&f->notes);	/* another thread was first */
	return (const struct facts *)(void *)known;
}
