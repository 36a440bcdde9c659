/* SPDX-License-Identifier: MIT */
/*
 * trust_anchors - who is believed, by fingerprint, and what has changed since the
 * process began: "trusted yesterday, refused today" (ARR 5, S06).
 */
#include <config.h>

#include "core/chain/trust_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/chain/cert_text.h"

#define TEXT_MAX ((size_t)4 << 10)

/* "SUBJECT, SHA-256 HEX; ..." of the anchors that other, if there is one, has not. */
static char *
describe(const struct certs *anchors, const struct certs *other)
{
	struct buf text = BUF_INIT;

	buf_puts(&text, "");
	for (size_t i = 0; i < anchors->count; i++) {
		const struct cert *c = anchors->list[i];

		if (other && certs_find(other, c))
			continue;
		if (text.len + strlen(c->subject) > TEXT_MAX) {
			buf_puts(&text, "; ...");
			break;
		}
		buf_putf(&text, "%s%s, SHA-256 %s", text.len ? "; " : "", c->subject,
			 c->sha256_text);
	}
	return buf_take(&text);
}

bool
roots_describe(struct roots *r)
{
	cert_time_text(time(NULL), r->loaded);
	r->anchor_text = describe(&r->anchors, NULL);
	return r->anchor_text != NULL;
}

static bool
has_all(const struct certs *of, const struct certs *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!certs_find(of, wanted->list[i]))
			return false;
	return true;
}

void
trust_follows(struct trust *t, const struct trust *old)
{
	struct roots *r = t->roots, *first = old->roots->first ? old->roots->first : old->roots;

	if (r == first || r->first)
		return;
	atomic_fetch_add_explicit(&first->refs, 1, memory_order_relaxed);
	r->first = first;
	if (has_all(&r->anchors, &first->anchors) && has_all(&first->anchors, &r->anchors))
		return;
	r->added = describe(&r->anchors, &first->anchors);
	r->gone = describe(&first->anchors, &r->anchors);
}

bool
trust_is_changed(const struct trust *t)
{
	return t->roots->added || t->roots->gone;
}

const struct cert *
trust_find_gone(const struct trust *t, const gnutls_datum_t *dn)
{
	const struct roots *r = t->roots;

	for (size_t i = 0; trust_is_changed(t) && i < r->first->anchors.count; i++) {
		const struct cert *c = r->first->anchors.list[i];

		if (names_equal(&c->subject_der, dn) && !certs_find(&r->anchors, c))
			return c;
	}
	return NULL;
}

const char *
trust_loaded_text(const struct trust *t)
{
	return t->roots->loaded;
}

void
trust_trace_anchors(const struct trust *t, struct trace *trace)
{
	const struct roots *r = t->roots;
	bool changed = trust_is_changed(t);

	TRACE_AT(trace, changed ? TE_WARNING : TE_INFO, SECURITY_CHAIN_ANCHORS,
		 .AnchorCount = (uint32_t)r->anchors.count, .Anchors = r->anchor_text,
		 .LoadedAt = r->loaded, .ChangedSinceStart = changed ? "yes" : "no",
		 .Added = r->added ? r->added : "", .TakenAway = r->gone ? r->gone : "");
}
