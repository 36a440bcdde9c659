/* SPDX-License-Identifier: MIT */
/*
 * condition - parser and evaluator of the condition language.
 *
 * A recursive descent parser over bytes builds a small tree; depth is limited
 * because rules files may come from anywhere.
 */
#include <config.h>

#include "trace/condition.h"
#include "trace/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { AND, OR, NOT, COMPARE };
enum field { OP, PROVIDER, LEVEL, MODULE, DATA, URL, VERB, STATUS, ATTR };
enum operator { EQUAL, UNEQUAL, MATCH, MISMATCH, LESS, AT_MOST, MORE, AT_LEAST };
enum { DEPTH_MAX = 50 };

struct condition {
	enum kind kind;
	struct condition *left;		/* of AND, OR, NOT */
	struct condition *right;	/* of AND, OR */
	enum field field;
	char *name;			/* of DATA, ATTR */
	enum operator op;
	char *value;
	struct regex *regex;		/* of MATCH, MISMATCH */
};

static const char *const field_names[] = {
	[OP] = "op", [PROVIDER] = "provider", [LEVEL] = "level", [MODULE] = "module",
	[DATA] = "data.", [URL] = "url", [VERB] = "verb", [STATUS] = "status", [ATTR] = "attr.",
};

static const struct {
	const char *text;
	enum operator op;
} operators[] = {	/* longest first */
	{ "==", EQUAL }, { "!=", UNEQUAL }, { "!~", MISMATCH }, { "<=", AT_MOST },
	{ ">=", AT_LEAST }, { "=", EQUAL }, { "~", MATCH }, { "<", LESS }, { ">", MORE },
};

struct parser {
	const char *at;
	const char *end;
	char *error;	/* first one */
	int depth;
};

void
condition_blanks(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
}

char *
condition_word(const char **at, const char *end, const char *stop)
{
	const char *p = *at;
	char *word = malloc((size_t)(end - p) + 1);
	size_t n = 0;

	if (!word)
		return NULL;
	if (p == end || *p != '"') {
		while (p < end && *p != ' ' && *p != '\t' && !strchr(stop, *p))
			word[n++] = *p++;
	} else {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
				p++;
			word[n++] = *p;
		}
		if (p == end) {
			free(word);
			return NULL;
		}
		p++;
	}
	word[n] = '\0';
	*at = p;
	return word;
}

bool
condition_number(const char *text, double *value)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {
		{ "", 1 }, { "ms", 1 }, { "s", 1000 }, { "us", 0.001 }, { "m", 60000 },
		{ "k", 1024 }, { "%", 1 },
	};
	char *end;

	if (*text != '-' && *text != '.' && (*text < '0' || *text > '9'))
		return false;
	*value = strtod(text, &end);
	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name))
			continue;
		*value *= units[i].factor;
		return true;
	}
	return false;
}

static void *
wrong(struct parser *p, const char *what)
{
	if (!p->error)
		p->error = strdup(what);
	return NULL;
}

static bool
take(struct parser *p, const char *symbol, const char *word)
{
	size_t n = strlen(symbol), m = strlen(word);

	condition_blanks(&p->at, p->end);
	if ((size_t)(p->end - p->at) >= n && !memcmp(p->at, symbol, n)) {
		p->at += n;
		return true;
	}
	if (m && (size_t)(p->end - p->at) > m && !memcmp(p->at, word, m) &&
	    strchr(" \t(", p->at[m])) {
		p->at += m;
		return true;
	}
	return false;
}

void
condition_free(struct condition *c)
{
	if (!c)
		return;
	condition_free(c->left);
	condition_free(c->right);
	free(c->name);
	free(c->value);
	regex_free(c->regex);
	free(c);
}

static bool
parse_field(struct parser *p, struct condition *c)
{
	static const char stop[] = "=!~<>()&|";

	for (size_t i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++) {
		size_t n = strlen(field_names[i]);

		if ((size_t)(p->end - p->at) < n || memcmp(p->at, field_names[i], n))
			continue;
		const char *next = p->at + n;

		if (field_names[i][n - 1] == '.') {
			c->name = condition_word(&next, p->end, stop);
			if (!c->name || !*c->name)
				return wrong(p, "a name is wanted after data. or attr.") != NULL;
		} else if (next < p->end && *next != ' ' && *next != '\t' && !strchr(stop, *next)) {
			continue;
		}
		c->field = (enum field)i;
		p->at = next;
		return true;
	}
	return wrong(p, "a field is wanted: op, provider, level, module, data.NAME, url, verb, "
			"status or attr.NAME") != NULL;
}

static bool
parse_operator(struct parser *p, struct condition *c)
{
	condition_blanks(&p->at, p->end);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t n = strlen(operators[i].text);

		if ((size_t)(p->end - p->at) < n || memcmp(p->at, operators[i].text, n))
			continue;
		p->at += n;
		c->op = operators[i].op;
		condition_blanks(&p->at, p->end);
		return true;
	}
	return wrong(p, "an operator is wanted: = != ~ !~ < <= > >=") != NULL;
}

