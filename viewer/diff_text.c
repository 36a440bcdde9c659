/* SPDX-License-Identifier: MIT */
/*
 * diff_text - unified output, and what the text forms share.
 *
 * A hunk is put together in memory, because its heading counts its events;
 * a hunk that grows large is printed and a new one begun.
 */
#include <config.h>

#include "viewer/diff_text.h"
#include "viewer/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HUNK_MAX = 1 << 20, WIDTH_DEFAULT = 160 };

int
diff_text_init(struct diff_text *t, const struct diff_options *options, struct compare *c,
	       struct freb_file *const file[2], const char *const name[2], FILE *out, bool color)
{
	*t = (struct diff_text){
		.options = options, .compare = c, .file = { file[0], file[1] },
		.name = { name[0], name[1] }, .out = out, .color = color,
		.width = options->width ? options->width : WIDTH_DEFAULT,
		.first = { COMPARE_NONE, COMPARE_NONE },
		.focus = { COMPARE_NONE, COMPARE_NONE },
	};
	t->kept = calloc(options->context + 1, sizeof(*t->kept));
	return t->kept ? 0 : -ENOMEM;
}

void
diff_text_done(struct diff_text *t)
{
	buf_done(&t->hunk);
	free(t->kept);
	names_done(&t->names);
	free(t->counts);
}

void
diff_text_mark(const struct diff_text *t, struct buf *out)
{
	if (t->marked)
		buf_putc(out, DIFF_TEXT_MARK);
}

static void
put_colored(const struct diff_text *t, struct buf *out, char mark, const struct buf *line)
{
	diff_text_color(t, out, mark, true);
	buf_put(out, buf_text(line), line->len);
	diff_text_color(t, out, mark, false);
	buf_putc(out, '\n');
}

/* One side of a difference: -     Name="value". */
static void
put_half(struct diff_text *t, char mark, const char *indent, const struct compare_item *item,
	 bool a)
{
	struct buf line = BUF_INIT;

	buf_putf(&line, "%c%s", mark, indent);
	cell_puts(&line, item->name, CELL_DETAIL);
	buf_putc(&line, '=');
	diff_text_value(&line, a ? item->a : item->b, a ? item->b : item->a);
	diff_text_friendly(&line, a ? item->a_text : item->b_text);
	put_colored(t, &t->hunk, mark, &line);
	t->error = t->error ? t->error : line.error;
	buf_done(&line);
}

static void
put_whole(struct diff_text *t, char mark, const char *before, const struct compare_item *item)
{
	struct buf line = BUF_INIT;

	buf_putf(&line, "%c%s", mark, before);
	diff_text_item(item, &line);
	put_colored(t, &t->hunk, mark, &line);
	t->error = t->error ? t->error : line.error;
	buf_done(&line);
}

static void
put_item(struct diff_text *t, const char *indent, const char *number,
	 const struct compare_item *item)
{
	char before[64];

	if (item->kind != COMPARE_MASKED)
		diff_text_mark(t, &t->hunk);
	switch (item->kind) {
	case COMPARE_CHANGED:
	case COMPARE_MISSING:
	case COMPARE_EXTRA:
		if (item->a)
			put_half(t, '-', indent, item, true);
		if (item->b)
			put_half(t, '+', indent, item, false);
		return;
	case COMPARE_BINDING:
		snprintf(before, sizeof(before), "%s%sbinding broken: ", number,
			 *number ? " " : "");
		put_whole(t, '!', before, item);
		return;
	case COMPARE_REQUIRED:
		put_whole(t, '!', "", item);
		return;
	case COMPARE_MASKED:
		put_whole(t, '=', indent, item);
		return;
	default:
		put_whole(t, '~', indent, item);
	}
}

/* "41", or "41/43" where the numbers differ. */
static void
number_of(size_t a, size_t b, char out[static 48])
{
	if (a != COMPARE_NONE && b != COMPARE_NONE && a != b)
		snprintf(out, 48, "%zu/%zu", a + 1, b + 1);
	else
		snprintf(out, 48, "%zu", (a != COMPARE_NONE ? a : b) + 1);
}

