/* SPDX-License-Identifier: MIT */
/*
 * The parser of filters: one function per rule of the grammar in filter.h.
 * The first mistake is kept with its place and ends the parsing.
 */
#include <config.h>
#include "viewer/filter_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/buf.h"
#include "viewer/filter.h"

static const struct {
	const char *name;
	enum filter_kind kind;
	enum filter_scope scope;
} fields[] = {
#define FIELD(name, kind, scope, help) { #name, FILTER_##kind, FILTER_##scope },
#include "viewer/filter.def"
#undef FIELD
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct parser {
	const char *text;	/* the whole expression */
	const char *at;		/* next byte */
	struct filter *f;	/* being filled */
	int depth;		/* of parentheses and nots */
	struct buf error;	/* empty = fine so far */
};

static int expression(struct parser *p);

static int
wrong(struct parser *p, const char *at, const char *what)
{
	if (p->error.len == 0)
		buf_putf(&p->error, "character %zu: %s", (size_t)(at - p->text) + 1, what);
	return -1;
}

static void
skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t\n");
}

static bool
take(struct parser *p, const char *sign)
{
	size_t n = strlen(sign);

	skip_blanks(p);
	if (strncmp(p->at, sign, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* A word of the grammar, not the beginning of a longer one. */
static bool
take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(p);
	if (strncasecmp(p->at, word, n) != 0 || (p->at[n] && !strchr(" \t\n(", p->at[n])))
		return false;
	p->at += n;
	return true;
}

static int
node(struct parser *p, enum filter_node_type type, int left, int right)
{
	if (p->error.len)
		return -1;
	if (p->f->count == FILTER_NODES)
		return wrong(p, p->at, "too long: at most 64 conditions");
	struct filter_node *n = &p->f->nodes[p->f->count];

	n->type = type;
	n->left = left;
	n->right = right;
	return p->f->count++;
}

/* "quoted", with \" and \\ inside; the opening quote is at p->at. */
static char *
quoted(struct parser *p)
{
	const char *start = p->at++;
	struct buf b = BUF_INIT;

	while (*p->at && *p->at != '"') {
		if (*p->at == '\\' && (p->at[1] == '"' || p->at[1] == '\\'))
			p->at++;
		buf_putc(&b, *p->at++);
	}
	if (*p->at != '"') {
		wrong(p, start, "the quote is not closed");
		buf_done(&b);
		return NULL;
	}
	p->at++;
	return b.len ? buf_take(&b) : strdup("");
}

static char *
bare(struct parser *p, const char *stop)
{
	size_t n = strcspn(p->at, stop);
	char *s;

	/* && and || end a word, a single & or | does not. */
	for (size_t i = 0; i + 1 < n; i++) {
		if ((p->at[i] == '&' || p->at[i] == '|') && p->at[i + 1] == p->at[i])
			n = i;
	}
	s = strndup(p->at, n);
	p->at += n;
	return s;
}

static bool
set_pattern(struct parser *p, struct filter_node *n, const char *at, bool literal)
{
	struct buf b = BUF_INIT;
	char *error;

	buf_puts(&b, literal ? "=" : "");
	buf_puts(&b, n->text);
	n->pattern = search_new(buf_text(&b), &error);
	buf_done(&b);
	if (!n->pattern)
		wrong(p, at, error ? error : "no memory");
	free(error);
	return n->pattern != NULL;
}

static bool
field_of(const char *word, size_t len, struct filter_node *n)
{
	if (len > 5 && strncmp(word, "data.", 5) == 0) {
		n->field = FIELD_data;
		n->kind = FILTER_TEXT;
		n->scope = FILTER_EVENT;
		n->name = strndup(word + 5, len - 5);
		return n->name != NULL;
	}
	for (size_t i = 0; i < FIELDS; i++) {
		if (strlen(fields[i].name) == len && memcmp(fields[i].name, word, len) == 0) {
			n->field = (enum filter_field)i;
			n->kind = fields[i].kind;
			n->scope = fields[i].scope;
			return true;
		}
	}
	return false;
}

static bool
operator(struct parser *p, enum filter_op *op)
{
	static const struct {
		const char *sign;	/* longer ones first */
		enum filter_op op;
	} ops[] = {
		{ "==", FILTER_EQ }, { "!=", FILTER_NE }, { "!~", FILTER_UNLIKE },
		{ "<=", FILTER_LE }, { ">=", FILTER_GE }, { "=", FILTER_EQ },
		{ "~", FILTER_LIKE }, { "<", FILTER_LT }, { ">", FILTER_GT },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (take(p, ops[i].sign)) {
			*op = ops[i].op;
			return true;
		}
	}
	return false;
}

static int
comparison(struct parser *p, const char *word, size_t len, enum filter_op op)
{
	int at = node(p, NODE_FIELD, -1, -1);

	if (at < 0)
		return -1;
	struct filter_node *n = &p->f->nodes[at];

	n->op = op;
	if (!field_of(word, len, n))
		return wrong(p, word, "unknown field; Tab shows the names, data.NAME is a Data");
	skip_blanks(p);
	const char *start = p->at;
	n->text = *p->at == '"' ? quoted(p) : bare(p, " \t\n)");
	if (!n->text)
		return wrong(p, start, "no memory");
	if (!*n->text && *start != '"')
		return wrong(p, start, "a value is missing");
	if (op == FILTER_LIKE || op == FILTER_UNLIKE) {
		if (n->kind != FILTER_TEXT)
			return wrong(p, start, "~ compares texts only");
		return set_pattern(p, n, start, false) ? at : -1;
	}
	const char *allowed = filter_value(n);
	return allowed ? wrong(p, start, allowed) : at;
}

static int
word(struct parser *p)
{
	const char *start = p->at;
	char *text = *p->at == '"' ? quoted(p) : bare(p, " \t\n()!=~<>\"");
	size_t len = (size_t)(p->at - start);
	enum filter_op op;

	if (text && *start != '"' && *text && operator(p, &op)) {
		free(text);
		return comparison(p, start, len, op);
	}
	int at = text && *text ? node(p, NODE_WORD, -1, -1)
			       : wrong(p, start, "a word or a field is missing");
	if (at < 0) {
		free(text);
		return -1;
	}
	p->f->nodes[at].text = text;
	return set_pattern(p, &p->f->nodes[at], start, true) ? at : -1;
}

static int
primary(struct parser *p)
{
	const char *start;

	skip_blanks(p);
	start = p->at;
	if (!take(p, "("))
		return word(p);
	int at = expression(p);

	if (at >= 0 && !take(p, ")"))
		return wrong(p, start, "the parenthesis is not closed");
	return at;
}

static int
negation(struct parser *p)
{
	int at;

	if (++p->depth > FILTER_DEPTH)
		return wrong(p, p->at, "too deep: at most 32 parentheses");
	if (take(p, "!") || take_word(p, "not")) {
		at = negation(p);
		at = at < 0 ? at : node(p, NODE_NOT, at, -1);
	} else {
		at = primary(p);
	}
	p->depth--;
	return at;
}

static bool
ends_conjunction(struct parser *p)
{
	const char *at = p->at;
	bool ends;

	skip_blanks(p);
	ends = !*p->at || *p->at == ')' || strncmp(p->at, "||", 2) == 0 || take_word(p, "or");
	p->at = at;
	return ends;
}

static int
conjunction(struct parser *p)
{
	int left = negation(p);

	while (left >= 0 && !ends_conjunction(p)) {
		if (!take(p, "&&"))
			take_word(p, "and");
		int right = negation(p);

		left = right < 0 ? right : node(p, NODE_AND, left, right);
	}
	return left;
}

static int
expression(struct parser *p)
{
	int left = conjunction(p);

	while (left >= 0 && (take(p, "||") || take_word(p, "or"))) {
		int right = conjunction(p);

		left = right < 0 ? right : node(p, NODE_OR, left, right);
	}
	return left;
}

struct filter *
filter_new(const char *text, char **error)
{
	struct parser p = { .text = text, .at = text, .f = calloc(1, sizeof(*p.f)) };

	*error = NULL;
	if (!p.f)
		return NULL;
	p.f->root = expression(&p);
	skip_blanks(&p);
	if (p.f->root >= 0 && *p.at)
		wrong(&p, p.at, "nothing is expected here");
	if (p.error.len) {
		*error = buf_take(&p.error);
		filter_free(p.f);
		return NULL;
	}
	return p.f;
}

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	for (int i = 0; i < FILTER_NODES; i++) {
		free(f->nodes[i].name);
		free(f->nodes[i].text);
		search_free(f->nodes[i].pattern);
	}
	free(f);
}

const char *
filter_field(const char *start, size_t len, size_t i)
{
	for (size_t k = 0; k < FIELDS; k++) {
		if (strncmp(fields[k].name, start, len) == 0 && i-- == 0)
			return fields[k].name;
	}
	return NULL;
}
