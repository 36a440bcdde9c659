/* SPDX-License-Identifier: MIT */
/* trailers - see trailers.h. */
#include <config.h>

#include "core/forward/trailers.h"

#include "core/forward/inject.h"

bool
trailers_allow(const struct config_farm *farm, const struct slice *name)
{
	for (size_t i = 0; i < farm->trailers.count; i++)
		if (slice_is_nocase(name, farm->trailers.items[i]))
			return true;
	return false;
}

static struct slice
kept(struct exchange *x, struct buf *b)
{
	const char *at = b->len && !b->error ? arena_strndup(&x->arena, b->data, b->len) : NULL;
	struct slice out = { at ? at : "", at ? b->len : 0 };

	buf_done(b);
	return out;
}

struct slice
trailers_announced(struct exchange *x, const struct headers *h)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; x->farm->config->trailers.count && i < h->count; i++) {
		struct slice list = h->at[i].value, name;

		if (h->at[i].id != HF_TRAILER)
			continue;
		while (headers_next_token(&list, &name)) {
			if (!trailers_allow(x->farm->config, &name))
				continue;
			buf_puts(&b, b.len ? ", " : "");
			buf_put(&b, name.at, name.len);
		}
	}
	return kept(x, &b);
}

bool
trailers_are_wanted(const struct exchange *x)
{
	return x->farm->config->trailers.count && x->request.minor == 1 &&
	       headers_has_token(&x->request.headers, HF_TE, "trailers");
}

/* What becomes of one field; NULL = it goes on. */
static const char *
dropped(const struct exchange *x, const struct header *h, bool wanted)
{
	if (!x->farm->config->trailers.count)
		return "the web farm allows no trailers";
	if (!trailers_allow(x->farm->config, &h->name))
		return "allowedTrailers of the web farm does not name it";
	return wanted ? NULL : "the client did not ask for trailers (TE)";
}

static void
tell(struct exchange *x, const char *from, const struct header *h, const char *reason)
{
	struct slice shown = reason ? (struct slice){ "", 0 } : h->value;

	TRACE(x->trace, TRAILER_FIELD, .From = from, .HeaderName = { h->name.at, h->name.len },
	      .HeaderValue = { shown.at, shown.len }, .Length = h->value.len,
	      .Passed = reason ? "no" : "yes", .Reason = reason);
}

static void
put_field(struct buf *b, const struct header *h)
{
	buf_put(b, h->name.at, h->name.len);
	buf_puts(b, ": ");
	buf_put(b, h->value.at, h->value.len);
	buf_puts(b, "\r\n");
}

/* wanted: the other side takes trailers. */
static struct slice
pass_on(struct exchange *x, const struct trailer_section *t, bool from_client, bool wanted)
{
	struct buf b = BUF_INIT;
	struct header h;
	size_t at = 0;

	while (trailer_next(t, &at, &h)) {
		const char *forged = from_client ? inject_forged(x, &h) : NULL, *reason;

		if (forged) {
			inject_tell_stripped(x, &h, forged);
			continue;
		}
		reason = dropped(x, &h, wanted);
		tell(x, from_client ? "client" : "server", &h, reason);
		if (!reason)
			put_field(&b, &h);
	}
	return kept(x, &b);
}

struct slice
trailers_for_server(struct exchange *x)
{
	return pass_on(x, &x->trailers, true, true);
}

struct slice
trailers_for_client(struct exchange *x)
{
	return pass_on(x, &x->response_trailers, false, x->te);
}
