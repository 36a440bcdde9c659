/* SPDX-License-Identifier: MIT */
/*
 * Differences: choosing the two traces (the marked one, or the one before of the
 * same request, against this one), moving, and what may become of a difference.
 * Facts: VIEWER 9.6.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/compare.h"
#include "viewer/diff_golden.h"
#include "viewer/diff_rule.h"

/* ---- choosing the two ---- */

static const char *
path_here(struct tui *t)
{
	const struct dir_entry *e = list_selected(&t->list);

	return t->trace ? t->trace->path : e ? e->path : NULL;
}

/* Made now and not while painting: large traces take their time, and tell so. */
static void
show_page(struct tui *t)
{
	tui_switch(t, IN_DIFF);
	t->diff.now = SIZE_MAX;
	page_update(t);
}

static void
start_diff(struct tui *t, const char *expected)
{
	const char *here = path_here(t);
	char *a = strdup(expected), *b = here ? strdup(here) : NULL;

	diff_page_done(&t->diff);
	t->diff.path[0] = a;
	t->diff.path[1] = b;
	if (!a || !b)
		return;
	if (t->place != IN_DIFF)
		t->under_diff = t->place;
	show_page(t);
}

void
act_diff(struct tui *t)
{
	const char *here = path_here(t);

	for (size_t i = 0; here && i < t->list.mark_count; i++) {
		if (strcmp(t->list.marks[i], here) != 0) {
			start_diff(t, t->list.marks[i]);
			return;
		}
	}
	tui_fail(t, "mark the other trace in the list first (m)");
}

/* The path of an address: what stands behind "?" differs from request to request. */
static bool
same_request(const struct dir_entry *a, const struct dir_entry *b)
{
	const char *x = url_path(a->url), *y = url_path(b->url);
	size_t n = strcspn(x, "?");

	return a->verb && b->verb && strcmp(a->verb, b->verb) == 0 && n == strcspn(y, "?") &&
	       strncmp(x, y, n) == 0;
}

void
act_diff_previous(struct tui *t)
{
	list_read_all(&t->list);

	const char *path = path_here(t);
	size_t at = path ? dir_find(&t->list.dir, path) : SIZE_MAX;
	const struct dir_entry *best = NULL, *here;

	if (at == SIZE_MAX) {
		tui_fail(t, "only this trace was opened");
		return;
	}
	here = &t->list.dir.entries[at];
	for (size_t i = 0; i < t->list.dir.count; i++) {
		const struct dir_entry *e = &t->list.dir.entries[i];

		if (e == here || e->time_ms > here->time_ms || !same_request(e, here))
			continue;
		if (!best || e->time_ms > best->time_ms)
			best = e;
	}
	if (best)
		start_diff(t, best->path);
	else
		tui_fail(t, "no earlier trace of the same verb and path in the list");
}

/* ---- moving ---- */

/* First line of a difference, or the count of lines. */
static size_t
line_of(const struct page *p, size_t difference)
{
	size_t i = 0;

	while (i < p->lines.count && p->lines.at[i].data != difference)
		i++;
	return i;
}

static void
focus(struct tui *t, size_t difference)
{
	struct page *p = &t->page;
	size_t at = line_of(p, difference);

	if (at == p->lines.count)
		return;
	t->diff.now = difference;
	p->hit = at;
	p->top = at > 3 ? at - 3 : 0;
}

void
act_next_difference(struct tui *t)
{
	size_t next = t->diff.now == SIZE_MAX ? 0 : t->diff.now + 1;

	if (next >= t->diff.count)
		tui_say(t, "no difference further down");
	else
		focus(t, next);
}

void
act_previous_difference(struct tui *t)
{
	if (t->diff.now == SIZE_MAX || t->diff.now == 0)
		tui_say(t, "no difference further up");
	else
		focus(t, t->diff.now - 1);
}

/* The one e and E went to, else the first. */
static const struct difference *
focused(struct tui *t)
{
	if (t->diff.count == 0) {
		tui_fail(t, "there is no difference");
		return NULL;
	}
	if (t->diff.now == SIZE_MAX)
		focus(t, 0);
	return t->diff.now < t->diff.count ? &t->diff.at[t->diff.now] : NULL;
}

/* ---- looking, ignoring, accepting ---- */

void
tui_open_difference(struct tui *t)
{
	const struct difference *d = focused(t);

	if (!d)
		return;
	bool only_a = d->b == COMPARE_NONE;
	size_t event = only_a ? d->a : d->b;

	if (!tui_open(t, t->diff.path[!only_a], event == COMPARE_NONE ? IN_SUMMARY : IN_DETAILS))
		return;
	t->from_diff = true;
	if (event != COMPARE_NONE)
		t->trace->go_to = event;
}

void
tui_back_to_differences(struct tui *t)
{
	size_t now = t->diff.now;

	t->from_diff = false;
	if (t->under_diff == IN_LIST)
		tui_close_trace(t);
	else if (strcmp(t->trace->path, t->diff.path[1]) != 0)
		tui_open(t, t->diff.path[1], t->under_diff);
	show_page(t);
	if (now != SIZE_MAX)
		focus(t, now);
}

void
act_ignore_difference(struct tui *t)
{
	const struct difference *d = focused(t);

	if (d && d->rule)
		tui_ask(t, ASK_RULE, d->rule);
	else if (d)
		tui_fail(t, "no rule can ignore that; see frebrules(5)");
}

void
tui_rule(struct tui *t, const char *line)
{
	char *path = diff_golden_rules_path(t->diff.path[0]), *error = NULL;
	size_t now = t->diff.now;

	if (!path) {
		tui_fail(t, "there is no place for a rules file beside %s", t->diff.path[0]);
	} else if (diff_rule_write(path, line, &error) != 0) {
		tui_fail(t, "not written: %s", error ? error : "no memory");
	} else {
		show_page(t);
		focus(t, now < t->diff.count ? now : t->diff.count - 1);
		tui_say(t, "added to %s", path);
	}
	free(error);
	free(path);
}

static void
accept_chosen(struct tui *t, char key)
{
	struct freb_file *f = NULL;
	char *error = NULL;
	struct rules *rules = diff_golden_rules(NULL, t->diff.path[0], false, &error);
	bool written = false;

	if (key != 'y') {
		rules_free(rules);
		free(error);
		return;
	}
	int rc = rules ? freb_open(t->diff.path[1], &f, &error) : -EINVAL;

	if (!rc)
		rc = freb_index_all(f);
	if (!rc)
		rc = diff_golden_write(f, rules, t->diff.path[0], &written);
	if (rc) {
		tui_fail(t, "not accepted: %s", error ? error : strerror(-rc));
	} else {
		show_page(t);
		tui_say(t, "%s is the expectation now", t->diff.path[0]);
	}
	if (f)
		freb_close(f);
	rules_free(rules);
	free(error);
}

/* The same rules as frebdiff --update: an expectation only, and never in CI. */
void
act_accept(struct tui *t)
{
	static const struct menu_item items[] = {
		{ 'y', "yes" }, { 'n', "no" }, { 0, NULL },
	};
	const char *ci = getenv("CI");

	if (!t->diff.golden)
		tui_fail(t, "A is a trace as it was written, no expectation: it is not replaced");
	else if (ci && *ci)
		tui_fail(t, "CI is set: expectations are not updated here");
	else
		tui_menu(t, "replace the expectation A by B", items, accept_chosen);
}
