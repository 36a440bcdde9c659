/* SPDX-License-Identifier: MIT */
/* message - see message.h. */
#include <config.h>

#include "tests/unit/message.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MAX 100000

static void
die(const char *file, const char *what)
{
	fprintf(stderr, "%s: %s\n", file, what);
	exit(99);
}

static const char *
folder_path(char *path, size_t size, const char *folder, const char *file)
{
	const char *top = getenv("top_srcdir");

	snprintf(path, size, "%s/fixtures/corpus/http/%s%s%s", top ? top : ".", folder,
		 *file ? "/" : "", file);
	return path;
}

static void unescape(struct message *m, const char *p, const char *end);

/* \*count(text): the text so many times; returns the byte behind it. */
static const char *
unescape_repeat(struct message *m, const char *p, const char *end)
{
	char *open = NULL;
	unsigned long n = strtoul(p, &open, 10);
	const char *close = memchr(open, ')', (size_t)(end - open));

	if (*open != '(' || !close || n == 0 || n > REPEAT_MAX)
		die(m->name, "\\* wants a count and a text in parentheses: \\*100(a)");
	while (n--)
		unescape(m, open + 1, close);
	return close + 1;
}

static unsigned int
hex_byte(const struct message *m, const char *p)
{
	char text[3] = { p[0], p[0] ? p[1] : '\0', '\0' }, *stop = NULL;
	unsigned long n = strtoul(text, &stop, 16);

	if (stop != text + 2)
		die(m->name, "\\x wants two hexadecimal digits");
	return (unsigned int)n;
}

/* One escape, p behind the backslash; returns the byte behind it. */
static const char *
unescape_one(struct message *m, const char *p, const char *end)
{
	static const char letters[] = "rnt0\\", bytes[] = "\r\n\t\0\\";
	const char *letter = *p ? strchr(letters, *p) : NULL;

	if (letter) {
		buf_putc(&m->bytes, bytes[letter - letters]);
		return p + 1;
	}
	switch (*p) {
	case 'x':
		buf_putc(&m->bytes, (char)hex_byte(m, p + 1));
		return p + 3;
	case '^':
		m->marks++;
		m->offset = m->bytes.len;
		return p + 1;
	case '*':
		return unescape_repeat(m, p + 1, end);
	default:
		die(m->name, "unknown escape; known are \\r \\n \\t \\0 \\\\ \\xHH \\^ \\*N(text)");
		return end;
	}
}

static void
unescape(struct message *m, const char *p, const char *end)
{
	while (p < end) {
		char c = *p++;

		if (c == '\\')
			p = unescape_one(m, p, end);
		else if (c != '\n')
			buf_putc(&m->bytes, c);
	}
}

void
message_escape(struct buf *b, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\\' || c < ' ' || c > '~')
			buf_putf(b, c == '\\' ? "\\\\" : c == '\r' ? "\\r" : c == '\n' ? "\\n" :
				 c == '\t' ? "\\t" : c == 0 ? "\\0" : "\\x%02x", c);
		else
			buf_putc(b, (char)c);
	}
}

const char *
message_line(const struct message *m, size_t n)
{
	const char *p = m->text, *end = m->text + m->text_len;

	for (; p < end; p += strlen(p) + 1)
		if (n-- == 0)
			return p;
	return NULL;
}

const char *
message_fact(const struct message *m, const char *key)
{
	size_t len = strlen(key);

	for (size_t n = 0;; n++) {
		const char *line = message_line(m, n);

		if (!line)
			return NULL;
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1 + (line[len + 1] == ' ');
	}
}

static enum head_rule
rule_named(const struct message *m)
{
	static const char *const names[] = {
		"OK",
#define HEAD_RULE(id, status, text) #id,
#include "core/http/head.def"
#undef HEAD_RULE
	};
	const char *name = message_fact(m, "rule");

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (enum head_rule)i;
	die(m->name, "wants a line \"rule: \" with OK or a rule of core/http/head.def");
	return HEAD_OK;
}

static void
read_text(struct message *m, const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b = BUF_INIT;
	char piece[4096];
	size_t n;

	if (!f)
		die(path, "cannot be opened");
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_put(&b, piece, n);
	fclose(f);
	if (b.error || memchr(buf_text(&b), '\0', b.len))
		die(path, "cannot be read, or holds a NUL");
	m->text = buf_take(&b);
	if (!m->text)
		die(path, "is empty");
}

static void
parse(struct message *m)
{
	char *body = strstr(m->text, "\n---\n");

	if (!body)
		die(m->name, "wants a line \"---\" above the message");
	m->text_len = (size_t)(body - m->text) + 1;
	unescape(m, body + 5, body + 5 + strlen(body + 5));
	for (size_t i = 0; i < m->text_len; i++)
		if (m->text[i] == '\n')
			m->text[i] = '\0';
	m->rule = rule_named(m);
	if (m->bytes.error || m->marks != (m->rule == HEAD_OK ? 0 : 1))
		die(m->name, "\\^ marks the byte that offends, once, and only if one does");
	if (!message_fact(m, "title"))
		die(m->name, "wants a line \"title: \"");
}

static int
is_message(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && strcmp(dot, ".msg") == 0;
}

void
messages_read(struct messages *list, const char *folder)
{
	char path[4096];
	struct dirent **files = NULL;
	int n = scandir(folder_path(path, sizeof(path), folder, ""), &files, is_message, alphasort);

	if (n <= 0)
		die(path, "holds no *.msg; is top_srcdir set?");
	list->count = (size_t)n;
	list->at = calloc(list->count, sizeof(*list->at));
	for (size_t i = 0; list->at && i < list->count; i++) {
		struct message *m = &list->at[i];
		struct buf name = BUF_INIT;

		buf_putf(&name, "%s/%.*s", folder, (int)strlen(files[i]->d_name) - 4,
			 files[i]->d_name);
		m->name = buf_take(&name);
		read_text(m, folder_path(path, sizeof(path), folder, files[i]->d_name));
		parse(m);
		free(files[i]);
	}
	free(files);
	if (!list->at)
		die(folder, "no memory");
}

void
messages_done(struct messages *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->at[i].name);
		free(list->at[i].text);
		buf_done(&list->at[i].bytes);
	}
	free(list->at);
	list->at = NULL;
	list->count = 0;
}