/* mark, number, name, Data; cut to the width. */
static void
put_event(struct diff_text *t, char mark, size_t a, size_t b, bool only_key)
{
	struct buf line = BUF_INIT, safe = BUF_INIT, cut = BUF_INIT;
	int side = a == COMPARE_NONE;
	size_t index = side ? b : a;
	char number[48];

	number_of(a, b, number);
	buf_puts(&line, compare_event_name(t->compare, side, index));
	buf_putc(&line, ' ');
	int rc = compare_describe(t->compare, side, index, only_key, &line);

	buf_putf(&safe, "%c%s ", mark, number);
	cell_puts(&safe, buf_text(&line), CELL_ROW);
	while (safe.len && safe.data[safe.len - 1] == ' ')
		safe.data[--safe.len] = '\0';
	cell_fit(&cut, buf_text(&safe), safe.len, t->width, false);
	if (mark == ' ')
		buf_putf(&t->hunk, "%s\n", buf_text(&cut));
	else
		put_colored(t, &t->hunk, mark, &cut);
	t->error = t->error ? t->error : rc ? rc : line.error ? line.error : cut.error;
	buf_done(&line);
	buf_done(&safe);
	buf_done(&cut);
}

static void
print_heading(struct diff_text *t)
{
	struct buf line = BUF_INIT;

	if (t->headed)
		return;
	t->headed = true;
	for (int s = 0; s < 2; s++) {
		struct buf safe = BUF_INIT;

		cell_puts(&safe, t->name[s], CELL_ROW);
		buf_reset(&line);
		buf_putf(&line, "%s %s%s  ", s ? "+++" : "---", buf_text(&safe),
			 s ? "" : " (golden)");
		diff_text_count(&line, freb_count(t->file[s]), "event", "events");
		fprintf(t->out, "%s\n", buf_text(&line));
		buf_done(&safe);
	}
	buf_done(&line);
}

/* " in NOTIFY_MODULE ApplicationRequestRouting": what encloses the first difference. */
static void
put_enclosing(struct diff_text *t, struct buf *out)
{
	int side = t->focus[0] == COMPARE_NONE;
	size_t parent = t->focus[side] == COMPARE_NONE
				? SIZE_MAX : freb_parent(t->file[side], t->focus[side]);
	const struct freb_event *e = parent == SIZE_MAX ? NULL : freb_event(t->file[side], parent);

	if (!e || !e->name)
		return;
	size_t len = strlen(e->name);
	const struct freb_data *module = freb_data_get(e, "ModuleName");

	if (len > 6 && !strcmp(e->name + len - 6, "_START"))
		len -= 6;
	buf_puts(out, "  in ");
	cell_put(out, e->name, len, CELL_ROW);
	if (module) {
		buf_putc(out, ' ');
		cell_puts(out, module->value, CELL_ROW);
	}
}

static void
close_hunk(struct diff_text *t)
{
	struct buf line = BUF_INIT, head = BUF_INIT;

	if (!t->open)
		return;
	print_heading(t);
	for (int s = 0; s < 2; s++)
		if (t->first[s] == COMPARE_NONE)
			t->first[s] = 0;
		else
			t->first[s]++;
	buf_putf(&line, "@@ %zu,%zu -> %zu,%zu", t->first[0], t->events[0], t->first[1],
		 t->events[1]);
	put_enclosing(t, &line);
	buf_puts(&line, " @@");
	put_colored(t, &head, '@', &line);
	fputs(buf_text(&head), t->out);
	fwrite(buf_text(&t->hunk), 1, t->hunk.len, t->out);
	t->error = t->error ? t->error : t->hunk.error;
	buf_done(&line);
	buf_done(&head);
	buf_reset(&t->hunk);
	t->open = false;
	for (int s = 0; s < 2; s++) {
		t->first[s] = t->focus[s] = COMPARE_NONE;
		t->events[s] = 0;
	}
}

