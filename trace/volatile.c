/* SPDX-License-Identifier: MIT */
/*
 * volatile - the table of volatile.def, and values cut into pieces by it.
 *
 * The table is looked up for every value of a trace, so its rows hang in a
 * small hash by name, made once per process (pthread_once: any thread).
 */
#include <config.h>

#include "trace/volatile.h"
#include "trace/volatile_form.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct class {
	const char *name;
	bool bound;
	const char *text;
};

enum { FREE = 0, BOUND = 1 };

static const struct class classes[VOLATILE_CLASSES] = {
	[VOLATILE_NONE] = { "", FREE, "literal text" },
#define CLASS(symbol, binding, text) [VOLATILE_##symbol] = { #symbol, binding, text },
#include "trace/volatile.def"
};

struct row {
	enum volatile_place place;
	const char *key;	/* EVENT/Name, Name or *ending */
	enum volatile_class class;
	volatile_form *form;
	const char *text;	/* for people */
};

#define ROW(place, key, class, form) \
	{ VOLATILE_IN_##place, key, VOLATILE_##class, volatile_form_##form, \
	  #class " " #place " " key },

static const struct row rows[] = {
#define ATTR(name, class, form) ROW(ATTR, name, class, form)
#define SYSTEM(name, class, form) ROW(SYSTEM, name, class, form)
#define DATA(name, class, form) ROW(DATA, name, class, form)
#define HEADER(name, class, form) ROW(HEADER, name, class, form)
#define VALUE(name, class, form) ROW(VALUE, name, class, form)
#include "trace/volatile.def"
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), BUCKETS = 128 };

static const char *row_name[ROWS];	/* the part of the key behind the event */
static unsigned char bucket[BUCKETS];	/* first row + 1 of a name, 0 = none */
static unsigned char next_row[ROWS];	/* next row + 1 in that bucket */
static unsigned char anywhere[ROWS];	/* rows + 1 for names by their ending, then a 0 */
static unsigned char in_value[ROWS];	/* rows + 1 of place VALUE, then a 0 */
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

_Static_assert(ROWS < 255, "row numbers are kept in a byte");

static unsigned int
bucket_of(const char *name)
{
	unsigned int h = 0;

	for (; *name; name++)
		h = h * 31 + ((unsigned char)*name | 0x20);
	return h % BUCKETS;
}

static void
table_init(void)
{
	size_t endings = 0, values = 0;

	for (size_t i = ROWS; i-- > 0;) {
		const char *slash = strchr(rows[i].key, '/');

		row_name[i] = slash ? slash + 1 : rows[i].key;
		if (rows[i].place == VOLATILE_IN_VALUE) {
			in_value[values++] = (unsigned char)(i + 1);
		} else if (row_name[i][0] == '*') {
			anywhere[endings++] = (unsigned char)(i + 1);
		} else {
			unsigned int b = bucket_of(row_name[i]);

			next_row[i] = bucket[b];
			bucket[b] = (unsigned char)(i + 1);
		}
	}
}

const char *
volatile_name(enum volatile_class class)
{
	return classes[class].name;
}

const char *
volatile_text(enum volatile_class class)
{
	return classes[class].text;
}

bool
volatile_is_bound(enum volatile_class class)
{
	return classes[class].bound;
}

enum volatile_class
volatile_class_from_name(const char *name, size_t len)
{
	for (int i = 1; i < VOLATILE_CLASSES; i++)
		if (!strncasecmp(classes[i].name, name, len) && !classes[i].name[len])
			return (enum volatile_class)i;
	return VOLATILE_NONE;
}

size_t
volatile_rows(void)
{
	return ROWS;
}

const char *
volatile_row_text(size_t row)
{
	return rows[row].text;
}

void
volatile_reset(struct volatile_pieces *p)
{
	p->count = 0;
}

void
volatile_done(struct volatile_pieces *p)
{
	free(p->piece);
	*p = (struct volatile_pieces)VOLATILE_PIECES_INIT;
}

static bool
make_room(struct volatile_pieces *p, size_t more)
{
	if (p->count + more <= p->room)
		return true;
	size_t room = (p->count + more) * 2 + 8;
	struct volatile_piece *piece = realloc(p->piece, room * sizeof(*piece));

	if (!piece) {
		p->failed = true;
		return false;
	}
	p->piece = piece;
	p->room = room;
	return true;
}

void
volatile_mark(struct volatile_pieces *p, struct volatile_piece part)
{
	size_t at = p->count;

	if (!part.len || !make_room(p, 1))
		return;
	while (at && p->piece[at - 1].at >= part.at)
		at--;
	if (at && p->piece[at - 1].at + p->piece[at - 1].len > part.at)
		return;
	if (at < p->count && part.at + part.len > p->piece[at].at)
		return;
	memmove(p->piece + at + 1, p->piece + at, (p->count - at) * sizeof(part));
	p->piece[at] = part;
	p->count++;
}

