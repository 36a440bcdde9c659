/* SPDX-License-Identifier: MIT */
/*
 * rules_parse - reads a rules file.
 *
 * Line by line, word by word; the first thing wrong ends it with one message
 * that names file and line and says what is allowed there.
 */
#include <config.h>

#include "trace/rules.h"
#include "trace/regex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RULES_MAX = 1000, LINE_LIMIT = 8192 };

struct reader {
	const char *file;
	unsigned int line;
	const char *at;		/* in the line */
	const char *end;	/* of the line */
	char *error;		/* the first one */
	bool failed;
};

static bool __attribute__((format(printf, 2, 3)))
wrong(struct reader *d, const char *fmt, ...)
{
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	if (!d->failed && what &&
	    asprintf(&d->error, "%s:%u: %s", d->file, d->line, what) < 0)
		d->error = NULL;
	d->failed = true;
	free(what);
	return false;
}

/* Whether the next word is @word; then it is taken. */
static bool
take(struct reader *d, const char *word)
{
	size_t n = strlen(word);

	condition_blanks(&d->at, d->end);
	if ((size_t)(d->end - d->at) < n || memcmp(d->at, word, n) ||
	    (d->at + n < d->end && d->at[n] != ' ' && d->at[n] != '\t'))
		return false;
	d->at += n;
	condition_blanks(&d->at, d->end);
	return true;
}

static bool
read_condition(struct reader *d, struct condition **c)
{
	char *error;

	condition_blanks(&d->at, d->end);
	*c = condition_parse(&d->at, d->end, &error);
	if (!*c)
		wrong(d, "%s", error ? error : "no memory");
	free(error);
	return *c != NULL;
}

static bool
read_field(struct reader *d, struct rule *u)
{
	static const struct {
		const char *text;
		enum rule_place place;
	} places[] = {
		{ "attr.", RULE_ATTR }, { "data.", RULE_DATA }, { "header.", RULE_HEADER },
		{ "system.", RULE_SYSTEM }, { "span.", RULE_SPAN },
	};

	if (take(d, "gap")) {
		u->place = RULE_GAP;
		u->name = strdup("");
		return u->name || wrong(d, "no memory");
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t n = strlen(places[i].text);

		if ((size_t)(d->end - d->at) <= n || memcmp(d->at, places[i].text, n))
			continue;
		d->at += n;
		u->place = places[i].place;
		u->name = condition_word(&d->at, d->end, "");
		condition_blanks(&d->at, d->end);
		return (u->name && *u->name) ||
		       wrong(d, "a name is wanted after %s", places[i].text);
	}
	return wrong(d, "a field is wanted: attr.NAME, data.NAME, header.NAME, system.NAME, "
			"span.NAME or gap");
}

/* Fields of times between events make sense for some kinds only. */
static bool
is_value_field(struct reader *d, const struct rule *u)
{
	return u->place < RULE_SPAN || wrong(d, "span and gap are for tolerance and limit only");
}

static bool
read_class(struct reader *d, struct rule *u)
{
	char *word = take(d, "as") ? condition_word(&d->at, d->end, "") : NULL;

	u->class = word ? volatile_class_from_name(word, strlen(word)) : VOLATILE_NONE;
	free(word);
	if (u->class != VOLATILE_NONE)
		return true;
	char list[400] = "";
	size_t n = 0;

	for (int c = 1; c < VOLATILE_CLASSES; c++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %s",
				      volatile_name((enum volatile_class)c));
	return wrong(d, "\"as CLASS\" is wanted, CLASS one of%s", list);
}

static bool
read_mask(struct reader *d, struct rule *u)
{
	if (!read_field(d, u) || !is_value_field(d, u))
		return false;
	if (d->end - d->at > 3 && !memcmp(d->at, "re:", 3)) {
		char *error, *pattern;

		d->at += 3;
		pattern = condition_word(&d->at, d->end, "");
		if (!pattern)
			return wrong(d, "the text after re: is not closed by a quote");
		u->regex = regex_new(pattern, &error);
		free(pattern);
		if (!u->regex)
			wrong(d, "%s", error ? error : "no memory");
		free(error);
	}
	return !d->failed && read_class(d, u);
}

/* A number with a unit. */
static bool
read_number(struct reader *d, double *value, bool *percent)
{
	char *word = condition_word(&d->at, d->end, "");
	bool good = word && condition_number(word, value) && *value >= 0;

	*percent = good && strchr(word, '%');
	free(word);
	condition_blanks(&d->at, d->end);
	return good || wrong(d, "a number is wanted, such as 25%%, 16ms, 2s or 400");
}

static bool
read_tolerance(struct reader *d, struct rule *u)
{
	bool percent;
	double value;

	if (!read_field(d, u) || !read_number(d, &value, &percent))
		return false;
	if (!percent) {
		u->value = value;
		return true;
	}
	u->percent = value;
	if (!take(d, "min"))
		return true;
	return read_number(d, &u->value, &percent) &&
	       (!percent || wrong(d, "a value, not a percentage, is wanted after min"));
}

