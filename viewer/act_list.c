/* SPDX-License-Identifier: MIT */
/*
 * Actions of the list: sorting and following.
 */
#include <config.h>
#include "viewer/tui_state.h"

static const struct {
	char key;
	enum dir_sort sort;
} sorts[] = {
	{ 't', DIR_BY_TIME }, { 'f', DIR_BY_FILE }, { 's', DIR_BY_STATUS }, { 'd', DIR_BY_TAKEN },
	{ 'u', DIR_BY_URL }, { 'c', DIR_BY_CLIENT }, { 'z', DIR_BY_SIZE },
};

static void
sort_chosen(struct tui *t, char key)
{
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (sorts[i].key == key)
			list_sort(&t->list, sorts[i].sort, false);
	}
}

void
act_sort(struct tui *t)
{
	static const struct menu_item items[] = {
		{ 't', "time" }, { 'f', "file" }, { 's', "status" }, { 'd', "duration" },
		{ 'u', "url" }, { 'c', "client" }, { 'z', "size" }, { 0, NULL },
	};

	tui_menu(t, "sort by", items, sort_chosen);
}

void
act_reverse(struct tui *t)
{
	list_sort(&t->list, t->list.dir.sort, !t->list.dir.reverse);
}

void
act_follow(struct tui *t)
{
	struct list *l = &t->list;

	if (l->following && !l->sticky && l->dir.sort == DIR_BY_TIME) {
		/* Pinned somewhere: F goes back to the newest before it ends the following. */
		list_goto(l, l->dir.reverse ? l->count : 0);
		tui_say(t, "following, on the newest trace");
		return;
	}
	l->following = !l->following;
	if (l->following)
		list_refresh(l, false);
	tui_say(t, l->following ? "following: new traces appear by themselves"
				: "not following; F5 reads the directory again");
}
