/* SPDX-License-Identifier: MIT */
/*
 * story - see story.h.  Sentences are filled in from story.def; the headers
 * ARR injects are looked at here, because traces of IIS have nothing else.
 */
#include <config.h>

#include "viewer/story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/buf.h"
#include "viewer/certificate.h"
#include "viewer/rows.h"

static const struct {
	const char *part;	/* heading; NULL = an event of the part above */
	const char *event;	/* its name */
	const char *sentence;
	bool all;		/* its Data too */
} table[] = {
#define PART(heading) { heading, NULL, NULL, false },
#define SAY(event, sentence) { NULL, #event, sentence, false },
#define TELL(event, sentence) { NULL, #event, sentence, true },
#include "viewer/story.def"
#undef TELL
#undef SAY
#undef PART
};

#define TABLE (sizeof(table) / sizeof(table[0]))

enum {
	TOLD_MAX = 200,		/* events of a part; a request has some twenty */
	WAITS_MAX = 5000,	/* events read for a sum */
	OPCODES = 512,		/* names with a number below are looked up once */
};

_Static_assert(TABLE < 255, "rows fit into a byte");

/* ---- lines ---- */

/* Takes the text out of @text. */
static void
add(struct story *s, enum story_kind kind, struct freb_file *f, size_t event, const char *label,
    struct buf *text)
{
	struct story_line *l;

	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct story_line *at = realloc(s->at, cap * sizeof(*at));

		if (!at) {
			s->failed = -ENOMEM;
			buf_done(text);
			return;
		}
		s->at = at;
		s->cap = cap;
	}
	l = &s->at[s->count];
	*l = (struct story_line){ .kind = kind, .event = event, .at_ms = INT64_MIN };
	if (event != SIZE_MAX) {
		l->at_ms = freb_entry(f, event)->time_ms;
		l->problem = row_is_problem(freb_entry(f, event)->level);
	}
	l->label = label ? strdup(label) : NULL;
	l->text = text->len ? buf_take(text) : strdup("");
	buf_done(text);
	if (!l->text || (label && !l->label)) {
		free(l->label);
		free(l->text);
		s->failed = -ENOMEM;
		return;
	}
	s->count++;
}

static void
add_words(struct story *s, enum story_kind kind, const char *label, const char *words)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, words);
	add(s, kind, NULL, SIZE_MAX, label, &b);
}

/* ---- sentences ---- */

/* The text of {Name} at @at; false when there is none. */
static bool
put_data(const struct freb_event *e, const char *at, size_t len, struct buf *out)
{
	char name[64];
	const struct freb_data *d;

	if (len >= sizeof(name))
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	d = freb_data_get(e, name);
	if (!d || !d->value || !*d->value)
		return false;
	if (strcmp(name, "HeaderValue") == 0)
		buf_puts(out, d->value);
	else
		row_value(d, 0, out);
	return true;
}

/* One piece of a sentence, without brackets; false when a Data in it is empty. */
static bool
put_piece(const struct freb_event *e, const char *text, size_t len, struct buf *out)
{
	bool whole = true;

	for (size_t i = 0; i < len; i++) {
		const char *end = text[i] == '{' ? memchr(text + i, '}', len - i) : NULL;

		if (!end) {
			buf_putc(out, text[i]);
			continue;
		}
		if (!put_data(e, text + i + 1, (size_t)(end - text) - i - 1, out)) {
			buf_putc(out, '-');
			whole = false;
		}
		i = (size_t)(end - text);
	}
	return whole;
}

static void
put_sentence(const struct freb_event *e, const char *text, struct buf *out)
{
	while (*text) {
		size_t len = strcspn(text, "[]");

		if (*text == '[') {
			struct buf piece = BUF_INIT;

			len = strcspn(text + 1, "]");
			if (put_piece(e, text + 1, len, &piece))
				buf_put(out, piece.data, piece.len);
			buf_done(&piece);
			text += len + 1 + (text[len + 1] == ']');
			continue;
		}
		put_piece(e, text, len, out);
		text += len;
	}
}

static void
add_values(struct story *s, const struct freb_event *e)
{
	struct row_lines rows = { 0 };

	if (row_details(e, ROW_NO_SYSTEM, ROW_VALUE_MAX, &rows) < 0)
		s->failed = -ENOMEM;
	for (size_t i = 0; i < rows.count; i++)
		if (!rows.at[i].empty && strcmp(rows.at[i].label, "ContextId") != 0)
			add_words(s, STORY_VALUE, rows.at[i].label, rows.at[i].text);
	row_lines_done(&rows);
}

