/* SPDX-License-Identifier: MIT */
/*
 * An open trace and the work that is done on it between two keys.
 */
#include <config.h>
#include "viewer/opened.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICE_BYTES = 1 << 20, SLICE_EVENTS = 300, SLICE_PLAIN = 200000 };

/* ---- what the view asks ---- */

struct opened_source {
	struct opened o;		/* first: the address of one is that of the other */
	size_t (*height)(void *data, size_t event);
	void *height_data;
};

static size_t
source_count(void *data)
{
	return freb_count(((struct opened *)data)->file);
}

static const struct freb_entry *
source_entry(void *data, size_t event)
{
	return freb_entry(((struct opened *)data)->file, event);
}

static size_t
source_partner(void *data, size_t event)
{
	struct opened *o = data;

	return o->complete ? freb_partner(o->file, event) : SIZE_MAX;
}

static size_t
source_parent(void *data, size_t event)
{
	struct opened *o = data;

	return o->complete ? freb_parent(o->file, event) : SIZE_MAX;
}

static size_t
source_height(void *data, size_t event)
{
	struct opened_source *s = data;

	return s->height(s->height_data, event);
}

/* ---- opening ---- */

/* The head as the list has it, so that filters ask both alike. */
static void
fill_head(struct opened *o)
{
	const char *slash = strrchr(o->path, '/');
	bool in = strcmp(o->path, "-") == 0;

	o->head = (struct dir_entry){
		.path = o->path,
		.file = in ? "(standard input)" : slash ? slash + 1 : o->path,
		.time_ms = INT64_MIN, .size = freb_size(o->file),
	};
	dir_describe(freb_root(o->file), &o->head);
}

struct opened *
opened_new(const char *path, size_t (*height)(void *data, size_t event), void *data, char **error)
{
	struct opened_source *s = calloc(1, sizeof(*s));
	struct freb_file *file = NULL;

	*error = NULL;
	if (!s)
		return NULL;
	int rc = freb_open(path, &file, error);
	s->o.path = rc ? NULL : strdup(path);
	if (rc || !s->o.path) {
		if (!*error)
			*error = strdup(strerror(rc ? -rc : ENOMEM));
		if (!rc)
			freb_close(file);
		free(s);
		return NULL;
	}
	struct view_source source = { s, source_count, source_entry, source_partner, source_parent,
				      source_height };

	s->o.file = file;
	s->o.fresh = true;
	s->o.go_to = SIZE_MAX;
	s->height = height;
	s->height_data = data;
	facts_done(&s->o.facts);
	view_init(&s->o.view, &source);
	fill_head(&s->o);
	return &s->o;
}

void
opened_free(struct opened *o)
{
	if (!o)
		return;
	view_done(&o->view);
	facts_done(&o->facts);
	freb_close(o->file);
	free(o->child_ms);
	free(o->path);
	free(o);
}

/* ---- work ---- */

static void
on_complete(struct opened *o)
{
	o->complete = true;
	facts_gather(&o->facts, o->file);
	o->head.damaged = freb_damage_count(o->file) > 0;
	if (freb_count(o->file))
		o->head.time_ms = row_zero_ms(o->file);
	/* Spans are known only now. */
	view_set_kind(&o->view, o->view.kind);
	if (o->filter && (filter_asks_facts(o->filter, &o->head) || filter_asks_events(o->filter)))
		opened_set_filter(o, o->filter);
	/* What was looked for while reading is looked for in what came since, too. */
	if (o->search)
		opened_set_search(o, o->search, o->search_jump);
}

static bool
index_work(struct opened *o)
{
	int rc = freb_index(o->file, SLICE_BYTES);

	if (rc > 0)
		return true;
	o->error = rc;
	on_complete(o);
	return true;
}

static bool
search_work(struct opened *o)
{
	size_t count = freb_count(o->file);

	for (int n = 0; n < SLICE_EVENTS && o->search_left > 0; n++, o->search_left--) {
		if (o->search_at >= count)
			o->search_at = 0;
		size_t e = o->search_at++;

		if (!search_event(o->search, o->file, e))
			continue;
		bits_put(&o->view.hits, e, true);
		if (o->search_jump && view_goto(&o->view, e))
			o->search_jump = false;
	}
	return o->search_left > 0;
}

