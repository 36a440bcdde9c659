/* SPDX-License-Identifier: MIT */
/*
 * The configuration file, line by line.  A line that is wrong is told with its
 * place and passed over, so that all mistakes are told at once.
 */
#include <config.h>
#include "viewer/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/buf.h"
#include "viewer/actions.h"
#include "viewer/cell.h"
#include "viewer/keys.h"
#include "viewer/looks.h"

enum { LINE_BYTES = 512, LINES_MAX = 2000, GAP_MS = 100 };

struct reader {
	struct settings *s;	/* to fill */
	const char *name;	/* of the file */
	unsigned int line;	/* number, from 1 */
	FILE *errors;		/* messages */
	int theme;		/* theme that "style" lines change, -1 = none yet */
	bool fine;		/* no mistake so far */
};

static void __attribute__((format(printf, 2, 3)))
wrong(struct reader *r, const char *fmt, ...)
{
	struct buf text = BUF_INIT, safe = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(&text, fmt, ap);
	va_end(ap);
	cell_puts(&safe, r->name, CELL_ROW);
	if (r->line)
		buf_putf(&safe, ":%u", r->line);
	buf_puts(&safe, ": ");
	cell_puts(&safe, buf_text(&text), CELL_ROW);
	fprintf(r->errors, "frebview: %s\n", buf_text(&safe));
	buf_done(&text);
	buf_done(&safe);
	r->fine = false;
}

/* The next word of *rest, ended by NUL there; "" at the end. */
static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t len = strcspn(word, " \t");

	*rest = word + len;
	if (**rest)
		*(*rest)++ = '\0';
	*rest += strspn(*rest, " \t");
	return word;
}

bool
settings_duration(const char *text, int64_t bare, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double v = strtod(text, &end);

	if (end == text || !(v >= 0 && v < 1e12))
		return false;
	if (!*end) {
		*ms = (int64_t)(v * (double)bare);
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcasecmp(end, units[i].name) == 0) {
			*ms = (int64_t)(v * (double)units[i].ms);
			return true;
		}
	}
	return false;
}

/* ---- keys ---- */

static bool
read_key(struct reader *r, const char *word, uint32_t *key)
{
	const char *at = word;

	if (keys_parse(&at, key) && !*at)
		return true;
	wrong(r, "unknown key '%s'; keys are called as in the help: n, Ctrl-D, PgDn, F5, Space",
	      word);
	return false;
}

static void
read_bind(struct reader *r, char *rest)
{
	const char *name = next_word(&rest), *word;
	enum action a = action_of_name(name);
	uint32_t key;

	if (a == ACT_NONE || !*rest) {
		if (a == ACT_NONE)
			wrong(r, "unknown action '%s'; frebview(1) names them, and Tab behind :",
			      name);
		else
			wrong(r, "bind %s: which key?", name);
		return;
	}
	while (*(word = next_word(&rest))) {
		if (!read_key(r, word, &key))
			continue;
		const char *other = actions_bind(a, key);

		if (other && *other)
			wrong(r, "key %s is that of %s already; 'unbind %s' first", word, other,
			      word);
		else if (other)
			wrong(r, "too many keys");
	}
}

static void
read_unbind(struct reader *r, char *rest)
{
	const char *word = next_word(&rest);
	uint32_t key;

	if (!*word)
		wrong(r, "unbind: which key?");
	for (; *word; word = next_word(&rest)) {
		if (read_key(r, word, &key) && !actions_unbind(key))
			wrong(r, "key %s does nothing anyway", word);
	}
}

/* ---- themes ---- */

static void
read_theme(struct reader *r, char *rest)
{
	const char *name = next_word(&rest), *like = next_word(&rest), *base = next_word(&rest);
	int from = *like ? looks_find(base) : LOOKS_DEFAULT;

	if (*rest || (*like && strcmp(like, "like") != 0)) {
		wrong(r, "a theme begins with: theme NAME, or: theme NAME like NAME");
	} else if (from < 0) {
		wrong(r, "there is no theme '%s' so far", base);
	} else {
		r->theme = looks_add(name, from);
		if (r->theme < 0)
			wrong(r, "theme '%s': that name is taken or no word, or there are too many",
			      name);
	}
}

