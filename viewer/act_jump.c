/* SPDX-License-Identifier: MIT */
/*
 * Jumps to problems, gaps and marks; marking.
 */
#include <config.h>
#include "viewer/tui_state.h"

void
tui_tell_place(struct tui *t, enum view_stop stop, const char *what, bool wrapped)
{
	struct view *v = &t->trace->view;
	size_t place, n = view_count(v, stop, v->selected, &place);

	tui_say(t, "%s %zu of %zu: #%zu%s%s", what, place, n, v->selected + 1,
		t->trace->complete ? "" : " so far", wrapped ? " (went round)" : "");
}

/* Jumps land on an event: a page of text gives way to Compact. */
static void
show_events(struct tui *t)
{
	if (tui_in_page(t))
		tui_switch(t, IN_COMPACT);
	t->pane_top = 0;
}

static void
jump(struct tui *t, enum view_stop stop, bool forward, const char *what)
{
	bool wrapped;
	size_t e = view_next(&t->trace->view, stop, forward, &wrapped);

	if (e == VIEW_NONE) {
		tui_fail(t, "no %s%s", what, t->trace->complete ? "" : " so far");
		return;
	}
	show_events(t);
	view_goto(&t->trace->view, e);
	tui_tell_place(t, stop, what, wrapped);
}

/* The first e of a trace answers the question it was opened with. */
static bool
go_to_culprit(struct tui *t)
{
	struct opened *o = t->trace;
	size_t place, n;

	if (!o->fresh || !o->facts.known || o->facts.culprit == SIZE_MAX)
		return false;
	o->fresh = false;
	if (!view_goto(&o->view, o->facts.culprit))
		return false;
	show_events(t);
	n = view_count(&o->view, VIEW_PROBLEM, o->facts.culprit, &place);
	tui_say(t, "problem %zu of %zu: #%zu%s", place, n, o->facts.culprit + 1,
		n > 1 ? " broke the request" : "");
	return true;
}

void
act_next_problem(struct tui *t)
{
	if (!go_to_culprit(t))
		jump(t, VIEW_PROBLEM, true, "problem");
}

void
act_previous_problem(struct tui *t)
{
	t->trace->fresh = false;
	jump(t, VIEW_PROBLEM, false, "problem");
}

void
act_next_warning(struct tui *t)
{
	jump(t, VIEW_WARNING, true, "warning");
}

void
act_previous_warning(struct tui *t)
{
	jump(t, VIEW_WARNING, false, "warning");
}

void
act_next_gap(struct tui *t)
{
	jump(t, VIEW_GAP, true, "slow event");
}

void
act_previous_gap(struct tui *t)
{
	jump(t, VIEW_GAP, false, "slow event");
}

void
act_largest_gap(struct tui *t)
{
	struct view *v = &t->trace->view;
	size_t e = view_largest_gap(v);

	if (e == VIEW_NONE) {
		tui_fail(t, "no time passed between the events");
		return;
	}
	show_events(t);
	view_goto(v, e);
	tui_say(t, "longest gap: %lld ms before #%zu", (long long)view_gap(v, e), e + 1);
}

/* ---- marks ---- */

void
act_mark(struct tui *t)
{
	if (tui_in_list(t)) {
		const struct dir_entry *e = list_selected(&t->list);

		if (e)
			list_mark(&t->list, e->path, !list_is_marked(&t->list, e->path));
		return;
	}
	size_t event = view_event(&t->trace->view);
	struct bits *marked = &t->trace->view.marked;

	if (event != VIEW_NONE)
		bits_put(marked, event, !bits_has(marked, event));
}

static void
jump_mark(struct tui *t, bool forward)
{
	if (!tui_in_list(t))
		jump(t, VIEW_MARK, forward, "mark");
	else if (t->list.mark_count == 0)
		tui_fail(t, "no mark; m marks");
	else
		list_goto(&t->list, list_next_mark(&t->list, forward));
}

void
act_next_mark(struct tui *t)
{
	jump_mark(t, true);
}

void
act_previous_mark(struct tui *t)
{
	jump_mark(t, false);
}

void
act_only_marked(struct tui *t)
{
	bool on = tui_in_list(t) ? !t->list.only_marked : !t->trace->view.only_marked;

	if (tui_in_list(t))
		list_set_only_marked(&t->list, on);
	else
		view_set_only_marked(&t->trace->view, on);
	tui_say(t, on ? "only what is marked" : "all, marked or not");
}
