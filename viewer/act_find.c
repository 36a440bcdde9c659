/* SPDX-License-Identifier: MIT */
/*
 * Search and filter, in traces, in the list and in text pages.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"

enum { VALUE_MAX = 400 };	/* bytes of a value that = and ! take */

/* ---- search ---- */

static bool
page_has(struct tui *t, size_t line)
{
	size_t start, end;
	const struct line *l = &t->page.lines.at[line];

	return search_find(t->search, l->text, l->len, &start, &end);
}

static void
page_search(struct tui *t, bool forward, bool from_here)
{
	size_t count = t->page.lines.count;
	size_t at = t->page.hit < count ? t->page.hit : t->page.top;

	/* Painting puts the top right; a screen that is too small is not painted. */
	if (at >= count)
		at = 0;
	for (size_t n = 0; n < count; n++) {
		if (n > 0 || !from_here)
			at = forward ? (at + 1) % count : (at + count - 1) % count;
		if (page_has(t, at)) {
			t->page.hit = t->page.top = at;
			return;
		}
	}
	tui_fail(t, "nothing found");
}

static bool
row_has(struct tui *t, size_t row)
{
	const struct dir_entry *e = list_entry(&t->list, row);
	const struct facts *f = scan_facts(&t->list.scan, e);

	return search_text(t->search, e->file) || search_text(t->search, e->url) ||
	       search_text(t->search, e->verb) || search_text(t->search, e->status) ||
	       search_text(t->search, e->reason) || search_text(t->search, e->client) ||
	       search_text(t->search, e->server) || (f && search_text(t->search, f->client)) ||
	       (f && search_text(t->search, f->server));
}

static void
list_search(struct tui *t, bool forward)
{
	struct list *l = &t->list;
	size_t row = l->row;

	for (size_t n = 0; n < l->count; n++) {
		row = forward ? (row + 1) % l->count : (row + l->count - 1) % l->count;
		if (row_has(t, row)) {
			list_goto(l, row);
			return;
		}
	}
	tui_fail(t, "no trace of the list has it");
}

static void
search_again(struct tui *t, bool forward)
{
	bool wrapped;

	if (!t->search) {
		tui_fail(t, "nothing was searched yet; / searches");
		return;
	}
	if (tui_in_page(t)) {
		page_search(t, forward, false);
	} else if (tui_in_list(t)) {
		list_search(t, forward);
	} else {
		size_t e = view_next(&t->trace->view, VIEW_HIT, forward, &wrapped);

		if (e == VIEW_NONE) {
			tui_fail(t, t->trace->search_left ? "no hit so far" : "no event has it");
			return;
		}
		view_goto(&t->trace->view, e);
		tui_tell_place(t, VIEW_HIT, "hit", wrapped);
	}
	if (search_gave_up(t->search))
		tui_fail(t, "the pattern took too long on some texts: hits may be missing");
}

void
tui_search_typed(struct tui *t, const char *text, bool finished)
{
	char *error = NULL;
	struct search *s = *text ? search_new(text, &error) : NULL;

	buf_reset(&t->prompt_error);
	if (error) {
		cell_puts(&t->prompt_error, error, CELL_ROW);
		if (finished)
			tui_fail(t, "%s", error);
	}
	free(error);
	if (!finished || !s) {
		search_free(s);
		if (finished && !*text)
			search_again(t, true);
		return;
	}
	if (t->trace)
		opened_set_search(t->trace, s, !tui_in_page(t));
	search_free(t->search);
	t->search = s;
	buf_reset(&t->search_text);
	buf_puts(&t->search_text, text);
	if (tui_in_page(t))
		page_search(t, true, true);
	else if (tui_in_list(t))
		list_search(t, true);
}

void
act_search(struct tui *t)
{
	tui_ask(t, ASK_SEARCH, NULL);
}

void
act_search_next(struct tui *t)
{
	search_again(t, true);
}

void
act_search_previous(struct tui *t)
{
	search_again(t, false);
}

/* ---- filter ---- */

struct filter *
tui_filter_in_use(const struct tui *t)
{
	return t->filter_off ? NULL : t->filter;
}

static struct buf *
text_here(struct tui *t)
{
	return tui_in_list(t) ? &t->list_filter_text : &t->filter_text;
}

