/* SPDX-License-Identifier: MIT */
/*
 * redact - see redact.h.  Two passes: the first learns what is to be hidden,
 * the second replaces it wherever it stands.  Numbers are kept for the whole
 * run, what is looked for only per trace, so that a thousand traces do not make
 * the last of them slow.
 */
#include <config.h>

#include "viewer/redact.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trace/buf.h"
#include "viewer/redact_private.h"

enum { PART_MIN = 4 };	/* bytes; shorter values are replaced only where their name is known */

struct redact *
redact_new(void)
{
	return calloc(1, sizeof(struct redact));
}

static void
forget_trace(struct redact *r)
{
	for (size_t i = 0; i < r->kept_count; i++)
		free(r->kept[i]);
	r->kept_count = 0;
	r->here_count = 0;
}

void
redact_free(struct redact *r)
{
	if (!r)
		return;
	forget_trace(r);
	for (size_t i = 0; i < r->count; i++) {
		free(r->all[i]->value);
		free(r->all[i]->shown);
		free(r->all[i]);
	}
	free(r->all);
	free(r->here);
	free(r->kept);
	free(r);
}

bool
redact_room(struct redact *r, void *array, size_t count, size_t *cap)
{
	void **at = array;
	void *more;

	if (count < *cap)
		return true;
	more = realloc(*at, (*cap ? *cap * 2 : 32) * sizeof(void *));
	if (!more) {
		r->failed = -ENOMEM;
		return false;
	}
	*at = more;
	*cap = *cap ? *cap * 2 : 32;
	return true;
}

/* ---- replacing ---- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A part of a longer word or number is something else. */
static bool
stands_alone(const char *text, const char *at, size_t len)
{
	return (at == text || !is_word(at[-1]) || !is_word(*at)) &&
	       (!is_word(at[len]) || !is_word(at[len - 1]));
}

static const struct secret *
secret_at(const struct redact *r, const char *text, const char *at)
{
	for (size_t i = 0; i < r->here_count; i++) {
		size_t len = strlen(r->here[i]->value);

		if (len >= PART_MIN && strncmp(at, r->here[i]->value, len) == 0 &&
		    stands_alone(text, at, len))
			return r->here[i];
	}
	return NULL;
}

/* The redacted text (free()), NULL = nothing to hide in it, or without memory: r->failed. */
static char *
replaced(struct redact *r, const char *text)
{
	struct buf out = BUF_INIT;
	bool any = false;
	char *made;

	for (const char *at = text; *at;) {
		const struct secret *s = secret_at(r, text, at);

		if (!s) {
			buf_putc(&out, *at++);
			continue;
		}
		any = true;
		buf_puts(&out, s->shown);
		at += strlen(s->value);
	}
	made = any ? buf_take(&out) : NULL;
	if (any && !made)
		r->failed = -ENOMEM;
	buf_done(&out);
	return made;
}

/* Most texts have nothing to hide: told by the fast search of the C library. */
static bool
may_be_hidden(const struct redact *r, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < r->here_count; i++)
		if (strlen(r->here[i]->value) <= len && strstr(text, r->here[i]->value))
			return true;
	return false;
}

/* A text that lives as long as the trace is shown; without memory nothing is told. */
static char *
keep(struct redact *r, char *made)
{
	static const char nothing[] = "{REDACTED}";

	if (made && redact_room(r, &r->kept, r->kept_count, &r->kept_cap)) {
		r->kept[r->kept_count++] = made;
		return made;
	}
	free(made);
	return (char *)(uintptr_t)nothing;
}

/* @place: the whole value is a secret, whatever its length. */
static void
replace(struct redact *r, char **text, bool place)
{
	const struct secret *s = place && *text ? redact_secret(r, *text) : NULL;
	char *made;

	if (s) {
		*text = s->shown;
		return;
	}
	if (!*text || !may_be_hidden(r, *text))
		return;
	made = replaced(r, *text);
	if (made || r->failed)
		*text = keep(r, made);
}

static void
change(struct freb_event *e, void *context)
{
	struct redact *r = context;
	const char *event = e->name ? e->name : "";

	for (size_t i = 0; i < e->data_count; i++) {
		replace(r, &e->data[i].value, redact_is_place(event, e->data[i].name));
		replace(r, &e->data[i].text, false);
	}
}

static int
replace_owned(struct redact *r, char **text, bool place)
{
	const struct secret *s = place && *text ? redact_secret(r, *text) : NULL;
	char *made = s ? strdup(s->shown) : *text ? replaced(r, *text) : NULL;

	if (s && !made)
		r->failed = -ENOMEM;
	if (made) {
		free(*text);
		*text = made;
	}
	return r->failed;
}

int
redact_file(struct redact *r, struct freb_file *f)
{
	const struct freb_root *root = freb_root(f);

	forget_trace(r);
	for (size_t i = 0; i < root->attr_count; i++)
		redact_learn_attribute(r, root->attrs[i].name, root->attrs[i].value);
	for (size_t i = 0; i < freb_count(f) && !r->failed; i++) {
		const struct freb_event *e = freb_event(f, i);

		if (e)
			redact_learn_event(r, e);
		else
			r->failed = -ENOMEM;
	}
	for (size_t i = 0; i < root->attr_count && !r->failed; i++)
		replace_owned(r, &root->attrs[i].value,
			      redact_is_place(NULL, root->attrs[i].name));
	freb_on_event(f, change, r);
	return r->failed;
}

int
redact_entry(struct redact *r, struct dir_entry *e, struct facts *facts)
{
	const char *client = e->client ? e->client : facts->client;
	struct freb_peek p;

	forget_trace(r);
	if (client)
		redact_learn_person(r, "USER", client);
	if (freb_peek(e->path, &p) == 0)
		for (size_t i = 0; i < p.root.attr_count; i++)
			redact_learn_attribute(r, p.root.attrs[i].name, p.root.attrs[i].value);
	freb_peek_done(&p);
	replace_owned(r, &e->client, true);
	replace_owned(r, &facts->client, true);
	return replace_owned(r, &e->url, false);
}