size_t
volatile_placeholder(const char *at, size_t len, enum volatile_class *class, bool *bare)
{
	size_t n = 1;

	if (len < 5 || at[0] != '{')
		return 0;
	while (n < len && ((at[n] | 0x20) >= 'a' && (at[n] | 0x20) <= 'z'))
		n++;
	*class = volatile_class_from_name(at + 1, n - 1);
	if (n == 1 || *class == VOLATILE_NONE)
		return 0;
	*bare = at[1] >= 'a';
	if (!classes[*class].bound)
		return n < len && at[n] == '}' ? n + 1 : 0;
	if (n == len || at[n] != '-')
		return 0;
	size_t digits = ++n;

	while (n < len && at[n] >= '0' && at[n] <= '9')
		n++;
	return n > digits && n < len && at[n] == '}' ? n + 1 : 0;
}

void
volatile_scan_placeholders(struct volatile_pieces *p, const char *value, size_t len)
{
	const char *end = value + len, *at = value;

	while (at < end && (at = memchr(at, '{', (size_t)(end - at)))) {
		struct volatile_piece part = { .at = at, .row = ROWS };

		part.len = volatile_placeholder(at, (size_t)(end - at), &part.class, &part.bare);
		volatile_mark(p, part);
		at += part.len ? part.len : 1;
	}
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && !strcmp(name + n - m, ending);
}

static bool
row_is_for(size_t row, const struct volatile_where *w)
{
	const char *key = rows[row].key, *name = row_name[row];

	if (rows[row].place != w->place ||
	    (name > key && strncmp(w->event, key, (size_t)(name - key) - 1)))
		return false;
	if (name[0] == '*')
		return ends_with(w->name, name + 1);
	return w->place == VOLATILE_IN_HEADER ? !strcasecmp(name, w->name) : !strcmp(name, w->name);
}

static void
apply(struct volatile_pieces *p, size_t row, const char *value, size_t len)
{
	struct volatile_piece part = { .class = rows[row].class, .row = row };

	/* A GUID of a whole-value row may be spelled either way, see bare. */
	if (part.class == VOLATILE_GUID || part.class == VOLATILE_ACTIVITY)
		part.bare = len && (value[0] != '{' || (value[1] >= 'g' && value[1] <= 'z') ||
				    !strncmp(value, "{activity", 9));
	rows[row].form(p, part, value, len);
}

void
volatile_scan(struct volatile_pieces *p, const struct volatile_where *where, const char *value,
	      size_t len)
{
	bool found = false;

	pthread_once(&table_once, table_init);
	if (!len)
		return;
	for (unsigned int r = bucket[bucket_of(where->name)]; r; r = next_row[r - 1]) {
		if (!row_is_for(r - 1, where))
			continue;
		apply(p, r - 1, value, len);
		found = true;
	}
	for (size_t i = 0; !found && i < ROWS && anywhere[i]; i++) {
		if (!row_is_for(anywhere[i] - 1u, where))
			continue;
		apply(p, anywhere[i] - 1u, value, len);
		found = true;
	}
	if (p->count == 1 && p->piece[0].len == len)
		return;
	for (size_t i = 0; i < ROWS && in_value[i]; i++)
		apply(p, in_value[i] - 1u, value, len);
	volatile_scan_placeholders(p, value, len);
}

void
volatile_finish(struct volatile_pieces *p, const char *value, size_t len)
{
	size_t marks = p->count, at = 0, from = 0;

	if (!make_room(p, marks + 1))
		return;
	/* Marks go to the end of the room, the result grows from its start. */
	struct volatile_piece *mark = p->piece + marks + 1;

	memmove(mark, p->piece, marks * sizeof(*mark));
	for (size_t i = 0; i <= marks; i++) {
		size_t to = i < marks ? (size_t)(mark[i].at - value) : len;

		if (to > from)
			p->piece[at++] = (struct volatile_piece){ .at = value + from,
								  .len = to - from };
		if (i < marks) {
			struct volatile_piece m = mark[i];

			p->piece[at++] = m;
			from = to + m.len;
		}
	}
	p->count = at;
}

/* Neither a GUID nor its stand-in: a value that only stands where GUIDs do. */
static bool
is_odd(const struct volatile_piece *p)
{
	enum volatile_class class;
	bool bare;

	return p->len != 36 && p->len != 38 && !volatile_placeholder(p->at, p->len, &class, &bare);
}

static bool
piece_alike(const struct volatile_piece *a, const struct volatile_piece *b)
{
	if (a->class != b->class)
		return false;
	if (a->class == VOLATILE_NONE)
		return a->len == b->len && !memcmp(a->at, b->at, a->len);
	/* The spelling of GUIDs counts, of other values there is none. */
	if (a->bare == b->bare || (a->class != VOLATILE_GUID && a->class != VOLATILE_ACTIVITY))
		return true;
	return is_odd(a) || is_odd(b);
}

bool
volatile_alike(const struct volatile_pieces *a, const struct volatile_pieces *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!piece_alike(&a->piece[i], &b->piece[i]))
			return false;
	return true;
}
