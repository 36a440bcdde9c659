/* SPDX-License-Identifier: MIT */
/*
 * Actions that open, close and change the view.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdlib.h>
#include <string.h>

void
tui_reflow(struct tui *t)
{
	memset(&t->heights, 0, sizeof(t->heights));
	t->page.stale = true;
	if (t->trace)
		view_reflow(&t->trace->view);
}

static enum view_kind
kind_of(enum action_place place)
{
	return place == IN_TIMING ? VIEW_SPANS : place == IN_ERRORS ? VIEW_PROBLEMS : VIEW_ALL;
}

void
tui_switch(struct tui *t, enum action_place place)
{
	bool page = tui_in_page(t);

	t->place = place;
	t->pane_top = 0;
	t->page.top = 0;
	t->page.hit = SIZE_MAX;
	if (t->trace && place & IN_TRACE && (t->trace->view.kind != kind_of(place) || page))
		view_set_kind(&t->trace->view, kind_of(place));
	if (t->trace)
		t->trace->view.column = 0;
	tui_reflow(t);
}

void
tui_close_trace(struct tui *t)
{
	opened_free(t->trace);
	t->trace = NULL;
}

bool
tui_open(struct tui *t, const char *path, enum action_place place)
{
	char *error = NULL;
	struct opened *o = opened_new(path, event_height, t, &error);

	if (!o) {
		tui_fail(t, "%s: %s", path, error ? error : "no memory");
		free(error);
		return false;
	}
	tui_close_trace(t);
	t->from_diff = false;
	t->trace = o;
	o->view.gap_ms = t->gap_ms;
	opened_set_filter(o, tui_filter_in_use(t));
	if (t->search)
		opened_set_search(o, t->search, false);
	if (t->options->event && t->single)
		o->go_to = t->options->event - 1;
	tui_switch(t, place);
	/* A slice now: a small trace is there before the first frame. */
	opened_work(o);
	return true;
}

void
act_open(struct tui *t)
{
	const struct dir_entry *e;

	if (t->place == IN_DIFF) {
		tui_open_difference(t);
		return;
	}
	if (!tui_in_list(t)) {
		tui_switch(t, t->place == IN_COMPACT ? IN_DETAILS : IN_COMPACT);
		return;
	}
	e = list_selected(&t->list);
	if (e)
		tui_open(t, e->path, IN_COMPACT);
	else
		tui_fail(t, "there is no trace to open");
}

void
act_back(struct tui *t)
{
	if (t->place == IN_HELP) {
		tui_switch(t, t->under_help);
	} else if (t->place == IN_DIFF) {
		tui_switch(t, !t->trace && t->under_diff & IN_TRACE ? IN_LIST : t->under_diff);
	} else if (t->from_diff) {
		tui_back_to_differences(t);
	} else if (!t->trace || t->single) {
		t->quit = true;
	} else {
		tui_close_trace(t);
		tui_switch(t, IN_LIST);
	}
}

void
act_quit(struct tui *t)
{
	t->quit = true;
}

static void
step_trace(struct tui *t, bool forward)
{
	struct list *l = &t->list;

	if (t->single) {
		tui_fail(t, "only this trace was opened");
		return;
	}
	size_t row = forward ? l->row + 1 : l->row - 1;

	if (row >= l->count) {
		tui_fail(t, forward ? "this is the last trace of the list"
				    : "this is the first trace of the list");
		return;
	}
	list_goto(l, row);
	tui_open(t, list_entry(l, row)->path, t->place);
}

void
act_next_trace(struct tui *t)
{
	step_trace(t, true);
}

void
act_previous_trace(struct tui *t)
{
	step_trace(t, false);
}

void
act_help(struct tui *t)
{
	if (t->place == IN_HELP)
		return;
	t->under_help = t->place;
	tui_switch(t, IN_HELP);
}

void
act_summary(struct tui *t)
{
	tui_switch(t, IN_SUMMARY);
}

void
act_compact(struct tui *t)
{
	tui_switch(t, IN_COMPACT);
}

void
act_details(struct tui *t)
{
	tui_switch(t, IN_DETAILS);
}

void
act_timing(struct tui *t)
{
	tui_switch(t, IN_TIMING);
}

void
act_errors(struct tui *t)
{
	tui_switch(t, IN_ERRORS);
}

