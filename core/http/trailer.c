/* SPDX-License-Identifier: MIT */
/* trailer - see trailer.h. */
#include <config.h>

#include "core/http/trailer.h"

#include <string.h>

void
trailer_keep(struct arena *a, struct trailer_section *t, const struct chunk *c, size_t before,
	     const char *end)
{
	size_t len = c->trailer - before;

	if (len == 0 || (c->done && c->trailer == 2))
		return; /* the empty line alone: there are none */
	if (!t->at)
		t->at = arena_alloc(a, CHUNK_TRAILER_MAX);
	if (!t->at || len > CHUNK_TRAILER_MAX - t->len)
		return;
	memcpy(t->at + t->len, end - len, len);
	t->len += len;
}

bool
trailer_next(const struct trailer_section *t, size_t *at, struct header *out)
{
	const char *p, *line, *colon;

	if (*at >= t->len)
		return false;
	p = t->at + *at;
	line = memchr(p, '\r', t->len - *at);
	colon = line ? memchr(p, ':', (size_t)(line - p)) : NULL;
	if (!colon)
		return false;
	*out = (struct header){
		.name = { p, (size_t)(colon - p) },
		.value = { colon + 1, (size_t)(line - colon - 1) },
		.id = header_id_of(p, (size_t)(colon - p)),
	};
	slice_trim(&out->value);
	*at = (size_t)(line + 2 - t->at);
	return true;
}
