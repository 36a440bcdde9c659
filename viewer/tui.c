/* SPDX-License-Identifier: MIT */
/*
 * The loop of the terminal interface, and who gets a key: the open menu, the
 * open prompt, or the action table.
 */
#include <config.h>
#include "viewer/tui.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "viewer/cell.h"
#include "viewer/script.h"
#include "viewer/tui_state.h"

enum { SLICE_MS = 20, FRAME_MS = 60, KEYS_PER_TURN = 64 };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)1000 + t.tv_nsec / 1000000;
}

/* ---- messages ---- */

static void
say(struct tui *t, bool error, const char *fmt, va_list ap)
{
	struct buf b = BUF_INIT;

	buf_vputf(&b, fmt, ap);
	buf_reset(&t->message);
	cell_puts(&t->message, buf_text(&b), CELL_ROW);
	t->message_is_error = error;
	buf_done(&b);
}

void
tui_say(struct tui *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(t, false, fmt, ap);
	va_end(ap);
}

void
tui_fail(struct tui *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(t, true, fmt, ap);
	va_end(ap);
}

bool
tui_in_list(const struct tui *t)
{
	return t->place == IN_LIST;
}

bool
tui_in_page(const struct tui *t)
{
	return t->place & (IN_SUMMARY | IN_IDENTITY | IN_HELP | IN_DIFF);
}

/* ---- prompts and menus ---- */

void
tui_ask(struct tui *t, enum tui_prompt what, const char *initial)
{
	t->asking = what;
	prompt_open(&t->prompt, initial, &t->history[what]);
	buf_reset(&t->prompt_error);
	if (what == ASK_COMMAND || what == ASK_FILTER) {
		t->prompt.complete = tui_command_word;
		t->prompt.complete_data = t;
	}
}

void
tui_menu(struct tui *t, const char *title, const struct menu_item *items,
	 void (*chosen)(struct tui *t, char key))
{
	t->menu = (struct menu){ title, items, chosen };
}

static void
menu_key(struct tui *t, uint32_t key)
{
	const struct menu menu = t->menu;

	t->menu.title = NULL;
	if (key == KEYS_ESC || key == 'q' || key == 3)
		return;
	for (const struct menu_item *i = menu.items; i->key; i++) {
		if ((uint32_t)i->key == key) {
			menu.chosen(t, i->key);
			return;
		}
	}
	t->menu = menu;
}

static void
prompt_typed(struct tui *t)
{
	const char *text = buf_text(&t->prompt.text);

	if (t->asking == ASK_FILTER)
		tui_filter_typed(t, text);
	else if (t->asking == ASK_SEARCH)
		tui_search_typed(t, text, false);
}

static void
prompt_finished(struct tui *t)
{
	enum tui_prompt what = t->asking;
	char *text = strdup(buf_text(&t->prompt.text));

	/* A filter that cannot be read stays in the prompt, to be put right. */
	if (what == ASK_FILTER && t->prompt_error.len) {
		free(text);
		return;
	}
	t->asking = ASK_NOTHING;
	prompt_close(&t->prompt, true);
	if (text && what == ASK_SEARCH)
		tui_search_typed(t, text, true);
	else if (text && what == ASK_COMMAND)
		tui_command(t, text);
	else if (text && what == ASK_FILE)
		tui_export(t, text);
	else if (text && what == ASK_RULE)
		tui_rule(t, text);
	free(text);
}

static void
ask_key(struct tui *t, uint32_t key)
{
	switch (prompt_key(&t->prompt, key)) {
	case PROMPT_CHANGED:
		prompt_typed(t);
		break;
	case PROMPT_DONE:
		prompt_finished(t);
		break;
	case PROMPT_GONE:
		if (t->asking == ASK_FILTER)
			tui_filter_back(t);
		t->asking = ASK_NOTHING;
		prompt_close(&t->prompt, false);
		break;
	default:
		break;
	}
}

/* ---- keys ---- */

static void (*const handlers[ACT_COUNT])(struct tui *t) = {
#define ACTION(name, where, keys, help) [ACT_##name] = act_##name,
#define HEADING(text)
#include "viewer/actions.def"
#undef ACTION
#undef HEADING
};