static struct condition *
parse_compare(struct parser *p)
{
	struct condition *c = calloc(1, sizeof(*c));
	double number;

	if (!c)
		return wrong(p, "no memory");
	c->kind = COMPARE;
	if (!parse_field(p, c) || !parse_operator(p, c))
		goto fail;
	if (p->at == p->end || !(c->value = condition_word(&p->at, p->end, "()&|"))) {
		wrong(p, "a value is wanted: a word, or a text in \"quotes\"");
		goto fail;
	}
	if (c->op >= LESS && !condition_number(c->value, &number)) {
		wrong(p, "a number is wanted after < <= > >=");
		goto fail;
	}
	if (c->op == MATCH || c->op == MISMATCH) {
		char *error;

		c->regex = regex_new(c->value, &error);
		if (!c->regex) {
			wrong(p, error ? error : "no memory");
			free(error);
			goto fail;
		}
	}
	return c;
fail:
	condition_free(c);
	return NULL;
}

static struct condition *parse_or(struct parser *p);

static struct condition *
join(struct parser *p, enum kind kind, struct condition *left, struct condition *right)
{
	struct condition *c = left && (right || kind == NOT) ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		wrong(p, "no memory");
		condition_free(left);
		condition_free(right);
		return NULL;
	}
	c->kind = kind;
	c->left = left;
	c->right = right;
	return c;
}

static struct condition *
parse_not(struct parser *p)
{
	struct condition *c;

	if (++p->depth > DEPTH_MAX)
		return wrong(p, "too many brackets");
	if (take(p, "!", "not")) {
		c = join(p, NOT, parse_not(p), NULL);
	} else if (take(p, "(", "")) {
		c = parse_or(p);
		if (c && !take(p, ")", "")) {
			condition_free(c);
			c = wrong(p, "a closing bracket is wanted");
		}
	} else {
		c = parse_compare(p);
	}
	p->depth--;
	return c;
}

static struct condition *
parse_and(struct parser *p)
{
	struct condition *c = parse_not(p);

	while (c && take(p, "&&", "and"))
		c = join(p, AND, c, parse_not(p));
	return c;
}

static struct condition *
parse_or(struct parser *p)
{
	struct condition *c = parse_and(p);

	while (c && take(p, "||", "or"))
		c = join(p, OR, c, parse_and(p));
	return c;
}

struct condition *
condition_parse(const char **at, const char *end, char **error)
{
	struct parser p = { .at = *at, .end = end };
	struct condition *c = parse_or(&p);

	*at = p.at;
	*error = p.error;
	if (!c || !p.error)
		return c;
	condition_free(c);
	return NULL;
}

static const char *
value_of(const struct condition *c, const struct condition_subject *s)
{
	const struct freb_event *e = s->event;
	const struct freb_data *d;

	switch (c->field) {
	case OP:
		return e ? e->name : NULL;
	case PROVIDER:
		return e ? e->provider : NULL;
	case LEVEL:
		return e ? e->level : NULL;
	case MODULE:
	case DATA:
		d = e ? freb_data_get(e, c->field == MODULE ? "ModuleName" : c->name) : NULL;
		return d ? d->value : NULL;
	case URL:
		return freb_root_get(s->file, "url");
	case VERB:
		return freb_root_get(s->file, "verb");
	case STATUS:
		return freb_root_get(s->file, "statusCode");
	case ATTR:
		return freb_root_get(s->file, c->name);
	}
	return NULL;
}

static bool
is_equal(const struct condition *c, const char *value)
{
	size_t n = strlen(c->value);

	if (!strcmp(value, c->value))
		return true;
	/* status=502 means 502.3 too. */
	return c->field == STATUS && !strchr(c->value, '.') && !strncmp(value, c->value, n) &&
	       value[n] == '.';
}

static bool
compare(const struct condition *c, const struct condition_subject *s)
{
	const char *value = value_of(c, s);
	double mine, wanted;
	size_t start, end;

	if (!value)
		return c->op == UNEQUAL || c->op == MISMATCH;
	if (c->op == EQUAL || c->op == UNEQUAL)
		return is_equal(c, value) == (c->op == EQUAL);
	if (c->op == MATCH || c->op == MISMATCH)
		return regex_find(c->regex, value, strlen(value), 0, &start, &end) ==
		       (c->op == MATCH);
	if (!condition_number(value, &mine) || !condition_number(c->value, &wanted))
		return false;
	/* Level 0 is no level at all. */
	if (c->field == LEVEL && mine == 0)
		return false;
	return c->op == LESS ? mine < wanted : c->op == AT_MOST ? mine <= wanted :
	       c->op == MORE ? mine > wanted : mine >= wanted;
}

bool
condition_holds(const struct condition *c, const struct condition_subject *s)
{
	switch (c->kind) {
	case AND:
		return condition_holds(c->left, s) && condition_holds(c->right, s);
	case OR:
		return condition_holds(c->left, s) || condition_holds(c->right, s);
	case NOT:
		return !condition_holds(c->left, s);
	case COMPARE:
		return compare(c, s);
	}
	return false;
}

bool
condition_is_about_events(const struct condition *c)
{
	if (c->kind == COMPARE)
		return c->field < URL;
	return condition_is_about_events(c->left) ||
	       (c->right && condition_is_about_events(c->right));
}
