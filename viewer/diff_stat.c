/* SPDX-License-Identifier: MIT */
/*
 * diff_stat - frebdiff --stat: how many events of each name differ.
 */
#include <config.h>

#include "viewer/diff_text.h"
#include "viewer/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --stat: one more for the event's name. */
void
diff_text_tally(struct diff_text *t, const struct compare_row *row)
{
	int side = row->a == COMPARE_NONE;
	const char *name = "(request)";

	if (row->kind == COMPARE_EQUAL || (row->kind == COMPARE_ROOT && !row->count))
		return;
	if (row->kind != COMPARE_ROOT)
		name = compare_event_name(t->compare, side, side ? row->b : row->a);
	uint32_t n = names_add(&t->names, name, strlen(name));

	if (n > t->counts_room) {
		struct diff_count *more = realloc(t->counts, n * 2 * sizeof(*more));

		if (!more)
			n = 0;
		else
			memset(more + t->counts_room, 0, (n * 2 - t->counts_room) * sizeof(*more));
		t->counts = more ? more : t->counts;
		t->counts_room = more ? n * 2 : t->counts_room;
	}
	if (!n) {
		t->error = -ENOMEM;
		return;
	}
	struct diff_count *c = &t->counts[n - 1];
	bool plain = false;

	c->removed += row->kind == COMPARE_REMOVED;
	c->added += row->kind == COMPARE_ADDED;
	for (size_t i = 0; i < row->count; i++) {
		c->bindings += row->items[i].kind == COMPARE_BINDING;
		plain |= row->items[i].kind != COMPARE_BINDING &&
			 row->items[i].kind != COMPARE_MASKED;
	}
	c->changed += plain;
}

void
diff_text_table(const struct diff_text *t)
{
	if (t->names.count)
		fprintf(t->out, "%-40s %8s %8s %8s %8s\n", "event", "changed", "removed", "added",
			"bindings");
	for (size_t i = 0; i < t->names.count; i++) {
		struct buf safe = BUF_INIT;

		cell_puts(&safe, names_text(&t->names, (uint32_t)i + 1), CELL_ROW);
		const struct diff_count *c = &t->counts[i];

		fprintf(t->out, "%-40s %8zu %8zu %8zu %8zu\n", buf_text(&safe), c->changed,
			c->removed, c->added, c->bindings);
		buf_done(&safe);
	}
}
