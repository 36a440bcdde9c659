/* SPDX-License-Identifier: MIT */
/* trust_check - see trust_check.h. */
#include <config.h>

#include "core/chain/trust_check.h"

#include <string.h>
#include <time.h>

#include "core/chain/revoke.h"

static size_t
count_all(const struct trust *t)
{
	return trust_anchor_count(t) + trust_intermediate_count(t);
}

/* Anchors first, then intermediates. */
static const struct cert *
at(const struct trust *t, size_t i)
{
	size_t anchors = trust_anchor_count(t);

	return i < anchors ? trust_anchor(t, i) : trust_intermediate(t, i - anchors);
}

static bool
is_called(const struct cert *c, const gnutls_datum_t *name)
{
	return name->size > 0 && c->subject_der.size == name->size &&
	       memcmp(c->subject_der.data, name->data, name->size) == 0;
}

static bool
is_signed(const struct trust *t, const struct crl *crl, bool *named)
{
	*named = false;
	for (size_t i = 0; i < count_all(t); i++) {
		if (!is_called(at(t, i), &crl->issuer_der))
			continue;
		*named = true;
		if (crl_is_signed_by(crl, at(t, i)))
			return true;
	}
	return false;
}

void
trust_check_crls(const struct trust *t, struct buf *messages)
{
	time_t now = time(NULL);

	for (size_t i = 0; i < trust_crl_count(t); i++) {
		const struct crl *c = crl_table_at(trust_crls(t), i);
		bool named;

		if (!is_signed(t, c, &named))
			buf_putf(messages, named ?
				 "warning: %s: the CRL of %s is not signed by the certificate "
				 "configured\n" :
				 "warning: %s: the issuer %s is neither an anchor nor a configured "
				 "intermediate\n", c->file, c->issuer);
		if (c->next_update == (time_t)-1)
			buf_putf(messages, "warning: %s: the CRL of %s never expires (no "
				 "nextUpdate)\n", c->file, c->issuer);
		else if (!crl_is_fresh(c, now))
			buf_putf(messages, "warning: %s: the CRL of %s is %s (%s to %s)\n", c->file,
				 c->issuer, c->this_update > now ? "not valid yet" : "stale",
				 c->this_update_text, c->next_update_text);
	}
}

static bool
is_known(const struct trust *t, const gnutls_datum_t *name, const struct cert *besides)
{
	for (size_t i = 0; i < count_all(t); i++)
		if (at(t, i) != besides && is_called(at(t, i), name))
			return true;
	return false;
}

void
trust_check_intermediates(const struct trust *t, struct buf *messages)
{
	for (size_t i = 0; i < trust_intermediate_count(t); i++) {
		const struct cert *c = trust_intermediate(t, i);

		if (!is_known(t, &c->issuer_der, c))
			buf_putf(messages, "warning: intermediates: %s is known but not trusted: "
				 "its issuer %s is neither an anchor nor a configured "
				 "intermediate\n", c->subject, c->issuer);
	}
}