void
tui_do(struct tui *t, enum action a)
{
	if (a != ACT_NONE && action_is_in(a, t->place))
		handlers[a](t);
	else
		tui_fail(t, "that does nothing here; ? shows the keys");
}

static void
mouse_key(struct tui *t)
{
	struct screen_mouse m;
	struct layout l;

	if (!screen_mouse(&m) || t->asking != ASK_NOTHING || t->menu.title)
		return;
	buf_reset(&t->message);
	paint_layout(t, &l);
	if (m.wheel) {
		for (int i = 0; i < 3; i++)
			tui_do(t, m.wheel > 0 ? ACT_down : ACT_up);
		return;
	}
	if (tui_in_list(t) && m.row == l.body_row - 1) {
		paint_list_click(t, m.column);
		return;
	}
	if (m.row < l.body_row || m.row >= l.body_row + l.body_rows || tui_in_page(t))
		return;
	if (tui_in_list(t))
		list_goto(&t->list, t->list.top + (size_t)(m.row - l.body_row));
	else
		view_move(&t->trace->view, m.row - t->cursor_row);
	if (m.twice)
		tui_do(t, ACT_open);
}

void
tui_key(struct tui *t, uint32_t key)
{
	char name[KEYS_NAME_MAX];

	if (key == KEYS_RESIZE) {
		screen_redraw();
		tui_reflow(t);
		return;
	}
	if (key == KEYS_MOUSE) {
		mouse_key(t);
		return;
	}
	if (t->menu.title) {
		menu_key(t, key);
		return;
	}
	if (t->asking != ASK_NOTHING) {
		ask_key(t, key);
		return;
	}
	buf_reset(&t->message);
	enum action a = action_of_key(key == 3 ? KEYS_ESC : key, t->place);

	if (a != ACT_NONE) {
		handlers[a](t);
		return;
	}
	keys_name(key, name);
	tui_fail(t, "key %s does nothing here; ? shows the keys", name);
}

/* ---- work between keys ---- */

bool
tui_goes_on(struct tui *t, const char *what, uint64_t done, uint64_t of)
{
	struct buf b = BUF_INIT;
	int64_t now = now_ms();
	uint32_t key;

	if (now - t->told_ms < FRAME_MS)
		return true;
	t->told_ms = now;
	buf_putf(&b, " %s %d%%; Esc stops", what, of ? (int)(done * 100 / of) : 0);
	screen_fill(screen_rows() - 2, 0, screen_columns(), STYLE_NORMAL);
	screen_put(screen_rows() - 2, 0, STYLE_MESSAGE, b.data, b.len);
	screen_end();
	buf_done(&b);
	while ((key = screen_key(0, -1)) != KEYS_NONE) {
		if (key == KEYS_ESC || key == 3)
			return false;
	}
	return !screen_is_ending();
}

bool
tui_work(struct tui *t)
{
	bool was_complete = !t->trace || t->trace->complete;
	bool more;

	if (!t->trace)
		return list_work(&t->list);
	more = opened_work(t->trace);
	if (!was_complete && t->trace->complete) {
		memset(&t->heights, 0, sizeof(t->heights));
		if (t->trace->error)
			tui_fail(t, "reading stopped: %s", strerror(-t->trace->error));
		t->page.stale = true;
	}
	if (!more && t->trace->search_jump) {
		t->trace->search_jump = false;
		tui_fail(t, "no event has %s", buf_text(&t->search_text));
	}
	return more;
}

static void
follow(struct tui *t)
{
	if (!t->list.following || !follow_changed(&t->follow, now_ms()))
		return;
	list_refresh(&t->list, false);
}

static bool
work_for_a_while(struct tui *t)
{
	int64_t end = now_ms() + SLICE_MS;
	bool more = true;

	while (more && now_ms() < end)
		more = tui_work(t);
	return more;
}

/* Whether there was one: then its answer is drawn at once. */
static bool
read_keys(struct tui *t, bool busy)
{
	int wait = busy ? 0 : t->list.following ? follow_timeout(&t->follow, now_ms()) : -1;
	uint32_t key = screen_key(wait, t->list.following ? t->follow.fd : -1);

	bool any = key != KEYS_NONE;

	for (int n = 0; key != KEYS_NONE && !t->quit && n < KEYS_PER_TURN; n++) {
		tui_key(t, key);
		key = screen_key(0, -1);
	}
	return any;
}