static size_t
row_for(size_t part, const char *name)
{
	for (size_t row = part + 1; row < TABLE && table[row].event; row++)
		if (strcmp(table[row].event, name) == 0)
			return row;
	return 0;
}

/* The same by the number of an opcode; names are compared once per part. */
static size_t
row_of(size_t part, struct freb_file *f, size_t event, uint8_t known[static OPCODES])
{
	uint32_t opcode = freb_entry(f, event)->opcode;

	if (opcode >= OPCODES)
		return row_for(part, freb_opcode_name(f, opcode));
	if (known[opcode] == 0)
		known[opcode] = (uint8_t)(row_for(part, freb_opcode_name(f, opcode)) + 1);
	return known[opcode] - 1u;
}

/* A story has an end, whatever is in the trace. */
static void
tell_rest(struct story *s, size_t left)
{
	struct buf b = BUF_INIT;

	if (left == 0)
		return;
	buf_putf(&b, "... and %zu more events of this part; Compact and Details have them", left);
	add(s, STORY_TEXT, NULL, SIZE_MAX, NULL, &b);
}

static bool
tell_part(struct story *s, struct freb_file *f, size_t part)
{
	uint8_t known[OPCODES] = { 0 };
	size_t told = 0, left = 0;

	for (size_t i = 0; i < freb_count(f) && !s->failed; i++) {
		size_t row = row_of(part, f, i, known);

		if (row && told == TOLD_MAX) {
			left++;
			continue;
		}
		const struct freb_event *e = row ? freb_event(f, i) : NULL;
		struct buf text = BUF_INIT;

		if (!e)
			continue;
		if (told++ == 0)
			add_words(s, STORY_HEADING, NULL, table[part].part);
		put_sentence(e, table[row].sentence, &text);
		add(s, STORY_SAID, f, i, NULL, &text);
		if (table[row].all)
			add_values(s, e);
	}
	tell_rest(s, left);
	return told > 0;
}

/* ---- who waited for whom ---- */

struct waits {
	uint64_t client_us;	/* the proxy waited for the client */
	uint64_t proxy_us;	/* the client waited for the proxy */
	uint64_t longest_us;	/* of the waits for the client */
	char message[64];	/* what came after the longest */
	bool known;
};

static uint64_t
microseconds(const struct freb_event *e)
{
	const struct freb_data *d = freb_data_get(e, "WaitedUs");

	return d && d->value && strspn(d->value, "0123456789") == strlen(d->value) &&
			       strlen(d->value) < 16
		       ? strtoull(d->value, NULL, 10)
		       : 0;
}

static void
add_wait(struct waits *w, const struct freb_event *e)
{
	const struct freb_data *way = freb_data_get(e, "Direction");
	const struct freb_data *message = freb_data_get(e, "Message");
	uint64_t us = microseconds(e);

	w->known = true;
	if (!way || strcmp(way->value, "in") != 0) {
		w->proxy_us += us;
		return;
	}
	w->client_us += us;
	if (us > w->longest_us && message) {
		w->longest_us = us;
		snprintf(w->message, sizeof(w->message), "%s", message->value);
	}
}

static void
tell_waits(struct story *s, struct freb_file *f)
{
	struct waits w = { 0 };
	struct buf b = BUF_INIT;
	size_t most = WAITS_MAX;

	for (size_t i = 0; i < freb_count(f) && most > 0; i++) {
		const char *name = freb_opcode_name(f, freb_entry(f, i)->opcode);
		const struct freb_event *e = strcmp(name, "SECURITY_HANDSHAKE_MESSAGE") == 0
						     ? freb_event(f, i)
						     : NULL;

		most -= e != NULL;
		if (e)
			add_wait(&w, e);
	}
	if (!w.known)
		return;
	buf_putf(&b, "%" PRIu64 ".%03" PRIu64 " ms", w.client_us / 1000, w.client_us % 1000);
	if (w.longest_us)
		buf_putf(&b, ", longest for its %s: %" PRIu64 ".%03" PRIu64 " ms", w.message,
			 w.longest_us / 1000, w.longest_us % 1000);
	add(s, STORY_VALUE, NULL, SIZE_MAX, "proxy waited for the client", &b);
	buf_putf(&b, "%" PRIu64 ".%03" PRIu64 " ms", w.proxy_us / 1000, w.proxy_us % 1000);
	add(s, STORY_VALUE, NULL, SIZE_MAX, "client waited for the proxy", &b);
}