void
act_identity(struct tui *t)
{
	tui_switch(t, IN_IDENTITY);
}

void
act_raw(struct tui *t)
{
	tui_switch(t, IN_RAW);
}

/* ---- how it is shown ---- */

void
act_next_pane(struct tui *t)
{
	struct layout l;

	paint_layout(t, &l);
	t->pane_focus = !t->pane_focus && l.pane_rows > 1;
	tui_say(t, t->pane_focus ? "keys move the detail pane" : "keys move the events");
}

void
act_maximise(struct tui *t)
{
	t->pane_max = !t->pane_max;
	tui_reflow(t);
}

void
act_split(struct tui *t)
{
	static const char *const words[] = { "below", "beside, from 100 columns", "off" };

	t->split = (t->split + 1) % 3;
	t->pane_max = t->pane_focus = false;
	tui_say(t, "detail pane %s", words[t->split]);
	tui_reflow(t);
}

void
act_fold(struct tui *t)
{
	struct view *v = &t->trace->view;
	size_t event = view_event(v);
	size_t stage = event == VIEW_NONE ? VIEW_NONE : view_stage(v, event);

	if (stage == VIEW_NONE)
		tui_fail(t, t->trace->complete ? "no stage around this event"
					       : "stages are known when the trace is read");
	else
		view_fold(v, stage, !view_is_closed(v, stage));
}

void
act_fold_all(struct tui *t)
{
	struct view *v = &t->trace->view;
	bool any = false;

	for (size_t i = 0; i < v->row_count && !any; i++)
		any = view_is_closed(v, v->rows[i]);
	view_fold_all(v, !any);
	tui_say(t, any ? "all stages open" : "all stages closed");
}

void
act_wrap(struct tui *t)
{
	t->wrap = !t->wrap;
	t->trace->view.column = 0;
	tui_say(t, t->wrap ? "long lines wrap" : "long lines are cut");
	tui_reflow(t);
}

void
act_friendly(struct tui *t)
{
	t->raw = !t->raw;
	tui_say(t, t->raw ? "raw values" : "friendly texts");
	tui_reflow(t);
}

void
act_whole(struct tui *t)
{
	t->whole = !t->whole;
	tui_say(t, t->whole ? "values are shown whole" : "values are cut at 4 KiB");
	tui_reflow(t);
}

void
act_pem(struct tui *t)
{
	t->pem = !t->pem;
	tui_reflow(t);
}

void
act_time_mode(struct tui *t)
{
	static const char *const words[] = { "clock", "since the start", "since the line above" };

	t->time = (t->time + 1) % 3;
	tui_say(t, "times: %s", words[t->time]);
	tui_reflow(t);
}

void
act_time_zero(struct tui *t)
{
	struct view *v = &t->trace->view;
	size_t event = view_event(v);

	if (event == VIEW_NONE)
		return;
	v->zero = v->zero == event ? VIEW_NONE : event;
	t->time = TIME_START;
	if (v->zero == VIEW_NONE)
		tui_say(t, "times count from the start");
	else
		tui_say(t, "times count from #%zu", event + 1);
	tui_reflow(t);
}

/* ---- screen ---- */

void
act_mouse(struct tui *t)
{
	t->mouse = !t->mouse;
	screen_set_mouse(t->mouse);
	tui_say(t, t->mouse ? "mouse on: wheel scrolls, click selects, double click opens"
			    : "mouse off: the terminal selects text");
}

void
act_reload(struct tui *t)
{
	if (t->place & (IN_HELP | IN_DIFF)) {
		t->page.stale = true;
		return;
	}
	if (!t->trace) {
		list_refresh(&t->list, true);
		tui_say(t, "read again: %zu traces", t->list.dir.count);
		return;
	}
	if (t->trace->stopped) {
		opened_read_on(t->trace);
		tui_say(t, "reading on");
		return;
	}
	size_t event = t->trace->view.selected;
	char *path = strdup(t->trace->path);

	if (path && strcmp(path, "-") == 0)
		tui_fail(t, "standard input cannot be read again");
	else if (path && tui_open(t, path, t->place)) {
		t->trace->go_to = event;
		tui_say(t, "read again");
	}
	free(path);
}

void
act_redraw(struct tui *t)
{
	(void)t;
	screen_redraw();
}

void
act_suspend(struct tui *t)
{
	screen_suspend();
	tui_reflow(t);
}
