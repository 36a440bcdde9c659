/* SPDX-License-Identifier: MIT */
/*
 * The script player.
 */
#include <config.h>
#include "viewer/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/tui_state.h"

enum { LINE_MAX_BYTES = 8192 };

static void
settle(struct tui *t)
{
	/* Painting tells the list which rows want to be looked into. */
	do {
		while (tui_work(t))
			;
		paint(t);
	} while (tui_work(t));
}

static const char *
press(struct tui *t, uint32_t key)
{
	settle(t);
	if (!t->quit)
		tui_key(t, key);
	return NULL;
}

static const char *
press_names(struct tui *t, const char *names)
{
	uint32_t key;

	while (*names) {
		if (!keys_parse(&names, &key))
			return "unknown key name or command";
		press(t, key);
	}
	return NULL;
}

static const char *
type_text(struct tui *t, const char *text)
{
	size_t len = strlen(text);

	/* Like a quick typist: what a character starts need not finish before the next. */
	settle(t);
	while (len > 0 && !t->quit) {
		uint32_t code;
		size_t n = cell_decode(text, len, &code);

		tui_key(t, code);
		text += n;
		len -= n;
	}
	return NULL;
}

static const char *
set_size(struct tui *t, const char *text)
{
	int columns, rows;
	char end;

	if (sscanf(text, "%dx%d%c", &columns, &rows, &end) != 2 || columns < 1 || rows < 1 ||
	    columns > 500 || rows > 200)
		return "a size is COLUMNSxROWS, at most 500x200";
	settle(t);
	screen_resize(rows, columns);
	tui_key(t, KEYS_RESIZE);
	return NULL;
}

static const char *
save(struct tui *t, const char *name, void (*write)(struct buf *out))
{
	struct buf b = BUF_INIT;
	const char *wrong = NULL;

	settle(t);
	write(&b);
	FILE *out = strcmp(name, "-") == 0 ? stdout : fopen(name, "we");

	if (!out || b.error)
		wrong = strerror(out ? ENOMEM : errno);
	else if (fwrite(buf_text(&b), 1, b.len, out) != b.len)
		wrong = strerror(errno);
	if (out && out != stdout)
		fclose(out);
	buf_done(&b);
	return wrong;
}

static bool
is_command(const char **line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*line, word, n) != 0 || ((*line)[n] != ' ' && (*line)[n] != '\t'))
		return false;
	*line += n + 1;
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *
play(struct tui *t, const char *line)
{
	if (is_command(&line, "key"))
		return press_names(t, line + strspn(line, " \t"));
	if (is_command(&line, "type"))
		return type_text(t, line);
	if (is_command(&line, "size"))
		return set_size(t, line);
	if (is_command(&line, "save"))
		return save(t, line, screen_text);
	if (is_command(&line, "styles"))
		return save(t, line, screen_styles);
	return press_names(t, line + strspn(line, " \t"));
}

int
script_run(struct tui *t, const char *path)
{
	FILE *in = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	const char *wrong = NULL;
	unsigned int no = 0;

	if (!in) {
		fprintf(stderr, "frebview: %s: %s\n", path, strerror(errno));
		return 2;
	}
	while (!wrong && !t->quit && fgets(line, sizeof(line), in)) {
		no++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
			continue;
		wrong = play(t, line);
	}
	fclose(in);
	if (wrong)
		fprintf(stderr, "frebview: %s:%u: %s\n", path, no, wrong);
	return wrong ? 2 : 0;
}