bool
opened_work(struct opened *o)
{
	bool more = false;

	if (!o->complete && !o->stopped)
		more = index_work(o);
	more |= view_scan(&o->view, o->filter ? SLICE_EVENTS : SLICE_PLAIN);
	if (o->go_to != SIZE_MAX && (o->go_to < o->view.seen || !more)) {
		if (o->go_to >= o->view.seen || !view_goto(&o->view, o->go_to))
			view_last(&o->view);
		o->go_to = SIZE_MAX;
	}
	/* The search needs all events: new ones may still arrive while reading. */
	if (!more && o->search_left > 0)
		more = search_work(o);
	return more;
}

void
opened_stop(struct opened *o)
{
	if (o->search_left == 0)
		o->stopped = !o->complete;
	o->search_left = 0;
	o->search_jump = false;
}

void
opened_read_on(struct opened *o)
{
	o->stopped = false;
}

bool
opened_is_busy(const struct opened *o)
{
	return (!o->complete && !o->stopped) || o->view.seen < freb_count(o->file) ||
	       o->search_left > 0;
}

static bool
keep_event(void *data, size_t event)
{
	struct opened *o = data;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	struct filter_subject s = { .trace = &o->head, .facts = &o->facts, .file = o->file,
				    .event = event, .now_ms = now.tv_sec * (int64_t)1000 };
	return filter_event(o->filter, &s);
}

void
opened_set_filter(struct opened *o, struct filter *filter)
{
	o->filter = filter;
	view_set_filter(&o->view, filter ? keep_event : NULL, o);
}

void
opened_set_search(struct opened *o, struct search *search, bool jump)
{
	size_t count = freb_count(o->file);

	o->search = search;
	bits_clear(&o->view.hits);
	o->search_jump = search && jump;
	o->search_at = count ? (o->view.selected + 1) % count : 0;
	o->search_left = search ? count : 0;
}

/* ---- times ---- */

int64_t
opened_start_ms(const struct opened *o)
{
	if (o->view.zero < freb_count(o->file))
		return freb_entry(o->file, o->view.zero)->time_ms;
	return row_zero_ms(o->file);
}

static size_t
end_of(struct opened *o, size_t event)
{
	size_t end = o->complete ? freb_partner(o->file, event) : SIZE_MAX;

	if (end != SIZE_MAX && end > event)
		return end;
	for (size_t p = freb_parent(o->file, event); p != SIZE_MAX; p = freb_parent(o->file, p)) {
		end = freb_partner(o->file, p);
		if (end != SIZE_MAX && end > event)
			return end;
	}
	return freb_count(o->file) - 1;
}

int64_t
opened_span_ms(struct opened *o, size_t event)
{
	int64_t a = freb_entry(o->file, event)->time_ms;
	int64_t b = freb_entry(o->file, end_of(o, event))->time_ms;

	return a == INT64_MIN || b == INT64_MIN || b < a ? 0 : b - a;
}

static bool
is_start(struct opened *o, size_t event)
{
	size_t end = freb_partner(o->file, event);

	return (end != SIZE_MAX && end > event) ||
	       freb_entry(o->file, event)->flags & FREB_UNCLOSED;
}

int64_t
opened_self_ms(struct opened *o, size_t event)
{
	size_t count = freb_count(o->file);

	if (!o->complete)
		return 0;
	if (!o->child_ms) {
		o->child_ms = calloc(count + 1, sizeof(*o->child_ms));
		if (!o->child_ms)
			return 0;
		for (size_t e = 0; e < count; e++) {
			size_t p = is_start(o, e) ? freb_parent(o->file, e) : SIZE_MAX;

			if (p != SIZE_MAX)
				o->child_ms[p] += opened_span_ms(o, e);
		}
	}
	int64_t self = opened_span_ms(o, event) - o->child_ms[event];
	return self > 0 ? self : 0;
}