static bool
read_limit(struct reader *d, struct rule *u)
{
	bool percent;

	return read_field(d, u) && read_number(d, &u->value, &percent) &&
	       (!percent || wrong(d, "a limit is a value, not a percentage"));
}

static bool
read_ignore(struct reader *d, struct rule *u)
{
	if (!take(d, "event"))
		return read_field(d, u) && is_value_field(d, u);
	u->kind = RULE_IGNORE_EVENT;
	return read_condition(d, &u->what);
}

static bool
read_rule(struct reader *d, struct rule *u)
{
	static const struct {
		const char *word;
		enum rule_kind kind;
	} words[] = {
		{ "mask", RULE_MASK }, { "ignore", RULE_IGNORE }, { "tolerance", RULE_TOLERANCE },
		{ "unordered", RULE_UNORDERED }, { "require", RULE_REQUIRE },
		{ "limit", RULE_LIMIT },
	};
	size_t i = 0;

	if (take(d, "when") && !read_condition(d, &u->when))
		return false;
	while (i < sizeof(words) / sizeof(words[0]) && !take(d, words[i].word))
		i++;
	if (i == sizeof(words) / sizeof(words[0]))
		return wrong(d, "a rule is wanted: use, mask, ignore, tolerance, unordered, "
				"require, limit or when");
	u->kind = words[i].kind;
	switch (u->kind) {
	case RULE_MASK:
		return read_mask(d, u);
	case RULE_IGNORE:
	case RULE_IGNORE_EVENT:
		return read_ignore(d, u);
	case RULE_TOLERANCE:
		return read_tolerance(d, u);
	case RULE_LIMIT:
		return read_limit(d, u);
	case RULE_UNORDERED:
	case RULE_REQUIRE:
		return read_condition(d, &u->what);
	}
	return false;
}

static bool
add_rule(struct reader *d, struct rules *r)
{
	struct rule *more;

	if (r->count == RULES_MAX)
		return wrong(d, "more than %d rules", RULES_MAX);
	more = realloc(r->rule, (r->count + 1) * sizeof(*more));
	if (!more)
		return wrong(d, "no memory");
	r->rule = more;
	struct rule *u = &r->rule[r->count++];

	*u = (struct rule){ .line = d->line };
	u->text = strndup(d->at, (size_t)(d->end - d->at));
	if (!u->text || !read_rule(d, u))
		return wrong(d, "no memory");
	condition_blanks(&d->at, d->end);
	return d->at == d->end ||
	       wrong(d, "\"%.*s\" is too much here", (int)(d->end - d->at), d->at);
}

/* Cuts the comment and blanks off; false = nothing left. */
static bool
trim(struct reader *d)
{
	bool quoted = false;

	for (const char *p = d->at; p < d->end; p++) {
		if (*p == '\\' && quoted)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted)
			d->end = p;
	}
	condition_blanks(&d->at, d->end);
	while (d->end > d->at && strchr(" \t\r", d->end[-1]))
		d->end--;
	return d->at < d->end;
}

static bool
read_line(struct reader *d, struct rules *r, bool *versioned)
{
	if (d->end - d->at > LINE_LIMIT || memchr(d->at, '\0', (size_t)(d->end - d->at)))
		return wrong(d, "a line has at most %d bytes and no NUL", LINE_LIMIT);
	if (!trim(d))
		return true;
	if (!*versioned) {
		*versioned = take(d, "frebdiff") && take(d, "1") && d->at == d->end;
		return *versioned || wrong(d, "the first line must be \"frebdiff 1\"");
	}
	if (!take(d, "use"))
		return add_rule(d, r);
	if (take(d, "none"))
		r->no_default = true;
	else if (take(d, "default"))
		r->no_default = false;
	else
		return wrong(d, "\"use default\" or \"use none\" is wanted");
	return d->at == d->end || wrong(d, "nothing more may stand on a use line");
}

static int
by_text(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void
read_lines(struct reader *d, struct rules *r, const char *text, size_t len)
{
	const char *end = text + len;
	bool versioned = false;

	while (text < end && !d->failed) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		d->line++;
		d->at = text;
		d->end = stop ? stop : end;
		read_line(d, r, &versioned);
		text = d->failed || !stop ? end : stop + 1;
	}
	d->line += !d->line;
	if (!versioned)
		wrong(d, "the first line must be \"frebdiff 1\"");
}

struct rules *
rules_parse(const char *name, const char *text, size_t len, char **error)
{
	struct rules *r = rules_new();
	struct reader d = { .file = name };

	*error = NULL;
	if (!r)
		return NULL;
	free(r->name);
	r->name = strdup(name);
	read_lines(&d, r, text, len);
	free(r->masked);
	r->masked = calloc(volatile_rows() + 1 + r->count, sizeof(*r->masked));
	if (d.failed || !r->name || !r->masked) {
		*error = d.error;
		rules_free(r);
		return NULL;
	}
	if (r->count)
		qsort(r->rule, r->count, sizeof(*r->rule), by_text);
	return r;
}