static void
loop(struct tui *t)
{
	bool busy = true, answered = false;
	int64_t painted = 0;

	while (!t->quit && !screen_is_ending()) {
		if (!busy || answered || now_ms() - painted >= FRAME_MS) {
			paint(t);
			painted = now_ms();
		}
		answered = read_keys(t, busy);
		follow(t);
		/* The answer to a key goes before the work. */
		if (!answered)
			busy = work_for_a_while(t);
		else
			busy = true;
	}
}

/* ---- start and end ---- */

static void
init(struct tui *t, const struct frebview_options *o, const struct settings *s)
{
	*t = (struct tui){ .options = o, .place = IN_LIST, .gap_ms = s->gap_ms,
			   .mouse = o->mouse || s->mouse };
	t->follow.fd = -1;
	t->page.hit = SIZE_MAX;
	t->time = o->time == ROW_TIME_RELATIVE ? TIME_START : TIME_CLOCK;
	buf_init(&t->message, 4096);
	buf_init(&t->prompt_error, 4096);
}

static void
done(struct tui *t)
{
	if (t->asking != ASK_NOTHING)
		prompt_close(&t->prompt, false);
	for (int i = 0; i < ASK_KINDS; i++)
		prompt_history_done(&t->history[i]);
	diff_page_done(&t->diff);
	opened_free(t->trace);
	list_done(&t->list);
	follow_close(&t->follow);
	lines_done(&t->page.lines);
	search_free(t->search);
	filter_free(t->filter);
	buf_done(&t->search_text);
	buf_done(&t->filter_text);
	buf_done(&t->list_filter_text);
	buf_done(&t->filter_before);
	buf_done(&t->prompt_error);
	buf_done(&t->message);
}

static bool
opens_at_once(char **paths, size_t count)
{
	return count == 1 && !dir_is_directory(paths[0]);
}

/* --filter: that of the list, or of the one trace; a mistake is told like any of the options. */
static bool
start_filter(struct tui *t)
{
	struct buf safe = BUF_INIT;

	if (!t->options->filter)
		return true;
	tui_filter_typed(t, t->options->filter);
	if (t->prompt_error.len == 0)
		return true;
	cell_puts(&safe, t->options->filter, CELL_ROW);
	fprintf(stderr, "frebview: --filter: %s: %s\n", buf_text(&safe),
		buf_text(&t->prompt_error));
	buf_done(&safe);
	return false;
}

/* Reads the operands; false with a message on stderr when there is nothing to show. */
static bool
start(struct tui *t, char **paths, size_t count)
{
	const struct frebview_options *o = t->options;
	char *error = NULL;

	if (opens_at_once(paths, count)) {
		t->single = true;
		t->place = IN_COMPACT;
		if (!start_filter(t))
			return false;
		if (tui_open(t, paths[0], IN_COMPACT))
			return true;
		fprintf(stderr, "frebview: %s\n", buf_text(&t->message));
		return false;
	}
	int rc = list_open(&t->list, paths, count, &error);

	if (error) {
		struct buf safe = BUF_INIT;

		cell_puts(&safe, error, CELL_ROW);
		fprintf(stderr, "frebview: %s\n", buf_text(&safe));
		buf_done(&safe);
		free(error);
	}
	if (rc)
		return false;
	dir_limit(&t->list.dir, o->since_ms, o->until_ms, o->tail);
	list_begin(&t->list);
	list_goto(&t->list, 0);
	follow_open(&t->follow, paths, count);
	return start_filter(t);
}

int
tui_run(const struct frebview_options *o, const struct settings *s, char **paths,
	size_t count)
{
	struct tui *t = calloc(1, sizeof(*t));
	char *error = NULL;
	int code = 2;

	if (!t) {
		fputs("frebview: no memory\n", stderr);
		return 2;
	}
	init(t, o, s);
	if (!start(t, paths, count))
		goto out;
	if (screen_open(o, s->theme, &error) != 0) {
		fprintf(stderr, "frebview: %s\n", error ? error : "no memory");
		free(error);
		goto out;
	}
	screen_set_mouse(t->mouse);
	code = 0;
	if (o->script)
		code = script_run(t, o->script);
	else
		loop(t);
	screen_close();
out:
	done(t);
	free(t);
	return code;
}
