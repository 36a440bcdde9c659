/* SPDX-License-Identifier: MIT */
/*
 * What is typed behind ':': a place to go to, a setting, or an action by name.
 */
#include <config.h>
#include "viewer/tui_state.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/settings.h"

static void
go_to_event(struct tui *t, size_t event)
{
	struct view *v = &t->trace->view;

	if (event >= freb_count(t->trace->file) && (t->trace->complete || t->trace->stopped)) {
		tui_fail(t, "the last event %sis %zu", t->trace->stopped ? "read " : "",
			 freb_count(t->trace->file));
		return;
	}
	if (tui_in_page(t))
		tui_switch(t, IN_COMPACT);
	if (event >= v->seen)
		t->trace->go_to = event;	/* not read yet: go there when it is */
	else if (!view_goto(v, event))
		tui_fail(t, "#%zu is hidden by the filter", event + 1);
}

static void
go_to_time(struct tui *t, int64_t ms)
{
	int64_t start = opened_start_ms(t->trace);
	size_t count = freb_count(t->trace->file);

	for (size_t e = 0; e < count; e++) {
		int64_t at = freb_entry(t->trace->file, e)->time_ms;

		if (at != INT64_MIN && start != INT64_MIN && at - start >= ms) {
			go_to_event(t, e);
			return;
		}
	}
	tui_fail(t, "no event so late");
}

static void
go_to_line(struct tui *t, size_t n)
{
	if (tui_in_list(t))
		list_goto(&t->list, n ? n - 1 : 0);
	else if (t->place & (IN_HELP | IN_DIFF) || !t->trace)
		t->page.top = n ? n - 1 : 0;
	else
		go_to_event(t, n ? n - 1 : 0);
}

/* 161, 50%, +8s */
static bool
go_to(struct tui *t, const char *text)
{
	char *end;
	int64_t ms;

	if (*text == '+' && t->trace && settings_duration(text + 1, 1, &ms)) {
		go_to_time(t, ms);
		return true;
	}
	if (*text < '0' || *text > '9' || strlen(text) > 12)
		return false;
	unsigned long long n = strtoull(text, &end, 10);

	if (*end == '%' && !end[1]) {
		size_t count = tui_in_list(t) ? t->list.count
			     : t->trace ? freb_count(t->trace->file) : t->page.lines.count;

		go_to_line(t, n >= 100 ? count : (size_t)(n * count / 100) + 1);
		return true;
	}
	if (*end)
		return false;
	go_to_line(t, (size_t)n);
	return true;
}

static void
set(struct tui *t, const char *text)
{
	int64_t ms;

	if (strncmp(text, "gap ", 4) == 0 &&
	    settings_duration(text + 4 + strspn(text + 4, " "), 1, &ms)) {
		t->gap_ms = ms;
		if (t->trace)
			t->trace->view.gap_ms = ms;
		tui_say(t, "a gap of %lld ms or more counts as slow", (long long)ms);
		return;
	}
	tui_fail(t, ":set knows: gap 100ms");
}

void
tui_command(struct tui *t, const char *text)
{
	text += strspn(text, " ");
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == ' ')
		len--;
	char *word = strndup(text, len);

	if (!word || !*word) {
		free(word);
		return;
	}
	enum action a = action_of_name(word);
	if (strncmp(word, "set ", 4) == 0)
		set(t, word + 4 + strspn(word + 4, " "));
	else if (a != ACT_NONE)
		tui_do(t, a);
	else if (!go_to(t, word))
		tui_fail(t, "not understood: %s (161, 50%%, +8s, set gap 100ms, or a name: Tab)",
			 word);
	free(word);
}

/* Words for Tab: names of actions that do something here, or fields of the filter. */
const char *
tui_command_word(void *data, const char *start, size_t len, size_t i)
{
	static char name[ACTION_NAME_MAX];
	struct tui *t = data;

	if (t->asking == ASK_FILTER)
		return filter_field(start, len, i);
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		action_name(a, name);
		if (strncmp(name, start, len) == 0 && action_is_in(a, t->place) && i-- == 0)
			return name;
	}
	return NULL;
}

void
act_command(struct tui *t)
{
	tui_ask(t, ASK_COMMAND, NULL);
}
