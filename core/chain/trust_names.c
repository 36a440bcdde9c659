/* SPDX-License-Identifier: MIT */
/*
 * trust_names - the CA names that clients are sent, so that they show only
 * certificates that can be believed.  Too many break clients, or all handshakes.
 * Facts: ARR 2 and 5 (S03), STACK 2.5.
 */
#include <config.h>

#include "core/chain/trust_private.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX ((size_t)60 << 10)	/* above, handshakes break; STACK 2.5 */
#define NAMES_TEXT_MAX ((size_t)4 << 10)
#define NAMES_SHOWN 3u	/* of the biggest */

/* Each name once: anchors of one name and several keys are common. */
static void
add_names(struct roots *t, const struct certs *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct cert *c = from->list[i];
		const gnutls_datum_t *name = &c->subject_der;
		size_t k = 0;

		while (k < t->name_count && !names_equal(&t->names[k]->subject_der, name))
			k++;
		if (k < t->name_count)
			continue;
		t->names[t->name_count++] = c;
		t->name_bytes += 2 + c->subject_der.size;
	}
}

static char *
join_names(const struct roots *t)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < t->name_count; i++) {
		const char *name = t->names[i]->subject;

		buf_puts(&text, i > 0 ? "; " : "");
		if (text.len + strlen(name) > NAMES_TEXT_MAX - 3) {
			buf_puts(&text, "...");
			break;
		}
		buf_puts(&text, name);
	}
	return buf_take(&text);
}

/* Is name i bigger than name k?  Of two of one size the first counts as bigger. */
static bool
is_bigger(const struct roots *t, size_t i, size_t k)
{
	unsigned int a = t->names[i]->subject_der.size, b = t->names[k]->subject_der.size;

	return a > b || (a == b && i < k);
}

/* "SUBJECT (N bytes); ..." of the NAMES_SHOWN biggest. */
static char *
biggest_names(const struct roots *t)
{
	struct buf text = BUF_INIT;
	size_t last = t->name_count; /* the one shown before; none yet */

	for (size_t n = 0; n < NAMES_SHOWN && n < t->name_count; n++) {
		size_t best = t->name_count;

		for (size_t i = 0; i < t->name_count; i++)
			if ((last == t->name_count || is_bigger(t, last, i)) && i != last &&
			    (best == t->name_count || is_bigger(t, i, best)))
				best = i;
		last = best;
		buf_putf(&text, "%s%s (%u bytes)", n ? "; " : "", t->names[best]->subject,
			 t->names[best]->subject_der.size);
	}
	return buf_take(&text);
}

bool
roots_name(struct roots *t, struct buf *messages)
{
	t->names = calloc(t->anchors.count + t->intermediates.count + 1, sizeof(*t->names));
	if (!t->names)
		return false;
	add_names(t, &t->anchors);
	add_names(t, &t->intermediates);
	t->name_text = join_names(t);
	t->name_biggest = t->name_bytes > TRUST_NAMES_WARN ? biggest_names(t) : calloc(1, 1);
	if (!t->name_text || !t->name_biggest)
		return false;
	if (t->name_bytes > TRUST_NAMES_WARN)
		buf_putf(messages, "%s: CA files: the %zu CA names sent to clients take %zu bytes; "
			 "%s; the biggest: %s\n",
			 t->name_bytes > NAMES_MAX ? "error" : "warning", t->name_count,
			 t->name_bytes, t->name_bytes > NAMES_MAX ?
			 "above 61440 no handshake succeeds" :
			 "some clients accept at most 16384", t->name_biggest);
	return t->name_bytes <= NAMES_MAX;
}
