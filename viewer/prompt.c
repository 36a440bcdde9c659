/* SPDX-License-Identifier: MIT */
/*
 * The line editor: the usual keys of a shell line, one line, with history.
 */
#include <config.h>
#include "viewer/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"

static void
set_text(struct prompt *p, const char *text)
{
	buf_reset(&p->text);
	buf_puts(&p->text, text);
	p->at = p->text.len;
}

void
prompt_open(struct prompt *p, const char *initial, struct prompt_history *history)
{
	buf_init(&p->text, PROMPT_MAX);
	p->history = history;
	p->recall = history ? history->count : 0;
	p->draft = NULL;
	p->complete = NULL;
	p->complete_data = NULL;
	p->at = 0;
	set_text(p, initial ? initial : "");
}

static void
history_add(struct prompt_history *h, const char *line)
{
	if (!*line || (h->count && strcmp(h->lines[h->count - 1], line) == 0))
		return;
	char *copy = strdup(line);

	if (!copy)
		return;
	if (h->count == PROMPT_HISTORY) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, (PROMPT_HISTORY - 1) * sizeof(h->lines[0]));
		h->count--;
	}
	h->lines[h->count++] = copy;
}

void
prompt_close(struct prompt *p, bool keep)
{
	if (keep && p->history)
		history_add(p->history, buf_text(&p->text));
	buf_done(&p->text);
	free(p->draft);
	p->draft = NULL;
	p->at = 0;
}

void
prompt_history_done(struct prompt_history *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->lines[i]);
	h->count = 0;
}

/* Bytes of the character before / at the cursor; 0 at the end of the line. */
static size_t
before(const struct prompt *p)
{
	size_t n = 0;

	while (n < p->at) {
		n++;
		if (((unsigned char)p->text.data[p->at - n] & 0xC0) != 0x80)
			break;
	}
	return n;
}

static size_t
behind(const struct prompt *p)
{
	uint32_t code;

	if (p->at >= p->text.len)
		return 0;
	return cell_decode(p->text.data + p->at, p->text.len - p->at, &code);
}

/* The text with [from, to) replaced by insert; false when it would be too long. */
static bool
replace(struct prompt *p, size_t from, size_t to, const char *insert, size_t len)
{
	struct buf b;

	buf_init(&b, PROMPT_MAX);
	if (from)
		buf_put(&b, p->text.data, from);
	buf_put(&b, insert, len);
	if (p->text.len > to)
		buf_put(&b, p->text.data + to, p->text.len - to);
	if (b.error) {
		buf_done(&b);
		return false;
	}
	buf_done(&p->text);
	p->text = b;
	p->at = from + len;
	return true;
}

static enum prompt_result
changed(bool yes)
{
	return yes ? PROMPT_CHANGED : PROMPT_GOING;
}

static enum prompt_result
erase_word(struct prompt *p)
{
	size_t from = p->at;

	while (from > 0 && p->text.data[from - 1] == ' ')
		from--;
	while (from > 0 && p->text.data[from - 1] != ' ')
		from--;
	return changed(from < p->at && replace(p, from, p->at, "", 0));
}

static enum prompt_result
recall(struct prompt *p, int step)
{
	struct prompt_history *h = p->history;

	if (!h || (step < 0 && p->recall == 0) || (step > 0 && p->recall >= h->count))
		return PROMPT_GOING;
	if (p->recall == h->count) {
		free(p->draft);
		p->draft = strdup(buf_text(&p->text));
	}
	p->recall = step < 0 ? p->recall - 1 : p->recall + 1;
	set_text(p, p->recall < h->count ? h->lines[p->recall] : p->draft ? p->draft : "");
	return PROMPT_CHANGED;
}

/* Tab: as far as all words that fit agree. */
static enum prompt_result
complete(struct prompt *p)
{
	size_t start = p->at;

	while (start > 0 && p->text.data[start - 1] != ' ')
		start--;
	size_t len = p->at - start;
	const char *text = buf_text(&p->text) + start;
	const char *word = p->complete ? p->complete(p->complete_data, text, len, 0) : NULL;
	char *first = word ? strdup(word) : NULL;

	if (!first)
		return PROMPT_GOING;
	size_t same = strlen(first);

	for (size_t i = 1; (word = p->complete(p->complete_data, text, len, i)) != NULL; i++) {
		size_t k = 0;

		while (k < same && word[k] == first[k])
			k++;
		same = k;
	}
	bool longer = same > len && replace(p, start, p->at, first, same);

	free(first);
	return changed(longer);
}

static enum prompt_result
edit_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case KEYS_LEFT:
	case 2:		/* Ctrl-B */
		p->at -= before(p);
		return PROMPT_GOING;
	case KEYS_RIGHT:
	case 6:		/* Ctrl-F */
		p->at += behind(p);
		return PROMPT_GOING;
	case KEYS_HOME:
	case 1:		/* Ctrl-A */
		p->at = 0;
		return PROMPT_GOING;
	case KEYS_END:
	case 5:		/* Ctrl-E */
		p->at = p->text.len;
		return PROMPT_GOING;
	case KEYS_DELETE:
	case 4:		/* Ctrl-D */
		return changed(behind(p) && replace(p, p->at, p->at + behind(p), "", 0));
	case 21:	/* Ctrl-U */
		return changed(p->at > 0 && replace(p, 0, p->at, "", 0));
	case 11:	/* Ctrl-K */
		return changed(p->at < p->text.len && replace(p, p->at, p->text.len, "", 0));
	case 23:	/* Ctrl-W */
		return erase_word(p);
	case KEYS_UP:
	case 16:	/* Ctrl-P */
		return recall(p, -1);
	case KEYS_DOWN:
	case 14:	/* Ctrl-N */
		return recall(p, 1);
	case KEYS_TAB:
		return complete(p);
	default:
		return PROMPT_GOING;
	}
}

enum prompt_result
prompt_key(struct prompt *p, uint32_t key)
{
	char utf8[4];

	switch (key) {
	case KEYS_ENTER:
	case '\n':
		return PROMPT_DONE;
	case KEYS_ESC:
	case 3:		/* Ctrl-C */
		return PROMPT_GONE;
	case KEYS_BACKSPACE:
	case 8:		/* Ctrl-H */
		if (p->text.len == 0)
			return PROMPT_GONE;
		return changed(p->at > 0 && replace(p, p->at - before(p), p->at, "", 0));
	default:
		if (!keys_is_text(key))
			return edit_key(p, key);
		return changed(replace(p, p->at, p->at, utf8, keys_utf8(key, utf8)));
	}
}
