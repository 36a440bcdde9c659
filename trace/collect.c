/* SPDX-License-Identifier: MIT */
/*
 * collect - the texts of one event as the parser meets them, and what is made
 * of them: a hash for the index, a struct freb_event for the views.
 *
 * Everything lies in one buffer that is used again for the next event, so
 * that indexing allocates nothing.  Knows no parser and no file.
 */
#include <config.h>

#include "trace/freb_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void
freb_collect_reset(struct freb_collect *c)
{
	buf_reset(&c->text);
	c->text.max = FREB_EVENT_MAX;
	memset(c->field, 0, sizeof(c->field));
	c->data.count = 0;
	c->described.count = 0;
	c->cut = false;
}

void
freb_collect_done(struct freb_collect *c)
{
	buf_done(&c->text);
	free(c->data.at);
	free(c->described.at);
	memset(c, 0, sizeof(*c));
}

const char *
freb_collect_get(const struct freb_collect *c, enum freb_field field)
{
	return c->field[field] ? buf_text(&c->text) + (c->field[field] - 1) : NULL;
}

static const char *
text_at(const struct freb_collect *c, size_t offset)
{
	return buf_text(&c->text) + (offset < c->text.len ? offset : c->text.len);
}

bool
freb_collect_pair(struct freb_collect *c, struct freb_pairs *pairs, const char *name, size_t len)
{
	if (pairs->count == FREB_DATA_MAX) {
		c->cut = true;
		return false;
	}
	if (pairs->count == pairs->cap) {
		size_t cap = pairs->cap ? pairs->cap * 2 : 16;
		struct freb_pair *at = realloc(pairs->at, cap * sizeof(*at));

		if (!at) {
			c->cut = true;
			return false;
		}
		pairs->at = at;
		pairs->cap = cap;
	}
	pairs->at[pairs->count].name = c->text.len;
	buf_put(&c->text, name, len);
	buf_putc(&c->text, '\0');
	pairs->at[pairs->count++].value = c->text.len;
	return true;
}

const char *
freb_collect_data(const struct freb_collect *c, const char *name)
{
	for (size_t i = 0; i < c->data.count; i++)
		if (strcmp(text_at(c, c->data.at[i].name), name) == 0)
			return text_at(c, c->data.at[i].value);
	return NULL;
}

/* FNV-1a: the texts are short, and only equality counts. */
uint64_t
freb_hash(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	/* The NUL goes in too: "ab","c" is not "a","bc". */
	return freb_hash(hash, text ? text : "", (text ? strlen(text) : 0) + 1);
}

uint64_t
freb_collect_hash(const struct freb_collect *c)
{
	uint64_t hash = FREB_HASH_START;

	hash = hash_text(hash, freb_collect_get(c, FIELD_PROVIDER));
	hash = hash_text(hash, freb_collect_get(c, FIELD_NAME));
	for (size_t i = 0; i < c->data.count; i++) {
		hash = hash_text(hash, text_at(c, c->data.at[i].name));
		hash = hash_text(hash, text_at(c, c->data.at[i].value));
	}
	return hash ? hash : 1;
}

/* The first Description of that name (as the Compact View looks it up). */
static const struct freb_pair *
description(const struct freb_collect *c, const char *name)
{
	for (size_t i = 0; i < c->described.count; i++)
		if (strcmp(text_at(c, c->described.at[i].name), name) == 0)
			return &c->described.at[i];
	return NULL;
}

static void
fill_fields(const struct freb_collect *c, struct freb_event *e, char *text)
{
	char **field[FIELD_COUNT] = {
		[FIELD_NAME] = &e->name, [FIELD_PROVIDER] = &e->provider,
		[FIELD_PROVIDER_GUID] = &e->provider_guid, [FIELD_EVENT_ID] = &e->event_id,
		[FIELD_VERSION] = &e->version, [FIELD_LEVEL] = &e->level,
		[FIELD_OPCODE] = &e->opcode, [FIELD_KEYWORDS] = &e->keywords,
		[FIELD_TIME] = &e->time, [FIELD_ACTIVITY] = &e->activity,
		[FIELD_RELATED] = &e->related, [FIELD_PROCESS] = &e->process,
		[FIELD_THREAD] = &e->thread, [FIELD_COMPUTER] = &e->computer,
		[FIELD_CULTURE] = &e->culture, [FIELD_KEYWORD] = &e->keyword,
		[FIELD_EVENT_GUID] = &e->event_guid,
	};

	for (size_t i = 0; i < FIELD_COUNT; i++)
		*field[i] = c->field[i] ? text + (c->field[i] - 1) : NULL;
}