/* ---- what the farm was told ---- */

static const char *
value_of(const struct freb_event *e, const char *name)
{
	const struct freb_data *d = freb_data_get(e, name);

	return d && d->value ? d->value : "";
}

static bool
is_told(const char *header)
{
	static const char *const told[] = { "X-Original-URL", "X-Forwarded-For", "Host" };

	if (strncasecmp(header, "X-ARR-", 6) == 0 || strcasecmp(header, "Client-Cert") == 0)
		return true;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcasecmp(header, told[i]) == 0)
			return true;
	return false;
}

/* X-ARR-SSL: four fields about the server's certificate and the session. */
static void
tell_ssl(struct story *s, const char *value)
{
	static const char *const labels[] = { "key bits of the server", "bits of the cipher",
					      "issuer of the server", "subject of the server" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]) && *value; i++) {
		size_t len = i < 3 ? strcspn(value, "|") : strlen(value);
		struct buf b = BUF_INIT;

		buf_put(&b, value, len);
		add(s, STORY_VALUE, NULL, SIZE_MAX, labels[i], &b);
		value += len + (value[len] == '|');
	}
}

static void
tell_certificate(struct story *s, const char *value, int64_t at_ms)
{
	struct buf text = BUF_INIT;
	char *line, *rest;

	if (certificate_text(value, at_ms, &text) != 0) {
		struct buf why = BUF_INIT;

		buf_putf(&why, "not decoded: %s", buf_text(&text));
		add(s, STORY_TEXT, NULL, SIZE_MAX, NULL, &why);
		buf_done(&text);
		add_words(s, STORY_VALUE, "as it is", value);
		return;
	}
	rest = buf_take(&text);
	for (char *at = rest; at && (line = strsep(&at, "\n")) != NULL;) {
		size_t tabs = strspn(line, "\t");
		struct buf b = BUF_INIT;

		if (!*line)
			continue;
		for (char *tab = line + tabs; (tab = strchr(tab, '\t')) != NULL;)
			*tab = ' ';
		buf_putf(&b, "%*s%s", (int)(tabs < 20 ? 2 * tabs : 40), "", line + tabs);
		add(s, STORY_TEXT, NULL, SIZE_MAX, NULL, &b);
	}
	free(rest);
}

static void
tell_header(struct story *s, struct freb_file *f, size_t i, const struct freb_event *e)
{
	const char *name = value_of(e, "HeaderName");
	const char *value = value_of(e, "HeaderValue");
	bool certificate = strcasecmp(name, "X-ARR-ClientCert") == 0 ||
			   strcasecmp(name, "Client-Cert") == 0;
	struct buf b = BUF_INIT;

	buf_putf(&b, "%s: ", name);
	if (!*value)
		buf_puts(&b, "(empty: taken away, nothing is injected)");
	else if (certificate)
		buf_putf(&b, "%zu characters", strlen(value));
	else
		buf_puts(&b, value);
	add(s, STORY_SAID, f, i, NULL, &b);
	if (*value && certificate)
		tell_certificate(s, value, freb_entry(f, i)->time_ms);
	else if (strcasecmp(name, "X-ARR-SSL") == 0)
		tell_ssl(s, value);
}

static void
tell_injected(struct story *s, struct freb_file *f)
{
	size_t told = 0, read = 0, left = 0;

	for (size_t i = 0; i < freb_count(f) && !s->failed; i++) {
		const char *name = freb_opcode_name(f, freb_entry(f, i)->opcode);

		if (strcmp(name, "GENERAL_SET_REQUEST_HEADER") != 0)
			continue;
		if (told == TOLD_MAX || read == WAITS_MAX) {
			left++;
			continue;
		}
		const struct freb_event *e = freb_event(f, i);

		read++;
		if (!e || !is_told(value_of(e, "HeaderName")))
			continue;
		if (told++ == 0)
			add_words(s, STORY_HEADING, NULL, "Injected for the farm");
		tell_header(s, f, i, e);
	}
	tell_rest(s, told ? left : 0);
}

/* ---- the whole ---- */

int
story_tell(struct freb_file *f, struct story *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t part = 0; part < TABLE && !s->failed; part++) {
		if (!table[part].part)
			continue;
		tell_part(s, f, part);
		if (part == 0)
			tell_waits(s, f);
	}
	tell_injected(s, f);
	return s->failed;
}

void
story_done(struct story *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->at[i].label);
		free(s->at[i].text);
	}
	free(s->at);
	memset(s, 0, sizeof(*s));
}