static void
count_event(struct diff_text *t, size_t a, size_t b)
{
	const size_t at[2] = { a, b };

	for (int s = 0; s < 2; s++) {
		if (at[s] == COMPARE_NONE)
			continue;
		if (t->first[s] == COMPARE_NONE)
			t->first[s] = at[s];
		t->events[s]++;
	}
}

static void
put_equal(struct diff_text *t, size_t a, size_t b)
{
	count_event(t, a, b);
	put_event(t, ' ', a, b, false);
}

static void
keep_equal(struct diff_text *t, const struct compare_row *row)
{
	size_t room = t->options->context;

	if (t->open && t->after) {
		t->after--;
		put_equal(t, row->a, row->b);
		return;
	}
	if (!room || t->kept_count == room)
		t->skipped++;
	if (!room)
		return;
	t->kept[t->kept_at] = (struct diff_pair){ row->a, row->b };
	t->kept_at = (t->kept_at + 1) % room;
	if (t->kept_count < room)
		t->kept_count++;
}

/* A difference comes: the equal pairs kept back stand before it. */
static void
open_hunk(struct diff_text *t, const struct compare_row *row)
{
	size_t room = t->options->context;

	if (t->open && (t->skipped || t->hunk.len > HUNK_MAX))
		close_hunk(t);
	if (!t->open) {
		t->open = true;
		t->focus[0] = row->a;
		t->focus[1] = row->b;
	}
	for (size_t i = 0; i < t->kept_count; i++) {
		size_t at = (t->kept_at + room - t->kept_count + i) % room;
		const struct diff_pair *p = &t->kept[at];

		put_equal(t, p->a, p->b);
	}
	t->kept_count = 0;
	t->skipped = 0;
	t->after = room;
	count_event(t, row->a, row->b);
}

static void
put_row(struct diff_text *t, const struct compare_row *row)
{
	bool plain = false;
	char number[48];

	open_hunk(t, row);
	if (row->kind == COMPARE_REMOVED || row->kind == COMPARE_ADDED) {
		diff_text_mark(t, &t->hunk);
		put_event(t, row->kind == COMPARE_REMOVED ? '-' : '+', row->a, row->b, false);
		return;
	}
	number_of(row->a, row->b, number);
	for (size_t i = 0; i < row->count; i++)
		plain |= row->items[i].kind != COMPARE_BINDING;
	if (plain)
		put_event(t, row->kind == COMPARE_EQUAL ? ' ' : '~', row->a, row->b, true);
	for (size_t i = 0; i < row->count; i++)
		put_item(t, "     ", number, &row->items[i]);
}

static void
put_root(struct diff_text *t, const struct compare_row *row)
{
	struct buf line = BUF_INIT, head = BUF_INIT;

	if (!row->count)
		return;
	print_heading(t);
	buf_puts(&line, "@@ request @@");
	put_colored(t, &head, '@', &line);
	for (size_t i = 0; i < row->count; i++)
		put_item(t, "", "", &row->items[i]);
	fputs(buf_text(&head), t->out);
	fwrite(buf_text(&t->hunk), 1, t->hunk.len, t->out);
	buf_reset(&t->hunk);
	buf_done(&line);
	buf_done(&head);
}

int
diff_text_see(void *arg, const struct compare_row *row)
{
	struct diff_text *t = arg;

	if (t->options->form == DIFF_STAT) {
		diff_text_tally(t, row);
	} else if (t->options->form == DIFF_SIDE) {
		if (row->kind == COMPARE_ROOT ? row->count > 0 :
		    row->kind != COMPARE_EQUAL || row->count)
			print_heading(t);
		diff_text_side(t, row);
	} else if (row->kind == COMPARE_ROOT) {
		put_root(t, row);
	} else if (row->kind == COMPARE_EQUAL && !row->count) {
		keep_equal(t, row);
	} else {
		put_row(t, row);
	}
	return t->error;
}

void
diff_text_end(struct diff_text *t)
{
	if (t->options->form == DIFF_STAT)
		diff_text_table(t);
	if (t->options->form == DIFF_SIDE)
		diff_text_side(t, NULL);
	close_hunk(t);
}
