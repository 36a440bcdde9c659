/* SPDX-License-Identifier: MIT */
/*
 * path - finds the way from a leaf to an anchor among the certificates sent
 * and the configured intermediates, depth first.
 *
 * Anchors are tried before what the client sent, that before the store.  The
 * first walk takes only certificates valid now; if none leads to an anchor a
 * second one takes all, so that the trace can show the expired one.  The
 * number of steps is bounded.  Signatures are looked at only where several
 * certificates could be the issuer, or a self-issued one has another issuer:
 * the verdict checks every link of the chosen path anyway.
 * Source: RFC 5280 6.1 (what a path is), RFC 4158 (how to search).
 */
#include <config.h>

#include "core/chain/verdict.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 200
#define CANDIDATES_MAX 32

struct candidate {
	struct cert *cert;		/* not owned */
	enum cert_origin origin;
};

struct walk {
	const struct trust *trust;
	struct cert **sent;		/* as received */
	size_t sent_count;
	time_t now;
	bool valid_only;		/* first walk: dates must hold */
	unsigned int steps;		/* certificates looked at */
	struct candidate path[PATH_MAX_CERTS];
	size_t length;
	struct candidate best[PATH_MAX_CERTS];	/* longest so far */
	size_t best_length;
};

bool
path_is_issuer(const struct cert *parent, const struct cert *child)
{
	if (!parent->readable || parent->subject_der.size == 0 ||
	    parent->subject_der.size != child->issuer_der.size ||
	    memcmp(parent->subject_der.data, child->issuer_der.data, parent->subject_der.size) != 0)
		return false;
	return !child->authority_key_id[0] || !parent->subject_key_id[0] ||
	       strcmp(child->authority_key_id, parent->subject_key_id) == 0;
}

unsigned int
path_cas_below(const struct badge *b, size_t i)
{
	unsigned int n = 0;

	for (size_t k = 1; k < i; k++)
		n += !b->path[k].cert->self_issued;
	return n;
}

static struct cert *
find_anchor(const struct trust *trust, const struct cert *c)
{
	for (size_t i = 0; i < trust_anchor_count(trust); i++) {
		const struct cert *anchor = trust_anchor(trust, i);

		if (memcmp(anchor->sha256, c->sha256, CERT_SHA256) == 0)
			return (struct cert *)(uintptr_t)anchor;
	}
	return NULL;
}

static bool
is_in(const struct candidate *list, size_t n, const struct cert *c)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(list[i].cert->sha256, c->sha256, CERT_SHA256) == 0)
			return true;
	return false;
}

/* A name and key that are in the path already would only make a detour (RFC 4158 5.2). */
static bool
is_repeated(const struct walk *w, const struct cert *c)
{
	for (size_t i = 0; i < w->length; i++) {
		const struct cert *known = w->path[i].cert;

		if (memcmp(known->key_sha256, c->key_sha256, CERT_SHA256) == 0 &&
		    known->subject_der.size == c->subject_der.size &&
		    memcmp(known->subject_der.data, c->subject_der.data, c->subject_der.size) == 0)
			return true;
	}
	return false;
}

static void
consider(const struct walk *w, const struct cert *c, enum cert_origin origin,
	 struct candidate *list, size_t *n)
{
	const struct cert *child = w->path[w->length - 1].cert;

	if (*n == CANDIDATES_MAX || !path_is_issuer(c, child) || is_in(list, *n, c) ||
	    is_repeated(w, c))
		return;
	if (w->valid_only && (w->now < c->not_before || w->now > c->not_after))
		return;
	list[(*n)++] = (struct candidate){ (struct cert *)(uintptr_t)c, origin };
}

/* Everything that could have issued the present top, best origin first. */
static size_t
find_candidates(const struct walk *w, struct candidate *list)
{
	size_t n = 0;

	for (size_t i = 0; i < trust_anchor_count(w->trust); i++)
		consider(w, trust_anchor(w->trust, i), ORIGIN_ANCHOR, list, &n);
	for (size_t i = 0; i < w->sent_count; i++)
		consider(w, w->sent[i], ORIGIN_SENT, list, &n);
	for (size_t i = 0; i < trust_intermediate_count(w->trust); i++)
		consider(w, trust_intermediate(w->trust, i), ORIGIN_STORE, list, &n);
	return n;
}

static bool
signature_fits(const struct cert *child, const struct cert *parent)
{
	unsigned int status = 0;
	gnutls_x509_crt_t ca = parent->crt;
	int r = gnutls_x509_crt_verify(child->crt, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
				       GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS, &status);

	return r == 0 && !(status & GNUTLS_CERT_SIGNATURE_FAILURE);
}

static void
remember_longest(struct walk *w)
{
	if (w->length <= w->best_length)
		return;
	memcpy(w->best, w->path, w->length * sizeof(w->path[0]));
	w->best_length = w->length;
}

/* True when the path ends at an anchor. */
static bool
extend(struct walk *w)
{
	struct candidate list[CANDIDATES_MAX];
	struct candidate *top = &w->path[w->length - 1];
	const struct cert *child = top->cert;
	struct cert *anchor = find_anchor(w->trust, child);
	size_t n;

	if (anchor) {
		*top = (struct candidate){ anchor, ORIGIN_ANCHOR };
		return true;
	}
	remember_longest(w);
	if (w->length == PATH_MAX_CERTS)
		return false;
	n = find_candidates(w, list);
	for (size_t i = 0; i < n && w->steps < STEPS_MAX; i++) {
		w->steps++;
		if ((n > 1 || child->self_issued) && !signature_fits(child, list[i].cert))
			continue;
		w->path[w->length++] = list[i];
		if (extend(w))
			return true;
		w->length--;
	}
	return false;
}

static bool
search(struct walk *w, bool valid_only)
{
	w->valid_only = valid_only;
	w->steps = 0;
	w->length = 1;
	w->path[0] = (struct candidate){ w->sent[0], ORIGIN_SENT };
	return extend(w);
}

/* Sent certificates the path uses belong to the badge now, the others are spare. */
static void
divide(struct judged *j, struct cert **sent, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool used = false;

		for (size_t k = 0; k < j->badge.path_count; k++)
			used |= j->badge.path[k].cert == sent[i];
		if (!used)
			j->spare[j->spare_count++] = sent[i];
	}
}

bool
path_build(struct judged *j, struct cert **sent, size_t n, time_t now)
{
	struct walk w = { .trust = j->trust, .sent = sent, .sent_count = n, .now = now };
	const struct candidate *path = w.path;

	if (sent[0]->readable)
		j->complete = search(&w, true) || search(&w, false);
	else
		w.best[w.best_length++] = (struct candidate){ sent[0], ORIGIN_SENT };
	if (!j->complete) {
		path = w.best;
		w.length = w.best_length;
	}
	j->badge.path = calloc(w.length, sizeof(*j->badge.path));
	if (j->badge.path)
		j->badge.path_count = w.length;
	for (size_t i = 0; i < j->badge.path_count; i++)
		j->badge.path[i] = (struct badge_element){ path[i].cert, path[i].origin };
	divide(j, sent, n);
	return j->badge.path != NULL;
}
