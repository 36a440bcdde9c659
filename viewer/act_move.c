/* SPDX-License-Identifier: MIT */
/*
 * Actions that move: in the list, in the events, in the detail pane, in text.
 */
#include <config.h>
#include "viewer/tui_state.h"

static long
page_rows(const struct tui *t)
{
	struct layout l;

	paint_layout(t, &l);
	int rows = t->pane_focus && !tui_in_page(t) && !tui_in_list(t) ? l.pane_rows : l.body_rows;
	return rows > 1 ? rows - 1 : 1;
}

/* The keys move the detail pane and not the events. */
static bool
in_pane(const struct tui *t)
{
	return t->pane_focus && t->place & IN_TABLE;
}

static void
scroll(size_t *top, long lines)
{
	if (lines < 0)
		*top = (size_t)-lines > *top ? 0 : *top - (size_t)-lines;
	else
		*top += (size_t)lines;
}

static void
move(struct tui *t, long lines, bool page)
{
	if (tui_in_page(t))
		scroll(&t->page.top, lines);
	else if (tui_in_list(t))
		list_move(&t->list, lines);
	else if (in_pane(t))
		scroll(&t->pane_top, lines);
	else if (page)
		view_page(&t->trace->view, lines);
	else
		view_move(&t->trace->view, lines);
	if (!in_pane(t))
		t->pane_top = 0;
}

void
act_down(struct tui *t)
{
	move(t, 1, false);
}

void
act_up(struct tui *t)
{
	move(t, -1, false);
}

void
act_page_down(struct tui *t)
{
	move(t, page_rows(t), true);
}

void
act_page_up(struct tui *t)
{
	move(t, -page_rows(t), true);
}

void
act_half_down(struct tui *t)
{
	move(t, (page_rows(t) + 1) / 2, true);
}

void
act_half_up(struct tui *t)
{
	move(t, -(page_rows(t) + 1) / 2, true);
}

void
act_first(struct tui *t)
{
	if (tui_in_page(t))
		t->page.top = 0;
	else if (tui_in_list(t))
		list_goto(&t->list, 0);
	else if (in_pane(t))
		t->pane_top = 0;
	else
		view_first(&t->trace->view);
}

void
act_last(struct tui *t)
{
	if (tui_in_page(t))
		t->page.top = t->page.lines.count;
	else if (tui_in_list(t))
		list_goto(&t->list, t->list.count);
	else if (in_pane(t))
		t->pane_top = SIZE_MAX / 2;
	else
		view_last(&t->trace->view);
}

/* On a stage the arrows close and open; elsewhere they scroll sideways. */
static bool
fold_here(struct tui *t, bool closed)
{
	struct view *v = t->trace ? &t->trace->view : NULL;
	size_t event = v && t->place & IN_FOLDABLE ? view_event(v) : VIEW_NONE;

	if (event == VIEW_NONE || v->column > 0 || view_stage(v, event) != event ||
	    view_is_closed(v, event) == closed)
		return false;
	view_fold(v, event, closed);
	return true;
}

void
act_left(struct tui *t)
{
	size_t *column = t->trace ? &t->trace->view.column : NULL;

	if (fold_here(t, true) || !column)
		return;
	*column = *column > 8 ? *column - 8 : 0;
}

void
act_right(struct tui *t)
{
	if (fold_here(t, false) || !t->trace || t->wrap)
		return;
	if (t->trace->view.column < 65536)
		t->trace->view.column += 8;
}
