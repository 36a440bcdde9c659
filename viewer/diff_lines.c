/* SPDX-License-Identifier: MIT */
/*
 * diff_lines - what all text forms of frebdiff share: a difference in one
 * line, values, colours, the summary.
 */
#include <config.h>

#include "viewer/diff_text.h"
#include "viewer/cell.h"

#include <string.h>

enum { VALUE_MAX = 200, VALUE_LEAD = 40 };

void
diff_text_color(const struct diff_text *t, struct buf *out, char mark, bool on)
{
	if (!t->color)
		return;
	if (!on)
		buf_puts(out, "\033[0m");
	else if (mark == '-')
		buf_puts(out, "\033[31m");
	else if (mark == '+')
		buf_puts(out, "\033[32m");
	else if (mark == '@')
		buf_puts(out, "\033[36m");
	else if (mark == '!')
		buf_puts(out, "\033[1;31m");
	else
		buf_puts(out, "\033[1m");
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

void
diff_text_value(struct buf *out, const char *value, const char *other)
{
	size_t len = strlen(value), from = 0, n;

	while (other && value[from] && value[from] == other[from])
		from++;
	from = len > VALUE_MAX && from > VALUE_LEAD ? from - VALUE_LEAD : 0;
	while (from && is_continuation(value[from]))
		from--;
	n = len - from > VALUE_MAX ? VALUE_MAX : len - from;
	while (from + n < len && is_continuation(value[from + n]))
		n++;
	if (from)
		buf_putf(out, "(%zu bytes before) ", from);
	buf_putc(out, '"');
	cell_put(out, value + from, n, CELL_DETAIL);
	buf_putc(out, '"');
	if (from + n < len)
		buf_putf(out, " (%zu bytes more)", len - from - n);
}

void
diff_text_friendly(struct buf *out, const char *text)
{
	if (!text)
		return;
	buf_puts(out, " (");
	cell_puts(out, text, CELL_DETAIL);
	buf_putc(out, ')');
}

static bool
is_in_ms(const char *name)
{
	size_t n = strlen(name);

	return !strcmp(name, "timeTaken") || !strcmp(name, "gap") || !strncmp(name, "span.", 5) ||
	       (n > 2 && !strcmp(name + n - 2, "Ms"));
}

/* Differences that are one line in every form. */
void
diff_text_item(const struct compare_item *item, struct buf *out)
{
	cell_puts(out, item->name, CELL_DETAIL);
	switch (item->kind) {
	case COMPARE_OUTSIDE:
		buf_puts(out, "  ");
		cell_puts(out, item->a, CELL_DETAIL);
		buf_puts(out, item->a ? " -> " : "");
		cell_puts(out, item->b, CELL_DETAIL);
		buf_putf(out, "%s  (%s)", item->a && is_in_ms(item->name) ? " ms" : "", item->note);
		return;
	case COMPARE_BINDING:
		buf_putc(out, ' ');
		cell_puts(out, item->note, CELL_DETAIL);
		buf_puts(out, ", here ");
		cell_puts(out, item->b, CELL_DETAIL);
		return;
	case COMPARE_ORDER:
		buf_puts(out, " differs");
		return;
	case COMPARE_REQUIRED:
		buf_putf(out, ": %s", item->note);
		return;
	default:
		break;
	}
	buf_putc(out, ' ');
	if (item->a)
		diff_text_value(out, item->a, item->b);
	diff_text_friendly(out, item->a_text);
	buf_puts(out, item->a && item->b ? " -> " : item->a ? " only in A" : "only in B: ");
	if (item->b)
		diff_text_value(out, item->b, item->a);
	diff_text_friendly(out, item->b_text);
	if (item->kind == COMPARE_MASKED)
		buf_putf(out, "  (%s)", item->note);
}

void
diff_text_count(struct buf *out, size_t n, const char *one, const char *many)
{
	buf_putf(out, "%zu %s", n, n == 1 ? one : many);
}

static void
put_part(struct buf *out, size_t n, const char *one, const char *many)
{
	if (!n)
		return;
	buf_puts(out, out->len && out->data[out->len - 1] == ':' ? " " : ", ");
	diff_text_count(out, n, one, many);
}

void
diff_text_summary(struct buf *out, const struct compare_totals *t, const struct rules *rules)
{
	buf_puts(out, compare_is_equal(t) ? "equal:" : "differ:");
	if (compare_is_equal(t))
		put_part(out, t->equal, "event", "events");
	if (compare_is_equal(t) && !t->equal)
		buf_puts(out, " 0 events");
	put_part(out, t->attributes, "attribute", "attributes");
	put_part(out, t->changed, "changed", "changed");
	if (t->values != t->changed)
		buf_putf(out, " (%zu values)", t->values);
	put_part(out, t->removed, "removed", "removed");
	put_part(out, t->added, "added", "added");
	put_part(out, t->bindings, "binding", "bindings");
	put_part(out, t->required, "required event missing", "required events missing");
	if (t->masked)
		buf_putf(out, "; %llu value%s masked by %zu rule%s", (unsigned long long)t->masked,
			 t->masked == 1 ? "" : "s", t->masked_by, t->masked_by == 1 ? "" : "s");
	size_t unused = rules_unused(rules);

	if (unused)
		buf_putf(out, "; %zu rule%s unused", unused, unused == 1 ? "" : "s");
	if (t->coarse)
		buf_puts(out, "; aligned coarsely, too much differs");
}