struct freb_event *
freb_collect_event(const struct freb_collect *c)
{
	size_t data = c->data.count * sizeof(struct freb_data);
	struct freb_event *e = malloc(sizeof(*e) + data + c->text.len + 1);
	char *text;

	if (!e)
		return NULL;
	memset(e, 0, sizeof(*e));
	e->data = (struct freb_data *)(e + 1);
	e->data_count = c->data.count;
	e->damaged = c->cut || c->text.error;
	text = (char *)e->data + data;
	memcpy(text, buf_text(&c->text), c->text.len);
	text[c->text.len] = '\0';
	fill_fields(c, e, text);
	for (size_t i = 0; i < e->data_count; i++) {
		const struct freb_pair *d = description(c, text_at(c, c->data.at[i].name));

		e->data[i].name = text + c->data.at[i].name;
		e->data[i].value = text + c->data.at[i].value;
		e->data[i].text = d ? text + d->value : NULL;
	}
	return e;
}

/* ---- repairing damaged bytes ---- */

static const char replacement[] = "\xEF\xBF\xBD";	/* U+FFFD */

/* Bytes of a character XML allows at s, 0 = none there. */
static size_t
xml_char(const unsigned char *s, size_t len)
{
	size_t more;
	uint32_t code;

	if (s[0] < 0x80)
		return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' || s[0] == '\r';
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return 0;
	more = s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
	if (len <= more)
		return 0;
	code = s[0] & (0x3Fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3F);
	}
	if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10FFFF)))
		return 0;
	if ((code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF)
		return 0;
	return more + 1;
}

static bool
starts(const char *s, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(s, with, strlen(with)) == 0;
}

/* A character reference to something XML allows; what else looks like one is text. */
static bool
is_char_reference(const char *s, size_t len)
{
	char digits[16];
	char *end;
	unsigned long code;
	size_t n = 0;

	if (!starts(s, len, "&#"))
		return false;
	while (n < sizeof(digits) - 1 && n + 2 < len && s[n + 2] != ';') {
		digits[n] = s[n + 2];
		n++;
	}
	if (n == 0 || n + 2 >= len || s[n + 2] != ';')
		return false;
	digits[n] = '\0';
	code = digits[0] == 'x' ? strtoul(digits + 1, &end, 16) : strtoul(digits, &end, 10);
	return *end == '\0' && end > digits + (digits[0] == 'x') &&
	       (code >= 0x20 || code == 9 || code == 10 || code == 13) &&
	       (code < 0xD800 || code > 0xDFFF) && code <= 0x10FFFF && (code & 0xFFFE) != 0xFFFE;
}

static bool
is_reference(const char *s, size_t len)
{
	return starts(s, len, "&amp;") || starts(s, len, "&lt;") || starts(s, len, "&gt;") ||
	       starts(s, len, "&quot;") || starts(s, len, "&apos;") || is_char_reference(s, len);
}

static bool
is_markup(const char *s, size_t len)
{
	unsigned char next = len > 1 ? (unsigned char)s[1] : 0;

	return next && (isalpha(next) || next >= 0x80 || strchr("/!?_", next));
}

void
freb_mend(const char *in, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		size_t n = xml_char((const unsigned char *)in + i, len - i);

		if (n == 0)
			buf_put(out, replacement, 3);
		else if (in[i] == '&' && !is_reference(in + i, len - i))
			buf_puts(out, "&amp;");
		else if (in[i] == '<' && !is_markup(in + i, len - i))
			buf_puts(out, "&lt;");
		else
			buf_put(out, in + i, n);
		i += n ? n : 1;
	}
}
