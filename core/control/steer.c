/* SPDX-License-Identifier: MIT */
/* steer - see steer.h. */
#include <config.h>

#include "core/control/steer.h"

#include "core/base/log.h"
#include "core/control/show.h"
#include "core/route/farm.h"

#include <string.h>
#include <strings.h>

#define NAMES_SHOWN 64u

#define PAGE_SHOW(value) value, 0
#define PAGE_STATE(value) NULL, value
#define PAGE_HEALTH(value) NULL, value
#define PAGE_RELOAD(value) NULL, 0
const struct verb verbs[] = {
#define VERB(word, kind, value, arguments, text) \
	{ word, VERB_##kind, PAGE_##kind(value), arguments, text },
#include "core/control/verbs.def"
#undef VERB
};
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

const struct verb *
verb_find(const char *word)
{
	for (size_t i = 0; i < verb_count; i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}

/* ---- names ---- */

static bool
is_named(const struct farm_server *s, const char *name)
{
	size_t len = strlen(s->farm->config->name);

	if (strcasecmp(s->host, name) == 0)
		return true;
	return strncasecmp(s->farm->config->name, name, len) == 0 && name[len] == '/' &&
	       strcasecmp(s->host, name + len + 1) == 0;
}

/* name NULL = all; those beyond NAMES_SHOWN are counted only. */
static void
put_names(struct buf *out, const struct runtime *r, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t k = 0; k < r->farms[i]->count; k++) {
			const struct farm_server *s = &r->farms[i]->servers[k];

			if ((name && !is_named(s, name)) || ++n > NAMES_SHOWN)
				continue;
			buf_putf(out, "%s%s/%s", n == 1 ? ": " : ", ", s->farm->config->name,
				 s->host);
		}
	if (n > NAMES_SHOWN)
		buf_putf(out, " and %zu more", n - NAMES_SHOWN);
	buf_putc(out, '\n');
}

struct farm_server *
steer_find(const struct runtime *r, const char *name, unsigned int *status, struct buf *out)
{
	struct farm_server *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->config->farm_count; i++)
		for (size_t k = 0; k < r->farms[i]->count; k++)
			if (is_named(&r->farms[i]->servers[k], name)) {
				found = &r->farms[i]->servers[k];
				n++;
			}
	*status = n == 1 ? 200 : n == 0 ? 404 : 409;
	if (n == 1)
		return found;
	if (n == 0)
		buf_putf(out, "there is no server %s; there are", name);
	else
		buf_putf(out, "several farms have a server %s; say which", name);
	put_names(out, r, n ? name : NULL);
	return NULL;
}

const struct farm *
steer_find_farm(const struct runtime *r, const char *name, struct buf *out)
{
	for (size_t i = 0; i < r->config->farm_count; i++)
		if (strcasecmp(r->farms[i]->config->name, name) == 0)
			return r->farms[i];
	buf_putf(out, "there is no web farm %s; there are", name);
	for (size_t i = 0; i < r->config->farm_count && i < NAMES_SHOWN; i++)
		buf_putf(out, "%s%s", i ? ", " : ": ", r->farms[i]->config->name);
	buf_putc(out, '\n');
	return NULL;
}

/* ---- actions ---- */

static void
set_state(const struct control_view *view, struct farm_server *s, enum server_state state,
	  struct buf *out)
{
	const char *was = show_state(s);
	bool changed = farm_server_set_state(s, state);

	if (changed && state == SERVER_UNAVAILABLE)
		for (unsigned int i = 0; i < view->worker_count; i++)
			worker_post_cut(&view->workers[i]);
	buf_putf(out, "%s/%s is %s, was %s", s->farm->config->name, s->host,
		 server_state_text(state), was);
	buf_puts(out, s->config->enabled ? "\n" : "; but the configuration disables it\n");
}

static void
set_health(struct farm_server *s, enum health_cause cause, struct buf *out)
{
	const char *was = farm_server_is_healthy(s) ? "healthy" : "unhealthy";

	farm_server_set_health(s, cause, 0);
	buf_putf(out, "%s/%s is %s, was %s", s->farm->config->name, s->host,
		 farm_server_is_healthy(s) ? "healthy" : "unhealthy", was);
	if (*s->farm->config->health.path && s->farm->config->health.interval)
		buf_putf(out, "; the URL test asks every %u s", s->farm->config->health.interval);
	buf_putc(out, '\n');
}

unsigned int
steer_server(const struct control_view *view, const struct verb *v, const char *name,
	     const char *who, struct buf *out)
{
	unsigned int status;
	struct farm_server *s = steer_find(view->runtime, name, &status, out);

	if (!s)
		return status;
	log_info("%s asks: %s %s/%s", who, v->word, s->farm->config->name, s->host);
	if (v->kind == VERB_STATE)
		set_state(view, s, (enum server_state)v->value, out);
	else
		set_health(s, (enum health_cause)v->value, out);
	return status;
}
