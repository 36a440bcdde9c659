/* SPDX-License-Identifier: MIT */
/*
 * choose - see choose.h.  The head of an open trace is described as the list
 * describes it, so that trace fields mean the same everywhere.
 */
#include <config.h>

#include "viewer/choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
describe(struct freb_file *file, struct dir_entry *e)
{
	const char *slash = strrchr(freb_path(file), '/');

	*e = (struct dir_entry){
		.file = slash ? slash + 1 : freb_path(file),
		.time_ms = row_zero_ms(file),
		.size = freb_size(file),
		.damaged = freb_damage_count(file) > 0,
	};
	dir_describe(freb_root(file), e);
}

int
choose(const struct filter *filter, struct freb_file *file, struct choice *c)
{
	struct facts facts = { 0 };
	struct dir_entry head;
	struct filter_subject s = { .trace = &head, .facts = &facts, .file = file,
				    .now_ms = now_ms() };
	size_t count = freb_count(file);

	*c = (struct choice){ .shown = calloc(count + 1, sizeof(bool)), .first = SIZE_MAX };
	if (!c->shown)
		return -ENOMEM;
	describe(file, &head);
	if (filter_asks_facts(filter, &head))
		facts_gather(&facts, file);
	for (s.event = 0; s.event < count; s.event++) {
		c->shown[s.event] = filter_event(filter, &s);
		if (c->shown[s.event] && c->count++ == 0)
			c->first = s.event;
	}
	/* Without events nothing but the trace itself can match. */
	c->trace = c->count > 0 || (!filter_asks_events(filter) && filter_trace(filter, &s));
	facts_done(&facts);
	return 0;
}

void
choice_done(struct choice *c)
{
	free(c->shown);
	c->shown = NULL;
}

/* ---- the list ---- */

/* As choose(), but words mean what the list shows, and the first event that matches is enough. */
static bool
matches(const struct filter *filter, struct filter_subject *s)
{
	if (!filter_asks_events(filter))
		return filter_trace(filter, s);
	for (s->event = 0; s->file && s->event < freb_count(s->file); s->event++)
		if (filter_event(filter, s))
			return true;
	return false;
}

static bool
asks_inside(const struct filter *filter, const struct dir_entry *e)
{
	return filter && (filter_asks_events(filter) || filter_asks_facts(filter, e));
}

static struct freb_file *
open_whole(const char *path)
{
	struct freb_file *file = NULL;
	char *error = NULL;

	if (freb_open(path, &file, &error) < 0) {
		free(error);
		return NULL;
	}
	if (freb_index_all(file) == 0)
		return file;
	freb_close(file);
	return NULL;
}

int
look_take(struct look *look, const struct dir_entry *e, struct look_wish *wish)
{
	bool inside = asks_inside(wish->filter, e) || asks_inside(wish->fail_on, e);
	struct filter_subject s = { .trace = e, .facts = &look->facts, .now_ms = now_ms() };

	facts_done(&look->facts);
	if (inside || e->size <= wish->budget) {
		wish->budget -= e->size < wish->budget ? e->size : wish->budget;
		s.file = open_whole(e->path);
		if (s.file)
			facts_gather(&look->facts, s.file);
	}
	look->hidden = wish->filter && !matches(wish->filter, &s);
	look->fails = !look->hidden && wish->fail_on && matches(wish->fail_on, &s);
	if (s.file)
		freb_close(s.file);
	return 0;
}
