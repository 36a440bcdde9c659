/* SPDX-License-Identifier: MIT */
/*
 * view_move - what view.c and view_move.c tell each other: put the cursor on
 * the row of the selected event after the rows changed.
 */
#ifndef VIEWER_VIEW_MOVE_H
#define VIEWER_VIEW_MOVE_H

#include "viewer/view.h"

/* Row of the selected event, or of the nearest one shown. */
void view_place(struct view *v);
/* The screen's first line is found anew, with some lines above the cursor. */
void view_center(struct view *v);

#endif