static void
read_style(struct reader *r, char *rest)
{
	const char *style = next_word(&rest), *unknown;

	if (r->theme < 0)
		wrong(r, "style: begin a theme first: theme NAME");
	else if (!*rest)
		wrong(r, "style %s: how? a colour and bold, underline, dim, reverse; or plain",
		      style);
	else if (!looks_set(r->theme, style, rest, &unknown))
		wrong(r, unknown == style ? "there is no style '%s'; frebview(1) names them"
		      : "'%s': known are plain, bold, underline, dim, reverse and black, red, "
			"green, yellow, blue, magenta, cyan, white", unknown);
}

/* ---- what the interface begins with ---- */

static void
read_set(struct reader *r, char *rest)
{
	const char *name = next_word(&rest), *value = next_word(&rest);
	int64_t ms;

	if (*rest) {
		wrong(r, "set %s: one value", name);
	} else if (strcmp(name, "gap") == 0) {
		if (settings_duration(value, 1, &ms))
			r->s->gap_ms = ms;
		else
			wrong(r, "set gap: '%s' is not a time such as 100ms or 2s", value);
	} else if (strcmp(name, "theme") == 0) {
		int theme = looks_find(value);

		if (theme >= 0)
			r->s->theme = theme;
		else
			wrong(r, "there is no theme '%s' so far", value);
	} else if (strcmp(name, "mouse") == 0) {
		r->s->mouse = strcmp(value, "on") == 0;
		if (!r->s->mouse && strcmp(value, "off") != 0)
			wrong(r, "set mouse: on or off, not '%s'", value);
	} else {
		wrong(r, "set knows gap, theme and mouse, not '%s'", name);
	}
}

static void
read_line(struct reader *r, char *rest)
{
	static const struct {
		const char *word;
		void (*read)(struct reader *r, char *rest);
	} kinds[] = {
		{ "bind", read_bind }, { "unbind", read_unbind }, { "theme", read_theme },
		{ "style", read_style }, { "set", read_set },
	};
	const char *word = next_word(&rest);

	if (!*word || *word == '#')
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].word, word) == 0) {
			kinds[i].read(r, rest);
			return;
		}
	}
	wrong(r, "a line begins with bind, unbind, theme, style, set or #, not with '%s'", word);
}

/* Blanks at the end are nothing; a key may be #, so a comment has its own line. */
static void
cut_end(char *line)
{
	size_t len = strlen(line);

	while (len > 0 && strchr(" \t\r\n", line[len - 1]))
		line[--len] = '\0';
}

/* ---- files ---- */

const char *
settings_init(struct settings *s)
{
	*s = (struct settings){ .theme = LOOKS_DEFAULT, .gap_ms = GAP_MS };
	return actions_check();
}

bool
settings_read(FILE *in, const char *name, struct settings *s, FILE *errors)
{
	struct reader r = { .s = s, .name = name, .errors = errors, .theme = -1, .fine = true };
	char line[LINE_BYTES];

	while (fgets(line, sizeof(line), in)) {
		r.line++;
		if (!strchr(line, '\n') && !feof(in)) {
			wrong(&r, "a line has at most %d bytes", LINE_BYTES - 2);
			return false;
		}
		if (r.line > LINES_MAX) {
			wrong(&r, "there are more than %d lines", LINES_MAX);
			return false;
		}
		cut_end(line);
		read_line(&r, line);
	}
	r.line = 0;
	if (ferror(in))
		wrong(&r, "%s", strerror(errno));
	else if (*action_keys(ACT_back) == ':' && *action_keys(ACT_quit) == ':')
		wrong(&r, "no key leaves frebview: bind one to back or quit");
	return r.fine;
}

static bool
default_path(struct buf *path)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		buf_putf(path, "%s/frebview/config", config);
	else if (home && *home == '/')
		buf_putf(path, "%s/.config/frebview/config", home);
	return path->len && !path->error;
}

bool
settings_load(const char *file, struct settings *s)
{
	struct buf path = BUF_INIT;
	bool fine = true;

	if (file)
		buf_puts(&path, file);
	else if (!default_path(&path))
		return true;
	FILE *in = fopen(buf_text(&path), "re");

	if (in) {
		fine = settings_read(in, buf_text(&path), s, stderr);
		fclose(in);
	} else if (file || (errno != ENOENT && errno != ENOTDIR)) {
		struct reader r = { .name = buf_text(&path), .errors = stderr };

		wrong(&r, "%s", strerror(errno));
		fine = false;
	}
	buf_done(&path);
	return fine;
}