/* Takes the filter over; text is what the user wrote, "" = none. */
static void
use_filter(struct tui *t, struct filter *f, const char *text)
{
	struct buf *kept = text_here(t);
	char *copy = strdup(text);

	buf_reset(kept);
	buf_puts(kept, copy ? copy : "");
	free(copy);
	if (tui_in_list(t)) {
		list_set_filter(&t->list, f);
		return;
	}
	t->filter_off = false;
	if (t->trace)
		opened_set_filter(t->trace, f);
	filter_free(t->filter);
	t->filter = f;
}

void
tui_filter_typed(struct tui *t, const char *text)
{
	char *error = NULL;
	bool any = text[strspn(text, " \t")];
	struct filter *f = any ? filter_new(text, &error) : NULL;

	buf_reset(&t->prompt_error);
	if (error)
		cell_puts(&t->prompt_error, error, CELL_ROW);
	else
		use_filter(t, f, any ? text : "");
	free(error);
}

void
tui_filter_back(struct tui *t)
{
	char *before = strdup(buf_text(&t->filter_before));

	tui_filter_typed(t, before ? before : "");
	free(before);
}

void
act_filter(struct tui *t)
{
	buf_reset(&t->filter_before);
	buf_puts(&t->filter_before, buf_text(text_here(t)));
	tui_ask(t, ASK_FILTER, buf_text(text_here(t)));
}

static void
put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

/* The Data in whose line the cursor stands (Details), NULL = the event as a whole. */
static const struct freb_data *
focused_data(struct tui *t, const struct freb_event *e, size_t event)
{
	struct lines l = { 0 };
	const struct freb_data *d = NULL;
	size_t line = t->trace->view.line;

	if (t->place != IN_DETAILS)
		return NULL;
	event_lines(t, t->trace, event, &l);
	if (line < l.count && l.at[line].data < e->data_count)
		d = &e->data[l.at[line].data];
	lines_done(&l);
	return d;
}

static bool
condition_here(struct tui *t, bool like, struct buf *b)
{
	size_t event = view_event(&t->trace->view);
	const struct freb_event *e = event == VIEW_NONE ? NULL : freb_event(t->trace->file, event);

	if (!e)
		return false;
	const struct freb_data *d = focused_data(t, e, event);
	const char *value = d ? d->value : e->name;

	if (!value || strlen(value) > VALUE_MAX)
		return false;
	if (d && d->name[strcspn(d->name, " \t()!=~<>\"&|")])
		return false;
	if (d)
		buf_putf(b, "data.%s%s", d->name, like ? "=" : "!=");
	else
		buf_puts(b, like ? "op=" : "op!=");
	put_quoted(b, value);
	return true;
}

static void
filter_here(struct tui *t, bool like)
{
	struct buf b = BUF_INIT, whole = BUF_INIT;

	if (!condition_here(t, like, &b)) {
		tui_fail(t, "nothing here that a filter could name");
	} else {
		const char *now = buf_text(&t->filter_text);

		if (*now)
			buf_putf(&whole, "%s%s%s && ", strstr(now, "||") ? "(" : "", now,
				 strstr(now, "||") ? ")" : "");
		buf_puts(&whole, buf_text(&b));
		tui_filter_typed(t, buf_text(&whole));
		if (t->prompt_error.len)
			tui_fail(t, "%s", buf_text(&t->prompt_error));
		else
			tui_say(t, "filter: %s", buf_text(&whole));
	}
	buf_done(&b);
	buf_done(&whole);
}

void
act_filter_like(struct tui *t)
{
	filter_here(t, true);
}

void
act_filter_unlike(struct tui *t)
{
	filter_here(t, false);
}

void
act_filter_toggle(struct tui *t)
{
	bool off;

	if (text_here(t)->len == 0) {
		tui_fail(t, "there is no filter; & sets one");
		return;
	}
	if (tui_in_list(t)) {
		list_toggle_filter(&t->list);
		off = t->list.filter_off;
	} else {
		off = t->filter_off = !t->filter_off;
		opened_set_filter(t->trace, tui_filter_in_use(t));
	}
	tui_say(t, off ? "filter off" : "filter on");
}

void
act_cancel(struct tui *t)
{
	if (t->place & (IN_HELP | IN_DIFF)) {
		act_back(t);
	} else if (t->trace && t->trace->search_left) {
		opened_stop(t->trace);
		tui_say(t, "search stopped");
	} else if (text_here(t)->len) {
		use_filter(t, NULL, "");
		tui_say(t, "filter cleared");
	} else if (t->trace && !t->trace->complete && !t->trace->stopped) {
		opened_stop(t->trace);
		tui_say(t, "reading stopped after %zu events; F5 reads on",
			freb_count(t->trace->file));
	}
}
